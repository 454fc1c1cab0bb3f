"""The erasures in the database: readers who were deleted and whose records elsewhere are not cleared yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select

from subscribers.adapters import tables
from subscribers.adapters.rows import erasure_row
from subscribers.adapters.store import Store
from subscribers.history import AddressHistory
from subscribers.ports import Erasure


class DatabaseErasures:
    """Implements subscribers.ports.Erasures."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, gone: AddressHistory, now: dt.datetime) -> None:
        with self._store.writing() as connection:
            connection.execute(insert(tables.erasure).values(erasure_row(gone, now)))

    def under_way(self) -> Sequence[Erasure]:
        with self._store.reading() as connection:
            rows = connection.execute(select(tables.erasure).order_by(tables.erasure.c.id)).all()
            return [
                Erasure(
                    row.id,
                    row.asked,
                    AddressHistory(row.canonicals[0], tuple(row.canonicals[1:]), tuple(row.subject_ids)),
                    _returned(connection, row.subject_ids, row.asked),
                )
                for row in rows
            ]

    def done(self, erasure: int) -> None:
        with self._store.writing() as connection:
            connection.execute(delete(tables.erasure).where(tables.erasure.c.id == erasure))


def _returned(connection: Connection, subject_ids: Sequence[str], asked: dt.datetime) -> dt.datetime | None:
    """Return since when a reader has one of these ids again; a list may claim that they joined long ago."""
    reader = tables.subscriber.c
    created = connection.scalar(select(func.max(reader.created)).where(reader.subject_id.in_(subject_ids)))
    return None if created is None else max(created, asked)
