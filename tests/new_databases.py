"""New databases get their tables by the statements that the first migration of this process executed.

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
_statements: dict[str, list[tuple[str, Any]]] = {}
"""By the name of the dialect: SQL and its parameters."""


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
        for statement, parameters in _statements[dialect]:
            connection.exec_driver_sql(statement, parameters)
    else:
        _statements[dialect] = _recorded(self, connection, revisions)


def _recorded(migrations: Migrations, connection: sa.Connection, revisions: Collection[str]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def take(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            found.append((statement, parameters))

    sa.event.listen(connection, "before_cursor_execute", take)
    try:
        _upgrade(migrations, connection, revisions)
    finally:
        sa.event.remove(connection, "before_cursor_execute", take)
    return found
