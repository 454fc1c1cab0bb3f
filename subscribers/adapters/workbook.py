"""Lists of readers in workbooks (.xlsx), read by openpyxl row by row.

Whoever makes a workbook decides what it unpacks to, so a sheet is looked through before openpyxl sees it: each row has
to fit into memory, and nothing may be there that openpyxl passes over without a word, such as rows out of order.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from subscribers.adapters.archives import check_size, told, where_in
from subscribers.adapters.import_rows import Row, csv_line
from subscribers.adapters.workbook_marks import MarksFound, Struck, find_struck
from subscribers.errors import UnreadableList
from subscribers.import_columns import MOST_COLUMNS
from subscribers.import_head import LOOKED_AT, Head
from subscribers.row_marks import MOST_ROWS, RowMarks

_CHUNK = 1 << 20
_LONGEST_ROW = 2 << 20
"""Bytes of a row's XML."""
_STRINGS = 64 << 20
"""Bytes of the XML of all texts of a workbook, which are in memory while it is read."""
_OTHER = 8 << 20
"""Bytes of the XML of anything else, such as styles."""
_ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])[^<>]*")
_NUMBER = re.compile(rb"""\sr=["'](\d+)["']""")
_MERGED = re.compile(rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']\$?[A-Z]+\$?(\d+):\$?[A-Z]+\$?(\d+)["']""")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c(\s[^>]*)?>\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*(?:/>|></(?:\w+:)?v>))?\s*</"
)
"""A cell with a formula and without a result, or with the empty text."""
_OVERLAP = 16 << 10
_BAD_WORKBOOK = (
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OverflowError,
    SyntaxError,
    AssertionError,
)
"""What openpyxl raises for a workbook that is damaged; errors of XML are among the SyntaxErrors."""


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Return whether an archive is an Excel workbook."""
    return "xl/workbook.xml" in archive.namelist()


@contextmanager
def open_sheets(path: Path, archive: zipfile.ZipFile) -> Iterator[list[Sheet]]:
    """Open the sheets of a workbook that have rows. Raises UnreadableList."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise UnreadableList(
            path,
            1,
            "is a workbook, and to read one you need openpyxl: run pip install 'pressroom[xlsx]', or save it as CSV",
        ) from None
    _check_members(path, archive)
    with ExitStack() as stack:
        with _understood(path):
            file = stack.enter_context(path.open("rb"))  # openpyxl judges a path by its ending
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        stack.enter_context(closing(book))
        with _understood(path):
            struck = find_struck(book, archive)
        yield [Sheet(path, archive, sheet, struck) for sheet in book.worksheets]


class Sheet:
    """One sheet, as a source of rows: `look` first. `lines` is how many it has."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, sheet: Any, struck: Struck) -> None:
        self.name: str = sheet.title
        self.hidden: bool = sheet.sheet_state != "visible"
        self.where = where_in(path, self.name)
        self._archive = archive
        self._sheet = sheet
        self._marks = MarksFound(struck)
        self._looked = False
        self._look = _Look(self.where, self._marks)

    @property
    def lines(self) -> int:
        return self._look.rows

    def look(self) -> None:
        """Look through the sheet before it is read, once. Raises UnreadableList."""
        if self._looked:
            return
        self._sheet.reset_dimensions()  # what the file says of its size may be wrong
        member = self._sheet._worksheet_path  # noqa: SLF001 - it has no public name
        with told(self.where), self._archive.open(member) as raw:
            self._look.through(raw)
            self._marks.comments(self._archive, member)
        self._looked = True

    @property
    def marks(self) -> RowMarks:
        """What is shown of the rows beside their cells."""
        return self._marks.rows

    def hidden_columns(self, width: int) -> list[int]:
        """Return the positions of the hidden columns among the first ones."""
        return [place for place in range(width) if any(place in hidden for hidden in self._marks.hidden_columns)]

    def cells(self) -> Iterator[tuple[int, list[str]]]:
        """Yield all rows that are not empty, with their numbers. Raises UnreadableList."""
        return self._rows()

    def first_lines(self) -> tuple[list[tuple[int, str]], Sequence[str]]:
        """Return the first rows as lines of CSV with their numbers, and the delimiter of these."""
        rows = itertools.islice(self._rows(), LOOKED_AT)
        return [(number, csv_line(cells)) for number, cells in rows], (",",)

    @contextmanager
    def rows(self, head: Head) -> Iterator[SheetRows]:
        """Open the rows below the one that names the columns. Raises UnreadableList."""
        self._look.check_merged(head.last_line)
        yield SheetRows(self._rows(), head)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        number = 0
        rows = iter(self._sheet.iter_rows(values_only=True))
        while True:
            with _understood(self.where, number + 1):
                values = next(rows, None)
                if values is None:
                    return
                number += 1
                if number > MOST_ROWS or len(values) > MOST_COLUMNS:
                    raise ValueError(f"more than {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns")
                cells = [_cell(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield number, cells


class SheetRows:
    """The rows of a sheet below the one that names the columns; a sheet does not tell an empty cell from a missing one."""

    def __init__(self, rows: Iterator[tuple[int, list[str]]], head: Head) -> None:
        self._rows = rows
        self._below = head.last_line
        self._width = len(head.header.names)

    def __iter__(self) -> Iterator[Row]:
        for number, cells in self._rows:
            if number > self._below:
                yield Row(number, cells + [""] * (self._width - len(cells)))


class _Look:
    """Looks through the XML of a sheet, in constant memory."""

    def __init__(self, where: Path, marks: MarksFound) -> None:
        self._where = where
        self._marks = marks
        self._last = 0
        self._merged: list[tuple[int, int]] = []
        self.rows = 0

    def through(self, raw: Any) -> None:
        rest, since = b"", 0
        while chunk := raw.read(_CHUNK):
            text = rest + chunk
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                self._refuse("contains a definition of XML that no workbook has")
            if any(b'"str"' not in (found[1] or b"") for found in _FORMULA.finditer(text)):
                self._refuse("has formulas without results")
            # What may go on in the next chunk stays for it: a tag, or the end of a cell.
            cut = max(text.rfind(b"<c "), text.rfind(b"<row"), text.rfind(b"<mergeCell"), len(text) - _OVERLAP)
            if len(chunk) < _CHUNK:
                cut = len(text)
            begun = [(0, self._last)]
            for found in _ROW.finditer(text):
                if found.start() < cut:
                    self._row(found[0])
                    begun.append((found.start(), self._last))
            self._marks.cells(text, cut, begun)
            since = cut - begun[-1][0] if len(begun) > 1 else since + cut
            if since > _LONGEST_ROW:
                self._refuse(f"has a row of more than {_LONGEST_ROW:,} bytes")
            self._merged += [(int(found[1]), int(found[2])) for found in _MERGED.finditer(text) if found.start() < cut][
                : max(0, 10_000 - len(self._merged))
            ]
            rest = text[cut:]

    def check_merged(self, head: int) -> None:
        """Refuse cells that are merged over several rows of readers: only the first row would have their value."""
        for first, last in self._merged:
            if last > max(first, head):
                raise UnreadableList(
                    self._where,
                    first,
                    f"has cells that are merged down to row {last}; unmerge them, and fill in each row",
                )

    def _row(self, tag: bytes) -> None:
        named = _NUMBER.search(tag)
        number = int(named[1]) if named else self._last + 1
        if number <= self._last:
            self._refuse(f"has row {number} after row {self._last}")
        if number > MOST_ROWS:
            self._refuse(f"has more than {MOST_ROWS:,} rows")
        self._last = number
        self.rows += 1
        self._marks.row(tag, number)

    def _refuse(self, why: str) -> None:
        raise UnreadableList(
            self._where,
            max(1, self._last),
            f"{why}; open it in a spreadsheet program and save it anew, or as CSV (UTF-8)",
        )


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    for member in archive.infolist():
        where = where_in(path, member.filename)
        check_size(where, member)
        if member.filename.startswith("xl/worksheets/"):
            continue
        most = _STRINGS if member.filename.lower().endswith("sharedstrings.xml") else _OTHER
        if member.filename.endswith((".xml", ".rels")) and member.file_size > most:
            raise UnreadableList(where, 1, f"unpacks to more than {most:,} bytes; save the list as CSV (UTF-8)")
        if member.filename.endswith((".xml", ".rels")):
            with told(where), archive.open(member) as raw:
                if b"<!" in raw.read(4096).replace(b"<!--", b""):
                    raise UnreadableList(where, 1, "contains a definition of XML that no workbook has")


@contextmanager
def _understood(where: Path, line: int = 1) -> Iterator[None]:
    with told(where), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of what no list needs, such as extensions
        try:
            yield
        except _BAD_WORKBOOK as error:
            said = str(error).strip("'\"")[:200] or type(error).__name__
            raise UnreadableList(
                where, line, f"cannot be read as a workbook ({said}); save the list as CSV (UTF-8)"
            ) from error


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
    return str(value)
