"""Search by pgvector's HNSW in PostgreSQL, where the extension can be had. All of it is made from the blobs.

It has a schema of its own, since no backup and no move needs it. Each kind of vector and each number of dimensions has a
table of its own, so that no query can mix them. A row has a digest of the blob that it was made from, since a text whose
vector is made anew keeps its hash.

Nothing here may be in the way of a search: whatever the database refuses, or ends since it takes too long, leaves the
comparison of all vectors. Rows are committed in batches, so that the next attempt goes on from there, and nobody waits for
another process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from publisher.adapters.database.tables import passage_vector as blobs
from publisher.ports import Nearest, VectorKind
from subscribers.database import Among, DatabaseError, reading, writing

if TYPE_CHECKING:  # numpy is slow to import
    from publisher.draft.postings import Floats
    from publisher.ports.vectors import Vector

SCHEMA: Final = "pressroom_vectors"
OLDEST: Final = (0, 8)
"""The first version that goes on searching when its nearest vectors do not pass the filter."""
MOST_DIMENSIONS: Final = 2_000
"""HNSW takes no more."""
INDEXED_FROM: Final = 100_000
"""Texts from which an index is worth having. Of fewer, comparing all of them is as fast, and misses none (docs/decisions/0149)."""
EXPLORED: Final = 200
"""How many candidates HNSW keeps (ef_search): with 100 neighbours asked for, it then misses few."""
FORM: Final = "<f4"
"""How a blob holds its numbers."""
_AT_ONCE: Final = 500
_LAYOUT: Final = "2"
"""Changes with the table's columns: tables of another layout have another name, and are dropped."""

_log = logging.getLogger("pressroom.models")

Read = Callable[[VectorKind, Collection[str]], "Floats"]
"""Returns the vectors of some texts, a row for each in their order."""


class _Busy(Exception):
    """Another process is at work on the tables."""


def nearest_in_postgresql(
    engine: sa.Engine,
    kind: VectorKind,
    first_said: Mapping[str, dt.date],
    dimension: int,
    read: Read,
    by_all: Callable[[], Nearest],
    *,
    indexed_from: int = INDEXED_FROM,
) -> Nearest | None:
    """Bring the table of this kind up to date, and return a search in it; None for fewer texts than `indexed_from`, and while pgvector cannot be had.

    `by_all` returns what compares all vectors, for a search that the database refuses later on.
    """
    if (
        engine.dialect.name != "postgresql"
        or len(first_said) < max(indexed_from, 1)
        or not 0 < dimension <= MOST_DIMENSIONS
    ):
        return None
    found = NearestInPostgresql(engine, kind, dimension, first_said, by_all)
    try:
        if not _extension(engine):
            return None
        found.sync(kind, read)
    except _Busy:
        return None
    except DatabaseError as error:
        _log.info("pgvector cannot be used, so vectors are compared one by one: %s", error)
        return None
    return found


def _extension(engine: sa.Engine) -> bool:
    """Create the extension and the schema, and return whether they are there. Raises DatabaseError where it may not."""
    with writing(engine) as connection:
        _alone(connection)
        available = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
        if connection.execute(available).scalar_one_or_none() is None:
            return False
        connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        version = connection.execute(sa.text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
        connection.execute(sa.text("SELECT CAST('[1]' AS vector)"))  # it may be in a schema that is not searched
        return tuple(int(part) for part in version.scalar_one().split(".")[:2]) >= OLDEST


def _locked(connection: sa.Connection) -> bool:
    """Take the lock on the tables until the transaction ends, and return whether it was free."""
    lock = sa.text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
    return bool(connection.execute(lock, {"name": SCHEMA}).scalar_one())


def _alone(connection: sa.Connection) -> None:
    if not _locked(connection):
        raise _Busy


def forget(connection: sa.Connection) -> None:
    """Drop all that was made from blobs, unless another process is at work on it: the digests then tell what is old."""
    if connection.dialect.name != "postgresql":
        return
    there = sa.inspect(connection)
    if SCHEMA in there.get_schema_names() and _locked(connection):
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
    """Implements ports.Nearest over the texts of `first_said`, each with the day when it was first said.

    The table may have others as well: those of a search over more issues, or of a newer archive.
    """

    def __init__(
        self,
        engine: sa.Engine,
        kind: VectorKind,
        dimension: int,
        first_said: Mapping[str, dt.date],
        by_all: Callable[[], Nearest],
    ) -> None:
        self._engine = engine
        self._dimension = dimension
        self._first_said = first_said
        self._days = sorted(first_said.values())
        self._by_all = by_all
        self._instead: Nearest | None = None
        name = hashlib.sha256(f"{_LAYOUT}\0{kind.model}\0{kind.cutter}\0{dimension}".encode()).hexdigest()[:16]
        self._table = sa.Table(
            f"of_{name}",
            sa.MetaData(schema=SCHEMA),
            sa.Column("hash", sa.Text, primary_key=True),
            sa.Column("day", sa.Date, nullable=False),  # the earliest that any search gave it
            sa.Column("digest", sa.Text, nullable=False),
            sa.Column("vector", _Vector(dimension), nullable=False),
        )
        self._index = sa.Index(
            f"of_{name}_hnsw", self._table.c.vector, postgresql_using="hnsw", postgresql_ops={"vector": "vector_ip_ops"}
        )

    def sync(self, kind: VectorKind, read: Read) -> None:
        """Let the table have these texts as their blobs are. Raises DatabaseError and _Busy; what is committed stays."""
        self._prepare(kind)
        hashes = sorted(self._first_said)
        for start in range(0, len(hashes), _AT_ONCE):
            self._bring(kind, hashes[start : start + _AT_ONCE], read)
        with writing(self._engine) as connection:  # building the index at the end takes less time than adding to it
            _alone(connection)
            self._index.create(connection, checkfirst=True)

    def _prepare(self, kind: VectorKind) -> None:
        """Drop the tables of other kinds, and the rows whose blobs are gone."""
        with writing(self._engine) as connection:
            _alone(connection)
            for name in set(sa.inspect(connection).get_table_names(SCHEMA)) - {self._table.name}:
                sa.Table(name, sa.MetaData(schema=SCHEMA)).drop(connection)
            connection.execute(sa.schema.CreateTable(self._table, if_not_exists=True))  # without its index
            blob = sa.select(blobs.c.hash).where(_is_of(kind), blobs.c.hash == self._table.c.hash)
            connection.execute(self._table.delete().where(~blob.exists()))

    def _bring(self, kind: VectorKind, hashes: Sequence[str], read: Read) -> None:
        """Add what is missing of some texts, or is older than its blob. All is read and written out before a row is locked."""
        stale = self._stale(kind, hashes)
        if not stale:
            return
        rows = [
            {"hash": hash_, "day": self._first_said[hash_], "digest": _digest(vector), "vector": _written(vector)}
            for hash_, vector in zip(stale, read(kind, stale), strict=True)
        ]
        add = insert(self._table)
        new = {"digest": add.excluded.digest, "vector": add.excluded.vector}
        earliest = sa.func.least(self._table.c.day, add.excluded.day)
        statement = add.on_conflict_do_update(index_elements=["hash"], set_={**new, "day": earliest})
        with writing(self._engine) as connection:
            _alone(connection)
            connection.execute(statement, rows)

    def _stale(self, kind: VectorKind, hashes: Sequence[str]) -> list[str]:
        table = self._table
        query = (
            sa.select(blobs.c.hash, table.c.day, (table.c.digest == sa.func.md5(blobs.c.vector)).label("same"))
            .join_from(blobs, table, blobs.c.hash == table.c.hash, isouter=True)
            .where(_is_of(kind), Among(blobs.c.hash, "hashes"))
        )
        with reading(self._engine) as connection:
            found = connection.execute(query, {"hashes": json.dumps(hashes)})
            return [row.hash for row in found if not row.same or row.day > self._first_said[row.hash]]

    def search(self, vector: Vector, *, before: dt.date, limit: int) -> Sequence[tuple[str, float]]:
        if len(vector) != self._dimension or limit < 1:
            return ()
        if self._instead is None:
            try:
                return self._found(vector, before, limit)
            except DatabaseError as error:
                _log.info("pgvector failed, so vectors are compared one by one: %s", error)
                self._instead = self._by_all()
        return self._instead.search(vector, before=before, limit=limit)

    def _found(self, vector: Vector, before: dt.date, limit: int) -> list[tuple[str, float]]:
        """Ask the index, and every row if it finds too few: it filters afterwards, and gives up at some 20,000 rows."""
        expected = min(limit, bisect_left(self._days, before))
        if not expected:
            return []
        table = self._table
        distance = table.c.vector.op("<#>", return_type=sa.Float())(_written(vector))
        query = sa.select(table.c.hash, distance.label("distance")).where(table.c.day < before).order_by("distance")
        with reading(self._engine) as connection:
            connection.execute(sa.text(f"SET LOCAL hnsw.ef_search = {EXPLORED}"))
            connection.execute(sa.text("SET LOCAL hnsw.iterative_scan = strict_order"))
            found = self._own(connection.execute(query.limit(limit)), before, limit)
            if len(found) < expected:
                connection.execute(sa.text("SET LOCAL enable_indexscan = off"))
                every = connection.execute(query, execution_options={"yield_per": _AT_ONCE})
                found = self._own(every, before, limit)
        return found

    def _own(self, rows: sa.Result[Any], before: dt.date, limit: int) -> list[tuple[str, float]]:
        own = (
            (row.hash, -row.distance)
            for row in rows
            if (day := self._first_said.get(row.hash)) is not None and day < before
        )
        return list(islice(own, limit))


def _is_of(kind: VectorKind) -> sa.ColumnElement[bool]:
    return (blobs.c.model == kind.model) & (blobs.c.cutter == kind.cutter)


def _digest(vector: Vector) -> str:
    """Return what PostgreSQL's md5 makes of the blob."""
    return hashlib.md5(vector.astype(FORM).tobytes(), usedforsecurity=False).hexdigest()


def _written(vector: Vector) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
