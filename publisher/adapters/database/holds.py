"""What holds all sending, in the database; see ports.Holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from publisher.adapters.database.tables import sending_hold
from publisher.ports import Hold
from subscribers.database import reading, upsert, writing


class DatabaseHolds:
    """Implements ports.Holds on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, issue: int, cause: str, what: str, now: dt.datetime, *, holds: bool) -> bool:
        row = {"issue": issue, "cause": cause, "what": what, "since": now, "holds": holds}
        with writing(self._engine) as connection:
            wanted = upsert(connection, sending_hold).values(row).on_conflict_do_nothing(
                index_elements=["issue", "cause"]
            )  # fmt: skip
            return connection.scalar(wanted.returning(sending_hold.c.id)) is not None

    def open(self) -> Sequence[Hold]:
        return self._find(sending_hold.c.holds, sending_hold.c.lifted.is_(None))

    def untold(self) -> Sequence[Hold]:
        return self._find(sending_hold.c.told.is_(None))

    def told(self, hold: int, now: dt.datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(sending_hold.update().where(sending_hold.c.id == hold).values(told=now))

    def lift(self, why: str, now: dt.datetime) -> int:
        those = (sending_hold.c.holds, sending_hold.c.lifted.is_(None))
        with writing(self._engine) as connection:
            return connection.execute(sending_hold.update().where(*those).values(lifted=now, why=why)).rowcount

    def _find(self, *where: sa.ColumnElement[bool]) -> Sequence[Hold]:
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(sending_hold).where(*where).order_by(sending_hold.c.id))
            return tuple(
                Hold(row.id, row.issue, row.cause, row.what, row.since, row.holds, row.told, row.lifted, row.why)
                for row in rows
            )
