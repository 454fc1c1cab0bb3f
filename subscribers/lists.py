"""Whole lists: brought in from a file, with a look at it first, and written out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from subscribers.adapters import listing
from subscribers.adapters.bulk import Bulk, Counts, Origin, bulk
from subscribers.adapters.roster_file import Roster, Wish, open_roster
from subscribers.adapters.store import Store, listed
from subscribers.consent import Wording
from subscribers.entry import SOURCE_LENGTH, Entry
from subscribers.ports import Progress
from subscribers.roster import Invalid
from subscribers.subscriber import Reason, State
from subscribers.vendors import Column

INVALID_SHOWN = 1_000
"""An import reports so many invalid lines in words; the rest it counts."""
TOLD_EVERY = 1_000
"""Lines between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whose list a file is, and how each of its columns is read: by name, empty for one that is passed over."""

    file: str
    system: str
    columns: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. Addresses are counted once, however many lines name them.

    `left` counts addresses that the list itself calls unsubscribed, bounced and so on: they are suppressed now.
    `suppressed` were on the list as readers, but must not be mailed. `pending` never confirmed (our own export has
    them). `invalid` has the first INVALID_SHOWN lines. `lists` has one entry for each list in the file, and
    `passed_over` counts an archive's other files.
    """

    new: int
    known: int
    suppressed: int
    left: int
    duplicates: int
    invalid: tuple[Invalid, ...]
    invalid_count: int
    dry_run: bool
    pending: int = 0
    lists: tuple[Recognised, ...] = ()
    passed_over: int = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing in the file to bring in."""
        return not (self.new or self.known or self.left or self.pending)


class Import:
    """A list that has been read and looked at, and waits to be brought in. `report` says what would become of whom."""

    def __init__(self, staged: Bulk, report: ImportReport, origin: Origin) -> None:
        self._staged = staged
        self._origin = origin
        self.report = report

    def carry_out(self, progress: Progress | None = None) -> ImportReport:
        """Bring it in, all of it in one transaction or nothing, and return what was done.

        That may differ from `report` by what readers did meanwhile.
        """
        counts = self._staged.merge(self._origin, progress or _silent)
        return _counted(replace(self.report, dry_run=False), counts)


class Lists:
    """What comes in and goes out as a whole."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @contextmanager
    def open_import(
        self,
        path: Path,
        *,
        wording: Wording,
        now: dt.datetime,
        columns: Mapping[Column, str] | None = None,
        all_left: Reason | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Import]:
        """Read a file and find out what importing it would do. Nothing is written before `carry_out`.

        The exports of the systems in `vendors` are recognised by their columns; `columns` says which column of any
        other list holds what. With `all_left` everybody in the file is one who left. Raises UnreadableList.
        """
        tell = progress or _silent
        reading = _Reading()
        with bulk(self._store) as staged, open_roster(path, Wish(columns or {}, all_left)) as roster:
            duplicates = staged.stage(reading.usable(roster, now, tell))
            tell(roster.lines, roster.lines)
            report = ImportReport(
                0, 0, 0, 0, duplicates, tuple(reading.invalid), reading.invalid_count, dry_run=True,
                lists=tuple(_recognised(roster)), passed_over=roster.passed_over,
            )  # fmt: skip
            origin = Origin(f"import {path.name}"[:SOURCE_LENGTH], wording, now)
            yield Import(staged, _counted(report, staged.count()), origin)

    def import_list(
        self, path: Path, *, wording: Wording, now: dt.datetime, dry_run: bool = False, progress: Progress | None = None
    ) -> ImportReport:
        """Bring in a list without a look at it first: all of it in one transaction, or nothing.

        With `dry_run` nothing, but the same report. Who left is never revived, and who the list says has left is
        suppressed. Raises UnreadableList.
        """
        tell = progress or _silent
        with self.open_import(
            path, wording=wording, now=now, progress=lambda done, total: tell(done, 2 * total)
        ) as ready:
            if dry_run:
                return ready.report
            return ready.carry_out(lambda done, total: tell(total + done, 2 * total))

    def export_csv(self, state: State | None = None) -> Iterator[str]:
        """Yield the readers as lines of CSV that an import reads back; no cell can be a formula."""
        with self._store.reading() as connection:
            yield from listing.as_csv(listing.COLUMNS, listing.readers(connection, listed(state, "")))

    def export_json(self, state: State | None = None) -> Iterator[str]:
        """Yield the readers as one JSON array, an object on each line, that an import reads back."""
        with self._store.reading() as connection:
            yield from listing.as_json(listing.COLUMNS, listing.readers(connection, listed(state, "")))

    def export_suppressions_csv(self) -> Iterator[str]:
        """Yield every address that must not be mailed, also those of nobody's, as lines of CSV."""
        with self._store.reading() as connection:
            yield from listing.as_csv(listing.SUPPRESSION_COLUMNS, listing.suppressions(connection))

    def export_suppressions_json(self) -> Iterator[str]:
        """Yield every address that must not be mailed, also those of nobody's, as one JSON array."""
        with self._store.reading() as connection:
            yield from listing.as_json(listing.SUPPRESSION_COLUMNS, listing.suppressions(connection))


class _Reading:
    """Parts what can be used from what cannot, while lines go by."""

    def __init__(self) -> None:
        self.invalid: list[Invalid] = []
        self.invalid_count = 0

    def usable(self, roster: Roster, now: dt.datetime, tell: Progress) -> Iterator[Entry]:
        for number, line in enumerate(roster.read(now), start=1):
            if number % TOLD_EVERY == 0:
                tell(min(number, roster.lines), roster.lines)
            if isinstance(line, Entry):
                yield line
                continue
            self.invalid_count += 1
            if len(self.invalid) < INVALID_SHOWN:
                self.invalid.append(line)


def _recognised(roster: Roster) -> Iterator[Recognised]:
    for part in roster.parts:
        header = part.header
        yield Recognised(part.name or roster.path.name, header.vendor.name, dict(header.reading()), header.vendor.note)


def _counted(report: ImportReport, counts: Counts) -> ImportReport:
    return replace(
        report, new=counts.new, known=counts.known, suppressed=counts.suppressed, left=counts.left,
        pending=counts.pending,
    )  # fmt: skip


def _silent(done: int, total: int) -> None:
    """Tell nobody."""
