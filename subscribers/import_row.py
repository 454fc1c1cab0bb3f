"""Reads one line of a list: its cells become an ImportRow. Pure.

A line that says that someone left counts even if the rest of it cannot be read: only the address has to be found.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from plaintext import BREAKING
from subscribers.address import Address, parse_hashed, parse_name
from subscribers.cells import address_in, addresses_in, client_in, reason_in, tags, with_attributes, written, zone_in
from subscribers.dates import AmbiguousDate, Orders, UnreadableDate, moment
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.import_asides import ASIDES, set_apart
from subscribers.import_standing import Standing, StateColumns, UnknownWord, gravest, meaning_of, says_left
from subscribers.restored import read_more
from subscribers.subscriber import LONGEST_PAUSE, SOURCE_LENGTH, Reason, State
from subscribers.tokens import is_subject_id
from subscribers.vendors import ANYWHERE, NO_READER, Column, Meaning, Never, Vendor, Words

DATES = (Column.CREATED, Column.LEFT, Column.SUPPRESSED_AT, Column.ASKED, Column.CONFIRMED)


class ImportRow(NamedTuple):
    """A valid line of a list.

    `leaving` says why the address must not be mailed; it is None if it may be. `whole` marks a line of our own export,
    which restores the reader in `state`, even one who left; `more` is the cell that `restored.read_more` reads, None if
    the list has no such column, and a `bare` row is a suppression without a reader. `asked` and `confirmed` are acts of consent, with the
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
    more: str | None = None
    bare: bool = False


class LineReader:
    """Reads the lines of one file. `places` are the positions of its columns, counted from 0, of `width` in all; `unread`
    those of other columns that may say who left; `names` are those of all.

    `orders` reads the dates of its columns. `ambiguous` and `unreadable` count, by position, the dates that were left empty
    because they have no order or are no dates. `shared` are the answers that stand in several columns of states.
    """

    def __init__(
        self,
        places: Mapping[Column, Sequence[int]],
        states: StateColumns,
        vendor: Vendor,
        now: dt.datetime,
        *,
        width: int,
        unread: Sequence[int] = (),
        everyone: Meaning | None = None,
        words: Words | None = None,
        orders: Orders,
        names: Sequence[str] = (),
    ) -> None:
        self._vendor = vendor
        self._now = now
        self._everyone = everyone or vendor.everyone
        self._whole = vendor.whole and everyone is None
        self._bare = vendor.bare and self._whole
        self._states = states
        self._orders = orders
        self._words = words or {}
        self._standing_of = Standing(states, vendor.words, self._words, self._orders, names)
        self.shared = self._standing_of.shared
        self._width = width
        self._needed = 1 + max((places[Column.ADDRESS][0], *states.all, *unread))
        self._address = places[Column.ADDRESS][0]
        self._places = {column: each[0] for column, each in places.items()}
        # Known by now for each line: to look up an enum's member is slow.
        self._name, self._first_name, self._last_name, self._tags = (
            self._places.get(column) for column in (Column.NAME, Column.FIRST, Column.LAST, Column.TAGS)
        )
        self._sources = tuple(places.get(Column.SOURCE, ()))
        self._dates = tuple(self._places.get(column) for column in DATES)
        self._has_attributes = Column.ATTRIBUTES in places
        self._has_ids = Column.SUBJECT_ID in places or Column.FORMER_IDS in places
        self._chosen = any(column in places for column in (Column.WITHOUT, Column.ZONE, Column.PAUSED_UNTIL))
        self.ambiguous: Counter[int] = Counter()
        self.unreadable: Counter[int] = Counter()

    def read(self, line: int, cells: list[str]) -> list[ImportRow]:
        """Read one line; it has one row, or one for each of several addresses of people who left.

        Raises InvalidAddress, InvalidName or ValueError; the message is for a person.
        """
        if self._width == 1 and len(cells) == 1 and "|" in cells[0]:  # the one delimiter that an address may contain
            cells = cells[0].split("|")
        if len(cells) != self._width and (damage := self._damage(cells)):
            return self._rest_of(line, cells, damage)
        if len(cells) < self._width:
            cells = cells + [""] * (self._width - len(cells))
        try:
            address = self._whose(cells)
        except InvalidAddress:
            if (found := addresses_in(cells[self._address])) and (rows := self._of_leavers(line, found, cells)):
                return rows
            raise
        state, leaving = self._standing(cells)
        if leaving is not None:
            return [self._leaver(line, address, state, leaving, cells)]
        if not address.written:
            raise ValueError("has the digest of an address, and no status that says why it must not be mailed")
        return [self._with_ids(self._entry(line, address, state, None, cells), cells)]

    def _whose(self, cells: list[str]) -> Address:
        cell = written(cells[self._address])
        if not cell and (digest := self._text(cells, Column.SHA256)):
            return parse_hashed(digest)
        return address_in(cell)

    def _leaver(self, line: int, address: Address, state: State, leaving: Reason, cells: list[str]) -> ImportRow:
        try:
            entry = self._entry(line, address, state, leaving, cells)
        except (InvalidName, ValueError):
            entry = ImportRow(line, address, leaving=leaving, state=state)
        return self._with_ids(entry, cells)

    def _of_leavers(self, line: int, addresses: Sequence[Address], cells: list[str]) -> list[ImportRow]:
        try:
            state, leaving = self._standing(cells)
        except ValueError:
            return []
        return [self._leaver(line, each, state, leaving, cells) for each in addresses] if leaving else []

    def _damage(self, cells: list[str]) -> str:
        """Return what is wrong with the number of cells.

        Nothing is if those missing decide nothing.
        """
        if len(cells) < self._needed:
            return "the missing ones may say whose line it is, or whether they left; fill them in, or --ignore their columns"
        if len(cells) > self._width:
            return "put quotation marks around any cell that contains the separator"
        return ""

    def _rest_of(self, line: int, cells: list[str], damage: str) -> list[ImportRow]:
        """Read a line with too many or too few cells: a leaving counts if it stands anywhere in it."""
        said = (meaning_of(written(cell).lower(), {**ANYWHERE, **self._vendor.words}) for cell in cells)
        leaving = gravest(means for means in said if isinstance(means, Reason))
        more = len(cells) - self._width
        if leaving is None and more > 0:  # the cell too many stands before the date
            left = (place + more for place in self._states.left)
            leaving = Reason.UNSUBSCRIBED if any(says_left(written(cells[place])) for place in left) else None
        if isinstance(self._everyone, Reason):
            leaving = self._everyone
        found = {address.canonical: address for cell in cells for address in addresses_in(cell)} if leaving else {}
        if not found:
            raise ValueError(f"has {len(cells)} cells, but the first line names {self._width} columns; {damage}")
        return [ImportRow(line, address, leaving=leaving, state=State.UNSUBSCRIBED) for address in found.values()]

    def _standing(self, cells: list[str]) -> tuple[State, Reason | None]:
        meaning = self._everyone
        if meaning is None and not self._whole:
            return self._standing_of.of(cells, self._words_in(cells) if self._words else ())
        if meaning is None:
            meaning = self._word(cells)
        if isinstance(meaning, Never):
            raise ValueError(meaning.why)  # noqa: TRY004 - the line is wrong, not the call
        if self._whole:
            suppressed = reason_in(self._text(cells, Column.SUPPRESSED))
            if isinstance(meaning, State):
                return (State.UNSUBSCRIBED if suppressed and meaning is State.ACTIVE else meaning), suppressed
            if suppressed is None and Column.MORE in self._places and not self._is_bare(cells):
                return State.UNSUBSCRIBED, None  # an editor lifted the suppression
            return State.UNSUBSCRIBED, suppressed or meaning
        return (State.UNSUBSCRIBED, meaning) if isinstance(meaning, Reason) else (meaning, None)

    def _word(self, cells: list[str]) -> Meaning:
        word = self._text(cells, Column.STATUS).lower()
        if not word and (self._text(cells, Column.SUPPRESSED) or says_left(self._text(cells, Column.LEFT))):
            return Reason.UNSUBSCRIBED  # enough is known
        meaning = meaning_of(word, self._vendor.words)
        if meaning is None:
            raise UnknownWord(word, self._vendor.words)
        return meaning

    def _is_bare(self, cells: list[str]) -> bool:
        return self._bare or (self._whole and self._text(cells, Column.STATUS).lower() == NO_READER)

    def _words_in(self, cells: list[str]) -> Iterator[str]:
        """Yield the tags, and the words beside what is read: an editor may have given them a meaning."""
        try:
            yield from tags(self._text(cells, Column.TAGS), exact=self._whole)
        except (InvalidName, ValueError):
            pass  # of tags that cannot be read, none has a meaning
        for column, aside in ASIDES.items():
            text = self._text(cells, column)
            yield from aside(text)
            yield from set_apart(text)

    def _entry(self, line: int, address: Address, state: State, leaving: Reason | None, cells: list[str]) -> ImportRow:
        name = parse_name(self._name_in(cells))
        its_tags = () if self._tags is None else tags(written(cells[self._tags]), exact=self._whole)
        if self._has_attributes:
            name, its_tags = with_attributes(self._text(cells, Column.ATTRIBUTES), name, its_tags)
        source = self._source(cells) if self._sources else ""
        created, left, suppressed_at, asked, confirmed = [
            None if place is None or not cells[place] else self._moment(place, written(cells[place]))
            for place in self._dates
        ]
        entry = ImportRow(
            line, address, name, its_tags, leaving, state, self._whole, source,
            created or asked or confirmed, left, suppressed_at,
            asked, client_in(self._text(cells, Column.ASKED_FROM)) if asked else None,
            confirmed, client_in(self._text(cells, Column.CONFIRMED_FROM)) if confirmed else None,
        )  # fmt: skip
        entry = self._with_choices(entry, cells) if self._chosen else entry
        if self._whole:
            more = self._text(cells, Column.MORE) if Column.MORE in self._places else None
            read_more(more or "")
            entry = entry._replace(more=more, bare=self._is_bare(cells))
        return entry

    def _with_choices(self, entry: ImportRow, cells: list[str]) -> ImportRow:
        paused = self._text(cells, Column.PAUSED_UNTIL)
        return entry._replace(
            without=tags(self._text(cells, Column.WITHOUT), exact=True),
            zone=zone_in(self._text(cells, Column.ZONE)),
            paused_until=moment(paused, self._now + LONGEST_PAUSE) if paused else None,
        )

    def _moment(self, place: int, text: str) -> dt.datetime | None:
        """Read a date that decides nothing: if it cannot be read, the line is still valid."""
        try:
            return self._orders.moment(place, text, self._now)
        except AmbiguousDate:
            self.ambiguous[place] += 1
        except UnreadableDate:
            self.unreadable[place] += 1
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

    def _name_in(self, cells: list[str]) -> str:
        if self._name is not None and (whole := written(cells[self._name])):
            return whole
        first, last = ("" if place is None else written(cells[place]) for place in (self._first_name, self._last_name))
        return f"{first} {last}"

    def _source(self, cells: list[str]) -> str:
        words = (written(cells[place]) for place in self._sources)
        return " ".join(BREAKING.sub(" ", " ".join(filter(None, words))).split())[:SOURCE_LENGTH]
