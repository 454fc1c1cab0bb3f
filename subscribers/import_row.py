"""Reads one line of a list: its cells become an ImportRow. Pure.

A line that says that someone left counts even if the rest of it cannot be read: only the address has to be valid.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import ipaddress
import json
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from plaintext import BREAKING
from subscribers.address import Address, parse_address, parse_name
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.import_doubts import plain
from subscribers.subscriber import LONGEST_PAUSE, SOURCE_LENGTH, Reason, State
from subscribers.tokens import is_subject_id
from subscribers.vendors import Column, Meaning, Never, Vendor

TAG_LENGTH = 100
_DATES = (Column.CREATED, Column.LEFT, Column.SUPPRESSED_AT, Column.ASKED, Column.CONFIRMED)
FORMULA = ("=", "+", "-", "@", "\t", "\r")

_ZERO_DATE = "0000-00-00"  # MySQL's way to write that there is no date
_TIME_OF_GO = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)\d* ?([+-]\d{4}|UTC|Z)(?: \S+)?")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_NOTHING = frozenset(("null", "none", "nil", "n/a", "\\n", "-", "–"))
"""The words by which databases and spreadsheets mark an empty cell."""
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


class UnknownWord(ValueError):
    """A status that is in no table, so that the meaning of its line is unknown."""

    def __init__(self, word: str, known: Iterable[str]) -> None:
        self.word = word
        super().__init__(f"status {word[:40]!r} is unknown; the known ones are: {', '.join(known) or 'none'}")


class ImportRow(NamedTuple):
    """A valid line of a list.

    `leaving` says why the address must not be mailed; it is None if it may be. `whole` marks a line of our own export,
    which restores the reader in `state`, even one who left. `asked` and `confirmed` are acts of consent, with the
    network addresses that they came from. (This is a tuple because a list may have a million of them.)
    """

    line: int
    address: Address
    name: str = ""
    tags: tuple[str, ...] = ()
    leaving: Reason | None = None
    state: State = State.ACTIVE
    whole: bool = False
    source: str = ""
    created: dt.datetime | None = None
    left: dt.datetime | None = None
    suppressed_at: dt.datetime | None = None
    asked: dt.datetime | None = None
    asked_from: str | None = None
    confirmed: dt.datetime | None = None
    confirmed_from: str | None = None
    without: tuple[str, ...] = ()
    zone: str | None = None
    paused_until: dt.datetime | None = None
    subject_id: str | None = None
    former_ids: tuple[str, ...] = ()


class UnreadableDate(ValueError):
    """A cell that should contain a date, but none that can be read."""


class LineReader:
    """Reads the lines of one file. `places` are the positions of its columns, counted from 0."""

    def __init__(
        self, places: Mapping[Column, Sequence[int]], vendor: Vendor, now: dt.datetime, everyone: Meaning | None = None
    ) -> None:
        self._vendor = vendor
        self._now = now
        self._everyone = everyone or vendor.everyone
        self._whole = vendor.whole and everyone is None
        self._width = 1 + max(place for each in places.values() for place in each)
        self._address = places[Column.ADDRESS][0]
        self._places = {column: each[0] for column, each in places.items()}
        self._sources = tuple(places.get(Column.SOURCE, ()))
        self._dates = tuple(self._places.get(column) for column in _DATES)
        self._has_ids = Column.SUBJECT_ID in places or Column.FORMER_IDS in places
        self._chosen = any(column in places for column in (Column.WITHOUT, Column.ZONE, Column.PAUSED_UNTIL))

    def read(self, line: int, cells: list[str]) -> ImportRow:
        """Read one line. Raises InvalidAddress, InvalidName or ValueError; the message is for a person."""
        if len(cells) < self._width:
            cells = cells + [""] * (self._width - len(cells))
        address = _address_in(written(cells[self._address]))
        state, leaving = self._standing(cells)
        if leaving is None:
            return self._with_ids(self._entry(line, address, state, None, cells), cells)
        try:
            entry = self._entry(line, address, state, leaving, cells)
        except (InvalidName, ValueError):
            entry = ImportRow(line, address, leaving=leaving, state=state)
        return self._with_ids(entry, cells)

    def _standing(self, cells: list[str]) -> tuple[State, Reason | None]:
        meaning = self._everyone or self._word(cells)
        if isinstance(meaning, Never):
            raise ValueError(meaning.why)  # noqa: TRY004 - the line is wrong, not the call
        if self._whole:
            suppressed = _reason(self._text(cells, Column.SUPPRESSED))
            if isinstance(meaning, State):
                return (State.UNSUBSCRIBED if suppressed and meaning is State.ACTIVE else meaning), suppressed
            return State.UNSUBSCRIBED, suppressed or meaning
        if isinstance(meaning, Reason):
            return State.UNSUBSCRIBED, meaning
        if Column.LEFT in self._places and (left := self._text(cells, Column.LEFT)) and left.lower() not in _NOTHING:
            try:
                return self._left_once(cells, moment(left, self._now))
            except UnreadableDate:  # any date says that they left
                return State.UNSUBSCRIBED, Reason.UNSUBSCRIBED
        return meaning, None

    def _word(self, cells: list[str]) -> Meaning:
        word = self._text(cells, Column.STATUS).lower()
        if not word:
            return State.ACTIVE
        words = self._vendor.words
        meaning = words.get(word) or words.get(plain(word))
        if meaning is None:
            raise UnknownWord(word, words)
        return meaning

    def _left_once(self, cells: list[str], left: dt.datetime | None) -> tuple[State, Reason | None]:
        """Decide about a line with a date of leaving. If it has no status, the date alone says that they left."""
        if left is None:
            return State.ACTIVE, None
        if not self._text(cells, Column.STATUS):
            return State.UNSUBSCRIBED, Reason.UNSUBSCRIBED
        back = moment(self._text(cells, Column.CONFIRMED), self._now)
        if back is not None and back >= left:
            return State.ACTIVE, None
        raise ValueError(f"is listed as a reader, but left on {left:%Y-%m-%d}; fix whichever is wrong")

    def _entry(self, line: int, address: Address, state: State, leaving: Reason | None, cells: list[str]) -> ImportRow:
        name = parse_name(self._name(cells))
        its_tags = tags(self._text(cells, Column.TAGS), exact=self._whole)
        if Column.ATTRIBUTES in self._places:
            name, its_tags = _with_attributes(self._text(cells, Column.ATTRIBUTES), name, its_tags)
        source = self._source(cells) if self._sources else ""
        created, left, suppressed_at, asked, confirmed = [
            None if place is None else self._moment(written(cells[place])) for place in self._dates
        ]
        entry = ImportRow(
            line, address, name, its_tags, leaving, state, self._whole, source,
            created or asked or confirmed, left, suppressed_at,
            asked, _client(self._text(cells, Column.ASKED_FROM)) if asked else None,
            confirmed, _client(self._text(cells, Column.CONFIRMED_FROM)) if confirmed else None,
        )  # fmt: skip
        return self._with_choices(entry, cells) if self._chosen else entry

    def _with_choices(self, entry: ImportRow, cells: list[str]) -> ImportRow:
        paused = self._text(cells, Column.PAUSED_UNTIL)
        return entry._replace(
            without=tags(self._text(cells, Column.WITHOUT), exact=True),
            zone=_zone(self._text(cells, Column.ZONE)),
            paused_until=moment(paused, self._now + LONGEST_PAUSE) if paused else None,
        )

    def _moment(self, text: str) -> dt.datetime | None:
        """Read a date that decides nothing: if it cannot be read, the line is still valid."""
        try:
            return moment(text, self._now)
        except UnreadableDate:
            return None

    def _with_ids(self, entry: ImportRow, cells: list[str]) -> ImportRow:
        if not self._has_ids:
            return entry
        given = self._text(cells, Column.SUBJECT_ID)
        former = tags(self._text(cells, Column.FORMER_IDS), exact=True)
        return entry._replace(
            subject_id=given if is_subject_id(given) else None, former_ids=tuple(filter(is_subject_id, former))
        )

    def _text(self, cells: list[str], column: Column) -> str:
        place = self._places.get(column)
        return "" if place is None else written(cells[place])

    def _name(self, cells: list[str]) -> str:
        whole = self._text(cells, Column.NAME)
        return whole or f"{self._text(cells, Column.FIRST)} {self._text(cells, Column.LAST)}"

    def _source(self, cells: list[str]) -> str:
        words = (written(cells[place]) for place in self._sources)
        return " ".join(BREAKING.sub(" ", " ".join(filter(None, words))).split())[:SOURCE_LENGTH]


def _address_in(cell: str) -> Address:
    """Read a cell's address, with or without a name, mailto: or quotation marks around it. Raises InvalidAddress."""
    try:
        return parse_address(cell)
    except InvalidAddress:
        bare = _INVISIBLE.sub("", cell).strip()
        named = re.fullmatch(r"[^<>]*<([^<>]+)>", bare)
        bare = (named[1] if named else bare).strip().strip("'\"“”‘’").strip()
        bare = re.sub(r"(?i)^mailto:", "", bare).partition("?")[0]
        if bare == cell:
            raise
        return parse_address(bare)


def written(cell: str) -> str:
    """Return a cell without white space around it, and without the apostrophe that keeps it from being a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and _ESCAPED.match(cell) else cell


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `written` reads it back.

    >>> harmless("=HYPERLINK(...)")
    "'=HYPERLINK(...)"

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if cell.startswith(FORMULA) or _ESCAPED.match(cell) else cell


def moment(text: str, latest: dt.datetime | None = None) -> dt.datetime | None:
    """Read a date in ISO 8601 or in Go's notation; without a zone it is in UTC. Return None for an empty one.

    >>> moment("2023-01-25 13:07:21.435821 +0530 IST")
    datetime.datetime(2023, 1, 25, 7, 37, 21, 435821, tzinfo=datetime.timezone.utc)

    A date after `latest` comes from a wrong clock and counts as `latest`. Raises UnreadableDate.
    """
    if not text or text.startswith(_ZERO_DATE):
        return None
    try:
        found = _iso(text)
    except (ValueError, OverflowError):
        raise UnreadableDate(f"{text[:40]!r} is not a date; write 2026-11-23 or 2026-11-23T09:00:00Z") from None
    return found if latest is None or found < latest else latest


def _iso(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        go = _TIME_OF_GO.fullmatch(text)
        if go is None:
            raise
        found = dt.datetime.fromisoformat(go[1] + ("+0000" if go[2] in ("UTC", "Z") else go[2]))
    if found.tzinfo is dt.UTC:
        return found
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


@functools.lru_cache(maxsize=4096)  # a list has many lines, but few different sets of tags
def tags(cell: str, *, exact: bool = False) -> tuple[str, ...]:
    """Read tags separated by semicolons or, if there are none, by commas; with `exact`, by semicolons only.

    >>> tags('"maths, pure"; engines')
    ('maths, pure', 'engines')
    """
    if not cell:
        return ()
    delimiter = ";" if exact or ";" in cell else ","
    try:
        parts = next(csv.reader([cell], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"the tags {cell[:40]!r} cannot be read ({error})") from None
    return _clean(parts)


def tags_cell(parts: Sequence[str]) -> str:
    """Write tags as one cell that `tags` reads back.

    >>> tags_cell(["maths", "a;b"])
    'maths;"a;b"'
    """
    quoted = ('"' + part.replace('"', '""') + '"' if ";" in part or '"' in part else part for part in parts)
    return ";".join(quoted)


def _clean(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for part in parts if (tag := parse_name(part.strip()[:TAG_LENGTH]))))


def _with_attributes(text: str, name: str, its_tags: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take name and tags from a JSON object if the list has no columns for them. Ignore text that is not JSON."""
    if not text.startswith("{"):
        return name, its_tags
    try:
        known = json.loads(text)
    except (ValueError, RecursionError):
        return name, its_tags

    def word(key: str) -> str:
        value = known.get(key)
        return value if isinstance(value, str) else ""

    given = known.get("tags")
    if isinstance(given, list) and not its_tags:
        its_tags = _clean([each for each in given if isinstance(each, str)])
    return name or parse_name(word("name") or f"{word('first_name')} {word('last_name')}"), its_tags


def _reason(word: str) -> Reason | None:
    if not word:
        return None
    try:
        return Reason(word.lower())
    except ValueError:
        raise ValueError(f"suppressed {word[:40]!r} is not a reason; use one of: {', '.join(Reason)}") from None


def _client(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return None  # it decides nothing, so the line is still valid


@functools.lru_cache(maxsize=1024)
def _zone(text: str) -> str | None:
    if not text:
        return None
    try:
        return zoneinfo.ZoneInfo(text).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text[:40]!r} is not a time zone; write one such as Europe/Vienna") from None
