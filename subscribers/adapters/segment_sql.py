"""Turns segments into SQL conditions, for SQLite and PostgreSQL. Anything that a person typed is passed as a parameter.

Each condition is true or false, never null, so that `not` means the same in SQL as in a segment.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, func, literal, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from subscribers.adapters.tables import course, subscriber
from subscribers.address import domain_of
from subscribers.segments import FIELDS, Ago, Comparison, Either, Every, Never, Not, Segment, Type, days, fold


def matching(segment: Segment, now: dt.datetime) -> ColumnElement[bool]:
    """Return a condition on tables.subscriber that is true for the readers in a segment."""
    match segment:
        case Comparison():
            return _test(segment, now)
        case Not():
            return not_(matching(segment.part, now))
        case Every():
            return and_(*(matching(part, now) for part in segment.parts))
        case Either():
            return or_(*(matching(part, now) for part in segment.parts))


class _Holds(FunctionElement[bool]):
    """Takes a JSON list and a text: whether the text is in the list."""

    type = Boolean()
    inherit_cache = True
    name = "holds"


class _Contains(FunctionElement[bool]):
    """Takes a text and a folded text: whether the second is part of the first, folded as by `segments.fold`."""

    type = Boolean()
    inherit_cache = True
    name = "contains"


class _OneContains(FunctionElement[bool]):
    """Takes a JSON list and a folded text: whether the text is part of a text in the list, folded likewise."""

    type = Boolean()
    inherit_cache = True
    name = "one_contains"


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> list[str]:
    return [compiler.process(argument, **options) for argument in element.clauses]


@compiles(_Holds, "sqlite")
def _holds_sqlite(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    texts, wanted = _arguments(element, compiler, **options)
    return f"(EXISTS (SELECT 1 FROM json_each({texts}) AS each_text WHERE each_text.value = {wanted}))"  # noqa: S608 - both are SQL by now, with values bound


@compiles(_Holds, "postgresql")
def _holds_postgresql(element: _Holds, compiler: SQLCompiler, **options: Any) -> str:
    texts, wanted = _arguments(element, compiler, **options)
    return f"({texts} ? {wanted})"


@compiles(_Contains, "sqlite")
def _contains_sqlite(element: _Contains, compiler: SQLCompiler, **options: Any) -> str:
    text, wanted = _arguments(element, compiler, **options)
    return f"(instr(lower({text}), {wanted}) > 0)"  # SQLite's own lower() changes only A to Z


@compiles(_Contains, "postgresql")
def _contains_postgresql(element: _Contains, compiler: SQLCompiler, **options: Any) -> str:
    text, wanted = _arguments(element, compiler, **options)
    return f"(strpos({_small(text)}, {wanted}) > 0)"


@compiles(_OneContains, "sqlite")
def _one_contains_sqlite(element: _OneContains, compiler: SQLCompiler, **options: Any) -> str:
    texts, wanted = _arguments(element, compiler, **options)
    part = f"instr(lower(each_text.value), {wanted}) > 0"
    return f"(EXISTS (SELECT 1 FROM json_each({texts}) AS each_text WHERE {part}))"  # noqa: S608 - both are SQL by now, with values bound


@compiles(_OneContains, "postgresql")
def _one_contains_postgresql(element: _OneContains, compiler: SQLCompiler, **options: Any) -> str:
    texts, wanted = _arguments(element, compiler, **options)
    each = f"jsonb_array_elements_text({texts}) AS each_text (value)"
    return f"(EXISTS (SELECT 1 FROM {each} WHERE strpos({_small('each_text.value')}, {wanted}) > 0))"  # noqa: S608 - both are SQL by now, with values bound


def _small(text: str) -> str:
    """Return SQL that folds as `segments.fold` does; lower() would depend on the database's locale."""
    return f"translate({text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')"


def _test(test: Comparison, now: dt.datetime) -> ColumnElement[bool]:
    value = test.value
    match FIELDS[test.field], value:
        case Type.YES_NO, bool():
            until = subscriber.c.paused_until
            paused = and_(until.is_not(None), until > now)
            return paused if value == (test.operator == "=") else not_(paused)
        case Type.NUMBER, int():
            sent = select(func.sum(course.c.sent)).where(course.c.subscriber_id == subscriber.c.id)
            steps = func.coalesce(sent.correlate(subscriber).scalar_subquery(), 0)
            return _compared(steps, test.operator, value, value)
        case Type.DAY, Never() | Ago() | dt.date():
            return _day(_MOMENTS[test.field], test.operator, value, now)
        case _, str():
            condition = _contains(test.field, value) if test.operator == "~" else _equals(test.field, value)
            return not_(condition) if test.operator == "!=" else condition
    raise AssertionError(test)


_MOMENTS = {
    "joined": subscriber.c.created,
    "confirmed": subscriber.c.confirmed,
    "left": subscriber.c.left,
    "seen": subscriber.c.seen,
}
_TEXTS = {
    "source": subscriber.c.source,
    "state": subscriber.c.state,
    "zone": func.coalesce(subscriber.c.zone, ""),
}


def _equals(field: str, value: str) -> ColumnElement[bool]:
    match field:
        case "tag":
            return _Holds(subscriber.c.tags, literal(value))
        case "path":
            return _follows(course.c.path == value)
        case "section":  # the row names the sections that the reader does not want
            return not_(_Holds(subscriber.c.without, literal(value)))
        case "domain":  # a canonical address has a single @, and its domain is in lower case
            return subscriber.c.canonical.endswith(f"@{domain_of(value)}", autoescape=True)
    return _TEXTS[field] == value


def _contains(field: str, value: str) -> ColumnElement[bool]:
    wanted = literal(fold(value))
    match field:
        case "tag":
            return _OneContains(subscriber.c.tags, wanted)
        case "path":
            return _follows(_Contains(course.c.path, wanted))
        case "domain":
            literally = re.sub(r"([%_/])", r"/\1", fold(value))
            return subscriber.c.canonical.like(f"%@%{literally}%", escape="/")
    return _Contains(_TEXTS[field], wanted)


def _follows(path: ColumnElement[bool]) -> ColumnElement[bool]:
    mine = select(1).where(course.c.subscriber_id == subscriber.c.id, course.c.ended.is_(None), path)
    return mine.correlate(subscriber).exists()


def _day(
    moment: ColumnElement[Any], operator: str, value: dt.date | Ago | Never, now: dt.datetime
) -> ColumnElement[bool]:
    if isinstance(value, Never):
        return moment.is_(None) if operator == "=" else moment.is_not(None)
    begin, end = days(value, now)
    if operator == "!=":
        return or_(moment.is_(None), moment < begin, moment >= end)
    return and_(moment.is_not(None), _compared(moment, operator, begin, end))


def _compared(value: ColumnElement[Any], operator: str, begin: Any, end: Any) -> ColumnElement[bool]:
    """Compare with the span from `begin` up to but excluding `end`, or with a number if the two are equal."""
    single = begin == end
    condition: ColumnElement[bool]
    match operator:
        case "=":
            condition = value == begin if single else and_(value >= begin, value < end)
        case "!=":
            condition = value != begin
        case "<":
            condition = value < begin
        case "<=":
            condition = value <= end if single else value < end
        case ">":
            condition = value > end if single else value >= end
        case _:
            condition = value >= begin
    return condition
