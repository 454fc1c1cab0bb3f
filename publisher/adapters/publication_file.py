"""publication.toml -> Publication, with file and line for whatever is wrong in it."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from publisher.content.characters import not_utf8, unusable
from publisher.content.conflicts import conflicts
from publisher.content.validation import Location, problems_of
from publisher.errors import ContentError, Problem
from publisher.inside import read_inside
from publisher.publication import Publication

MAX_FILE: Final = 64_000
"""Bytes. The longest that anybody wrote is a tenth of this."""

MOST_DOTS: Final = 200
"""Dots in a line: a key of many parts takes tomllib time and memory by the square."""

_KEY = re.compile(
    r"""\s*(?:[\w-]+\s*\.\s*)*(?:(?P<bare>[\w-]+)|'(?P<literal>[^']*)'|(?P<quoted>"(?:[^"\\]|\\.)*"))\s*="""
)


def read_publication(path: Path, shown: Path) -> Publication:
    """Read the file at `path`, called `shown` in messages. Raises ContentError with every problem in it."""
    return parse_publication(read_text(path, shown), shown)


def read_text(path: Path, shown: Path) -> str:
    """Return the file's text. Raises ContentError when it is missing or not text."""
    if not os.path.lexists(path):
        above = next((one for one in path.absolute().parents[2:] if (one / "content" / path.name).is_file()), None)
        where = shlex.quote(str(above)) if above else "DIR"
        start = f"it begins in {where}: run the command there" if above else "run `pressroom init DIR`"
        fix = f"{start}, or name the publication's folder: pressroom --publication {where} …"
        raise ContentError([Problem(shown, None, "there is no publication here", fix)])
    data = read_inside(path.parent, path, shown=shown, most=MAX_FILE)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError([not_utf8(shown, data, error)]) from None


def parse_publication(text: str, shown: Path) -> Publication:
    """Return what the file's text says. Raises ContentError with every problem in it."""
    if conflicting := list(conflicts(text, shown)):
        raise ContentError(conflicting)
    for at, row in enumerate(text.split("\n"), 1):
        if row.count(".") > MOST_DOTS:
            what = f"the line has more than {MOST_DOTS} dots"
            raise ContentError([Problem(shown, at, what, 'shorten it, or break a text into lines between """')])
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOMLDecodeError alone: Python refuses very long numbers
        raise ContentError([_not_toml(shown, error)]) from None
    lines = _Lines(text)
    if problems := list(_unusable(table, (), lines, shown)):
        raise ContentError(problems)
    try:
        return Publication.model_validate(table)
    except ValidationError as error:
        raise ContentError(problems_of(error, Publication, shown, lines.of, sign=" = ")) from None


_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_SLIPS: Final = {
    "Illegal character '\\n'": ("a quotation mark is never closed", "close it at the end of the line"),
    "Invalid value": ("a value is not written as TOML has it", 'put words between quotation marks: "…"'),
    "Expected ']' at the end of a table declaration": ("a bracket is never closed", "end the line with ], or with ]] if it begins with [["),
    "Expected '=' after a key in a key/value pair": ("a line is not «key = value»", "write it so, or begin it with # if it is a comment"),
}  # fmt: skip
"""What tomllib says of the commonest slips, what they are, and how to fix them."""


def _not_toml(shown: Path, error: Exception) -> Problem:
    if not isinstance(error, tomllib.TOMLDecodeError):
        what, fix = "a number is too long, or brackets are nested too deep", "shorten it"
        return Problem(shown, None, f"not valid TOML: {what}", fix)
    place = _PLACE.search(str(error))
    said = str(error)[: place.start()] if place else str(error)
    what, fix = _SLIPS.get(said, (said[:1].lower() + said[1:], "fix that line"))
    return Problem(shown, int(place[1]) if place and place[1] else None, f"not valid TOML: {what}", fix)


def line_of(text: str, *key: str | int) -> int:
    """Return the line of a key in the file's text, from 1; 1 when it is not found."""
    return _Lines(text).of(key)


def _unusable(value: object, location: Location, lines: _Lines, shown: Path) -> Iterator[Problem]:
    """Find what no mail may contain: the words of this file are in every mail."""
    if isinstance(value, str) and (found := unusable(value)):
        yield Problem(shown, lines.of(location), found[1], found[2])
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _unusable(item, (*location, key), lines, shown)


class _Lines:
    """Where the headers of each table are, and its keys: thousands may be wrong, so the text is gone through once."""

    def __init__(self, text: str) -> None:
        self._headers: dict[str, list[int]] = {}
        self._keys: dict[tuple[int, str], int] = {}
        table = 1
        for number, line in enumerate(text.split("\n"), 1):
            if line.lstrip().startswith("["):
                table = number
                self._headers.setdefault(line.strip().strip("[] \t"), []).append(number)
            elif found := _KEY.match(line):
                self._keys.setdefault((table, _name(found)), number)

    def of(self, location: Location) -> int:
        """Return the line of the last part of `location`, or else of its table's header; 1 when neither is found."""
        names = [part for part in location if isinstance(part, str)]
        index = next((part for part in location if isinstance(part, int)), 0)
        tables = (
            ".".join(names[:end]) for end in range(len(names), 0, -1)
        )  # the innermost first, as in [[model.terms]]
        headers = next((found for table in tables if (found := self._headers.get(table))), [])
        line = headers[min(index, len(headers) - 1)] if headers else 1
        return self._keys.get((line, names[-1]), line) if names else line


def _name(key: re.Match[str]) -> str:
    """Return what a key, bare or quoted, is called."""
    try:
        return key["bare"] or key["literal"] or str(json.loads(key["quoted"] or '""'))
    except ValueError:
        return ""
