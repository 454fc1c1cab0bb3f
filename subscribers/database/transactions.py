"""The kinds of transaction: reading, writing, and a long look at one state of the database.

One rule holds for every user of an engine: a transaction may write unless it is marked `read_only`. On SQLite a writing
transaction begins with BEGIN IMMEDIATE: if it began deferred and wrote after another one had committed, it would fail
at once, whatever the busy time-out (https://sqlite.org/isolation.html).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from subscribers.database.error_mapping import translated

READ_ONLY: Mapping[str, Any] = {"read_only": True}
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


@contextmanager
def snapshot(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that only reads, for as long as it takes: every statement sees the same state of the database.

    Nothing waits for it, so PostgreSQL does not end it while its reader, such as a pager, takes a rest.
    """
    options = dict(READ_ONLY)
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with translated(), engine.connect().execution_options(**options) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield connection


def server_time(engine: sa.Engine) -> dt.datetime | None:
    """Return the time by the clock of the database's server; None for SQLite, which has none. Raises DatabaseUnavailable."""
    if engine.dialect.name == "sqlite":
        return None
    with reading(engine) as connection:
        now: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now.astimezone(dt.UTC)
