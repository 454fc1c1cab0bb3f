"""Freezes audiences: takes readers into the ledger within the database, so that their rows never pass through this process.

An audience is frozen as a whole when the publication's hour comes, or in parts: first those readers whose own morning
comes before that hour, then all others. Nobody is taken in twice, also after a move to another address.

The audience of a correction are the readers whose delivery of its issue arrived, or may have. While the issue is being sent,
it grows with it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from publisher.adapters.database.tables import delivery
from publisher.issue import DeliveryState
from publisher.numbers import corrected
from publisher.ports import DueInZone
from subscribers import audience

if TYPE_CHECKING:  # only named here
    from subscribers import Segment

AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
"""When a row is due that need not wait: in the past for every machine, however wrong its clock."""
_REACHED = (DeliveryState.SENT, DeliveryState.IN_DOUBT)
_COLUMNS = ("subscriber_id", "subject_id", "address", "canonical", "name", "without")


def zones(connection: sa.Connection, now: dt.datetime) -> dict[str, int]:
    """Return how many readers of an audience have named each time zone."""
    zone = audience(now).subquery().c.zone
    query = sa.select(zone, sa.func.count().label("readers")).where(zone.is_not(None)).group_by(zone)
    return {row.zone: row.readers for row in connection.execute(query)}


def take_in_early(
    connection: sa.Connection, number: int, now: dt.datetime, morning: DueInZone, after: dt.datetime | None
) -> None:
    """Take in the readers whose own morning has come, after a moment if one is given. They are due at once."""
    come = [
        zone
        for due, names in _mornings(connection, now, morning).items()
        for zone in names
        if due <= now and (after is None or after < due)
    ]
    if come:
        _take_in(connection, number, now, {}, zones=come, first=after is None)


def take_in(
    connection: sa.Connection,
    number: int,
    now: dt.datetime,
    morning: DueInZone | None,
    segment: Segment | None = None,
    *,
    first: bool = True,
) -> None:
    """Take in everybody who is not there yet; those whose own morning is still to come are due then, others at once.

    `first`: nobody is there yet.
    """
    mornings = _mornings(connection, now, morning) if morning else {}
    later = {due: names for due, names in mornings.items() if due > now}
    _take_in(connection, number, now, later, segment=segment, first=first)


def take_in_doubt(connection: sa.Connection, number: int, now: dt.datetime, reply: str) -> int:
    """Take in everybody who is not there yet, as rows in doubt: they may have been taken in before. Return how many."""
    readers = _readers(number, now)
    said = (sa.literal(DeliveryState.IN_DOUBT.value), sa.literal(now, delivery.c.changed.type), sa.literal(reply))
    chosen = sa.select(sa.literal(number), *(readers.c[column] for column in _COLUMNS), *said)
    columns = ["issue", *_COLUMNS, "state", "changed", "reply"]
    taken = delivery.insert().from_select(columns, chosen.where(*_not_there(readers, number)))
    return connection.execute(taken).rowcount


def left_out(connection: sa.Connection, number: int, now: dt.datetime) -> int:
    """Return how many readers of an audience are not there yet."""
    readers = _readers(number, now)
    query = sa.select(sa.func.count()).select_from(readers).where(*_not_there(readers, number))
    return connection.scalar(query) or 0


def _mornings(connection: sa.Connection, now: dt.datetime, morning: DueInZone) -> dict[dt.datetime, list[str]]:
    """Return the audience's time zones by the moment of their morning."""
    found: dict[dt.datetime, list[str]] = defaultdict(list)
    for name in zones(connection, now):
        due = morning(name)
        if due is not None:
            found[due].append(name)
    return found


def _take_in(
    connection: sa.Connection,
    number: int,
    now: dt.datetime,
    later: Mapping[dt.datetime, Sequence[str]],
    *,
    segment: Segment | None = None,
    zones: Sequence[str] | None = None,
    first: bool,
) -> None:
    readers = _readers(number, now, segment)
    moment = delivery.c.due.type
    dues = [(readers.c.zone.in_(names), sa.literal(due, moment)) for due, names in later.items()]
    at_once, begun = sa.literal(AT_ONCE, moment), sa.literal(None if first else now, moment)
    chosen = sa.select(
        sa.literal(number, sa.Integer),
        *(readers.c[column] for column in _COLUMNS),
        sa.literal(DeliveryState.QUEUED.value, sa.Text),
        sa.case(*dues, else_=at_once) if dues else at_once,
        sa.case(*dues, else_=begun) if dues else begun,
    )
    if zones is not None:
        chosen = chosen.where(readers.c.zone.in_(zones))
    if not first:
        chosen = chosen.where(*_not_there(readers, number))
    connection.execute(delivery.insert().from_select(["issue", *_COLUMNS, "state", "due", "dated"], chosen))


def _readers(number: int, now: dt.datetime, segment: Segment | None = None) -> sa.Subquery:
    """Return whom an issue or a correction would reach now.

    Whoever moved is known by their subject id; whoever was deleted is not known any more, also at the same address.
    """
    issue = corrected(number)
    if issue is None:
        return audience(now, segment).subquery()
    have_it = sa.select(delivery.c.subject_id).where(delivery.c.issue == issue, delivery.c.state.in_(_REACHED))
    readers = audience(now, segment, paused=True).subquery()
    return sa.select(readers).where(readers.c.subject_id.in_(have_it)).subquery()


def _not_there(readers: sa.Subquery, number: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Return conditions for readers without a row: of their address (I1), and of their own, at a former address."""
    address = sa.exists().where(delivery.c.issue == number, delivery.c.canonical == readers.c.canonical)
    theirs = sa.select(delivery.c.subject_id).where(delivery.c.issue == number)
    # A set that both databases build once: a NOT EXISTS would need an index on subject ids.
    others = sa.select(readers.c.subject_id).except_(theirs)
    return ~address, readers.c.subject_id.in_(others)
