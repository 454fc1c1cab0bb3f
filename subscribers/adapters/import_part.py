"""One list within a file of readers: where its rows come from, and how they are handed on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from subscribers.adapters.import_rows import Row
from subscribers.adapters.import_text import TextForm
from subscribers.import_columns import Header
from subscribers.import_head import Head, without_why
from subscribers.import_list import Invalid, Lines
from subscribers.import_row import ImportRow
from subscribers.row_marks import RowMarks

_MOST_DOUBTFUL = 20_000
"""Rows in doubt, one after the other, that are in memory until a certain one comes."""


class Source(Protocol):
    """Where the rows of one list come from. `lines` is about how many there are."""

    @property
    def lines(self) -> int: ...

    def first_lines(self) -> tuple[list[tuple[int, str]], Sequence[str]]:
        """Return the first lines with their numbers, and the delimiters that they may have."""
        ...

    def rows(self, head: Head) -> AbstractContextManager[Iterable[Row]]:
        """Open the rows below the line that names the columns."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One list within a file. `name` is its name in an archive or workbook; it is empty if the file is the list itself.

    `label` is how --ignore names it. A text has a `form`; of a workbook's sheet, `marks` are what is shown of its rows.
    """

    name: str
    label: str
    head: Head
    source: Source
    form: TextForm | None = None
    marks: RowMarks | None = None

    @property
    def header(self) -> Header:
        return self.head.header


def certain_rows(part: Part) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a part that are not in doubt, from its beginning. Raises UnreadableList."""
    with part.source.rows(part.head) as rows:
        for row in rows:
            if not row.doubt:
                yield row.line, row.cells


class Rejected(NamedTuple):
    """A row that cannot be used, its list, and its cells as they are in the file."""

    line: Invalid
    part: Part
    cells: Sequence[str]


class Feed:
    """Hands the rows of a part to its Lines. Of a row in doubt, only a leaving counts."""

    def __init__(self, rows: Iterable[Row], part: Part, lines: Lines) -> None:
        self._rows = rows
        self._part = part
        self._lines = lines
        self._doubtful: list[tuple[Row, list[str]]] = []

    def __iter__(self) -> Iterator[ImportRow | Rejected]:
        for line in self._lines.read(self._certain()):
            if self._doubtful:
                yield from self._leavings()
            if self._part.marks and not (isinstance(line, ImportRow) and line.leaving):
                self._part.marks.note(line.line)  # a rejected row may be fixed, and lose its mark
            yield line if isinstance(line, ImportRow) else self._rejected(line.line, line.why, self._lines.cells)
        yield from self._leavings()

    def _certain(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not in doubt, without the reasons in a file of rejected rows."""
        width = len(self._part.header.names)
        for row in self._rows:
            cells = without_why(row.cells, width) if self._part.head.rejects else row.cells
            if not row.doubt:
                yield row.line, cells
            elif len(self._doubtful) < _MOST_DOUBTFUL:
                self._doubtful.append((row, cells))
            else:
                raise ValueError(
                    f"is one of more than {_MOST_DOUBTFUL:,} lines with broken quotation marks; is this CSV?"
                )

    def _leavings(self) -> Iterator[ImportRow | Rejected]:
        doubtful, self._doubtful = self._doubtful, []
        for row, all_cells in doubtful:
            cells = self._lines.named(all_cells)
            leavings = self._lines.leavings(row.line, cells)
            yield from leavings
            if not leavings:
                yield self._rejected(row.line, row.doubt, cells)

    def _rejected(self, line: int, why: str, cells: Sequence[str]) -> Rejected:
        return Rejected(Invalid(line, why, self._part.name), self._part, cells)
