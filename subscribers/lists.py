"""Whole lists: imported from a file, with a preview, and exported."""

from __future__ import annotations

import datetime as dt
import gc
import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from subscribers.adapters.import_file import open_import_file
from subscribers.adapters.rejects_file import rejects_file
from subscribers.adapters.staging import Staging, read_ahead, staging
from subscribers.adapters.store import Store, listed
from subscribers.change import Change, change_all
from subscribers.consent import Wording
from subscribers.dates import DateOrder
from subscribers.errors import UndecidedList
from subscribers.events import Leave
from subscribers.exports import Exports
from subscribers.history import plain
from subscribers.import_list import ImportOptions
from subscribers.import_report import ImportReport, Reading
from subscribers.import_row import ImportRow
from subscribers.listed import Became, Listed, became
from subscribers.outcome import ImportProgress
from subscribers.ports import Progress, ReaderStore
from subscribers.subscriber import SOURCE_LENGTH, Reason, State
from subscribers.tags import parse_tag
from subscribers.tokens import new_subject_ids
from subscribers.vendors import Column, Meaning
from subscribers.who import ByAddress

CHANGED_AT_ONCE = 5_000
"""How many addresses the first transaction of an import changes, and any transaction at most."""
CHANGING_SECONDS = 0.4
"""About how long a transaction of an import should take: on SQLite, readers who unsubscribe have to wait for it. A slow
machine changes fewer addresses at once."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded with every row of one import. `digest` covers the file and the way it is read."""

    file: str
    digest: str
    wording: Wording
    at: dt.datetime

    @property
    def source(self) -> str:
        return f"import {self.file}"[:SOURCE_LENGTH]


class Import:
    """A list that has been read and is ready to be imported. `report` says what would become of its addresses."""

    def __init__(
        self,
        store: ReaderStore,
        active: Callable[[], Iterator[Sequence[str]]],
        staged: Staging,
        origin: Origin,
        report: ImportReport,
        addresses: int,
    ) -> None:
        self._store = store
        self._active = active
        self._staged = staged
        self._origin = origin
        self._addresses = addresses
        self._ids = new_subject_ids()
        self.report = report

    def carry_out(self, progress: Progress | None = None) -> ImportReport:
        """Import the list, and return what was done. That may differ from `report` if readers did something meanwhile.

        Each transaction changes thousands of addresses, with a pause after it for readers who are waiting to leave. It
        also records how far the import is, so that an interrupted import goes on where it stopped. Raises
        ImportOvertaken.
        """
        with _few_collections():
            return self._carried_out(progress or _silent)

    def _carried_out(self, tell: Progress) -> ImportReport:
        with self._store.writing() as readers:
            reached = readers.begin_import(self._origin.digest, self._origin.file, self._addresses, self._origin.at)
        left = map(self._listed, itertools.islice(self._staged.rows(), reached.done, None))
        if self._store.elsewhere:
            with closing(read_ahead(left)) as ahead:
                counts = self._imported(ahead, reached, tell)
        else:
            counts = self._imported(left, reached, tell)
        tell(self._addresses, self._addresses)
        return _counted(replace(self.report, dry_run=False, resumed=reached.done), counts)

    def _imported(
        self, left: Iterator[tuple[ByAddress, Listed]], reached: ImportProgress, tell: Progress
    ) -> Mapping[str, int]:
        """Import the rows that are left; return how many addresses of the whole list became what."""
        size, digests, obeyed = CHANGED_AT_ONCE, self._staged.count_digests(), False
        while not reached.finished:
            ended = time.monotonic()
            # The digests come first, and are obeyed at once: until then, who left by them is mailed.
            due = digests - reached.done
            events = list(itertools.islice(left, min(size, due) if due > 0 else size))
            last = not (events and digests)
            if digests and (last or (due <= 0 and not obeyed)):
                self._take_off_hashed()
                obeyed = True
            self._store.give_way(ended)
            began = time.monotonic()
            part = _Part(reached, [event.row for _, event in events], self._addresses, last=last)
            change_all(self._store, events, self._origin.at, part)
            size = at_once(size, time.monotonic() - began)
            reached = part.reached
            tell(reached.done, self._addresses)
        return reached.counts

    def _take_off_hashed(self) -> None:
        """Take readers off the list whose addresses are suppressed by their digests alone."""
        for batch in self._active():
            with self._store.reading() as readers:
                states = readers.states(batch)
            events = [
                (ByAddress(key), Leave(state.suppression.reason, at=state.suppression.at))
                for key, state in states.items()
                if state.suppression is not None and state.suppression.reason is not Reason.MOVED  # they came back
            ]
            change_all(self._store, events, self._origin.at)

    def _listed(self, row: ImportRow) -> tuple[ByAddress, Listed]:
        event = Listed(row, self._origin.source, next(self._ids), self._origin.wording)
        return ByAddress(row.address.canonical), event


def at_once(size: int, seconds: float) -> int:
    """Return how many addresses the next transaction should change if `size` of them took `seconds`.

    >>> at_once(5_000, 0.2), at_once(5_000, 1.5)
    (5000, 1333)
    """
    return max(1, min(CHANGED_AT_ONCE, int(size * CHANGING_SECONDS / max(seconds, 0.001))))


class _Part:
    """One transaction of an import: works out from its changes how far the import is."""

    def __init__(self, before: ImportProgress, rows: Sequence[ImportRow], addresses: int, *, last: bool) -> None:
        self._before = before
        self._rows = rows
        self._addresses = addresses
        self._last = last
        self.reached = before

    def __call__(self, changes: Sequence[Change]) -> ImportProgress:
        pairs = zip(changes, self._rows, strict=True)
        here = [became(change.before, row.state, left=row.leaving is not None)._value_ for change, row in pairs]
        counts = Counter(self._before.counts) + Counter(here)
        done = self._before.done + len(self._rows)
        finished = self._last and done >= self._addresses
        self.reached = ImportProgress(self._before.id, done, counts, self._before.done, finished)
        return self.reached


class Lists(Exports):
    """Imports and exports."""

    def __init__(self, store: ReaderStore, database: Store) -> None:
        super().__init__(database)
        self._store = store

    @contextmanager
    def open_import(
        self,
        path: Path,
        *,
        wording: Wording,
        now: dt.datetime,
        columns: Mapping[Column, tuple[str, ...]] | None = None,
        all_left: Reason | None = None,
        ignored: Sequence[str] = (),
        words: Mapping[str, Meaning] | None = None,
        dates: DateOrder | None = None,
        encoding: str | None = None,
        sheet: str | None = None,
        tags: Sequence[str] = (),
        rejects: Path | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Import]:
        """Read a file and find out what importing it would do. Nothing is written before `carry_out`.

        The exports of the systems in `vendors` are recognised by their columns; `columns` names the columns of any
        other list. With `all_left`, everyone in the file has left, for that reason. `ignored` are columns that do not
        say who left; `words` maps statuses to their meanings. `dates` is the order of day and month where the list does
        not show it, `encoding` that of a text, and `sheet` names one of a workbook; they are found otherwise. Every
        reader gets `tags`. The rows that cannot be used are written to `rejects`. Raises UnreadableList, InvalidTag,
        FileInTheWay, and UndecidedList if it is not clear who left.
        """
        tell = progress or _silent
        options = ImportOptions(
            columns or {}, all_left, tuple(ignored),
            {word.lower(): means for word, means in (words or {}).items()}, dates,
            encoding, sheet, tuple(map(parse_tag, tags)),
        )  # fmt: skip
        with (
            staging() as staged,
            rejects_file(rejects, path, options) as rejected,
            open_import_file(path, options) as file,
        ):
            reading = Reading(file, rejected)
            with _few_collections():
                staged.put(reading.usable(now, tell))
                if file.doubts:
                    raise UndecidedList(path, file.doubts)
                staged.sort()
                counts = self._count(staged)
            tell(file.lines, file.lines)
            addresses = sum(counts.values())
            report = reading.report(duplicates=staged.lines - addresses)
            origin = Origin(plain(path.name, SOURCE_LENGTH), _digest(path, options), wording, now)
            yield Import(self._store, self._active, staged, origin, _counted(report, counts), addresses)

    def _active(self) -> Iterator[Sequence[str]]:
        """Yield the canonical addresses of the active readers, some thousand at a time."""
        last = 0
        while True:
            with self._database.reading() as connection:
                batch = self._database.next_ones(connection, listed(State.ACTIVE, ""), last, CHANGED_AT_ONCE)
            if not batch:
                return
            yield [key for _, key in batch]
            last = batch[-1][0]

    def _count(self, staged: Staging) -> Counter[str]:
        """Return how many addresses would become what if the list were imported now."""
        counts: Counter[str] = Counter()
        names = staged.names()
        while batch := list(itertools.islice(names, CHANGED_AT_ONCE)):
            with self._store.reading() as readers:
                states = readers.states([key for key, _, _ in batch])
            counts.update([became(states[key], state, left=left)._value_ for key, left, state in batch])
        return counts

    def import_list(
        self, path: Path, *, wording: Wording, now: dt.datetime, dry_run: bool = False, progress: Progress | None = None
    ) -> ImportReport:
        """Import a list without a preview; with `dry_run`, return only the preview.

        Readers who left here are never revived, and anyone who has left according to the list is suppressed. Raises
        UnreadableList, UndecidedList, ImportOvertaken.
        """
        tell = progress or _silent
        with self.open_import(
            path, wording=wording, now=now, progress=lambda done, total: tell(done, 2 * total)
        ) as ready:
            if dry_run:
                return ready.report
            return ready.carry_out(lambda done, total: tell(total + done, 2 * total))


def _counted(report: ImportReport, counts: Mapping[str, int]) -> ImportReport:
    new, known, suppressed, left, pending = (counts.get(each.value, 0) for each in Became)
    return replace(report, new=new, known=known, suppressed=suppressed, left=left, pending=pending)


def _digest(path: Path, options: ImportOptions) -> str:
    """Return a digest that identifies an import of this file, read in this way."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(repr(options).encode())
    return digest.hexdigest()


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python collect garbage rarely: the thousands of short-lived rows contain no reference cycles."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _silent(done: int, total: int) -> None:
    """Report no progress."""
