"""Staging: the rows of an import in a file of their own until they are imported, sorted by address, in constant memory.

The file is a temporary SQLite database, whatever database the readers are in, so nobody waits for its locks.
"""

from __future__ import annotations

import datetime as dt
import itertools
import marshal
import operator
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from subscribers.address import HASHED, Address
from subscribers.import_row import ImportRow
from subscribers.listed import merged, state_of_all
from subscribers.subscriber import Reason, State

Each = TypeVar("Each")

STAGED_AT_ONCE = 5_000
CACHE_KILOBYTES = 8 * 1024

_COLUMNS = ("canonical", "leaving", "state", "subject_id", "rest")
"""What is asked for by itself, and the rest of a row in one piece: each column costs as much as the next."""


class Staging:
    """The rows of an import: `put` them all, `sort` them once, then read them as often as needed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.lines = 0

    def put(self, rows: Iterable[ImportRow]) -> None:
        places = ", ".join("?" * len(_COLUMNS))
        rows = iter(rows)
        while batch := [_cells(row) for row in itertools.islice(rows, STAGED_AT_ONCE)]:
            self.lines += len(batch)
            self._connection.execute("BEGIN")
            self._connection.executemany(f"INSERT INTO staged VALUES ({places})", batch)  # noqa: S608 - question marks
            self._connection.execute("COMMIT")

    def sort(self) -> None:
        # Digests come first; sorting by rowid too keeps the lines of one address in the order of the file.
        self._connection.execute(
            "CREATE TABLE sorted AS SELECT * FROM staged ORDER BY canonical NOT LIKE ?, canonical, rowid",
            (f"{HASHED}%",),
        )
        self._connection.execute("DROP TABLE staged")
        # An id that two addresses claim goes to neither: its links could unsubscribe the wrong reader.
        self._connection.execute(
            "UPDATE sorted SET subject_id = NULL WHERE subject_id IN (SELECT subject_id FROM sorted "
            "WHERE subject_id IS NOT NULL GROUP BY subject_id HAVING count(DISTINCT canonical) > 1)"
        )

    def count_digests(self) -> int:
        """Return how many addresses are only known by their digests."""
        found = self._connection.execute(
            "SELECT count(DISTINCT canonical) FROM sorted WHERE canonical LIKE ?", (f"{HASHED}%",)
        )
        return int(found.fetchone()[0])

    def rows(self) -> Iterator[ImportRow]:
        """Yield one row for each address, in the order of the addresses; those only known by their digests come first."""
        found = self._connection.execute("SELECT * FROM sorted ORDER BY rowid")
        first, others = found.fetchone(), []
        for cells in found:
            if cells[0] == first[0]:
                others.append(cells)
                continue
            yield merged(_row(first), map(_row, others)) if others else _row(first)
            first, others = cells, []
        if first is not None:
            yield merged(_row(first), map(_row, others))

    def names(self) -> Iterator[tuple[str, bool, State]]:
        """Yield each address, whether it left according to the list, and its state on the list."""
        found = self._connection.execute("SELECT canonical, leaving IS NOT NULL, state FROM sorted ORDER BY rowid")
        for canonical, rows in itertools.groupby(found, key=operator.itemgetter(0)):
            first, *others = rows
            if not others:
                yield canonical, bool(first[1]), _STATES[first[2]]
                continue
            _, left, states = zip(first, *others, strict=True)
            yield canonical, any(left), state_of_all(map(_STATES.__getitem__, states))


def read_ahead(rows: Iterator[Each]) -> Generator[Each]:
    """Yield the same; a thread makes the next ones while the caller waits for a database."""

    def some() -> list[Each]:
        return list(itertools.islice(rows, STAGED_AT_ONCE))

    with ThreadPoolExecutor(1, "staged") as reading:
        coming = reading.submit(some)
        while here := coming.result():
            coming = reading.submit(some)
            yield from here


@contextmanager
def staging() -> Iterator[Staging]:
    """Open an empty staging; its file is removed afterwards, however the process ends."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    try:
        for pragma in (f"cache_size=-{CACHE_KILOBYTES}", "journal_mode=OFF", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")
        columns = ", ".join(f'"{name}"' for name in _COLUMNS)
        connection.execute(f"CREATE TABLE staged ({columns})")
        yield Staging(connection)
    finally:
        connection.close()


def _cells(row: ImportRow) -> tuple[Any, ...]:
    rest: list[Any] = list(row)
    rest[_ADDRESS] = row.address.written
    rest[_STATE] = rest[_LEAVING] = rest[_SUBJECT_ID] = None
    for place in _MOMENTS:
        if rest[place] is not None:
            since = rest[place] - _EPOCH
            rest[place] = (since.days, since.seconds, since.microseconds)
    leaving = None if row.leaving is None else row.leaving.value
    return row.address.canonical, leaving, row.state._value_, row.subject_id, marshal.dumps(rest)


def _row(cells: tuple[Any, ...]) -> ImportRow:
    canonical, leaving, state, subject_id, rest = cells
    row = marshal.loads(rest)  # noqa: S302 - written by this process
    row[_ADDRESS] = Address(row[_ADDRESS], canonical)
    row[_LEAVING], row[_STATE], row[_SUBJECT_ID] = _REASONS[leaving], _STATES[state], subject_id
    for place in _MOMENTS:
        if row[place] is not None:
            row[place] = _EPOCH + dt.timedelta(*row[place])
    return ImportRow._make(row)


_ADDRESS, _LEAVING, _STATE, _SUBJECT_ID = map(ImportRow._fields.index, ("address", "leaving", "state", "subject_id"))
_MOMENTS = tuple(
    map(ImportRow._fields.index, ("created", "left", "suppressed_at", "asked", "confirmed", "paused_until"))
)
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""Moments are staged as the time since then, which is written and read several times faster than text."""
_STATES = {state.value: state for state in State}
_REASONS: dict[str | None, Reason | None] = {None: None, **{reason.value: reason for reason in Reason}}
