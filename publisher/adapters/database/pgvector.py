"""Search by pgvector's HNSW in PostgreSQL, where the extension can be had. All of it is made from the blobs.

It has a schema of its own, since no backup and no move needs it. Each kind of vector and each number of dimensions has a
table of its own, so that no query can mix them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from publisher.ports import Nearest, VectorKind
from subscribers.database import Among, reading, writing

if TYPE_CHECKING:  # numpy is slow to import
    from publisher.draft.postings import Floats
    from publisher.ports.vectors import Vector

SCHEMA: Final = "pressroom_vectors"
OLDEST: Final = (0, 8)
"""The first version that goes on searching when its nearest vectors do not pass the filter."""
MOST_DIMENSIONS: Final = 2_000
"""HNSW takes no more."""
EXPLORED: Final = 200
"""How many candidates HNSW keeps (ef_search): with 100 neighbours asked for, it then misses few."""
_AT_ONCE: Final = 500

_log = logging.getLogger("pressroom.models")

Read = Callable[[VectorKind, Collection[str]], "Floats"]


def nearest_in_postgresql(
    engine: sa.Engine, kind: VectorKind, first_said: Mapping[str, dt.date], read: Read
) -> Nearest | None:
    """Bring the table of this kind up to date, and return a search in it; None where pgvector cannot be had."""
    if engine.dialect.name != "postgresql" or not first_said or not _extension(engine):
        return None
    dimension = read(kind, [next(iter(first_said))]).shape[1]
    if dimension > MOST_DIMENSIONS:
        return None
    found = NearestInPostgresql(engine, kind, dimension)
    found.sync(kind, first_said, read)
    return found


def _extension(engine: sa.Engine) -> bool:
    """Create the extension and the schema, and return whether they are there."""
    try:
        with engine.begin() as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": SCHEMA})
            available = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
            if connection.execute(available).scalar_one_or_none() is None:
                return False
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
            connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            version = connection.execute(sa.text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
            connection.execute(sa.text("SELECT CAST('[1]' AS vector)"))  # it may be in a schema that is not searched
            return tuple(int(part) for part in version.scalar_one().split(".")[:2]) >= OLDEST
    except (sa.exc.ProgrammingError, sa.exc.NotSupportedError) as error:  # the database's user may not, or it is broken
        _log.info("pgvector cannot be used, so vectors are compared one by one: %s", type(error.orig).__name__)
        return False


def forget(connection: sa.Connection) -> None:
    """Drop all that was made from blobs: a text whose vector is made anew keeps its hash, and would be taken for known."""
    there = sa.inspect(connection)
    if connection.dialect.name == "postgresql" and SCHEMA in there.get_schema_names():
        for name in there.get_table_names(SCHEMA):
            sa.Table(name, sa.MetaData(schema=SCHEMA)).drop(connection)


class _Vector(sa.types.UserDefinedType["str"]):
    """pgvector's type; its values are written as text."""

    cache_ok = True

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension

    def get_col_spec(self, **_options: Any) -> str:
        return f"vector({self.dimension})"

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        return sa.cast(bindvalue, self)


class NearestInPostgresql:
    """Implements ports.Nearest."""

    def __init__(self, engine: sa.Engine, kind: VectorKind, dimension: int) -> None:
        self._engine = engine
        self._dimension = dimension
        name = hashlib.sha256(f"{kind.model}\0{kind.cutter}\0{dimension}".encode()).hexdigest()[:16]
        self._table = sa.Table(
            f"of_{name}",
            sa.MetaData(schema=SCHEMA),
            sa.Column("hash", sa.Text, primary_key=True),
            sa.Column("day", sa.Date, nullable=False),
            sa.Column("vector", _Vector(dimension), nullable=False),
        )
        self._index = sa.Index(
            f"of_{name}_hnsw", self._table.c.vector, postgresql_using="hnsw", postgresql_ops={"vector": "vector_ip_ops"}
        )

    def sync(self, kind: VectorKind, first_said: Mapping[str, dt.date], read: Read) -> None:
        """Let the table have exactly these texts with their days, and drop those of other kinds."""
        table = self._table
        with writing(self._engine) as connection:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": SCHEMA})
            for name in set(sa.inspect(connection).get_table_names(SCHEMA)) - {table.name}:
                sa.Table(name, sa.MetaData(schema=SCHEMA)).drop(connection)
            new_table = not sa.inspect(connection).has_table(table.name, SCHEMA)
            if new_table:
                connection.execute(sa.schema.CreateTable(table))
            known: dict[str, dt.date] = {
                row.hash: row.day for row in connection.execute(sa.select(table.c.hash, table.c.day))
            }
            if gone := known.keys() - first_said.keys():
                drop = table.delete().where(Among(table.c.hash, "gone"))
                connection.execute(drop, {"gone": json.dumps(sorted(gone))})
            if moved := [{"of": one, "on": day} for one, day in first_said.items() if known.get(one, day) != day]:
                move = table.update().where(table.c.hash == sa.bindparam("of")).values(day=sa.bindparam("on"))
                connection.execute(move, moved)
            self._add(connection, kind, {one: day for one, day in first_said.items() if one not in known}, read)
            if new_table:  # building the index at the end takes less time than adding to it
                self._index.create(connection)

    def _add(self, connection: sa.Connection, kind: VectorKind, new: Mapping[str, dt.date], read: Read) -> None:
        if not new:
            return
        rows = [
            {"hash": hash_, "day": day, "vector": _written(vector)}
            for (hash_, day), vector in zip(new.items(), read(kind, tuple(new)), strict=True)
        ]
        for start in range(0, len(rows), _AT_ONCE):
            connection.execute(self._table.insert(), rows[start : start + _AT_ONCE])

    def search(self, vector: Vector, *, before: dt.date, limit: int) -> Sequence[tuple[str, float]]:
        if len(vector) != self._dimension or limit < 1:
            return ()
        table = self._table
        distance = table.c.vector.op("<#>", return_type=sa.Float())(_written(vector))
        query = sa.select(table.c.hash, distance.label("distance")).where(table.c.day < before).order_by("distance")
        with reading(self._engine) as connection:
            connection.execute(sa.text(f"SET LOCAL hnsw.ef_search = {EXPLORED}"))
            connection.execute(sa.text("SET LOCAL hnsw.iterative_scan = strict_order"))
            try:
                return [(row.hash, -row.distance) for row in connection.execute(query.limit(limit))]
            except sa.exc.ProgrammingError:  # a process with another model dropped the table: words remain
                return ()


def _written(vector: Vector) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
