"""Doubts: what an import does not understand, and what may say who left. It stops and asks instead of guessing. Pure.

A column that is not read is in doubt if its name or one of its values contains a word for leaving or for consent, if it has
only two or three different values, because these may be yes and no in a language that is not in the tables here, if its
values are codes of one or two letters, or if it has a date for some people and none for others. In a list of unknown origin
that does not say who left, it is in doubt unless its name or its values are known to be harmless. Names, tags, attributes,
dates of joining and what stands beside an address are read, and in doubt if one of them contains such a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from subscribers.dates import is_nothing, looks_like_date
from subscribers.harmless_names import is_harmless
from subscribers.import_asides import Aside
from subscribers.leaving_words import name_in_doubt, plain, value_in_doubt

FEW: Final = 3
"""A column with at least two and at most this many different values may mean yes and no."""
_CODES: Final = 12
"""A column of letters with at most this many different values may be one of codes for states."""
_CODE = re.compile("[A-Za-z]{1,2}")
_FACT = re.compile(
    r"(?!(?:19|20)\d\d$)(?:[-+]?[\d.,' \u00a0]*\d ?[%€$£]?|\+?[\d ()/.-]{6,}|[0-9a-f-]{16,}|(?:https?://|www\.)\S+|\S+@\S+)",
    re.IGNORECASE,
)
"""A number that is no year, a telephone number, a key, a web or mail address."""
_MOST_SEEN: Final = 10_000
"""Different cells of tags or names that are remembered as harmless."""
_LISTED: Final = 20
_TOLD: Final = 40


class Watched:
    """What is known so far of the values of one unread column. Of `prose`, only words are in doubt, not how few they are."""

    __slots__ = ("codes", "dates", "facts", "none", "prose", "values")

    def __init__(self, *, prose: bool = False) -> None:
        self.values: set[str] = set()
        self.prose = prose
        self.none = False
        self.codes = True
        self.dates = True
        self.facts = True

    def add(self, cell: str) -> str:
        """Look at one cell; return why the column is in doubt by it, or nothing."""
        if cell in self.values:
            return ""
        if is_nothing(cell):
            self.none = True
        else:
            self.codes = self.codes and len(self.values) < _CODES and _CODE.fullmatch(cell) is not None
            self.dates = self.dates and looks_like_date(cell, number=False)
            self.facts = self.facts and _FACT.fullmatch(cell) is not None
        if len(self.values) <= _CODES:
            self.values.add(cell)
        return f"its value {cell[:40]!r} may say who left" if cell and value_in_doubt(cell) else ""

    def doubt(self) -> str:
        """Return why the column is in doubt after all cells were seen, or nothing."""
        different = 0 if self.prose else len(self.values)
        if 1 < different <= FEW:
            return f"it has only {different} different values, like a column of yes and no"
        if self.codes and different > 1:
            return f"its values are {different} codes of one or two letters, like a column of states"
        if self.dates and self.none and different > 1:
            return "it has a date for some people and none for others, like a column of when they left"
        return ""

    @property
    def harmless(self) -> bool:
        """Whether there is nothing in the column, or many different numbers, addresses or the like."""
        return not any(self.values) or (self.facts and not self.dates and len(self.values) > _CODES)


class Columns:
    """Watches the columns of one list, row by row: those that are not read, and those that are, but could say who left too.

    `spoken` are the latter, by position, and how each is searched; `known` are words that an editor gave a meaning. `prose`
    are those of the unread ones that hold what people wrote. With `unknown`, an unread column has to be known as harmless.
    """

    def __init__(
        self,
        names: Sequence[str],
        unread: Iterable[int],
        spoken: Mapping[int, Aside] | None = None,
        known: Collection[str] = (),
        *,
        prose: Collection[int] = (),
        unknown: bool = False,
    ) -> None:
        self._names = names
        self._why: dict[int, str] = {}
        self._watched: dict[int, Watched] = {}
        for place in unread:
            if place not in prose and name_in_doubt(names[place]):
                self._why[place] = "its name may say who left"
            else:
                self._watched[place] = Watched(prose=place in prose)
        self._spoken: list[tuple[int, Aside, set[str]]] = [
            (place, aside, set()) for place, aside in (spoken or {}).items()
        ]
        self._said: dict[int, str] = {}
        self._unknown = unknown
        self._known = frozenset(filter(None, map(plain, known)))

    def look(self, cells: Sequence[str]) -> None:
        """Look at one row."""
        width = len(cells)
        doubtful = None
        for place, watched in self._watched.items():
            cell = cells[place].strip() if place < width else ""
            if cell not in watched.values and (why := watched.add(cell)):  # nearly every cell is known by now
                doubtful = {**(doubtful or {}), place: why}
        if doubtful:
            for place in doubtful:
                del self._watched[place]
            self._why.update(doubtful)
        for place, aside, seen in self._spoken:
            cell = cells[place].strip() if place < width else ""
            if not cell or cell in seen or not (words := aside(cell)) or place in self._said:
                continue
            if word := next((word for word in words if plain(word) not in self._known), ""):
                self._said[place] = word
            elif len(seen) < _MOST_SEEN:
                seen.add(cell)

    def doubts(self, *, excerpt: bool = False) -> list[str]:
        """Return a sentence for each column that is in doubt: why, and which options decide it.

        Of an `excerpt`, how many different values a column has says nothing.
        """
        names = [name.lower() for name in self._names]
        few = {place: why for place, watched in self._watched.items() if not excerpt and (why := watched.doubt())}
        said = [
            f"the column {name!r} is not read, but {why}: read it with --map status={quoted(name)} or "
            f"--map left={quoted(name)} (when they left), or skip it with --ignore {quoted(name)}"
            for place, why in sorted({**self._why, **few}.items())
            for name in (self._names[place],)
            if name and names.count(name.lower()) == 1
        ]
        said += [
            f"column {place + 1}, {self._names[place]!r}, is not read, but {why}: give it a name of its own, by which it can be read "
            "or skipped"
            for place, why in sorted({**self._why, **few}.items())
            if not (self._names[place] and names.count(names[place]) == 1)
        ]
        said += [_of_aside(word, self._names[place]) for place, word in sorted(self._said.items())]
        unknown = [
            place
            for place, watched in sorted(self._watched.items())
            if not (place in few or watched.harmless or is_harmless(self._names[place]))
        ]
        return said + ([_of_unknown(self._names, unknown)] if unknown and self._unknown and not excerpt else [])


def _of_aside(word: str, column: str) -> str:
    given = quoted(f"{word[:100]}=unsubscribed")
    means = f"say what it means with --status {given}" if plain(word) else "take those who left off the list"
    return (
        f"{word[:40]!r} in the column {column!r} may say who left: {means}, or that the column does not say it with "
        f"--ignore {quoted(column)}"
    )


def _of_unknown(names: Sequence[str], places: Sequence[int]) -> str:
    columns = [names[place] for place in places]
    lower = [name.lower() for name in names]
    named = ", ".join(map(repr, columns))
    unclear = [f"column {place + 1}" for place in places if not names[place] or lower.count(names[place].lower()) > 1]
    options = " ".join(f"--ignore {quoted(column)}" for column in columns)
    what = f"the column {named} is" if len(columns) == 1 else f"the columns {named} are"
    none = (
        f"add {options}" if not unclear else f"give {', '.join(unclear)} a name of its own, by which it can be skipped"
    )
    return (
        f"no column that is known says who left, and {what} not understood: read the one that does with --map status=NAME "
        f"or --map left=NAME; if none does, {none}"
    )


def of_words(words: Counter[str], known: Collection[str]) -> list[str]:
    """Return a sentence for each unknown status, with the options that decide it; `words` counts their lines."""
    said = [_of_word(word, count) for word, count in words.most_common(_LISTED)]
    if len(words) > _LISTED:
        said.append(f"{len(words) - _LISTED:,} more statuses are unknown; is this the right column?")
    told = ", ".join(known) if len(known) <= _TOLD else "the usual ones, in many languages"
    return [*said, f"the known statuses are: {told or 'none'}"] if said else []


def _of_word(word: str, count: int) -> str:
    lines = f"({count:,} {'line' if count == 1 else 'lines'})"
    what = (
        f"the status {word!r} {lines} is unknown: say what it means"
        if word
        else f"the status is empty {lines}: say what that means"
    )
    return f"{what}, for example with --status {quoted(f'{word}=unsubscribed')} or --status {quoted(f'{word}=active')}"


def of_mapped(column: str, kind: str) -> str:
    return (
        f"the column {column!r} is mapped to {kind}, but its name may say who left: read it with --map status={quoted(column)} or "
        f"--map left={quoted(column)} (when they left) instead, or say that it does not say it with --ignore {quoted(column)}"
    )


def of_shared(shared: Mapping[str, Collection[str]]) -> list[str]:
    """Return a sentence for each answer that stands in several columns of states."""
    return [
        f"the status {word!r} stands in the columns {', '.join(map(repr, sorted(columns)))}, and may mean different things: "
        "say what it means in each, "
        + " ".join(f"--status {quoted(f'{column}: {word}=active')}" for column in sorted(columns))
        + " (or unsubscribed, bounced …)"
        for word, columns in sorted(shared.items())
        if len(columns) > 1
    ]


def of_file(name: str) -> str:
    return (
        f"the name {name!r} suggests that its people left, but no column says so: add --all-left "
        f"unsubscribed, or, if they are readers, --ignore {quoted(name)}"
    )


def of_hidden_sheet(name: str) -> str:
    return f"the sheet {name!r}, the only one that is a list, is hidden: if it is the right one, say --sheet {quoted(name)}"


def of_hidden_columns(names: Sequence[str]) -> str:
    """Say which columns were read that the workbook does not show."""
    return f"hidden in the workbook, and read: {', '.join(names)}"


def of_title(title: str) -> str:
    return (
        f"the line {title!r} above the names of the columns suggests that its people left, but no column says so: add "
        f"--all-left unsubscribed, or, if they are readers, --ignore {quoted(title)}"
    )


def of_legend(title: str) -> str:
    return (
        f"the line {title!r} above the names of the columns says what codes mean, and some that somebody left: read their column "
        f"with --map status=NAME, and say what each means with --status CODE=MEANING; then, or if nobody left, add --ignore {quoted(title)}"
    )


def of_renamed(name: str, system: str, told_by: str) -> str:
    return (
        f"{system} has the same columns for readers and for people who never subscribed, and only its own name for the file "
        f"tells which: {name!r} does not begin with {told_by}. If these are readers, say --ignore {quoted(name)}"
    )


def of_silence(why: str, name: str) -> str:
    return f"{why}. If everybody in {name!r} is a reader, say --ignore {quoted(name)}"


def of_addresses(column: str) -> str:
    return (
        f"the column {column!r} holds the addresses, and its name suggests that these people left: add --all-left "
        f"unsubscribed, or, if they are readers, --ignore {quoted(column)}"
    )


def of_orders(columns: Sequence[str], lines: int) -> str:
    return (
        f"on {lines:,} {'line' if lines == 1 else 'lines'} it depends on the order of day and month whether somebody "
        f"left after they confirmed, and the dates in {', '.join(map(repr, columns))} do not show it: say --dates day-first "
        "or --dates month-first"
    )


def of_dates(column: str, lines: int, *, ambiguous: bool) -> str:
    """Say what became of the dates of a column that decides nothing."""
    why = "may have the day or the month first (say --dates)" if ambiguous else "cannot be read"
    return f"{lines:,} {'date' if lines == 1 else 'dates'} in {column!r} {why}: left empty"


def quoted(text: str) -> str:
    """Return a text as a shell takes it for one word."""
    if re.fullmatch(r"[\w=.-]+", text):
        return text
    if not re.search(r"[\"$`\\!]", text):
        return f'"{text}"'
    return "'" + text.replace("'", "'\\''") + "'"
