"""The shared rates in the database: one row for each limit, with the next moment that is free.

The moments are those of PostgreSQL's own clock, so that the clocks of many machines do not matter. SQLite's processes
share a machine, and with it a clock that nobody can set.
"""

from __future__ import annotations

import sqlalchemy as sa

from publisher.adapters.clock import SystemClock
from publisher.adapters.database.tables import sending_rate
from subscribers.database import insert_once, writing

_MICRO = 1_000_000
_AHEAD = 60.0
"""A moment further away than this, and than that of a hundred messages, was taken by another clock: before the machine
was started anew, for example."""


class DatabaseRates:
    """Implements ports.Rates on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def take(self, name: str, interval: float, count: int, within: float) -> float:
        row = sa.select(sending_rate.c.free).where(sending_rate.c.name == name).with_for_update()
        with writing(self._engine) as connection:
            free = connection.scalar(row)
            if free is None:  # another process may be adding it at this moment
                insert_once(connection, sending_rate, {"name": name, "free": 0})
                free = connection.scalar(row) or 0
            now = self._now(connection)
            ahead = free / _MICRO - now
            moment = now if ahead < 0 or ahead > _AHEAD + 100 * interval else free / _MICRO
            if moment - now <= within:
                taken = sending_rate.update().where(sending_rate.c.name == name)
                connection.execute(taken.values(free=round((moment + count * interval) * _MICRO)))
            return moment - now

    def _now(self, connection: sa.Connection) -> float:
        if self._engine.dialect.name == "sqlite":
            return SystemClock().steady()
        return float(connection.scalar(sa.select(sa.extract("epoch", sa.func.clock_timestamp()))) or 0.0)
