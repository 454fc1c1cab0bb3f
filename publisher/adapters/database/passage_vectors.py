"""The vectors of past issues, in the database: as blobs of float32, the truth, and for PostgreSQL's search, where it can."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from publisher.adapters.database.pgvector import FORM, INDEXED_FROM, forget, nearest_in_postgresql
from publisher.adapters.database.tables import passage_vector as rows
from publisher.ports import Nearest, VectorKind
from subscribers.database import Among, reading, upsert, writing

if TYPE_CHECKING:  # numpy is slow to import
    from publisher.draft.postings import Floats
    from publisher.ports.vectors import Vector

_AT_ONCE: Final = 500


class DatabasePassageVectors:
    """Implements ports.PassageVectors. From `indexed_from` texts on, PostgreSQL searches by an index where it can."""

    def __init__(self, engine: sa.Engine, *, indexed_from: int = INDEXED_FROM) -> None:
        self._engine = engine
        self._indexed_from = indexed_from

    def known(self, kind: VectorKind) -> Mapping[str, int]:
        query = sa.select(rows.c.hash, rows.c.dimension).where(_of(kind))
        with reading(self._engine) as connection:
            return {row.hash: row.dimension for row in connection.execute(query)}

    def dimension(self, kind: VectorKind) -> int | None:
        with reading(self._engine) as connection:
            found: int | None = connection.execute(
                sa.select(rows.c.dimension).where(_of(kind)).limit(1)
            ).scalar_one_or_none()
        return found

    def read(self, kind: VectorKind, hash_: str) -> Vector | None:
        import numpy as np

        query = sa.select(rows.c.vector).where(_of(kind), rows.c.hash == hash_)
        with reading(self._engine) as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else np.frombuffer(found, FORM)

    def write(self, kind: VectorKind, made: Mapping[str, Vector]) -> None:
        added = [
            {
                "hash": hash_,
                "model": kind.model,
                "cutter": kind.cutter,
                "dimension": len(vector),
                "vector": vector.astype(FORM).tobytes(),
            }
            for hash_, vector in sorted(made.items())
        ]
        with writing(self._engine) as connection:
            statement = upsert(connection, rows).on_conflict_do_nothing()
            for start in range(0, len(added), _AT_ONCE):
                connection.execute(statement, added[start : start + _AT_ONCE])

    def drop(self, kind: VectorKind, gone: Collection[str] | None = None) -> None:
        dropped = sorted(gone or ())
        with writing(self._engine) as connection:
            if gone is None:
                connection.execute(rows.delete().where(_of(kind)))
                forget(connection)
            for start in range(0, len(dropped), _AT_ONCE):
                connection.execute(
                    rows.delete().where(_of(kind), Among(rows.c.hash, "gone")),
                    {"gone": json.dumps(dropped[start : start + _AT_ONCE])},
                )

    def keep_only(self, kind: VectorKind) -> None:
        with writing(self._engine) as connection:
            connection.execute(rows.delete().where(sa.not_(_of(kind))))

    def nearest(self, kind: VectorKind, first_said: Mapping[str, dt.date]) -> Nearest:
        """Search by pgvector if there are many texts and the database has it, else by comparing all vectors."""
        from publisher.draft.nearest import NearestOfAll

        def by_all() -> Nearest:
            return NearestOfAll(list(first_said), list(first_said.values()), self._vectors(kind, tuple(first_said)))

        dimension = self.dimension(kind) or 0
        index = nearest_in_postgresql(
            self._engine, kind, first_said, dimension, self._vectors, by_all, indexed_from=self._indexed_from
        )
        return index or by_all()

    def _vectors(self, kind: VectorKind, hashes: Collection[str]) -> Floats:
        """Return the vectors of these texts, a row for each in their order; zeros for one that is gone."""
        import numpy as np

        wanted = list(hashes)
        query = sa.select(rows.c.hash, rows.c.vector).where(_of(kind), Among(rows.c.hash, "wanted"))
        places = {hash_: place for place, hash_ in enumerate(wanted)}
        made = np.zeros((len(wanted), self.dimension(kind) or 0), np.float32)
        for start in range(0, len(wanted), _AT_ONCE):  # each by itself: no statement takes long
            with reading(self._engine) as connection:
                for hash_, vector in connection.execute(
                    query, {"wanted": json.dumps(wanted[start : start + _AT_ONCE])}
                ):
                    if len(vector) == made.shape[1] * made.itemsize:  # another process may make them anew meanwhile
                        made[places[hash_]] = np.frombuffer(vector, FORM)
        return made


def _of(kind: VectorKind) -> sa.ColumnElement[bool]:
    return (rows.c.model == kind.model) & (rows.c.cutter == kind.cutter)
