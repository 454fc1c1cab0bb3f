"""INSERT with an ON CONFLICT clause, which SQLAlchemy offers only in its dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection, TableClause

if TYPE_CHECKING:  # at run time only the dialect of the database in use is imported
    from sqlalchemy.dialects import postgresql, sqlite


def upsert(connection: Connection, table: TableClause) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT into `table` that offers on_conflict_do_nothing and on_conflict_do_update."""
    if connection.dialect.name == "postgresql":
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
