"""A list of readers in a file: which system it comes from, what its columns hold, and its lines, one by one. Pure."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from subscribers import import_doubts
from subscribers.cells import written
from subscribers.dates import DateOrder, order_shown
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.import_asides import ASIDES, Aside
from subscribers.import_dividers import Dividers
from subscribers.import_row import DATES, ImportRow, LineReader
from subscribers.import_standing import StateColumns, UnknownOrder, UnknownWord
from subscribers.leaving_words import file_in_doubt, plain
from subscribers.vendors import ANY, ANYWHERE, SEVERAL, VENDORS, Column, Flag, Meaning, Vendor, happened

DELIMITERS = (",", ";", "\t", "|")

MOST_COLUMNS = 1_000
"""Columns of a list; each that is not read is watched for words that may say who left."""

_CONFIRMATION = happened(())
_MOST_WORDS = 10_000
"""Different unknown statuses that are counted; a hundredth of it tells that the column holds none."""

Mapped = Mapping[Column, tuple[str, ...]]
"""Columns of the file by their names there, as an editor maps them; this overrides what was recognised. Only the kinds in
`vendors.SEVERAL` may have several."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How an editor wants a list to be read.

    `mapped` names columns; `everyone` is the meaning of every line; `ignored` are the columns (and files) that do not
    say who left; `words` are the meanings of statuses. `dates` is the order of day and month where a list does not show it.
    `encoding` is a text's, `sheet` a workbook's; every reader gets `tags`.
    """

    mapped: Mapped = field(default_factory=dict)
    everyone: Meaning | None = None
    ignored: tuple[str, ...] = ()
    words: Mapping[str, Meaning] = field(default_factory=dict)
    dates: DateOrder | None = None
    encoding: str | None = None
    sheet: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a list: the names of its columns as written, their positions (from 0), and its system.

    `flags` are the columns that may say who left beside those in `places`; `mapped` are the kinds that an editor mapped.
    """

    delimiter: str
    names: tuple[str, ...]
    places: Mapping[Column, tuple[int, ...]]
    vendor: Vendor = ANY
    flags: tuple[tuple[int, Flag], ...] = ()
    mapped: frozenset[Column] = frozenset()

    def states(self, ignored: Sequence[str] = ()) -> StateColumns:
        """Return the columns that say who may be mailed, without those that an editor waived."""
        waived = _waived(ignored)

        def kept(column: Column) -> tuple[int, ...]:
            places = self.places.get(column, ())
            return tuple(place for place in places if column in self.mapped or self.names[place].lower() not in waived)

        return StateColumns(
            kept(Column.STATUS),
            kept(Column.LEFT),
            next(iter(self.places.get(Column.CONFIRMED, ())), None),
            tuple((place, flag) for place, flag in self.flags if self.names[place].lower() not in waived),
        )

    def unread(self, ignored: Sequence[str] = ()) -> list[int]:
        """Return the positions of the columns that are neither read, nor ignored, nor known to be harmless."""
        read = {place for places in self.places.values() for place in places} | {place for place, _ in self.flags}
        waived = _waived(ignored)
        return [
            place
            for place, name in enumerate(self.names)
            if place not in read and name.lower() not in waived and plain(name) not in self.vendor.harmless
        ]

    @property
    def tells(self) -> bool:
        """Whether a column that was recognised says who may be mailed; one that an editor mapped answers for itself alone."""
        known = any(column in self.places and column not in self.mapped for column in (Column.STATUS, Column.LEFT))
        return known or any(flag is not _CONFIRMATION for _, flag in self.flags)

    def reading(self) -> Iterator[tuple[str, str]]:
        """Yield each column's name and what it is read as; that is empty for a column that is skipped."""
        flags = {place for place, _ in self.flags}
        for place, name in enumerate(self.names):
            kinds = [column.value for column, places in self.places.items() if place in places]
            yield name, ", ".join(kinds + ["state"] * (place in flags))

    def silent(self) -> str:
        """Return what the list does not say of its readers, as far as its system is known for it; nothing if it says all."""
        silence = self.vendor.silence
        if silence is None:
            return ""
        there = {plain(name) for name in self.names}
        for column in self.mapped & {Column.STATUS, Column.LEFT}:  # it stands for the column that the system calls so
            there.update(self.vendor.columns.get(column, ()))
        return "" if all(there.intersection(group) for group in silence.unless) else silence.why


def _waived(ignored: Sequence[str]) -> set[str]:
    return {name.strip().lower() for name in ignored}


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that cannot be used, and the reason; lines count from 1, and the header is line 1.

    `file` is the name of the list within an archive; it is empty if the file is the list itself.
    """

    line: int
    why: str
    file: str = ""


class NoAddresses(ValueError):
    """A line that does not name a column of addresses."""


def read_header(
    first_line: str,
    mapped: Mapped | None = None,
    *,
    file: str = "",
    words: Mapping[str, Meaning] | None = None,
    delimiters: Sequence[str] = DELIMITERS,
) -> Header:
    """Find out a list's delimiter, its system and what its columns hold; the file's name may help to tell the system.

    Raises ValueError, with a message for a person, if no column holds addresses, if a column that was mapped does not
    exist, or if two columns that are read have the same name.
    """
    mapped = mapped or {}
    best: Header | None = None
    for delimiter in delimiters:
        names = _names(first_line, delimiter)
        if len(names) > MOST_COLUMNS:
            raise ValueError(
                f"names {len(names):,} columns, more than {MOST_COLUMNS:,}; remove those that nobody needs"
            )
        vendor = recognised(names, file)
        if Column.STATUS in mapped:  # not the system's own column, so its words differ
            vendor = replace(vendor, words=ANYWHERE, whole=False)
        if words:
            vendor = replace(vendor, words={**vendor.words, **words})
        chosen = _mapped_places(names, mapped)
        header = Header(
            delimiter,
            tuple(name.strip() for name in names),
            {**_places(names, vendor), **chosen},
            vendor,
            _flags(names, vendor, chosen),
            frozenset(chosen),
        )
        if best is None or _rank(header) > _rank(best):
            best = header
    assert best is not None
    there = [name.strip().lower() for name in best.names]
    missing = [name for names in mapped.values() for name in names if name.strip().lower() not in there]
    listed = ", ".join(name for name in best.names if name) or "none"
    if missing:
        raise ValueError(f"there is no column {missing[0]!r}; the columns are: {listed}")
    if Column.ADDRESS not in best.places:
        raise NoAddresses(
            "no column holds addresses; call it email in the first line, or name it with --map address=NAME. "
            f"The columns are: {listed[:500]}"
        )
    there = [plain(name) for name in best.names]
    read = (*(place for places in best.places.values() for place in places), *(place for place, _ in best.flags))
    doubled = [best.names[place] for place in read if there.count(there[place]) > 1]
    if doubled:
        raise ValueError(f"two columns are called {doubled[0]!r}; rename or remove the wrong one")
    return best


def _names(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return ()  # in quotation marks, and so of another delimiter


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
    """Reads the lines of one list, and knows afterwards what is in doubt; `excerpt` means that they are only some."""

    def __init__(
        self, header: Header, now: dt.datetime, options: ImportOptions, *, file: str = "", excerpt: bool = False
    ) -> None:
        self._header, self._options, self._file, self._excerpt = header, options, file, excerpt
        self._everyone = options.everyone or header.vendor.everyone
        self._dates = sorted({place for column in DATES for place in header.places.get(column, ())})
        self._orders: dict[int, DateOrder] = dict.fromkeys(self._dates, options.dates) if options.dates else {}
        unread = header.unread(options.ignored)
        self._lines = LineReader(
            header.places,
            header.states(options.ignored),
            header.vendor,
            now,
            width=len(header.names),
            unread=(*unread, *(header.places.get(Column.TAGS, ()) if options.words else ())),
            everyone=options.everyone,
            words=options.words,
            orders=self._orders,
        )
        self._words: Counter[str] = Counter()
        self._readers = False
        self._unordered = 0
        waived = _waived(options.ignored)
        told = bool(header.states(options.ignored).all)
        self._columns = import_doubts.Columns(
            header.names,
            unread,
            {place: aside for place, aside in _spoken(header).items() if header.names[place].lower() not in waived},
            options.words,
            prose=[place for place in unread if plain(header.names[place]) in header.vendor.texts],
            unknown=header.vendor.name == ANY.name and not header.tells,
        )
        self.dividers = Dividers(header.names, [name.strip() for name in options.ignored], told=told)

    @property
    def needs_survey(self) -> bool:
        """Whether the order of day and month has to be found out before the lines are read."""
        return bool(self._dates) and self._options.dates is None and not self._header.vendor.whole

    def survey(self, rows: Iterable[tuple[int, list[str]]]) -> None:
        """Find out the order of day and month in the columns of dates: from the whole column, else from the whole list."""
        shown: dict[int, set[DateOrder]] = {place: set() for place in self._dates}
        for _, cells in rows:
            for place in self._dates:
                if place < len(cells) and (order := order_shown(written(cells[place]))):
                    shown[place].add(order)
        everywhere = set().union(*shown.values())
        for place, orders in shown.items():
            if len(known := orders or everywhere) == 1:
                self._orders[place] = next(iter(known))

    def read(self, lines: Iterable[tuple[int, list[str]]]) -> Iterator[ImportRow | Invalid]:
        """Read the rows below the header; each comes with the line on which it begins. Empty rows are skipped."""
        width = len(self._header.names)
        for line, cells in lines:
            if not any(cells) or not any(map(str.strip, cells)):
                continue
            try:
                rows = self._lines.read(line, cells)
            except (InvalidAddress, InvalidName, ValueError) as error:
                self._note(error)
                rows = []
                yield Invalid(line, str(error))
            if not any(row.leaving for row in rows):  # of whoever left, enough is known
                self._readers = self._readers or bool(rows)
                if rows or not (self._divides(line, cells) or len(cells) != width):
                    self._columns.look(cells)
            yield from rows

    def _divides(self, line: int, cells: list[str]) -> bool:
        return not self._header.vendor.whole and self.dividers.look(line, cells)

    def _note(self, error: Exception) -> None:
        if isinstance(error, UnknownWord) and (error.word in self._words or len(self._words) < _MOST_WORDS):
            self._words[error.word] += 1
        self._unordered += isinstance(error, UnknownOrder)

    def leavings(self, line: int, cells: list[str]) -> list[ImportRow]:
        """Return who left according to a row that is in doubt otherwise."""
        try:
            rows = [row for row in self._lines.read(line, cells) if row.leaving is not None]
        except (InvalidAddress, InvalidName, ValueError):
            rows = []
        if not rows:
            self._divides(line, cells)
        return rows

    def doubts(self) -> list[str]:
        """Return what an editor has to decide before the list is imported; nothing if everyone on it has left."""
        if self._everyone is not None:
            return []
        header = self._header
        said = self.dividers.doubts() + self._columns.doubts(excerpt=self._excerpt)
        said += import_doubts.of_words(self._words, header.vendor.words)
        waived = _waived(self._options.ignored)
        if self._unordered:
            said.append(import_doubts.of_orders([header.names[place] for place in self._dates], self._unordered))
        said += [
            import_doubts.of_addresses(name)
            for place in header.places[Column.ADDRESS]
            if file_in_doubt(name := header.names[place]) and name.lower() not in waived
        ]
        if self._file.lower() not in waived:
            said += self._of_file()
        return said

    def _of_file(self) -> list[str]:
        header = self._header
        states = header.states(self._options.ignored)
        if not states.say_who_left and file_in_doubt(self._file):
            return [import_doubts.of_file(self._file)]
        if header.vendor.told_by_file not in self._file.rpartition("/")[2].lower():
            return [import_doubts.of_renamed(self._file, header.vendor.name, header.vendor.told_by_file)]
        if self._readers and (silent := header.silent()):
            return [import_doubts.of_silence(silent, self._file)]
        return []

    def remarks(self) -> list[str]:
        """Return what became of dates that decide nothing and could not be read."""
        names = self._header.names
        return [
            import_doubts.of_dates(names[place], count, ambiguous=counts is self._lines.ambiguous)
            for counts in (self._lines.ambiguous, self._lines.unreadable)
            for place, count in sorted(counts.items())
        ]


def read_lines(
    rows: Iterable[tuple[int, list[str]]], header: Header, now: dt.datetime, everyone: Meaning | None = None
) -> Iterator[ImportRow | Invalid]:
    """Read the rows below the header as `Lines` does. `everyone` is the meaning of every line, if it is given."""
    return Lines(header, now, ImportOptions(everyone=everyone)).read(rows)


def _spoken(header: Header) -> dict[int, Aside]:
    """Return the columns that are read and may say who left beside what is read, and how each is searched for it."""
    if header.vendor.whole:
        return {}
    return {
        place: aside
        for column, aside in ASIDES.items()
        if column is not Column.SOURCE or column in header.mapped  # by an editor, who may not have seen all of it
        for place in header.places.get(column, ())
    }


def _places(names: Sequence[str], vendor: Vendor) -> dict[Column, tuple[int, ...]]:
    there = [plain(name) for name in names]
    found: dict[Column, tuple[int, ...]] = {}
    for column, aliases in vendor.columns.items():
        places = tuple(there.index(alias) for alias in aliases if alias in there)
        if places:
            found[column] = places if column in SEVERAL else places[:1]
    return found


def _mapped_places(names: Sequence[str], mapped: Mapped) -> dict[Column, tuple[int, ...]]:
    there = [name.strip().lower() for name in names]
    found = {
        column: tuple(there.index(key) for name in chosen if (key := name.strip().lower()) in there)
        for column, chosen in mapped.items()
    }
    return {column: places for column, places in found.items() if places}


def _flags(
    names: Sequence[str], vendor: Vendor, chosen: Mapping[Column, tuple[int, ...]]
) -> tuple[tuple[int, Flag], ...]:
    """Return the flags that are there. A column that an editor maps means what they say; of confirmation, also by empty cells."""
    there = [plain(name) for name in names]
    taken = {place for places in chosen.values() for place in places}
    found = [
        (there.index(alias), flag)
        for flag in vendor.flags
        for alias in flag.names
        if alias in there and there.index(alias) not in taken
    ]
    return (*found, *((place, _CONFIRMATION) for place in chosen.get(Column.CONFIRMED, ())))


def _rank(header: Header) -> tuple[bool, int, int]:
    """Return how well a delimiter fits: whether it finds addresses, how many known columns, how many columns."""
    return Column.ADDRESS in header.places, len(header.places), len(header.names)
