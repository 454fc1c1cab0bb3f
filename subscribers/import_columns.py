"""The columns of a list of readers: which system it comes from, and what they hold. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from subscribers.import_standing import StateColumns
from subscribers.leaving_words import hides_a_leaving, plain
from subscribers.vendors import ANY, ANYWHERE, SEVERAL, VENDORS, Column, Flag, Meaning, Vendor, happened

DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 1_000
"""Columns of a list; each that is not read is watched for words that may say who left."""
_CONFIRMATION = happened(())

Mapped = Mapping[Column, tuple[str, ...]]
"""Columns of the file by their names there, as an editor maps them; this overrides what was recognised. Only the kinds in
`vendors.SEVERAL` may have several."""


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
        waived = lowered(ignored)

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
        waived = lowered(ignored)
        return [
            place
            for place, name in enumerate(self.names)
            if place not in read and name.lower() not in waived and plain(name) not in self.vendor.harmless
        ]

    def hiding(self, ignored: Sequence[str] = ()) -> list[tuple[int, Column]]:
        """Return the columns that an editor mapped to what says nothing of leaving, and whose names do, and the kinds."""
        told, waived = set(self.states().all), lowered(ignored)
        return [
            (place, column)
            for column in sorted(self.mapped - {Column.ADDRESS, Column.STATUS, Column.LEFT})
            for place in self.places[column]
            if (place not in told or column is Column.CONFIRMED)
            and hides_a_leaving(self.names[place])
            and self.names[place].lower() not in waived
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


def lowered(ignored: Sequence[str]) -> set[str]:
    return {name.strip().lower() for name in ignored}


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
