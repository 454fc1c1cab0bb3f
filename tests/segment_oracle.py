"""Whether one reader is in a segment, decided in plain Python: what the database's answers are held against."""

from __future__ import annotations

import datetime as dt

from subscribers import Segment, Subscriber
from subscribers.address import domain_of
from subscribers.segments import FIELDS, Ago, Comparison, Either, Every, Never, Not, Type, days, fold


def holds(segment: Segment, reader: Subscriber, now: dt.datetime) -> bool:
    """Say whether a reader, given with their courses, is in a segment."""
    match segment:
        case Comparison():
            return _test_holds(segment, reader, now)
        case Not():
            return not holds(segment.part, reader, now)
        case Every():
            return all(holds(part, reader, now) for part in segment.parts)
        case Either():
            return any(holds(part, reader, now) for part in segment.parts)


def _test_holds(test: Comparison, reader: Subscriber, now: dt.datetime) -> bool:
    value = test.value
    match FIELDS[test.field], value:
        case Type.YES_NO, bool():
            return (reader.paused(now) == value) == (test.operator == "=")
        case Type.NUMBER, int():
            return _compared(sum(course.sent for course in reader.courses), test.operator, value)
        case Type.DAY, Never() | Ago() | dt.date():
            return _day_holds(_moment(reader, test.field), test.operator, value, now)
        case _, str():
            return _text_holds(_texts(reader, test.field), test.field, test.operator, value)
    raise AssertionError(test)


def _text_holds(texts: tuple[str, ...], field: str, operator: str, value: str) -> bool:
    if operator == "~":
        return any(fold(value) in fold(text) for text in texts)
    wanted = domain_of(value) if field == "domain" else value
    found = wanted in texts
    if FIELDS[field] is Type.SECTION:
        found = not found  # what is kept are the sections that they do not want
    return found == (operator == "=")


def _texts(reader: Subscriber, field: str) -> tuple[str, ...]:
    match field:
        case "tag":
            return reader.tags
        case "path":
            return tuple(course.path for course in reader.courses if course.ended is None)
        case "section":
            return reader.without
        case "source":
            return (reader.source,)
        case "state":
            return (reader.state.value,)
        case "zone":
            return (reader.zone or "",)
        case "domain":
            return (reader.canonical.rpartition("@")[2],)
    raise AssertionError(field)


def _moment(reader: Subscriber, field: str) -> dt.datetime | None:
    moments = {"joined": reader.created, "confirmed": reader.confirmed, "left": reader.left, "seen": reader.seen}
    return moments[field]


def _day_holds(moment: dt.datetime | None, operator: str, value: dt.date | Ago | Never, now: dt.datetime) -> bool:
    if isinstance(value, Never):
        return (moment is None) == (operator == "=")
    if moment is None:
        return operator == "!="
    begin, end = days(value, now)
    order = -1 if moment < begin else 1 if moment >= end else 0
    return _compared(order, operator, 0)


def _compared(left: int, operator: str, right: int) -> bool:
    match operator:
        case "=":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
    return left >= right
