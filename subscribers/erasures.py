"""Deletions that are still under way: what others keep of a reader who was deleted here.

A deletion writes a row in its own transaction; whoever keeps records about readers clears them, as often as it takes.
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
    """A reader who was deleted at `asked`, and where mail to them went."""

    id: int
    asked: dt.datetime
    history: AddressHistory


class Erasures:
    """What is still to be cleared outside this package."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, gone: AddressHistory, now: dt.datetime) -> None:
        """Write down that records are to be cleared; `leaving.delete_me` and `editors.forget` do it themselves."""
        with self._store.writing() as connection:
            connection.execute(insert(tables.erasure).values(erasure_row(gone, now)))

    def under_way(self) -> Sequence[Erasure]:
        """Return what is not done yet, the oldest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(tables.erasure).order_by(tables.erasure.c.id)).all()
        return [
            Erasure(
                row.id, row.asked, AddressHistory(row.canonicals[0], tuple(row.canonicals[1:]), tuple(row.subject_ids))
            )
            for row in rows
        ]

    def done(self, erasure: int) -> None:
        """Take note that nothing is left to be cleared: here, too, the addresses go."""
        with self._store.writing() as connection:
            connection.execute(delete(tables.erasure).where(tables.erasure.c.id == erasure))
