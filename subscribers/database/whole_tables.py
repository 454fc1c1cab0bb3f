"""Whole tables: their rows as lines of JSON, in and out, and a digest of them that is the same in every database.

A database is copied, or written to files, by what its columns hold, not by what they mean: so a table or a column that
is added later is copied, too.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine
from sqlmodel import AutoString, UTCDateTime

from subscribers.database.columns import JsonList
from subscribers.database.error_mapping import translated

AT_ONCE, LARGE_AT_ONCE = 2_000, 20
"""Rows that are read, and written, in one go; the second of tables with whole mails in them."""
_MODULUS = 1 << 256

_TYPES = (
    ("time", UTCDateTime), ("json", JsonList), ("bytes", sa.LargeBinary), ("flag", sa.Boolean), ("integer", sa.Integer),
    ("text", (sa.String, AutoString)),
)  # fmt: skip

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a column holds: its type in a database, and its values as JSON has them, there and back."""

    type: TypeEngine[Any]
    to_json: Callable[[Any], Any] | None = None
    from_json: Callable[[Any], Any] | None = None


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat()


def _bytes(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_KINDS: Mapping[str, _Kind] = {
    "integer": _Kind(sa.BigInteger()),
    "text": _Kind(sa.Text()),
    "time": _Kind(UTCDateTime(), _moment, dt.datetime.fromisoformat),
    "bytes": _Kind(sa.LargeBinary(), _bytes, lambda text: base64.b64decode(text, validate=True)),
    "json": _Kind(JsonList()),
    "flag": _Kind(sa.Boolean()),
}
KINDS = frozenset(_KINDS)
"""The names of what a column may hold: `time` is written as ISO 8601 in UTC, `bytes` as base64."""


@dataclass(frozen=True, slots=True)
class WholeTable:
    """A table by its name and what its columns hold, in their order."""

    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...] = ()
    """The columns that order its rows; none: any order."""

    @classmethod
    def of(cls, table: sa.Table) -> WholeTable:
        return cls(
            table.name, {column.name: _kind(column.type) for column in table.c}, tuple(table.primary_key.c.keys())
        )

    @property
    def at_once(self) -> int:
        return LARGE_AT_ONCE if "bytes" in self.columns.values() else AT_ONCE

    @property
    def core(self) -> sa.TableClause:
        columns: list[sa.ColumnClause[Any]] = [
            sa.column(name, _KINDS[kind].type) for name, kind in self.columns.items()
        ]
        return sa.table(self.name, *columns)

    def line(self, row: Sequence[Any]) -> bytes:
        """Return a row, with its values in the order of the columns, as a line of JSON."""
        values = {
            name: value if value is None or (convert := _KINDS[kind].to_json) is None else convert(value)
            for (name, kind), value in zip(self.columns.items(), row, strict=True)
        }
        return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    def row(self, line: bytes) -> Row:
        """Read a line that `line` wrote. Raises ValueError, TypeError or KeyError for any other."""
        values = json.loads(line)
        if values.keys() != self.columns.keys():
            raise KeyError(f"{sorted(values.keys() ^ self.columns.keys())[0]!r}")
        return {
            name: value
            if value is None or (convert := _KINDS[self.columns[name]].from_json) is None
            else convert(value)
            for name, value in values.items()
        }


def _kind(type_: TypeEngine[Any]) -> str:
    found = next((name for name, known in _TYPES if isinstance(type_, known)), None)
    if found is None:
        raise TypeError(f"a column of type {type_!r} has no form in a backup yet; add it to _KINDS")
    return found


class Digest:
    """The number of rows and the digest of their lines, whatever their order: the sum of the digests of each."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % _MODULUS

    @property
    def value(self) -> str:
        return f"{self._sum:064x}"


def rows_of(connection: sa.Connection, table: WholeTable, skip: int = 0) -> Iterator[Sequence[sa.Row[Any]]]:
    """Yield all rows but the first few, up to some thousand at a time; by their key, in the order of this database."""
    core = table.core
    query = sa.select(core).order_by(*(core.c[name] for name in table.key)).offset(skip)
    with connection.execute(query, execution_options={"yield_per": table.at_once}) as found:
        yield from found.partitions()


def put_rows(connection: sa.Connection, table: WholeTable, rows: Iterable[Row]) -> int:
    """Insert rows, in the order in which they come, and return their number."""
    written, insert = 0, sa.insert(table.core)
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == table.at_once:
            connection.execute(insert, batch)
            written += len(batch)
            batch.clear()
    if batch:
        connection.execute(insert, batch)
    return written + len(batch)


def count_rows(connection: sa.Connection, table: WholeTable) -> int:
    return connection.execute(sa.select(sa.func.count()).select_from(table.core)).scalar_one()


def digest_of(connection: sa.Connection, table: WholeTable) -> Digest:
    digest = Digest()
    for part in rows_of(connection, table):
        for row in part:
            digest.add(table.line(row))
    return digest


def table_names(connection: sa.Connection) -> frozenset[str]:
    """Return the names of all tables but those of this package itself."""
    return frozenset(sa.inspect(connection).get_table_names()) - {"alembic_version", "database_move"}


def has_columns(connection: sa.Connection, table: WholeTable) -> bool:
    """Return whether a database has this very table."""
    there = sa.inspect(connection)
    return there.has_table(table.name) and {one["name"] for one in there.get_columns(table.name)} == set(table.columns)


def last_id(connection: sa.Connection, table: WholeTable) -> int | None:
    """Return the last id that a database gave to a row of a table; None where it does not remember one.

    It may be higher than any that is there now, since ids of deleted rows are not given again.
    """
    if connection.dialect.name == "sqlite":
        if not sa.inspect(connection).has_table("sqlite_sequence"):
            return None
        query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return connection.execute(query, {"name": table.name}).scalar_one_or_none()
    sequence = _sequence(connection, table)
    if sequence is None:
        return None
    row = connection.execute(sa.text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608 - see below
    return int(row.last_value) if row.is_called else None


def set_last_id(connection: sa.Connection, table: WholeTable, last: int | None) -> None:
    """Let the next row get an id after `last`, and after all that are there."""
    if connection.dialect.name == "sqlite":
        if last is not None and sa.inspect(connection).has_table("sqlite_sequence"):
            _set_sqlite(connection, table.name, last)
        return
    if sequence := _sequence(connection, table):
        highest = connection.execute(sa.select(sa.func.max(table.core.c[table.key[0]]))).scalar_one() or 0
        if last := max(highest, last or 0):
            connection.execute(
                sa.text("SELECT setval(CAST(:sequence AS regclass), :last)"), {"sequence": sequence, "last": last}
            )


def _set_sqlite(connection: sa.Connection, name: str, last: int) -> None:
    """Only a table with AUTOINCREMENT remembers; the others give the highest id and one."""
    made = connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}).scalar_one()
    if "AUTOINCREMENT" not in made.upper():
        return
    given = {"name": name, "last": last}
    connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name AND seq <= :last"), given)
    connection.execute(
        sa.text(
            "INSERT INTO sqlite_sequence (name, seq) SELECT :name, :last "
            "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)"
        ),
        given,
    )


def _sequence(connection: sa.Connection, table: WholeTable) -> str | None:
    """Return PostgreSQL's own, quoted name of the sequence that numbers a table's rows, if one does."""
    if len(table.key) != 1:
        return None
    given = {"name": f'"{table.name}"', "key": table.key[0]}
    found: str | None = connection.execute(sa.text("SELECT pg_get_serial_sequence(:name, :key)"), given).scalar_one()
    return found


def others_at_work(engine: sa.Engine) -> bool:
    """Return whether another process of ours has the database open. SQLite: any process at all, so none of this one may."""
    engine.dispose()
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return not _alone(connection)
        query = sa.text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name = 'pressroom'"
        )
        return bool(connection.execute(query).scalar_one())


def _alone(connection: sa.Connection) -> bool:
    """SQLite leaves the write-ahead log only for whoever is alone: each other connection holds a shared lock."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        (mode,) = driver.execute("PRAGMA journal_mode=DELETE").fetchone()
        driver.execute("PRAGMA journal_mode=WAL").close()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        return False
    finally:
        connection.invalidate()  # its time-out is not the usual one any more
    return bool(mode == "delete")
