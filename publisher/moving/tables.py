"""All tables of the database: those of both packages, whatever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa

import publisher.adapters.database.tables  # noqa: F401 - its tables are among every_table()
from publisher.errors import Refused
from subscribers import every_table
from subscribers.database import WholeTable, count_rows, find_room, has_columns, reading, table_names

Tell = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


def whole_tables() -> Sequence[WholeTable]:
    """Return all tables, in an order in which their rows can be inserted."""
    return tuple(map(WholeTable.of, every_table()))


def refuse_unless_empty(engine: sa.Engine) -> None:
    """Raise Refused for a database that holds anything: rows of ours, or tables of something else."""
    find_room(engine)
    with reading(engine) as connection:
        there = table_names(connection)
        if foreign := there - {table.name for table in whole_tables()}:
            raise Refused(
                f"the target has tables of something else, such as {min(foreign)}; name a database of its own, which is empty"
            )
        if full := _first_with_rows(connection, there):
            raise Refused(f"the target already holds data (its table {full} has rows); name an empty database")


def _first_with_rows(connection: sa.Connection, names: Iterable[str]) -> str | None:
    return next((name for name in sorted(names) if count_rows(connection, WholeTable(name, {}))), None)


def refuse_other_tables(connection: sa.Connection, tables: Sequence[WholeTable]) -> None:
    """Raise Refused where a database has other tables, or other columns, than a backup or this release."""
    for table in tables:
        if not has_columns(connection, table):
            raise Refused(f"the table {table.name} is not as in this release; upgrade Pressroom, then try again")
    if unknown := table_names(connection) - {table.name for table in tables}:
        raise Refused(f"the database has a table {min(unknown)}, which this release does not know; upgrade Pressroom")
