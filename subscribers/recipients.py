"""Who gets an issue. No other module chooses recipients."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from subscribers.adapters.segment_sql import matching
from subscribers.adapters.tables import subscriber
from subscribers.segments import Segment
from subscribers.subscriber import State


@dataclass(frozen=True, slots=True)
class Reach:
    """How many readers a segment has in all states, and how many of them an issue would reach now (`reached`)."""

    reached: int
    readers: int


def audience(now: dt.datetime, segment: Segment | None = None, *, paused: bool = False) -> Select[Any]:
    """Return a query for all active readers who are not paused, or those of them in a segment: one row for each
    address, in no order. With `paused`, those who are paused are among them.

    Its columns are subscriber_id, subject_id, address, canonical, name, without (a JSON list of the sections that the
    reader does not want) and zone (an IANA name or null). A caller that freezes the rows into a ledger must still check
    `suppressed` before each hand-over, because a reader may leave meanwhile.
    """
    columns = subscriber.c
    query = select(
        columns.id.label("subscriber_id"),
        columns.subject_id,
        columns.address,
        columns.canonical,
        columns.name,
        columns.without,
        columns.zone,
    ).where(subscriber.c.state == State.ACTIVE.value if paused else _reachable(now))
    return query if segment is None else query.where(matching(segment, now))


def reach(now: dt.datetime, segment: Segment | None = None) -> Select[int, int]:
    """Return a query for one row: how many readers are in `audience`, and how many there are in all."""
    query = select(func.count().filter(_reachable(now)), func.count()).select_from(subscriber)
    return query if segment is None else query.where(matching(segment, now))


def _reachable(now: dt.datetime) -> ColumnElement[bool]:
    paused_until = subscriber.c.paused_until
    return and_(
        subscriber.c.state == State.ACTIVE.value,
        or_(paused_until.is_(None), paused_until <= now),
    )
