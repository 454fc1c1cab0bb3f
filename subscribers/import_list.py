"""A list of readers in a file: which system it comes from, what its columns hold, and its lines, one by one. Pure."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from subscribers import import_doubts
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.import_doubts import plain
from subscribers.import_row import ImportRow, LineReader, UnknownWord
from subscribers.vendors import ANY, ANYWHERE, VENDORS, Column, Meaning, Vendor

DELIMITERS = (",", ";", "\t", "|")

MOST_COLUMNS = 1_000
"""Columns of a list; each that is not read is watched for words that may say who left."""

_MOST_WORDS = 10_000
"""Different unknown statuses that are counted; a hundredth of it tells that the column holds none."""

Mapped = Mapping[Column, str]
"""Columns of the file by their names there, as an editor maps them; this overrides what was recognised."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an editor wants a list to be read.

    `mapped` names columns; `everyone` is the meaning of every line; `ignored` are the columns (and files) that do not
    say who left; `words` are the meanings of statuses.
    """

    mapped: Mapped = field(default_factory=dict)
    everyone: Meaning | None = None
    ignored: tuple[str, ...] = ()
    words: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a list: the names of its columns as written, their positions (from 0), and its system."""

    delimiter: str
    names: tuple[str, ...]
    places: Mapping[Column, tuple[int, ...]]
    vendor: Vendor = ANY

    def unread(self, ignored: Sequence[str] = ()) -> list[int]:
        """Return the positions of the columns that are neither read, nor ignored, nor known to be harmless."""
        read = {place for places in self.places.values() for place in places}
        waived = {name.strip().lower() for name in ignored}
        return [
            place
            for place, name in enumerate(self.names)
            if place not in read and name.lower() not in waived and plain(name) not in self.vendor.harmless
        ]

    def reading(self) -> Iterator[tuple[str, str]]:
        """Yield each column's name and what it is read as; that is empty for a column that is skipped."""
        for place, name in enumerate(self.names):
            yield name, ", ".join(column.value for column, places in self.places.items() if place in places)


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that cannot be used, and the reason; lines count from 1, and the header is line 1.

    `file` is the name of the list within an archive; it is empty if the file is the list itself.
    """

    line: int
    why: str
    file: str = ""


def read_header(
    first_line: str, mapped: Mapped | None = None, *, file: str = "", words: Mapping[str, Meaning] | None = None
) -> Header:
    """Find out a list's delimiter, its system and what its columns hold; the file's name may help to tell the system.

    Raises ValueError, with a message for a person, if no column holds addresses, if a column that was mapped does not
    exist, or if two columns that are read have the same name.
    """
    mapped = mapped or {}
    best: Header | None = None
    for delimiter in DELIMITERS:
        names = tuple(next(csv.reader([first_line], delimiter=delimiter), []))
        if len(names) > MOST_COLUMNS:
            raise ValueError(
                f"names {len(names):,} columns, more than {MOST_COLUMNS:,}; remove those that nobody needs"
            )
        vendor = recognised(names, file)
        if Column.STATUS in mapped:  # not the system's own column, so its words differ
            vendor = replace(vendor, words=ANYWHERE, whole=False)
        if words:
            vendor = replace(vendor, words={**vendor.words, **words})
        places = {**_places(names, vendor), **_mapped_places(names, mapped)}
        header = Header(delimiter, tuple(name.strip() for name in names), places, vendor)
        if best is None or _rank(header) > _rank(best):
            best = header
    assert best is not None
    missing = [name for column, name in mapped.items() if column not in _mapped_places(best.names, mapped)]
    listed = ", ".join(name for name in best.names if name) or "none"
    if missing:
        raise ValueError(f"there is no column {missing[0]!r}; the columns are: {listed}")
    if Column.ADDRESS not in best.places:
        raise ValueError(
            "no column holds addresses; call it email in the first line, or name it with --map address=NAME; "
            f"remove any lines above the columns' names. The columns are: {listed[:500]}"
        )
    there = [plain(name) for name in best.names]
    doubled = [
        best.names[place] for places in best.places.values() for place in places if there.count(there[place]) > 1
    ]
    if doubled:
        raise ValueError(f"two columns are called {doubled[0]!r}; rename or remove the wrong one")
    return best


def recognised(names: Sequence[str], file: str = "") -> Vendor:
    """Return the system whose list has these columns, or `vendors.ANY` if it is unknown."""
    there = {plain(name) for name in names}
    for vendor in VENDORS:
        if not any(signs <= there for signs in vendor.signs) or vendor.file not in file.lower():
            continue
        if vendor.exact and there - {plain(alias) for aliases in vendor.columns.values() for alias in aliases}:
            continue
        return vendor
    return ANY


class Lines:
    """Reads the lines of one list, and knows afterwards what is in doubt."""

    def __init__(self, header: Header, now: dt.datetime, options: ImportOptions, *, file: str = "") -> None:
        self._header, self._options, self._file = header, options, file
        self._everyone = options.everyone or header.vendor.everyone
        self._read = LineReader(header.places, header.vendor, now, options.everyone).read
        self._words: Counter[str] = Counter()
        self._columns = import_doubts.Columns(header.names, header.unread(options.ignored))

    def read(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[ImportRow | Invalid]:
        """Read the rows below the header; each comes with the line on which it begins. Empty rows are skipped."""
        width = len(self._header.names)
        for line, cells in rows:
            if not any(cells) or not any(map(str.strip, cells)):
                continue
            self._columns.look(cells)
            try:
                if len(cells) > width and any(map(str.strip, cells[width:])):
                    raise ValueError(
                        f"has {len(cells)} cells, but the first line names {width} columns; put quotation marks around "
                        f"any cell that contains «{self._header.delimiter}»"
                    )
                yield self._read(line, cells)
            except UnknownWord as error:
                if error.word in self._words or len(self._words) < _MOST_WORDS:
                    self._words[error.word] += 1
                yield Invalid(line, str(error))
            except (InvalidAddress, InvalidName, ValueError) as error:
                yield Invalid(line, str(error))

    def doubts(self) -> list[str]:
        """Return what an editor has to decide before the list is imported; nothing if everyone on it has left."""
        if self._everyone is not None:
            return []
        header = self._header
        said = self._columns.doubts() + import_doubts.of_words(self._words, header.vendor.words)
        silent = not {Column.STATUS, Column.LEFT} & set(header.places)
        waived = self._file.lower() in {name.strip().lower() for name in self._options.ignored}
        if silent and not waived and import_doubts.file_in_doubt(self._file):
            said.append(import_doubts.of_file(self._file))
        elif not waived and self._header.vendor.told_by_file not in self._file.lower():
            said.append(
                import_doubts.of_renamed(self._file, self._header.vendor.name, self._header.vendor.told_by_file)
            )
        return said


def read_lines(
    rows: Iterable[tuple[int, list[str]]], header: Header, now: dt.datetime, everyone: Meaning | None = None
) -> Iterator[ImportRow | Invalid]:
    """Read the rows below the header as `Lines` does. `everyone` is the meaning of every line, if it is given."""
    return Lines(header, now, ImportOptions(everyone=everyone)).read(rows)


def _places(names: Sequence[str], vendor: Vendor) -> dict[Column, tuple[int, ...]]:
    there = [plain(name) for name in names]
    found: dict[Column, tuple[int, ...]] = {}
    for column, aliases in vendor.columns.items():
        places = tuple(there.index(alias) for alias in aliases if alias in there)
        if places:
            found[column] = places if column is Column.SOURCE else places[:1]
    return found


def _mapped_places(names: Sequence[str], mapped: Mapped) -> dict[Column, tuple[int, ...]]:
    there = [name.strip().lower() for name in names]
    return {
        column: (there.index(name.strip().lower()),) for column, name in mapped.items() if name.strip().lower() in there
    }


def _rank(header: Header) -> tuple[bool, int, int]:
    """Return how well a delimiter fits: whether it finds addresses, how many known columns, how many columns."""
    return Column.ADDRESS in header.places, len(header.places), len(header.names)
