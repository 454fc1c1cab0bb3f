"""Reads lists of readers from files, line by line, in constant memory: CSV, archives of CSV files, and our own JSON."""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from subscribers.cells import harmless, tags_cell
from subscribers.errors import UnreadableList
from subscribers.import_list import DELIMITERS, Header, ImportOptions, Invalid, Lines, read_header, recognised
from subscribers.import_row import ImportRow
from subscribers.vendors import ANY

_CHUNK = 1 << 20
_FIRST_LINE = 1 << 16
"""Characters of the first line; no list has a longer one."""
_LONGEST_ROW = 1_000_000
"""Characters of one row, over as many lines as its quotation marks make it have."""
_MOST_FILES = 20_000
"""Files in an archive; Substack's have two for each post."""
_DENSEST, _SMALL = 100, 1_000_000
"""How many times its size a list of more than so many bytes may unpack to; lists of people unpack to ten times theirs."""
_SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError)
"""The archive is damaged, cut off, encrypted, or packed in a way that Python does not support."""


@dataclass(frozen=True, slots=True)
class Part:
    """One list within a file. `name` is its name in an archive; it is empty if the file is the list itself."""

    name: str
    header: Header
    open: Callable[[], IO[bytes]]
    json: bool = False


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An open file of readers. `parts` are the lists in it; `passed_over` counts the other files in an archive."""

    path: Path
    parts: tuple[Part, ...]
    lines: int
    options: ImportOptions
    passed_over: int = 0
    doubts: list[str] = field(default_factory=list)
    """What an editor has to decide before the import; complete once all lines have been read."""
    remarks: list[str] = field(default_factory=list)
    """What became of dates that could not be read; complete once all lines have been read."""

    def read(self, now: dt.datetime) -> Iterator[ImportRow | Invalid]:
        """Yield the lines of all lists, one after the other. Raises UnreadableList if a list turns out to be damaged."""
        for part in self.parts:
            where = _where(self.path, part.name)
            lines = Lines(part.header, now, self.options, file=PurePosixPath(part.name or self.path.name).name)
            if lines.needs_survey:
                with _said(where), part.open() as raw, _rows_of(raw, where, part) as rows:
                    lines.survey(rows)
            with _said(where), part.open() as raw, _rows_of(raw, where, part) as rows:
                for line in lines.read(rows):
                    yield Invalid(line.line, line.why, part.name) if isinstance(line, Invalid) else line
            self.doubts.extend(lines.doubts())
            self.remarks.extend(lines.remarks())


@contextmanager
def open_import_file(path: Path, options: ImportOptions | None = None) -> Iterator[ImportFile]:
    """Open a file and read its first lines. It must be UTF-8, with or without a byte order mark; any delimiter is
    found.

    In an archive, only the lists that are recognised are read. Raises UnreadableList for a file that is not a list.
    """
    options = options or ImportOptions()
    with _said(path):
        archive = zipfile.ZipFile(path) if zipfile.is_zipfile(path) else None
    if archive is None:
        part = _part(path, "", lambda: path.open("rb"), options)
        _check_ignored(path, options, (part,))
        yield ImportFile(path, (part,), _lines(path, part), options)
        return
    with archive:
        yield _archive(path, archive, options)


def _archive(path: Path, archive: zipfile.ZipFile, options: ImportOptions) -> ImportFile:
    parts, lines, passed_over = [], 0, 0
    if len(archive.infolist()) > _MOST_FILES:
        raise UnreadableList(path, 1, f"contains more than {_MOST_FILES:,} files; unpack it and import the CSV file")
    for member in archive.infolist():
        if member.is_dir():
            continue
        name = PurePosixPath(member.filename)
        if member.file_size > max(_SMALL, _DENSEST * member.compress_size):
            where = _where(path, member.filename)
            raise UnreadableList(
                where, 1, f"unpacks to {member.file_size:,} bytes, more than {_DENSEST} times its size"
            )
        opener = _opener(archive, member)
        # A Substack archive has CSV files that are not lists of readers, such as who opened which post.
        if name.suffix.lower() != ".csv" or not _is_recognised(_where(path, member.filename), name.name, opener):
            passed_over += 1
            continue
        part = _part(path, member.filename, opener, options)
        parts.append(part)
        lines += _lines(path, part)
    if not parts:
        raise UnreadableList(path, 1, "contains no list that is recognised; unpack it and import the CSV file")
    _check_ignored(path, options, parts)
    return ImportFile(path, tuple(parts), lines, options, passed_over)


def _check_ignored(path: Path, options: ImportOptions, parts: Sequence[Part]) -> None:
    """Refuse to ignore a column that does not exist: it may be a typing error for one that does."""
    there = {
        name.lower() for part in parts for name in (*part.header.names, PurePosixPath(part.name or path.name).name)
    }
    for name in options.ignored:
        if name.strip().lower() not in there:
            columns = ", ".join(name for part in parts for name in part.header.names if name)
            raise UnreadableList(path, 1, f"there is no column {name!r} to ignore; the columns are: {columns[:500]}")


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _where(path: Path, name: str) -> Path:
    return Path(f"{path}/{name}") if name else path


@contextmanager
def _said(where: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UnreadableList(where, 1, f"cannot be read ({error.strerror or error})") from error
    except _BAD_ARCHIVE as error:
        raise UnreadableList(where, 1, f"cannot be unpacked ({error})") from error


def _is_recognised(where: Path, file: str, opener: Callable[[], IO[bytes]]) -> bool:
    with _said(where), opener() as raw:
        first = io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="").readline(_FIRST_LINE)
    try:
        headers = [next(csv.reader([first], delimiter=delimiter), []) for delimiter in DELIMITERS]
    except csv.Error:
        return False  # not CSV, whatever its name says
    return any(recognised(names, file) is not ANY for names in headers)


def _part(path: Path, name: str, opener: Callable[[], IO[bytes]], options: ImportOptions) -> Part:
    where = _where(path, name)
    with _said(where), opener() as raw, _understood(where, raw) as text:
        first = _header_line(text)
        is_json = first.strip() in ("[", "[]")
        if is_json:
            keys = _object(next(_lines_of(text), "")) if first.strip() == "[" else {"email": ""}
            first = ",".join(keys)
        file = PurePosixPath(name or path.name).name
        return Part(name, read_header(first, options.mapped, file=file, words=options.words), opener, is_json)


def _header_line(text: io.TextIOWrapper, at: list[int] | None = None) -> str:
    """Return the line that names the columns; skip Excel's line above it (sep=;), and count that line in `at`."""
    first = next(_lines_of(text, _FIRST_LINE), "")
    if not _SEPARATOR.fullmatch(first.strip()):
        return first
    if at is not None:
        at[0] += 1
    return next(_lines_of(text, _FIRST_LINE), "")


def _lines_of(text: io.TextIOWrapper, longest: int = _LONGEST_ROW) -> Iterator[str]:
    """Yield the lines of a text. Raises ValueError for one that is too long, before all of it is in memory."""
    while line := text.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"has more than {longest:,} characters without a line break; is this a list?")
        yield line


def _lines(path: Path, part: Part) -> int:
    with _said(_where(path, part.name)), part.open() as raw:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: raw.read(_CHUNK), b""))


@contextmanager
def _rows_of(raw: IO[bytes], where: Path, part: Part) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Yield the rows below the header of a list, each with the line on which it begins."""
    at = [2]  # the line that is being read, for errors in it
    with _understood(where, raw, at) as text:
        _header_line(text, at)
        yield _objects(text, part.header, at) if part.json else _rows(text, part.header, at)


def _rows(text: io.TextIOWrapper, header: Header, at: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins. Raises ValueError for a quotation mark that is never closed."""
    raw: list[str] = []
    first = at[0]
    size = 0

    def lines() -> Iterator[str]:
        nonlocal size
        for line in _lines_of(text):
            raw.append(line)
            size += len(line)
            if size > _LONGEST_ROW:
                raise ValueError(f"begins a row of more than {_LONGEST_ROW:,} characters; close its quotation mark")
            yield line

    rows = csv.reader(lines(), delimiter=header.delimiter)
    for cells in rows:
        if len(raw) > 1 or not raw[-1].endswith(("\n", "\r")):
            _check_quotes(raw, header.delimiter)
        yield at[0], cells
        at[0] = first + rows.line_num
        raw.clear()
        size = 0


def _check_quotes(raw: Sequence[str], delimiter: str) -> None:
    try:
        list(csv.reader(raw, delimiter=delimiter, strict=True))
    except csv.Error:
        raise ValueError("has a quotation mark that is not closed; close it or remove it") from None


def _objects(text: io.TextIOWrapper, header: Header, at: list[int]) -> Iterator[tuple[int, list[str]]]:
    """Yield the objects of our own JSON as the cells of our own CSV."""
    for at[0], line in enumerate(_lines_of(text), start=2):
        if line.strip() not in ("", "]"):
            known = _object(line)
            yield at[0], [_cell(known.get(name)) for name in header.names]


def _object(line: str) -> dict[str, object]:
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
    return "" if value is None else harmless(str(value))


@contextmanager
def _understood(where: Path, raw: IO[bytes], at: list[int] | None = None) -> Iterator[io.TextIOWrapper]:
    """Yield a file's text; raise an UnreadableList with its line for anything that is not UTF-8 or not CSV."""
    text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
    try:
        yield text
    except UnicodeDecodeError as error:
        # The decoder reads ahead, so the line has to be found by searching for the byte again.
        line = _line_of_bad_byte(raw)
        raise UnreadableList(where, line, f"is not UTF-8 ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise UnreadableList(where, at[0] if at else 1, f"is not CSV ({error})") from error
    except ValueError as error:
        raise UnreadableList(where, at[0] if at else 1, str(error)) from error
    finally:
        text.detach()  # the caller closes the file


def _line_of_bad_byte(raw: IO[bytes]) -> int:
    raw.seek(0)
    decoder, line = codecs.getincrementaldecoder("utf-8")(), 1
    for chunk in iter(lambda: raw.read(_CHUNK), b""):
        begun = len(decoder.getstate()[0])  # bytes of a character that the chunk before began
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return line + chunk.count(b"\n", 0, max(0, error.start - begun))
        line += chunk.count(b"\n")
    return line
