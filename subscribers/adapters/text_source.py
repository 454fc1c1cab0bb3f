"""A text as a source of rows: the lines that may name its columns, and the rows below."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from subscribers.adapters.archives import told
from subscribers.adapters.import_rows import CsvRows, JsonRows, csv_line, json_object
from subscribers.adapters.import_text import TextForm, lines_of, understood
from subscribers.import_columns import DELIMITERS
from subscribers.import_head import LOOKED_AT, Head

FIRST_LINE = 1 << 16
"""Characters of a line that may name the columns; no list has a longer one."""

_SEPARATOR = re.compile(r"\ufeff?\"?sep=(.)\"?", re.IGNORECASE)


class TextSource:
    """The rows of one text; `opener` opens it anew each time."""

    def __init__(self, where: Path, opener: Callable[[], IO[bytes]], form: TextForm) -> None:
        self._where = where
        self._opener = opener
        self._form = form
        self._json = False
        self.lines = form.lines

    def first_lines(self) -> tuple[list[tuple[int, str]], Sequence[str]]:
        """Return the first lines with their numbers, and the delimiters that they may have.

        The line by which Excel names the delimiter (sep=;) is not among them.
        """
        at = 1
        found: list[tuple[int, str]] = []
        delimiters: Sequence[str] = DELIMITERS
        with (
            told(self._where),
            self._opener() as raw,
            understood(self._where, raw, self._form.encoding, lambda: at) as text,
        ):
            while len(found) < LOOKED_AT and (line := text.readline(FIRST_LINE + 1)):
                if len(line) > FIRST_LINE:
                    if found:
                        break
                    raise ValueError(f"has more than {FIRST_LINE:,} characters without a line break; is this a list?")
                if at == 1 and (separator := _SEPARATOR.fullmatch(line.strip())):
                    delimiters = (separator[1],)
                    at += 1
                    continue
                if at == 1 and line.strip() in ("[", "[]"):
                    self._json = True
                    return [(1, self._names(text) if line.strip() == "[" else "email")], (",",)
                found.append((at, line.removeprefix("\ufeff")))
                at += 1
        return found, delimiters

    def _names(self, text: io.TextIOWrapper) -> str:
        return csv_line(list(json_object(next(lines_of(text), ""))))

    @contextmanager
    def rows(self, head: Head) -> Iterator[CsvRows | JsonRows]:
        """Open the rows below the line that names the columns. Raises UnreadableList."""
        header = head.header
        rows: CsvRows | JsonRows
        with (
            told(self._where),
            self._opener() as raw,
            understood(self._where, raw, self._form.encoding, lambda: rows.line) as text,
        ):
            if self._json:
                rows = JsonRows(text, header.names, head.last_line + 1)
            else:
                rows = CsvRows(text, header, head.last_line + 1)
            for _ in range(head.last_line):
                text.readline()
            yield rows
