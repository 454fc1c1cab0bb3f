"""The two kinds of transaction.

One rule holds for every user of an engine: a transaction may write unless it is marked `read_only`. On SQLite a writing
transaction begins with BEGIN IMMEDIATE: if it began deferred and wrote after another one had committed, it would fail
at once, whatever the busy time-out (https://sqlite.org/isolation.html).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from subscribers.database.error_mapping import translated

READ_ONLY = {"read_only": True}
"""Execution options of a transaction that writes nothing; on SQLite it then does not block writers."""


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that may write; commit when the block ends, roll back when it raises."""
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that only reads, and sees one state of the database throughout."""
    with translated(), engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
        yield connection


def server_time(engine: sa.Engine) -> dt.datetime | None:
    """Return the time by the clock of the database's server; None for SQLite, which has none. Raises DatabaseUnavailable."""
    if engine.dialect.name == "sqlite":
        return None
    with reading(engine) as connection:
        now: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now.astimezone(dt.UTC)
