"""The text of a list: its encoding is found and its lines are read, in constant memory."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from subscribers.encodings import Found, Unsure, damaged_utf8, find_encoding, utf16_of
from subscribers.errors import UnreadableList

LONGEST_ROW = 1_000_000
"""Characters of one row, over as many lines as its quotation marks make it have."""
csv.field_size_limit(LONGEST_ROW)  # of the process; 131,072 are too few for a long history in our own list
UTF8 = "utf-8"

_CHUNK = 1 << 20
_SAMPLE = 1 << 16
"""Bytes of the lines by which an encoding is found."""
_ASCII = bytes(range(128))
_MARKS = (
    (codecs.BOM_UTF8, UTF8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ISO2022 = b"\x1b$"
"""The bytes by which Japanese begins in iso2022_jp, whose other bytes are ASCII."""
_NO_ENCODINGS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"))
"""What Python calls a text encoding, but no file is in."""


class TextForm(NamedTuple):
    """The encoding of a text and about how many lines it has. `words` show whether a found encoding is right."""

    encoding: str
    lines: int
    words: tuple[str, ...] = ()


def known_encoding(name: str) -> str | None:
    """Return the name that Python has for an encoding of text, or None.

    >>> known_encoding("Windows-1252"), known_encoding("UTF8"), known_encoding("base64"), known_encoding("Klingon")
    ('cp1252', 'utf-8', None, None)
    """
    try:
        found = codecs.lookup(name.strip()).name
        b"email".decode(found, "ignore")
    except (LookupError, ValueError, UnicodeError):
        return None
    return None if found.replace("-", "_") in _NO_ENCODINGS else found


def text_form(raw: IO[bytes], where: Path, named: str | None) -> TextForm:
    """Find a text's encoding, unless it is named, and count its lines. Raises UnreadableList if it cannot be known."""
    survey = _Survey()
    for chunk in iter(lambda: raw.read(_CHUNK), b""):
        survey.look(chunk)
    survey.end()
    if named is not None:
        return TextForm(named, survey.lines)
    if survey.marked is not None or survey.bad is None:
        if survey.bad is not None and survey.marked == UTF8:
            raise UnreadableList(
                where, survey.bad, f"is not UTF-8 ({survey.why}), but the file says it is; fix the line"
            )
        return TextForm(survey.marked or ("iso2022_jp" if survey.escapes else UTF8), survey.lines)
    if damaged_utf8(survey.sample()):
        raise UnreadableList(
            where,
            survey.bad,
            f"is not UTF-8 ({survey.why}), but most of the file is; fix the line, or say --encoding NAME",
        )
    try:
        found = _encoding_of(survey)
    except Unsure as error:
        raise UnreadableList(
            where, survey.bad, f"is not UTF-8, and {error}; say which it is, for example --encoding cp1252"
        ) from error
    return TextForm(found.encoding, survey.lines, found.words)


def _encoding_of(survey: _Survey) -> Found:
    """Return the encoding of a text's sample. Raises Unsure.

    If one byte fits none, what the first lines are in is returned, so that reading will name the line of that byte.
    """
    sample = survey.sample()
    try:
        return find_encoding(sample)
    except Unsure as error:
        first = survey.first_lines()
        if error.readings or first in (b"", sample):
            raise
        found = find_encoding(first)
        try:
            sample.decode(found.encoding)
        except UnicodeDecodeError:
            return found
        raise


class _Survey:
    """Looks at a whole text once: whether it is UTF-8, where not, and lines that tell what else it is."""

    def __init__(self) -> None:
        self.lines = 0
        self.marked: str | None = None
        self.bad: int | None = None
        self.why = ""
        self.escapes = False
        self._decoder = codecs.getincrementaldecoder(UTF8)()
        self._begun = False
        self._cut = b""
        self._shown = _ASCII
        self._lines: dict[bytes, None] = {}
        self._first = 0
        self._size = 0

    def look(self, chunk: bytes) -> None:
        if not self._begun:
            self._begun = True
            self.marked = next((name for mark, name in _MARKS if chunk.startswith(mark)), None) or utf16_of(
                chunk[:4096]
            )
        if self.bad is None and self.marked in (None, UTF8):
            self._decode(chunk)
        self.escapes = self.escapes or _ISO2022 in chunk
        self._keep(chunk)
        self.lines += max(chunk.count(b"\n"), chunk.count(b"\r"))

    def end(self) -> None:
        """Look at what the last chunk began."""
        if self.bad is None and self.marked in (None, UTF8):
            self._decode(b"", final=True)

    def sample(self) -> bytes:
        return b"\n".join([*self._lines, *([self._cut] if not self._cut.isascii() else [])])

    def first_lines(self) -> bytes:
        """Return the sample without what came later, with a byte that was new."""
        return b"\n".join(list(self._lines)[: self._first])

    def _decode(self, chunk: bytes, *, final: bool = False) -> None:
        begun = len(self._decoder.getstate()[0])  # bytes of a character that the chunk before began
        try:
            self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self.bad = 1 + self.lines + _ends(chunk[: max(0, error.start - begun)])
            self.why = error.reason

    def _keep(self, chunk: bytes) -> None:
        """Keep lines with bytes above 127; once there are enough, only those with such a byte that none of them has."""
        if not (self._cut + chunk).translate(None, self._shown):
            self._cut = chunk[-_SAMPLE:].rpartition(b"\n")[2]
            return
        *whole, self._cut = (self._cut + chunk).replace(b"\r", b"\n").split(b"\n")
        self._cut = self._cut[-_SAMPLE:]
        for line in whole:
            if len(line) <= _SAMPLE and line.translate(None, self._shown) and line not in self._lines:
                self._lines[line] = None
                self._first += self._size < _SAMPLE
                self._size += len(line)
                if self._size >= _SAMPLE:
                    self._shown = bytes({*_ASCII, *(byte for each in self._lines for byte in each)})


@contextmanager
def understood(
    where: Path, raw: IO[bytes], encoding: str, at: Callable[[], int] = lambda: 1
) -> Iterator[io.TextIOWrapper]:
    """Yield a file's text; raise an UnreadableList with its line for anything that is not in the encoding or not CSV.

    `at` returns the line that is being read.
    """
    text = io.TextIOWrapper(raw, encoding="utf-8-sig" if encoding == UTF8 else encoding, newline="")
    try:
        yield text
    except UnicodeError as error:
        # The decoder reads ahead, so the line has to be found by searching for the byte again.
        raw.seek(0)
        why = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise UnreadableList(
            where,
            _line_of_bad_byte(raw, encoding),
            f"is not {encoding} ({why}); say what the file is with --encoding NAME",
        ) from error
    except csv.Error as error:
        raise UnreadableList(where, at(), f"is not CSV ({error})") from error
    except ValueError as error:
        raise UnreadableList(where, at(), str(error)) from error
    finally:
        text.detach()  # the caller closes the file


def lines_of(text: io.TextIOWrapper, longest: int = LONGEST_ROW) -> Iterator[str]:
    """Yield the lines of a text. Raises ValueError for one that is too long, before all of it is in memory."""
    while line := text.readline(longest + 1):
        if len(line) > longest:
            raise ValueError(f"has more than {longest:,} characters without a line break; is this a list?")
        yield line


def _line_of_bad_byte(raw: IO[bytes], encoding: str) -> int:
    decoder, line, before = codecs.getincrementaldecoder(encoding)(), 1, ""
    for chunk in iter(lambda: raw.read(_CHUNK), b""):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            text = error.object[: error.start].decode(encoding, "replace")
            return line + _text_ends(text, before)
        except UnicodeError:
            return line
        line += _text_ends(text, before)
        before = text[-1:] or before
    return line


def _ends(chunk: bytes) -> int:
    return max(chunk.count(b"\n"), chunk.count(b"\r"))


def _text_ends(text: str, before: str) -> int:
    cut = before == "\r" and text.startswith("\n")  # one line end, in two chunks
    return text.count("\n") + text.count("\r") - text.count("\r\n") - cut
