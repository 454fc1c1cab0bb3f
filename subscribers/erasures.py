"""Deletions that are still under way: readers who were deleted here and whose records elsewhere are not cleared yet.

A deletion writes a row in its own transaction. Any other package that keeps records about readers clears them, and tries
until it has succeeded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from subscribers.adapters import tables
from subscribers.adapters.rows import erasure_row
from subscribers.adapters.store import Store
from subscribers.history import AddressHistory


@dataclass(frozen=True, slots=True)
class Erasure:
    """A reader who was deleted at `asked`, and the addresses that mail to them went to."""

    id: int
    asked: dt.datetime
    history: AddressHistory


class Erasures:
    """The deletions that are not done yet outside this package."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, gone: AddressHistory, now: dt.datetime) -> None:
        """Add a deletion. `leaving.delete_me` and `editors.forget` do it themselves."""
        with self._store.writing() as connection:
            connection.execute(insert(tables.erasure).values(erasure_row(gone, now)))

    def under_way(self) -> Sequence[Erasure]:
        """Return the deletions that are not done yet, the oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(tables.erasure).order_by(tables.erasure.c.id)).all()
        return [
            Erasure(
                row.id, row.asked, AddressHistory(row.canonicals[0], tuple(row.canonicals[1:]), tuple(row.subject_ids))
            )
            for row in rows
        ]

    def done(self, erasure: int) -> None:
        """Remove a deletion whose records are all cleared, and with it the addresses that it names."""
        with self._store.writing() as connection:
            connection.execute(delete(tables.erasure).where(tables.erasure.c.id == erasure))
