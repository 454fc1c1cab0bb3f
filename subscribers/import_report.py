"""What an import says before it happens: how the file is read, what cannot be used, what looks like an error."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from subscribers.adapters.import_file import ImportFile
from subscribers.adapters.import_part import Part
from subscribers.adapters.import_text import UTF8
from subscribers.adapters.rejects_file import Rejects
from subscribers.import_list import ImportOptions, Invalid
from subscribers.import_row import ImportRow
from subscribers.leaving_words import plain
from subscribers.ports import Progress
from subscribers.typos import Typo, Typos

INVALID_SHOWN = 1_000
"""How many invalid lines an import reports one by one; it only counts the rest."""
TOLD_EVERY = 1_000
"""How many lines are read between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The system that a list comes from, and how it is read.

    `columns` says what each column is read as, by name, or is empty; then `unread` says why. `encoding` is empty for
    UTF-8; if it was found, `words` show whether it is right. `titles` are the lines above the names of the columns; a
    `nameless` list has only addresses. `other_sheets` of the workbook are not read.
    """

    file: str
    system: str
    columns: Mapping[str, str]
    note: str = ""
    unread: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    words: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    nameless: bool = False
    other_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. Each address is counted once, however many lines name it.

    `left` counts the addresses that the list itself calls unsubscribed, bounced and so on: they are suppressed now.
    `suppressed` counts the readers on the list who must not be mailed, `pending` those who never confirmed (only our
    own export has them). `resumed` counts the addresses that an earlier, interrupted run of this import had done
    already. `invalid` holds the first INVALID_SHOWN invalid lines, and `rejects` are the files that all of them were
    written to. `lists` has an entry for each list in the file, and `passed_over` counts the other files in an archive.
    `remarks` say which dates could not be read, and `typos` which domains look like typing errors.
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
    resumed: int = 0
    remarks: tuple[str, ...] = ()
    rejects: tuple[str, ...] = ()
    typos: tuple[Typo, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether the file contains nothing to import."""
        return not (self.new or self.known or self.left or self.pending)


class Reading:
    """Reads a file once: separates valid lines from invalid ones, and knows afterwards what the report says of both."""

    def __init__(self, file: ImportFile, rejects: Rejects | None = None) -> None:
        self._file = file
        self._rejects = rejects
        self._invalid: list[Invalid] = []
        self._invalid_count = 0
        self._typos = Typos()

    def usable(self, now: dt.datetime, tell: Progress) -> Iterator[ImportRow]:
        """Yield the valid lines, each with the tags that all readers get."""
        lines, added = self._file.lines, self._file.options.tags
        for number, row in enumerate(self._file.rows(now), start=1):
            if number % TOLD_EVERY == 0:
                tell(min(number, lines), lines)
            if isinstance(row, ImportRow):
                if row.leaving is None:
                    self._typos.look(row.address.canonical, row.line)
                    if added:
                        row = row._replace(tags=tuple(dict.fromkeys((*row.tags, *added))))  # noqa: PLW2901
                yield row
                continue
            self._invalid_count += 1
            if len(self._invalid) < INVALID_SHOWN:
                self._invalid.append(row.line)
            if self._rejects:
                self._rejects.take(row)

    def report(self, *, duplicates: int) -> ImportReport:
        """Return the report, without the counts that the database knows. Raises FileInTheWay."""
        return ImportReport(
            0, 0, 0, 0, duplicates, tuple(self._invalid), self._invalid_count, dry_run=True,
            lists=tuple(_recognised(self._file, part) for part in self._file.parts), passed_over=self._file.passed_over,
            remarks=tuple(self._file.remarks), rejects=tuple(map(str, self._rejects.keep())) if self._rejects else (), typos=self._typos.found(),
        )  # fmt: skip


def _recognised(file: ImportFile, part: Part) -> Recognised:
    header, form = part.header, part.form
    found = form is not None and form.encoding != UTF8
    return Recognised(
        part.name or file.path.name, header.vendor.name, dict(header.reading()), header.vendor.note,
        dict(_unread(part, file.options)), form.encoding if form and found else "", form.words if form else (),
        part.head.titles, part.head.line == 0, file.other_sheets,
    )  # fmt: skip


def _unread(part: Part, options: ImportOptions) -> Iterator[tuple[str, str]]:
    header = part.header
    waived = {name.strip().lower() for name in options.ignored}
    for name, read_as in header.reading():
        if read_as or not name:
            continue
        if name.lower() in waived:
            yield name, "you ignore it"
        elif plain(name) in header.vendor.harmless:
            yield name, f"in lists from {header.vendor.name} it does not say who left"
        elif options.everyone or header.vendor.everyone:
            yield name, "nobody in this file is mailed"
        else:
            yield name, "none of the known words for leaving is in it"
