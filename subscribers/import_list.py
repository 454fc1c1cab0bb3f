"""A list of readers in a file: how it is to be read, and its lines, one by one. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from subscribers import import_doubts
from subscribers.cells import written
from subscribers.dates import DateOrder, Orders, order_shown
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.import_asides import ASIDES, Aside
from subscribers.import_columns import Header, Mapped, lowered
from subscribers.import_dividers import Dividers
from subscribers.import_row import DATES, ImportRow, LineReader
from subscribers.import_standing import UnknownOrder, UnknownWord
from subscribers.leaving_words import file_in_doubt, plain
from subscribers.vendors import ANY, Column, Meaning, Never

_MOST_WORDS = 10_000
"""Different unknown statuses that are counted; a hundredth of it tells that the column holds none."""


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

    @property
    def deciding(self) -> tuple[str, ...]:
        """What was said of who left, as it is typed.

        >>> from subscribers.subscriber import Reason
        >>> ImportOptions({Column.STATUS: ("Code",)}, ignored=("Note 1",), words={"9": Reason.UNSUBSCRIBED}).deciding
        ('--map status=Code', '--ignore "Note 1"', '--status 9=unsubscribed')
        """
        quoted = import_doubts.quoted
        mapped = (f"--map {column}={quoted(name)}" for column, names in self.mapped.items() for name in names)
        words = (f"--status {quoted(f'{word}={_typed(meaning)}')}" for word, meaning in self.words.items())
        return (
            *mapped,
            *(f"--ignore {quoted(name)}" for name in self.ignored),
            *words,
            *((f"--all-left {_typed(self.everyone)}",) if self.everyone else ()),
            *((f"--dates {self.dates}",) if self.dates else ()),
        )


def _typed(meaning: Meaning) -> str:
    return "pending" if isinstance(meaning, Never) else meaning.value


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that cannot be used, and the reason; lines count from 1, and the header is line 1.

    `file` is the name of the list within an archive; it is empty if the file is the list itself.
    """

    line: int
    why: str
    file: str = ""


class Lines:
    """Reads the lines of one list, and knows afterwards what is in doubt; `excerpt` means that they are only some.

    `cells` are those of the last line. `again` gives the lines once more, if the order of day and month has to be found out.
    """

    def __init__(
        self,
        header: Header,
        now: dt.datetime,
        options: ImportOptions,
        *,
        file: str = "",
        excerpt: bool = False,
        again: Callable[[], Iterable[tuple[int, list[str]]]] = list,
    ) -> None:
        self._header, self._options, self._file, self._excerpt = header, options, file, excerpt
        self._everyone = options.everyone or header.vendor.everyone
        self._dates = sorted({place for column in DATES for place in header.places.get(column, ())})
        self._again = again
        unread = header.unread(options.ignored)
        waived = lowered(options.ignored)
        spoken = {place: aside for place, aside in _spoken(header).items() if header.names[place].lower() not in waived}
        told = bool(header.states(options.ignored).all)
        self._lines = LineReader(
            header.places,
            header.states(options.ignored),
            header.vendor,
            now,
            width=len(header.names),
            unread=(*unread, *(spoken if options.words or not told else ())),
            everyone=options.everyone,
            words=options.words,
            orders=Orders(self._found_orders),
            names=header.names,
        )
        self.cells: list[str] = []
        self._usual = 0
        self._words: Counter[str] = Counter()
        self._readers = False
        self._unordered = 0
        self._columns = import_doubts.Columns(
            header.names,
            unread,
            spoken,
            options.words,
            prose=[place for place in unread if plain(header.names[place]) in header.vendor.texts],
            unknown=header.vendor.name == ANY.name and not header.tells,
        )
        self.dividers = Dividers(
            header.names,
            [name.strip() for name in options.ignored],
            told=told,
            address=header.places[Column.ADDRESS][0],
        )

    def _found_orders(self) -> dict[int, DateOrder]:
        """Find out the order of day and month in the columns of dates: from the whole column, else from the whole list."""
        if self._options.dates:
            return dict.fromkeys(self._dates, self._options.dates)
        if self._header.vendor.whole:
            return {}
        shown: dict[int, set[DateOrder]] = {place: set() for place in self._dates}
        for _, cells in self._again():
            for place in self._dates:
                if place < len(cells) and (order := order_shown(written(cells[place]))):
                    shown[place].add(order)
        everywhere = set().union(*shown.values())
        return {place: next(iter(known)) for place, orders in shown.items() if len(known := orders or everywhere) == 1}

    def read(self, lines: Iterable[tuple[int, list[str]]]) -> Iterator[ImportRow | Invalid]:
        """Read the rows below the header; each comes with the line on which it begins. Empty rows are skipped."""
        width = len(self._header.names)
        for line, cells in lines:
            if not any(cells) or not any(map(str.strip, cells)):
                continue
            self._usual = self._usual or len(cells)
            self.cells = cells = self.named(cells) if len(cells) > width else cells  # noqa: PLW2901 - nobody needs the others
            try:
                rows = self._lines.read(line, cells)
            except (InvalidAddress, InvalidName, ValueError) as error:
                self._note(error)
                rows = []
                yield Invalid(line, str(error))
            if not rows:
                if not (self._divides(line, cells) or len(cells) != width):
                    self._columns.look(cells)
            elif rows[0].leaving is None:  # of whoever left, enough is known; several rows are of people who left
                self._readers = True
                self._columns.look(cells)
            yield from rows

    def named(self, cells: list[str]) -> list[str]:
        """Return the cells of a line without empty ones that no column has, if the first line has as many: a delimiter ends each.

        A rejected line is written without them, too. So it is read from there as it was read at first, whichever line
        comes first then.
        """
        width = len(self._header.names)
        ended = not self._excerpt and len(cells) == self._usual > width and not any(map(str.strip, cells[width:]))
        return cells[:width] if ended else cells

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
        waived = lowered(self._options.ignored)
        if self._unordered:
            said.append(import_doubts.of_orders([header.names[place] for place in self._dates], self._unordered))
        said += [
            import_doubts.of_addresses(name)
            for place in header.places[Column.ADDRESS]
            if file_in_doubt(name := header.names[place]) and name.lower() not in waived
        ]
        said += [
            import_doubts.of_mapped(header.names[place], column)
            for place, column in header.hiding(self._options.ignored)
        ]
        said += import_doubts.of_shared(self._lines.shared)
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
