"""The two kinds of transaction.

One rule for every user of an engine: a transaction may write unless it says `read_only`. On SQLite a writer begins
with BEGIN IMMEDIATE, because one that begins deferred and writes after another committed fails at once, whatever the
busy time-out (https://sqlite.org/isolation.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from subscribers.database.failures import translated

READ_ONLY = {"read_only": True}
"""Execution options of a transaction that writes nothing; on SQLite it then blocks no writer."""


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that may write: committed when the block ends, rolled back when it raises."""
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that only reads, over one state of the database."""
    with translated(), engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
        yield connection
