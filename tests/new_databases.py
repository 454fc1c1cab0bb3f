"""New databases get their tables as the first migration of this process left or made them.

A migration by Alembic takes 0.2 seconds of computing, and the tests make thousands of databases. Databases that exist
already are migrated as always.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest
import sqlalchemy as sa

from subscribers.database import Migrations, open_engine

_upgrade = Migrations._upgrade
_statements: dict[str, list[str]] = {}
"""By the name of the dialect: of SQLite what writes the tables as they are at the end, of PostgreSQL what made them, in one text."""


def repeat_migrations(patch: pytest.MonkeyPatch) -> None:
    """Let new databases be made so, as long as the patch stands."""
    patch.setattr(Migrations, "_upgrade", _made)


def record_sqlite(migrations: Migrations) -> None:
    """Migrate a database in memory, so that forks of this process need not."""
    migrations.apply(open_engine("sqlite://"))


def _made(self: Migrations, connection: sa.Connection, revisions: Collection[str]) -> None:
    dialect = connection.dialect.name
    if set(revisions) != {"heads"} or sa.inspect(connection).get_table_names():
        _upgrade(self, connection, revisions)
    elif dialect in _statements:
        cursor = _driver(connection).cursor()
        for statement in _statements[dialect]:
            cursor.execute(statement)
        cursor.close()
    elif dialect == "sqlite":
        _upgrade(self, connection, revisions)
        written = _driver(connection).iterdump()
        _statements[dialect] = [one for one in written if one not in ("BEGIN TRANSACTION;", "COMMIT;")]
    else:
        _statements[dialect] = [";\n".join(_recorded(self, connection, revisions))]


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _recorded(migrations: Migrations, connection: sa.Connection, revisions: Collection[str]) -> list[str]:
    found: list[str] = []

    def take(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            assert not parameters, "statements with parameters are not sent together"
            assert "%" not in statement, "psycopg reads a percent sign otherwise where there are no parameters"
            found.append(statement)

    sa.event.listen(connection, "before_cursor_execute", take)
    try:
        _upgrade(migrations, connection, revisions)
    finally:
        sa.event.remove(connection, "before_cursor_execute", take)
    return found
