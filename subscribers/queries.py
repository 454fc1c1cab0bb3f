"""Queries over the whole list: who is in a segment, how many they are, and statistics."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, and_

from subscribers.adapters.segment_sql import matching
from subscribers.adapters.statistics import joined_and_left, statistics
from subscribers.adapters.store import Store, listed
from subscribers.ports import Progress
from subscribers.recipients import Reach, reach
from subscribers.segments import Segment
from subscribers.statistics import Statistics
from subscribers.subscriber import State, Subscriber

TOLD_EVERY = 1_000
"""How many readers are found between two reports of progress."""


class Queries:
    """Queries over all readers. They write nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def find(
        self,
        *,
        state: State | None = None,
        query: str = "",
        where: ColumnElement[bool] | None = None,
        limit: int | None = 100,
    ) -> Sequence[Subscriber]:
        """Return readers in the order in which they joined, without their courses.

        `query` is part of an address or a name; `where` is a condition from `matching`.
        """
        return list(self.stream(state=state, query=query, where=where, limit=limit))

    def stream(
        self,
        *,
        state: State | None = None,
        query: str = "",
        where: ColumnElement[bool] | None = None,
        limit: int | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Subscriber]:
        """Yield what `find` returns, in constant memory, from one state of the database.

        `progress` is told how many of the readers up to the last one have been looked at, found or not.
        """
        conditions = [each for each in (listed(state, query), where) if each is not None]
        with self._store.snapshot() as connection:
            total = self._store.last(connection) if progress is not None else 0
            found = self._store.find(connection, and_(*conditions) if conditions else None, limit)
            for number, (id_, reader) in enumerate(found, start=1):
                if progress is not None and number % TOLD_EVERY == 0:
                    progress(id_, total)
                yield reader

    def counts(self) -> Mapping[State, int]:
        """Return how many readers are in each state."""
        with self._store.reading() as connection:
            return self._store.counts(connection)

    def count(self, segment: Segment | None, now: dt.datetime) -> Reach:
        """Return how many readers a segment has (None: all readers), and how many of them an issue would reach now."""
        with self._store.reading() as connection:
            return Reach(*connection.execute(reach(now, segment)).one())

    def statistics(self, now: dt.datetime, weeks: int = 12) -> Statistics:
        """Return the statistics of the whole list; `weeks` is the number of weeks that are counted one by one."""
        with self._store.reading() as connection:
            return statistics(connection, now, weeks)

    def joined_and_left(self, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        """Return how many readers joined and how many left from one moment up to another, as far as they are still known."""
        with self._store.reading() as connection:
            return joined_and_left(connection, since, until)

    def next_ones(self, segment: Segment, now: dt.datetime, last: int, limit: int) -> Sequence[tuple[int, str]]:
        """Return (id, canonical address) of the first readers of a segment whose id is above `last`."""
        with self._store.reading() as connection:
            return self._store.next_ones(connection, matching(segment, now), last, limit)
