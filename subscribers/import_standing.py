"""What one line of a list says of its reader: they may be mailed, they left and why, or neither. Pure.

Several columns may speak. Whatever says that they left counts, and the gravest of it; then a word that is unknown, which
has to be asked for; then that they never confirmed. Only a line that says none of this is a reader's.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from subscribers.cells import written
from subscribers.dates import AmbiguousDate, Orders, UnreadableDate, has_no_end, is_nothing, looks_like_date
from subscribers.leaving_words import is_answer, plain
from subscribers.subscriber import Reason, State
from subscribers.vendors import ANYWHERE, Flag, Meaning, Never, Words

_BLANK = frozenset(("", "null", "none", "nil", "n/a", "\\n", "-", "–"))
_MOST_TOLD = 30
"""Known statuses that are told with an unknown one; of a list of unknown origin there are hundreds."""
_DAY = dt.timedelta(days=1)
_LONGEST = 200
"""Characters of a cell in which several statuses are looked for, and of the cells that are remembered."""
_MOST_KNOWN = 10_000
"""Different lines of which it is remembered what their columns say: most lists have few."""


class UnknownWord(ValueError):
    """A status that is in no table, so that the meaning of its line is unknown."""

    def __init__(self, word: str, known: Iterable[str]) -> None:
        self.word = word
        few = list(itertools.islice(known, _MOST_TOLD + 1))
        told = f"; the known ones are: {', '.join(few)}" if 0 < len(few) <= _MOST_TOLD else ""
        super().__init__(f"status {word[:40]!r} is unknown{told}" if word else "the status is empty")


class UnknownOrder(ValueError):
    """A line on which it depends on the order of day and month whether its reader left."""

    def __init__(self, left: str) -> None:
        super().__init__(f"left on {left[:40]!r}, which may be before or after they confirmed; say --dates")


def says_left(text: str) -> bool:
    """Return whether a cell of leaving dates says that somebody left, whatever is written there.

    >>> [says_left(text) for text in ("2024-01-02", "last spring", "", "nein", "aktiv")]
    [True, True, False, False, False]
    """
    return not has_no_end(text) and ANYWHERE.get(plain(text)) is not State.ACTIVE


@dataclass(frozen=True, slots=True)
class StateColumns:
    """The columns of one list that say who may be mailed, by their positions."""

    status: tuple[int, ...]
    left: tuple[int, ...]
    confirmed: int | None
    flags: tuple[tuple[int, Flag], ...]

    @property
    def all(self) -> tuple[int, ...]:
        return (*self.status, *self.left, *(place for place, _ in self.flags))

    @property
    def say_who_left(self) -> bool:
        """Whether one of them says who left; whoever confirmed may have left since."""
        meanings = (means for _, flag in self.flags for means in (*flag.words.values(), flag.other))
        return bool(self.status or self.left) or any(isinstance(means, Reason) for means in meanings)


def meaning_of(text: str, words: Words) -> Meaning | None:
    """Return what a status means; of several in one cell, with commas between them, the gravest that is known.

    >>> meaning_of("Opted-Out", {"opted out": Reason.UNSUBSCRIBED})
    <Reason.UNSUBSCRIBED: 'unsubscribed'>
    """
    found = words.get(text) or words.get(compared(text))
    if found is not None or len(text) > _LONGEST:
        return found
    parts = [words.get(compared(part)) for part in re.split(r"[,;|/]", text)]
    if left := gravest(part for part in parts if isinstance(part, Reason)):
        return left
    return None if None in parts else next((part for part in parts if isinstance(part, Never)), parts[0])


def compared(word: str) -> str:
    """Return a word as `plain` writes it; a sign such as ❌, of which that leaves nothing, is no empty cell.

    >>> compared(" Opted-Out"), compared("❌"), compared(" ")
    ('opted out', '❌', '')
    """
    return plain(word) or word.strip().lower()


def gravest(reasons: Iterable[Reason]) -> Reason | None:
    return max(reasons, key=lambda reason: reason.weight, default=None)


class Standing:
    """Reads what the lines of one list say of their readers.

    `words` are the meanings of its statuses, `given` those that an editor gave; "column: word" is a word in the column of
    that name. `orders` reads the dates of its columns. `shared` are the columns of an answer such as yes that stands in several,
    of which it may mean different things.
    """

    def __init__(
        self, columns: StateColumns, words: Words, given: Words, orders: Orders, names: Sequence[str] = ()
    ) -> None:
        self._columns = columns
        self._words = words
        self._given = {compared(word): means for word, means in given.items()}
        self._orders = orders
        self._named = (
            {place: names[place].lower() for place in columns.status} if names and len(columns.status) > 1 else {}
        )
        self._of_column = {word.lower(): means for word, means in given.items() if ":" in word}
        self.shared: dict[str, set[str]] = {}
        self._places = tuple({*columns.all, *(() if columns.confirmed is None else (columns.confirmed,))})
        self._known: dict[tuple[str, ...], tuple[State, Reason | None]] = {}

    def of(self, cells: Sequence[str], its_words: Iterable[str] = ()) -> tuple[State, Reason | None]:
        """Return the state that a line gives its reader, and the reason if they left; `its_words` are its tags and asides.

        Raises UnknownWord, UnknownOrder, and ValueError for a line that is neither a reader's nor of one who left.
        """
        if self._given:
            return self._decided(cells, its_words)
        said = tuple([cells[place] for place in self._places])
        known = self._known.get(said)
        if known is None:
            known = self._decided(cells, ())
            if len(self._known) < _MOST_KNOWN and sum(map(len, said)) <= _LONGEST:
                self._known[said] = known
        return known

    def _decided(self, cells: Sequence[str], its_words: Iterable[str]) -> tuple[State, Reason | None]:
        meanings, unknown = self._said(cells)
        active = State.ACTIVE in meanings
        more, unknown_too = self._flagged(cells)
        meanings += more
        if self._given:
            meanings += [
                means for word in its_words if (key := compared(word)) and (means := self._given.get(key)) is not None
            ]
        reason = gravest(means for means in meanings if isinstance(means, Reason))
        if reason is None and self._has_left(cells, active=active):
            reason = Reason.UNSUBSCRIBED
        if reason is not None:
            return State.UNSUBSCRIBED, reason
        if word := unknown or unknown_too:
            raise word
        for means in meanings:
            if isinstance(means, Never):
                raise ValueError(means.why)  # noqa: TRY004 - the line is wrong, not the call
        return State.ACTIVE, None

    def _said(self, cells: Sequence[str]) -> tuple[list[Meaning], UnknownWord | None]:
        """Return what the columns of statuses say. An empty one says nothing if dates of leaving are beside it."""
        meanings, unknown = [], None
        for place in self._columns.status:
            word = written(cells[place]).lower()
            if self._named and (of_it := self._of_column.get(f"{self._named[place]}: {word}")) is not None:
                meanings.append(of_it)
            elif (means := meaning_of(word, self._words)) is not None:
                if self._named and self._given.get(compared(word)) is means and is_answer(word):
                    self.shared.setdefault(word, set()).add(self._named[place])
                meanings.append(means)
            elif word or not self._columns.left:
                unknown = unknown or UnknownWord(word, self._words)
        return meanings, unknown

    def _flagged(self, cells: Sequence[str]) -> tuple[list[Meaning], UnknownWord | None]:
        meanings, unknown = [], None
        for place, flag in self._columns.flags:
            word = written(cells[place]).lower()
            if word in _BLANK or (flag.other is not None and is_nothing(word)):
                word = ""
            means = meaning_of(word, flag.words)
            if means is None and (word or flag.other is None):
                other = flag.other if word and (not flag.date or looks_like_date(word)) else None
                means = other or self._given.get(compared(word))
                if means is None:
                    unknown = unknown or UnknownWord(word, flag.words)
            if means is not None:
                meanings.append(means)
        return meanings, unknown

    def _has_left(self, cells: Sequence[str], *, active: bool) -> bool:
        left = {place: text for place in self._columns.left if says_left(text := written(cells[place]))}
        return bool(left) and not (active and all(self._is_back(place, text, cells) for place, text in left.items()))

    def _is_back(self, place: int, left: str, cells: Sequence[str]) -> bool:
        """Return whether they confirmed after they left; on the same day only if both have a time. Raises UnknownOrder."""
        if self._columns.confirmed is None:
            return False
        gone = [at + _DAY if at.time() == dt.time() else at for at in self._either(left, place)]
        back = self._either(written(cells[self._columns.confirmed]), self._columns.confirmed)
        later = {after > before for after in back for before in gone}
        if len(later) > 1:
            raise UnknownOrder(left)
        return True in later

    def _either(self, text: str, place: int) -> tuple[dt.datetime, ...]:
        """Return the moments that a date may mean; none if it cannot be read."""
        try:
            found = self._orders.moment(place, text)
        except AmbiguousDate as ambiguous:
            return ambiguous.either
        except UnreadableDate:
            return ()
        return () if found is None else (found,)
