"""Reads a list of readers from a CSV file, line by line, in constant memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from subscribers.errors import UnreadableList
from subscribers.roster import Entry, Invalid, read_header, read_lines

_CHUNK = 1 << 20


def count_lines(path: Path) -> int:
    """Return how many lines the file has, for a progress bar. Raises UnreadableList."""
    try:
        with path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
    except OSError as error:
        raise UnreadableList(path, 1, f"cannot be read ({error.strerror})") from error


@contextmanager
def open_roster(path: Path) -> Iterator[Iterator[Entry | Invalid]]:
    """Give the file's lines as entries. UTF-8, with or without a byte order mark; the delimiter is found out.

    Raises UnreadableList for what is no such file at all; a line that cannot be used is an Invalid.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield _read(file, path)
    except OSError as error:
        raise UnreadableList(path, 1, f"cannot be read ({error.strerror})") from error


def _read(file: TextIO, path: Path) -> Iterator[Entry | Invalid]:
    line = 1
    try:
        header = read_header(file.readline())
        rows = csv.reader(file, delimiter=header.delimiter)

        def numbered() -> Iterator[tuple[int, list[str]]]:
            nonlocal line
            line = 2
            for cells in rows:
                yield line, cells
                line = rows.line_num + 2

        yield from read_lines(numbered(), header)
    except UnicodeDecodeError as error:
        # The decoder reads ahead: the line is found by looking for the byte again.
        raise UnreadableList(
            path, _line_of_bad_byte(path), f"is not UTF-8 ({error.reason}); save it as UTF-8"
        ) from error
    except csv.Error as error:
        raise UnreadableList(path, line, f"is not CSV ({error})") from error
    except ValueError as error:
        raise UnreadableList(path, line, str(error)) from error


def _line_of_bad_byte(path: Path) -> int:
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                raw.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 1
