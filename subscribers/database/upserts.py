"""INSERT with an ON CONFLICT clause, which SQLAlchemy offers only in its dialects."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, TableClause

if TYPE_CHECKING:  # at run time only the dialect of the database in use is imported
    from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: TableClause) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into `table` that offers on_conflict_do_nothing and on_conflict_do_update."""
    return _insert(connection.dialect.name, table)


def replacing(connection: Connection, table: TableClause, key: str) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into `table` that writes over the row with the same value of the column `key`."""
    return _replacing(connection.dialect.name, table, key)


@functools.cache  # making it takes longer than most of its transactions
def _replacing(dialect: str, table: TableClause, key: str) -> postgresql.Insert | sqlite.Insert:
    statement = _insert(dialect, table)
    newest = {column.name: statement.excluded[column.name] for column in table.c if column.name != key}
    return statement.on_conflict_do_update(index_elements=[key], set_=newest)


def _insert(dialect: str, table: TableClause) -> postgresql.Insert | sqlite.Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def insert_once(connection: Connection, table: TableClause, row: Mapping[str, object]) -> bool:
    """Insert a row unless one with the same key exists; return whether it was inserted.

    On PostgreSQL this waits for any other transaction that is inserting the same key.
    """
    statement = upsert(connection, table).values(row).on_conflict_do_nothing()
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1
