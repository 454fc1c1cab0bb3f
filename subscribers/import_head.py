"""Finds the line of a list that names its columns: below title lines, or nowhere, if the list is only addresses. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from subscribers.cells import is_address
from subscribers.import_columns import DELIMITERS, Header, NoAddresses

LOOKED_AT: Final = 20
"""How many lines may come before the one that names the columns, that one included."""
WHY: Final = "why"
"""The last column of a file of rejected rows."""

_OPTION = re.compile(r" (?=--[a-z-]+ )")
_WHY = re.compile(r"(?:line|row) \d[\d,]*: (?:has (?P<there>\d+) cells, but )?")
_HIGHEST: Final = 5
"""Lines over which the names of columns may go on within quotation marks."""
_BLANK: Final = " ,;\t|\"'\r\n\ufeff"


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the rows of a list.

    `line` is the number of the line that names the columns, or, if no line does, 0: then every line is an address. The
    rows begin below `last_line`. `titles` are the lines above the names. `rejects` marks a file of rejected rows, whose
    last column says why, and is none of the list's.
    """

    header: Header
    line: int
    last_line: int
    titles: tuple[str, ...] = ()
    rejects: bool = False
    read_with: tuple[str, ...] = ()
    """Of a file of rejected rows: the options with which their list was read."""


def find_head(
    lines: Sequence[tuple[int, str]], read: Callable[[str], Header], delimiters: Sequence[str] = DELIMITERS
) -> Head:
    """Find the line that names the columns among the first lines of a list, each of which comes with its number.

    `read` reads such a line, or raises ValueError. Raises HeadError with the line that is wrong.
    """
    lines = [(number, text) for number, text in lines if text.strip(_BLANK)]
    errors: list[tuple[bool, int, int, ValueError]] = []
    for place, (number, text) in enumerate(lines):
        if _address_places(text, delimiters):
            continue  # a line of a reader, whatever else it says
        whole, below = _whole(lines, place)
        try:
            header = read(whole)
        except ValueError as error:
            errors.append((not isinstance(error, NoAddresses), _width(text, delimiters), -number, error))
            continue
        if len(header.names) == 1 and _names_more(lines[below : below + 1], read):
            continue  # a title such as «Email»
        _check_titles(lines[:place], number, delimiters)
        titles = tuple(title.strip(_BLANK) for _, title in lines[:place])
        head = Head(header, number, lines[below - 1][0], titles)
        return _without_why_column(head, whole, [text for _, text in lines[below:]], read)
    if lines and (places := _address_places(lines[0][1], delimiters)):
        return _without_names(lines[0], places, read, delimiters)
    if not errors:
        read("")  # raises the error of a list without columns
    _, _, number, likeliest = max(errors, key=lambda each: each[:3])
    raise HeadError(-number, str(likeliest)) from likeliest


class HeadError(ValueError):
    """The beginning of a list cannot be understood; `line` counts from 1."""

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        super().__init__(why)


def without_why(cells: list[str], width: int) -> list[str]:
    """Return the cells of a rejected row without the one that says why; `width` is how many columns a row has without it.

    Cells that were missing are missing still, as long as nobody filled one in; a spreadsheet may add empty ones at the end.
    """
    for place in reversed(range(width, len(cells))):
        if why := _WHY.match(cells[place]):
            behind = cells[place + 1 :]
            cells = cells[:place] + (behind if any(map(str.strip, behind)) else [])
            there = int(why["there"] or len(cells))
            return cells if any(map(str.strip, cells[there:])) else cells[:there]
    return cells if any(map(str.strip, cells[width:])) else cells[:width]  # someone deleted the reason


def _names_more(below: Sequence[tuple[int, str]], read: Callable[[str], Header]) -> bool:
    try:
        return any(len(read(text).names) > 1 for _, text in below)
    except ValueError:
        return False


def _whole(lines: Sequence[tuple[int, str]], place: int) -> tuple[str, int]:
    """Return a line with those that its quotation marks reach over, and the place of the next one."""
    text = ""
    for below, (_, more) in enumerate(lines[place : place + _HIGHEST], start=place + 1):
        text += more
        if text.count('"') % 2 == 0:
            return text, below
    return lines[place][1], place + 1


def _without_why_column(head: Head, text: str, rows: Sequence[str], read: Callable[[str], Header]) -> Head:
    """Return the head without the last column if this is a file of rejected rows: it is called why, and has our words."""
    names, delimiter = head.header.names, head.header.delimiter
    why, *options = _OPTION.split(names[-1])
    if len(names) < 2 or why.lower() != WHY:
        return head
    try:
        found = any(
            _WHY.match(cell) for cells in csv.reader(rows, delimiter=delimiter) for cell in cells[len(names) - 1 :]
        )
    except csv.Error:
        found = False
    if not found:
        return head
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter).writerow(_cells(text, delimiter)[:-1])
    return replace(head, header=read(line.getvalue()), rejects=True, read_with=tuple(options))


def _check_titles(titles: Sequence[tuple[int, str]], below: int, delimiters: Sequence[str]) -> None:
    for number, text in titles:
        if _address_places(text, delimiters):
            raise HeadError(
                number, f"holds an address, but the line that names the columns is line {below}; move that to the top"
            )


def _without_names(
    first: tuple[int, str], places: Sequence[int], read: Callable[[str], Header], delimiters: Sequence[str]
) -> Head:
    number, text = first
    width = _width(text, delimiters)
    if width == 1:
        return Head(read("email"), 0, number - 1)
    names = ["name" if place < 2 else f"column{place + 1}" for place in range(width)]
    names[places[0]] = "email"
    raise HeadError(
        number,
        "holds an address, but no line above it names the columns; write one there, for example "
        f"{_delimiter(text, delimiters).join(names)}",
    )


def _address_places(text: str, delimiters: Sequence[str]) -> list[int]:
    cells = _cells(text, _delimiter(text, delimiters))
    return [place for place, cell in enumerate(cells) if is_address(cell)]


def _delimiter(text: str, delimiters: Sequence[str]) -> str:
    return max(delimiters, key=lambda delimiter: len(_cells(text, delimiter)))


def _width(text: str, delimiters: Sequence[str]) -> int:
    return len(_cells(text, _delimiter(text, delimiters)))


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return [text]
