"""The rows of a backup in a database of their own, to see that they are whole, or to be brought back from there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from publisher.adapters.database.migrations import MIGRATIONS
from publisher.moving.files import Backup
from publisher.moving.manifest import TableEntry
from publisher.moving.tables import Tell
from subscribers.database import (
    DatabaseBroken,
    digest_of,
    has_columns,
    open_engine,
    put_rows,
    set_last_id,
    table_names,
    writing,
)

_MISFITS = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    OverflowError,
    DatabaseBroken,
    sa.exc.StatementError,
)


@contextmanager
def unpacked(backup: Backup, folder: Path, tell: Tell) -> Iterator[sa.Engine]:
    """Make a temporary SQLite database in a folder, with all rows, at the revisions that the backup has.

    Raises DamagedBackup when anything is not as the manifest says.
    """
    engine = open_engine(f"sqlite:///{folder / 'restored.db'}")
    sa.event.listen(engine, "connect", _do_not_wait_for_the_disk)
    try:
        if not MIGRATIONS.knows(backup.manifest.revisions):
            raise backup.damaged("it was made by a newer release")
        MIGRATIONS.apply(engine, backup.manifest.revisions)
        _fill(engine, backup, tell)
        yield engine
    finally:
        engine.dispose()


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    """What is temporary need not survive the machine."""
    connection.execute("PRAGMA synchronous=OFF").close()


def _fill(engine: sa.Engine, backup: Backup, tell: Tell) -> None:
    entries = backup.manifest.tables
    total, done = sum(entry.rows for entry in entries), 0
    with writing(engine) as connection:
        if table_names(connection) != {entry.name for entry in entries}:
            raise backup.damaged("it has not all tables of its release")
        for entry in entries:
            if not has_columns(connection, entry.table):
                raise backup.damaged(f"the table {entry.name} has not the columns of its release")
            try:
                put_rows(connection, entry.table, _rows(backup, entry))
            except _MISFITS as error:
                raise backup.damaged(f"{entry.file} has a row that does not fit its table") from error
            set_last_id(connection, entry.table, entry.last_id)
            digest = digest_of(connection, entry.table)
            if (digest.rows, digest.value) != (entry.rows, entry.digest):
                raise backup.damaged(f"the rows of {entry.name} are not those of the manifest")
            tell(done := done + entry.rows, total)


def _rows(backup: Backup, entry: TableEntry) -> Iterator[Mapping[str, Any]]:
    table = entry.table
    return (table.row(line) for line in backup.lines(entry.file))
