"""Opens files with lists of readers and reads them row by row, in constant memory: CSV, archives of CSV files, our own
JSON, and workbooks.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple, Protocol

from subscribers.adapters.archives import check_archive, check_size, refuse_other_kinds, told, where_in
from subscribers.adapters.import_rows import Row
from subscribers.adapters.import_text import TextForm, known_encoding, text_form
from subscribers.adapters.text_source import FIRST_LINE, TextSource
from subscribers.adapters.workbook import Sheet, is_workbook, open_sheets
from subscribers.errors import UnreadableList
from subscribers.import_doubts import of_file, of_title
from subscribers.import_head import Head, HeadError, find_head, without_why
from subscribers.import_list import DELIMITERS, Header, ImportOptions, Invalid, Lines, read_header, recognised
from subscribers.import_row import ImportRow
from subscribers.leaving_words import file_in_doubt
from subscribers.vendors import ANY

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
    """One list within a file. `name` is its name in an archive or workbook; it is empty if the file is the list itself."""

    name: str
    head: Head
    source: Source
    form: TextForm | None = None

    @property
    def header(self) -> Header:
        return self.head.header


class Rejected(NamedTuple):
    """A row that cannot be used, its list, and its cells as they are in the file."""

    line: Invalid
    part: Part
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An open file of readers. `parts` are the lists in it; `passed_over` counts the other files in an archive."""

    path: Path
    parts: tuple[Part, ...]
    options: ImportOptions
    passed_over: int = 0
    other_sheets: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)
    """What an editor has to decide before the import; complete once all lines have been read."""
    remarks: list[str] = field(default_factory=list)
    """What became of dates that could not be read; complete once all lines have been read."""

    @property
    def lines(self) -> int:
        return sum(part.source.lines for part in self.parts)

    def read(self, now: dt.datetime) -> Iterator[ImportRow | Invalid]:
        """Yield the lines of all lists, one after the other. Raises UnreadableList if a list turns out to be damaged."""
        for row in self.rows(now):
            yield row.line if isinstance(row, Rejected) else row

    def rows(self, now: dt.datetime) -> Iterator[ImportRow | Rejected]:
        """Yield what `read` yields, with the cells of each line that cannot be used."""
        for part in self.parts:
            file = _file(self.path, part.name)
            lines = Lines(part.header, now, self.options, file=file, excerpt=part.head.rejects)
            if lines.needs_survey:
                with part.source.rows(part.head) as rows:
                    lines.survey((row.line, row.cells) for row in rows if not row.doubt)
            with part.source.rows(part.head) as rows:
                yield from _Feed(rows, part, lines)
            self.doubts.extend((*lines.doubts(), *self._doubts_of(part)))
            self.remarks.extend(lines.remarks())

    def _doubts_of(self, part: Part) -> Iterator[str]:
        """Yield a sentence for each name beside the list's own that suggests that everyone on it has left."""
        options, header = self.options, part.header
        if (options.everyone or header.vendor.everyone) is not None or header.states(options.ignored).all:
            return
        waived = {name.strip().lower() for name in options.ignored}
        for title in part.head.titles:
            if file_in_doubt(title) and title.lower() not in waived:
                yield of_title(title)
        if part.form is None and file_in_doubt(self.path.name) and self.path.name.lower() not in waived:
            yield of_file(self.path.name)


class _Feed:
    """Hands the rows of a part to its Lines. Of a row in doubt, only a leaving counts."""

    def __init__(self, rows: Iterable[Row], part: Part, lines: Lines) -> None:
        self._rows = rows
        self._part = part
        self._lines = lines
        self._doubtful: list[tuple[Row, list[str]]] = []
        self._cells: list[str] = []

    def __iter__(self) -> Iterator[ImportRow | Rejected]:
        for line in self._lines.read(self._certain()):
            yield from self._leavings()
            yield line if isinstance(line, ImportRow) else self._rejected(line.line, line.why, self._cells)
        yield from self._leavings()

    def _certain(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not in doubt, without the reasons in a file of rejected rows."""
        width = len(self._part.header.names)
        for row in self._rows:
            cells = without_why(row.cells, width) if self._part.head.rejects else row.cells
            if not row.doubt:
                self._cells = cells
                yield row.line, cells
            elif len(self._doubtful) < _MOST_DOUBTFUL:
                self._doubtful.append((row, cells))
            else:
                raise ValueError(
                    f"is one of more than {_MOST_DOUBTFUL:,} lines with broken quotation marks; is this CSV?"
                )

    def _leavings(self) -> Iterator[ImportRow | Rejected]:
        doubtful, self._doubtful = self._doubtful, []
        for row, cells in doubtful:
            leavings = self._lines.leavings(row.line, cells)
            yield from leavings
            if not leavings:
                yield self._rejected(row.line, row.doubt, cells)

    def _rejected(self, line: int, why: str, cells: Sequence[str]) -> Rejected:
        return Rejected(Invalid(line, why, self._part.name), self._part, cells)


@contextmanager
def open_import_file(path: Path, options: ImportOptions | None = None) -> Iterator[ImportFile]:
    """Open a file and read its first lines. Its encoding and delimiter are found, and the line that names its columns.

    In an archive, only the lists that are recognised are read; of a workbook, the one sheet that is a list. Raises
    UnreadableList for a file that is not a list.
    """
    options = options or ImportOptions()
    if options.encoding is not None:
        if (encoding := known_encoding(options.encoding)) is None:
            raise UnreadableList(
                path, 1, f"cannot be read as {options.encoding[:40]!r}, which is no encoding; write one such as cp1252"
            )
        options = replace(options, encoding=encoding)
    refuse_other_kinds(path)
    with told(path):
        archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
    if options.sheet is not None and (archive is None or not is_workbook(archive)):
        raise UnreadableList(path, 1, "is not a workbook, so it has no sheets; leave out --sheet")
    if archive is None:
        part = _text_part(path, "", lambda: path.open("rb"), options)
        yield _checked(ImportFile(path, (part,), options))
        return
    with archive:
        check_archive(path, archive)
        if is_workbook(archive):
            if options.encoding is not None:
                raise UnreadableList(path, 1, "is a workbook, whose encoding is always the same; leave out --encoding")
            with open_sheets(path, archive) as sheets:
                yield _checked(_workbook(path, sheets, options))
        else:
            yield _checked(_archive(path, archive, options))


def _archive(path: Path, archive: zipfile.ZipFile, options: ImportOptions) -> ImportFile:
    parts, passed_over = [], 0
    for member in archive.infolist():
        if member.is_dir():
            continue
        name, where = PurePosixPath(member.filename), where_in(path, member.filename)
        check_size(where, member)
        opener = _opener(archive, member)
        # A Substack archive has CSV files that are not lists of readers, such as who opened which post.
        if name.suffix.lower() != ".csv" or not _is_recognised(where, name.name, opener):
            passed_over += 1
            continue
        parts.append(_text_part(path, member.filename, opener, options))
    if not parts:
        raise UnreadableList(path, 1, "contains no list that is recognised; unpack it and import the CSV file")
    return ImportFile(path, tuple(parts), options, passed_over)


def _workbook(path: Path, sheets: Sequence[Sheet], options: ImportOptions) -> ImportFile:
    names = ", ".join(repr(sheet.name) for sheet in sheets)
    wanted = [sheet for sheet in sheets if options.sheet is None or sheet.name.lower() == options.sheet.lower()]
    if options.sheet is not None and not wanted:
        raise UnreadableList(path, 1, f"has no sheet {options.sheet!r}; its sheets are: {names}")
    parts, errors = [], []
    for sheet in wanted:
        sheet.look()
        try:
            parts.append(Part(sheet.name, _head(sheet.where, sheet, sheet.name, options), sheet))
        except UnreadableList as error:
            errors.append(error)
    if not parts:
        raise errors[0] if errors else UnreadableList(path, 1, "has no sheet with rows")
    if len(parts) > 1:
        lists = " and ".join(repr(part.name) for part in parts)
        raise UnreadableList(path, 1, f"has more than one sheet that is a list: {lists}; say which with --sheet NAME")
    others = tuple(sheet.name for sheet in sheets if sheet.name != parts[0].name)
    return ImportFile(path, tuple(parts), options, other_sheets=others)


def _checked(file: ImportFile) -> ImportFile:
    """Refuse to ignore a column that does not exist: it may be a typing error for one that does."""
    there = {
        name.lower()
        for part in file.parts
        for name in (*part.header.names, _file(file.path, part.name), file.path.name, *part.head.titles)
    }
    for name in file.options.ignored:
        if name.strip().lower() not in there:
            columns = ", ".join(name for part in file.parts for name in part.header.names if name)
            raise UnreadableList(
                file.path, 1, f"there is no column {name!r} to ignore; the columns are: {columns[:500]}"
            )
    return file


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _file(path: Path, name: str) -> str:
    return PurePosixPath(name or path.name).name


def _is_recognised(where: Path, file: str, opener: Callable[[], IO[bytes]]) -> bool:
    with told(where), opener() as raw:
        first = io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="").readline(FIRST_LINE)
    try:
        headers = [next(csv.reader([first], delimiter=delimiter), []) for delimiter in DELIMITERS]
    except csv.Error:
        return False  # not CSV, whatever its name says
    return any(recognised(names, file) is not ANY for names in headers)


def _text_part(path: Path, name: str, opener: Callable[[], IO[bytes]], options: ImportOptions) -> Part:
    where = where_in(path, name)
    with told(where), opener() as raw:
        form = text_form(raw, where, options.encoding)
    source = TextSource(where, opener, form)
    return Part(name, _head(where, source, _file(path, name), options), source, form)


def _head(where: Path, source: Source, file: str, options: ImportOptions) -> Head:
    lines, delimiters = source.first_lines()

    def read(line: str) -> Header:
        return read_header(line, options.mapped, file=file, words=options.words, delimiters=delimiters)

    try:
        return find_head(lines, read, delimiters)
    except HeadError as error:
        raise UnreadableList(where, error.line, str(error)) from error
    except ValueError as error:
        raise UnreadableList(where, 1, str(error)) from error
