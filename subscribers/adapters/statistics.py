"""Statistics, counted in the database in a few passes over the readers, however many there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, select

from subscribers.adapters.tables import course, subscriber, suppression
from subscribers.statistics import FromSource, Statistics, Step, Week, Word
from subscribers.subscriber import Reason, State

SOURCES_SHOWN = 20
WORDS_SHOWN = 10


def statistics(connection: Connection, now: dt.datetime, weeks: int) -> Statistics:
    """Count everything in `Statistics`."""
    asked, confirmed = connection.execute(
        select(func.count().filter(_ASKED), func.count().filter(_CONFIRMED)).select_from(subscriber)
    ).one()
    states = dict(_pairs(connection, subscriber.c.state))
    reasons = dict(_pairs(connection, suppression.c.reason))
    return Statistics(
        {state: states.get(state.value, 0) for state in State},
        _sources(connection),
        _weeks(connection, now, weeks),
        asked,
        confirmed,
        {reason: reasons.get(reason.value, 0) for reason in Reason},
        _words(connection),
        _courses(connection),
    )


def joined_and_left(connection: Connection, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
    """Count readers who confirmed between two moments, or came then without having to; and those who left then for now."""
    came = func.coalesce(subscriber.c.confirmed, subscriber.c.created)
    joined = and_(subscriber.c.state != State.PENDING.value, came >= since, came < until)
    left = and_(subscriber.c.state == State.UNSUBSCRIBED.value, subscriber.c.left >= since, subscriber.c.left < until)
    counts = select(func.count().filter(joined), func.count().filter(left)).select_from(subscriber)
    row = connection.execute(counts).one()
    return int(row[0]), int(row[1])


_ASKED = subscriber.c.asked.is_not(None)
_CONFIRMED = and_(_ASKED, subscriber.c.confirmed.is_not(None), subscriber.c.confirmed >= subscriber.c.asked)


def _pairs(connection: Connection, column: ColumnElement[str]) -> list[tuple[str, int]]:
    return [(value, count) for value, count in connection.execute(select(column, func.count()).group_by(column))]


def _sources(connection: Connection) -> Sequence[FromSource]:
    source, readers = subscriber.c.source, func.count()
    active = func.count().filter(subscriber.c.state == State.ACTIVE.value)
    rows = connection.execute(
        select(source, readers, active).group_by(source).order_by(readers.desc(), source).limit(SOURCES_SHOWN)
    )
    return [FromSource(*row) for row in rows]


def _weeks(connection: Connection, now: dt.datetime, weeks: int) -> Sequence[Week]:
    """Count week by week, the current week first, in one pass over the readers."""
    today = now.astimezone(dt.UTC).date()
    this_week = today - dt.timedelta(days=today.weekday())
    mondays = [this_week - dt.timedelta(weeks=back) for back in range(weeks)]
    sums = [
        func.count().filter(condition)
        for monday in mondays
        for condition in (
            _within(subscriber.c.created, monday),
            _within(subscriber.c.left, monday),
            _within(subscriber.c.asked, monday),
            and_(_CONFIRMED, _within(subscriber.c.asked, monday)),
        )
    ]
    row = tuple(connection.execute(select(*sums).select_from(subscriber)).one())
    return [Week(monday, *row[4 * place : 4 * place + 4]) for place, monday in enumerate(mondays)]


def _within(moment: ColumnElement[dt.datetime], monday: dt.date) -> ColumnElement[bool]:
    begin = dt.datetime.combine(monday, dt.time(), dt.UTC)
    return and_(moment.is_not(None), moment >= begin, moment < begin + dt.timedelta(weeks=1))


def _words(connection: Connection) -> Sequence[Word]:
    """Return the reasons of readers who left and have not come back, the latest first."""
    chosen = (
        select(subscriber.c.left, subscriber.c.left_why)
        .where(subscriber.c.left_why != "", subscriber.c.state == State.UNSUBSCRIBED.value)
        .order_by(subscriber.c.left.desc(), subscriber.c.id.desc())
        .limit(WORDS_SHOWN)
    )
    return [Word(row.left, row.left_why) for row in connection.execute(chosen)]


def _courses(connection: Connection) -> Sequence[Step]:
    following, ended = func.count().filter(course.c.ended.is_(None)), func.count().filter(course.c.ended.is_not(None))
    rows = connection.execute(
        select(course.c.path, course.c.sent, following, ended)
        .group_by(course.c.path, course.c.sent)
        .order_by(course.c.path, course.c.sent)
    )
    return [Step(*row) for row in rows]
