"""The rows of a text: CSV, whose quotation marks may be broken, and our own JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from subscribers.adapters.import_text import LONGEST_ROW, lines_of
from subscribers.cells import harmless, is_address, tags_cell
from subscribers.import_columns import Header


class Row(NamedTuple):
    """A row and the line on which it begins. `doubt` says why only a leaving in it counts; it is empty for most."""

    line: int
    cells: list[str]
    doubt: str = ""


class CsvRows:
    """Reads rows of CSV; `line` is the line that is being read, for errors in it.

    A quotation mark that is not closed hides where its row ends: the lines after it may be rows, or a part of one. They
    come one by one, with a doubt, down to the line where the mark seems to be closed.
    """

    def __init__(self, text: io.TextIOWrapper, header: Header, line: int) -> None:
        self._text = text
        self._delimiter = header.delimiter
        self._width = len(header.names)
        self.line = line
        self._raw: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[Row]:
        rows = self._reader()
        while True:
            try:
                cells = next(rows, None)
                doubtful = len(self._raw) > 1 and any(map(self._holds_a_row, cells or ()))
            except csv.Error as error:
                if len(self._raw) < 2 and "field larger" in str(error):
                    raise
                doubtful, cells = True, []
                rows = self._reader()  # the other one is within a row for ever
            if cells is None:
                return
            if doubtful:
                yield from self._singly()
            else:
                yield Row(self.line, cells)
            self.line += len(self._raw)
            self._raw.clear()
            self._size = 0

    def _reader(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self._delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        for line in lines_of(self._text):
            self._raw.append(line)
            self._size += len(line)
            if self._size > LONGEST_ROW:
                raise ValueError(f"begins a row of more than {LONGEST_ROW:,} characters; close its quotation mark")
            yield line

    def _holds_a_row(self, cell: str) -> bool:
        """Return whether rows seem to be within a cell of several lines: from a mark that was not closed to one too many."""
        lines = [line.split(self._delimiter) for line in cell.splitlines()]
        return len(lines) > 1 and any(len(parts) > 1 and any(map(is_address, parts)) for parts in lines)

    def _singly(self) -> Iterator[Row]:
        opened = self.line
        why = 'has a quotation mark that is not closed, or text behind a closed one; write "" for a mark within a cell'
        yield Row(opened, self._cells(self._raw[0]), why)
        for number, line in enumerate(self._raw[1:], start=opened + 1):
            if line.strip():
                yield Row(
                    number,
                    self._cells(line),
                    f"may be part of the quotation that line {opened} opens and does not close; fix that line first",
                )

    def _cells(self, line: str) -> list[str]:
        """Read a line by itself: as it looks, or with marks that mean nothing, whichever has the right number of cells."""
        line = line.rstrip("\r\n")
        quoted = next(csv.reader([line], delimiter=self._delimiter), [])
        bare = next(csv.reader([line], delimiter=self._delimiter, quoting=csv.QUOTE_NONE), [])
        likely, other = (bare, quoted) if line.count('"') % 2 else (quoted, bare)
        return other if len(other) == self._width != len(likely) else likely


class JsonRows:
    """Reads the objects of our own JSON as the cells of our own CSV."""

    def __init__(self, text: io.TextIOWrapper, names: Sequence[str], line: int) -> None:
        self._text = text
        self._names = names
        self._there = frozenset(names)
        self.line = line

    def __iter__(self) -> Iterator[Row]:
        for line in lines_of(self._text):
            if line.strip() not in ("", "]"):
                known = json_object(line)
                if more := next((name for name in known if name not in self._there), None):
                    raise ValueError(
                        f"has {more[:40]!r}, which the first object has not; give all objects the same names"
                    )
                yield Row(self.line, [_cell(known.get(name)) for name in self._names])
            self.line += 1


def csv_line(cells: Sequence[str]) -> str:
    """Write cells as one line of CSV."""
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def json_object(line: str) -> dict[str, object]:
    """Read one line of our own JSON. Raises ValueError."""
    try:
        known = json.loads(line.strip().removesuffix(","))
    except (ValueError, RecursionError):
        known = None
    if not isinstance(known, dict):
        raise ValueError("is not the JSON that an export writes, one object on each line")  # noqa: TRY004 - a file
    return known


def _cell(value: object) -> str:
    if isinstance(value, list):
        return harmless(tags_cell([str(each) for each in value]))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else harmless(str(value))
