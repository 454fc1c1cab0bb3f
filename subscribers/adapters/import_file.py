"""Opens files with lists of readers and reads them row by row, in constant memory: CSV, archives of CSV files, our own
JSON, and workbooks.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from subscribers.adapters.archives import check_archive, check_size, refuse_other_kinds, told, where_in
from subscribers.adapters.import_part import Feed, Part, Rejected, Source, certain_rows
from subscribers.adapters.import_text import known_encoding, text_form
from subscribers.adapters.text_source import FIRST_LINE, TextSource
from subscribers.adapters.workbook import Sheet, is_workbook, open_sheets
from subscribers.errors import UnreadableList
from subscribers.import_beside import LOOKED_THROUGH, of_file_beside, of_sheet, sheet_label, why_file, why_sheet
from subscribers.import_columns import DELIMITERS, Header, read_header, recognised
from subscribers.import_doubts import of_file, of_hidden_columns, of_hidden_sheet, of_legend, of_title
from subscribers.import_head import Head, HeadError, find_head
from subscribers.import_list import ImportOptions, Invalid, Lines
from subscribers.import_row import ImportRow
from subscribers.leaving_words import explains_codes, file_in_doubt
from subscribers.row_marks import LABELS
from subscribers.vendors import ANY

_MOST_LISTS = 500
"""Lists in one archive; systems put a handful into theirs."""
_MOST_SAID = 20
"""Things beside a list that are named one by one."""


@dataclass(frozen=True, slots=True)
class ImportFile:
    """An open file of readers. `parts` are the lists in it; `passed_over` counts the other files in an archive.

    `beside` is what an editor has to decide of what is not read, by the names with which --ignore waives it.
    """

    path: Path
    parts: tuple[Part, ...]
    options: ImportOptions
    passed_over: int = 0
    other_sheets: tuple[str, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    """What an editor has to decide before the import; complete once all lines have been read."""
    remarks: list[str] = field(default_factory=list)
    """What was read otherwise than an editor may think; complete once all lines have been read."""
    waived_lines: frozenset[str] = frozenset()
    """What an editor waived that is neither a column nor a file: it has to be a line."""

    @property
    def lines(self) -> int:
        return sum(part.source.lines for part in self.parts)

    def read(self, now: dt.datetime) -> Iterator[ImportRow | Invalid]:
        """Yield the lines of all lists, one after the other. Raises UnreadableList if a list turns out to be damaged."""
        for row in self.rows(now):
            yield row.line if isinstance(row, Rejected) else row

    def rows(self, now: dt.datetime) -> Iterator[ImportRow | Rejected]:
        """Yield what `read` yields, with the cells of each line that cannot be used."""
        missing = set(self.waived_lines)
        for part in self.parts:
            lines = Lines(
                part.header,
                now,
                self.options,
                file=part.label,
                excerpt=part.head.rejects,
                again=functools.partial(certain_rows, part),
            )
            with part.source.rows(part.head) as rows:
                yield from Feed(rows, part, lines)
            self.doubts.extend((*lines.doubts(), *self._doubts_of(part)))
            self.remarks.extend(lines.remarks())
            missing -= lines.dividers.met
        if missing and not any(part.head.rejects for part in self.parts):
            columns = ", ".join(name for part in self.parts for name in part.header.names if name)
            raise UnreadableList(
                self.path, 1, f"there is no column {min(missing)!r} to ignore; the columns are: {columns[:500]}"
            )
        if any(map(self._may_be_mailed, self.parts)):
            waived = self._waived()
            beside = [said for name, said in self.beside.items() if name.lower() not in waived]
            more = [f"{len(beside) - _MOST_SAID:,} more are not read"] if len(beside) > _MOST_SAID else []
            self.doubts.extend((*beside[:_MOST_SAID], *more))

    def _may_be_mailed(self, part: Part) -> bool:
        return (self.options.everyone or part.header.vendor.everyone) is None

    def _waived(self) -> set[str]:
        return {name.strip().lower() for name in self.options.ignored}

    def _doubts_of(self, part: Part) -> Iterator[str]:
        """Yield a sentence for each name above the list, and for each mark in it, that may say that its people left."""
        if not self._may_be_mailed(part):
            return
        waived = self._waived()
        if part.marks:
            yield from part.marks.doubts(part.name, part.head.last_line, waived)
        for title in part.head.titles:
            if explains_codes(title) and title.lower() not in waived:
                yield of_legend(title)
        if part.header.states(self.options.ignored).say_who_left:
            return
        for title in part.head.titles:
            if file_in_doubt(title) and title.lower() not in waived and not explains_codes(title):
                yield of_title(title)
        if part.name and file_in_doubt(self.path.name) and self.path.name.lower() not in waived:
            yield of_file(self.path.name)


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
    parts: list[Part] = []
    passed_over, beside = 0, dict[str, str]()
    for member in archive.infolist():
        if member.is_dir():
            continue
        name, where = PurePosixPath(member.filename), where_in(path, member.filename)
        check_size(where, member)
        opener = _opener(archive, member)
        # A Substack archive has CSV files that are not lists of readers, such as who opened which post.
        if name.suffix.lower() != ".csv" or not _is_recognised(where, name.name, opener):
            passed_over += 1
            if why := why_file(member.filename, _head_of(where, opener)):
                beside[member.filename] = of_file_beside(member.filename, why)
            continue
        if len(parts) == _MOST_LISTS:
            raise UnreadableList(
                path, 1, f"contains more than {_MOST_LISTS} lists; unpack it, and import them in several archives"
            )
        parts.append(_text_part(path, member.filename, opener, options))
    if not parts:
        raise UnreadableList(path, 1, "contains no list that is recognised; unpack it and import the CSV file")
    ours, others = (
        next((part.name for part in parts if part.header.vendor.whole is whole), "") for whole in (True, False)
    )
    if ours and others:
        raise UnreadableList(
            path,
            1,
            f"contains {ours!r}, which an export of ours wrote, and {others!r}, which is another system's; "
            "unpack it, and import each by itself",
        )
    return ImportFile(path, tuple(parts), options, passed_over, beside=beside)


def _workbook(path: Path, sheets: Sequence[Sheet], options: ImportOptions) -> ImportFile:
    names = ", ".join(repr(sheet.name) for sheet in sheets)
    wanted = [sheet for sheet in sheets if options.sheet is None or sheet.name.lower() == options.sheet.lower()]
    if options.sheet is not None and not wanted:
        raise UnreadableList(path, 1, f"has no sheet {options.sheet!r}; its sheets are: {names}")
    parts, errors = [], []
    for sheet in wanted:
        sheet.look()
        try:
            head = _head(sheet.where, sheet, sheet.name, options)
        except UnreadableList as error:
            errors.append(error)
        else:
            parts.append((sheet, Part(sheet.name, sheet_label(sheet.name), head, sheet, marks=sheet.marks)))
    if not parts:
        raise errors[0] if errors else UnreadableList(path, 1, "has no sheet with rows")
    if len(parts) > 1:
        lists = " and ".join(repr(sheet.name) for sheet, _ in parts)
        raise UnreadableList(path, 1, f"has more than one sheet that is a list: {lists}; say which with --sheet NAME")
    [(chosen, part)] = parts
    others = [sheet for sheet in sheets if sheet is not chosen]
    beside = {sheet_label(sheet.name): of_sheet(sheet.name, why) for sheet in others if (why := _why_beside(sheet))}
    if chosen.hidden and options.sheet is None:
        beside[part.label] = of_hidden_sheet(chosen.name)
    names_there = part.header.names
    hidden = [names_there[place] for place in chosen.hidden_columns(len(names_there)) if names_there[place]]
    return ImportFile(
        path, (part,), options, other_sheets=tuple(sheet.name for sheet in others), beside=beside,
        remarks=[of_hidden_columns(hidden)] if hidden else [],
    )  # fmt: skip


def _why_beside(sheet: Sheet) -> str:
    try:
        sheet.look()
        return why_sheet(sheet.name, sheet.cells())
    except UnreadableList as error:
        return f"it {error.why}"


def _checked(file: ImportFile) -> ImportFile:
    """Note what has to be a line if it is to be ignored: no column, file or title is called so. Raises UnreadableList."""
    for part in file.parts:
        names = [name.lower() for name in part.header.names]
        for name in (name.strip() for name in file.options.ignored):
            if names.count(name.lower()) > 1 or not name:
                what = (
                    f"{names.count(name.lower())} columns are called {name!r}"
                    if name
                    else "a column without a name cannot be ignored"
                )
                raise UnreadableList(
                    file.path,
                    max(1, part.head.line),
                    f"{what}; write a name of its own for each, and ignore it by that",
                )
    there = {
        name.lower()
        for part in file.parts
        for name in (*part.header.names, part.label, file.path.name, *part.head.titles, *(LABELS if part.marks else ()))
    } | {name.lower() for name in (*file.beside, *map(sheet_label, file.other_sheets))}
    return replace(
        file, waived_lines=frozenset(name.strip() for name in file.options.ignored if name.strip().lower() not in there)
    )


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _file(path: Path, name: str) -> str:
    return PurePosixPath(name or path.name).name


def _head_of(where: Path, opener: Callable[[], IO[bytes]]) -> bytes:
    with told(where), opener() as raw:
        return raw.read(LOOKED_THROUGH)


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
    return Part(name, name or path.name, _head(where, source, _file(path, name), options), source, form)


def _head(where: Path, source: Source, file: str, options: ImportOptions) -> Head:
    lines, delimiters = source.first_lines()

    def read(line: str) -> Header:
        return read_header(line, options.mapped, file=file, words=options.words, delimiters=delimiters)

    try:
        head = find_head(lines, read, delimiters)
    except HeadError as error:
        raise UnreadableList(where, error.line, str(error)) from error
    except ValueError as error:
        raise UnreadableList(where, 1, str(error)) from error
    if missing := [each for each in head.read_with if each not in options.deciding]:
        raise UnreadableList(
            where, head.line, f"holds lines of a list that was read with other options; add {' '.join(missing)}"
        )
    return head
