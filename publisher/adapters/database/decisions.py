"""What a person decides of an issue's deliveries, in the database; and how some of an issue's rows are named."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from publisher.adapters.database.deliveries import storable
from publisher.adapters.database.returned import new_story
from publisher.adapters.database.tables import delivery, mailing
from publisher.issue import DeliveryState
from publisher.ports import Cancelled, Which
from subscribers import canonical
from subscribers.database import Lower, reading, writing

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_HELD = (DeliveryState.CLAIMED, DeliveryState.AT_DOT)


class DatabaseDecisions:
    """Implements ports.Decisions on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def retry(self, number: int, which: Which, now: dt.datetime) -> int:
        rows = conditions(number, replace(which, state=DeliveryState.FAILED))
        again = {
            "state": DeliveryState.QUEUED, "due": now, "changed": now, "attempt": 0, "bounce": "", "bounce_told": None, "bounce_returned": None,
        }  # fmt: skip
        with writing(self._engine) as connection:
            return change_rows(connection, number, rows, again, opens=True)

    def pause(self, number: int, why: str, now: dt.datetime) -> bool:
        with writing(self._engine) as connection:
            return bool(_pause(connection, number, why, now))

    def resume(self, number: int) -> bool:
        paused = mailing.update().where(mailing.c.number == number, mailing.c.paused.is_not(None))
        with writing(self._engine) as connection:
            return bool(connection.execute(paused.values(paused=None, paused_why="")).rowcount)

    def cancel(self, number: int, why: str, now: dt.datetime) -> Cancelled | None:
        theirs = delivery.c.issue == number
        ended = {
            "state": DeliveryState.SUPPRESSED, "due": None, "changed": now, "reply": storable(f"cancelled: {why}"),
        }  # fmt: skip
        with writing(self._engine) as connection:
            if not _pause(connection, number, why, now):
                return None
            waiting = delivery.update().where(theirs, delivery.c.due.is_not(None), delivery.c.state.in_(_WAITING))
            cancelled = connection.execute(waiting.values(**ended)).rowcount
            held = sa.select(sa.func.count()).select_from(delivery).where(theirs, delivery.c.state.in_(_HELD))
            # An audience that was to grow until the publication's hour grows no more.
            connection.execute(mailing.update().where(mailing.c.number == number).values(early_until=None))
            return Cancelled(cancelled, connection.scalar(held) or 0)

    def paused(self, number: int) -> bool:
        with reading(self._engine) as connection:
            return connection.scalar(sa.select(mailing.c.paused).where(mailing.c.number == number)) is not None


def conditions(number: int, which: Which) -> Sequence[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [delivery.c.issue == number]
    if which.state is not None:
        found.append(delivery.c.state == which.state)
    if which.reply:
        found.append(Lower(delivery.c.reply).contains(which.reply.lower(), autoescape=True))
    if which.domain:
        found.append(delivery.c.canonical.endswith(f"@{which.domain.lower()}", autoescape=True))
    if which.address is not None:
        found.append(delivery.c.canonical == canonical(which.address))
    return found


def change_rows(
    connection: sa.Connection,
    number: int,
    rows: Sequence[sa.ColumnElement[bool]],
    values: Mapping[str, Any],
    *,
    opens: bool,
) -> int:
    """Write into rows of an issue, and open it again if they are to be sent; return how many rows there were."""
    if opens:
        new_story(connection, rows)
    changed = connection.execute(delivery.update().where(*rows).values(**values)).rowcount
    if changed and opens:
        connection.execute(mailing.update().where(mailing.c.number == number).values(finished=None))
    return changed


def _pause(connection: sa.Connection, number: int, why: str, now: dt.datetime) -> int:
    """Pause a mailing that is under way; return how many there are: one or none. Its first pause's moment is kept."""
    under_way = mailing.update().where(mailing.c.number == number, mailing.c.finished.is_(None))
    return connection.execute(under_way.values(paused=sa.func.coalesce(mailing.c.paused, now), paused_why=why)).rowcount
