"""publication.toml -> Publication, with file and line for whatever is wrong in it."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from publisher.content.characters import unusable
from publisher.content.conflicts import conflicts
from publisher.content.frontmatter import MAX_FILE
from publisher.content.validation import Location, problems_of
from publisher.errors import ContentError, Problem
from publisher.inside import read_inside
from publisher.publication import Publication


def read_publication(path: Path, shown: Path) -> Publication:
    """Read the file at `path`, called `shown` in messages. Raises ContentError with every problem in it."""
    return parse_publication(read_text(path, shown), shown)


def read_text(path: Path, shown: Path) -> str:
    """Return the file's text. Raises ContentError when it is missing or not text."""
    if not os.path.lexists(path):
        fix = "run `pressroom init DIR`, or name the publication's folder: pressroom --publication DIR …"
        raise ContentError([Problem(shown, None, "there is no publication here", fix)])
    try:
        return read_inside(path.parent, path, shown=shown, most=MAX_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError(
            [Problem(shown, None, f"not UTF-8 at byte {error.start}", "save the file as UTF-8")]
        ) from None


def parse_publication(text: str, shown: Path) -> Publication:
    """Return what the file's text says. Raises ContentError with every problem in it."""
    if conflicting := list(conflicts(text, shown)):
        raise ContentError(conflicting)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        number = int(line[1]) if line else None
        raise ContentError([Problem(shown, number, f"not valid TOML: {error}", "fix that line")]) from None
    if problems := list(_unusable(table, (), text, shown)):
        raise ContentError(problems)
    try:
        return Publication.model_validate(table)
    except ValidationError as error:
        raise ContentError(problems_of(error, Publication, shown, lambda loc: _line(text, loc))) from None


def line_of(text: str, *key: str) -> int:
    """Return the line of a key in the file's text, from 1; 1 when it is not found."""
    return _line(text, key) or 1


def _unusable(value: object, location: Location, text: str, shown: Path) -> Iterator[Problem]:
    """Find what no mail may contain: the words of this file are in every mail."""
    if isinstance(value, str) and (found := unusable(value)):
        yield Problem(shown, _line(text, location), found[1], found[2])
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _unusable(item, (*location, key), text, shown)


def _key(name: str) -> str:
    """Return the pattern of a key, bare or quoted."""
    quoted = re.escape(json.dumps(name, ensure_ascii=False))
    return rf"(?:{re.escape(name)}|'{re.escape(name)}'|{quoted})"


def _line(text: str, location: Location) -> int | None:
    """Find the line of a key: the last part of `location` below the header of its table."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    lines = text.split("\n")
    start = 0
    if names:
        headers = [i for i, line in enumerate(lines) if re.match(rf"\s*\[\[?\s*{re.escape(names[0])}\s*\]\]?", line)]
        if headers:
            start = headers[min(index, len(headers) - 1)]
    for i in range(start, len(lines)):
        if names and re.match(rf"\s*(?:[\w-]+\s*\.\s*)*{_key(names[-1])}\s*=", lines[i]):
            return i + 1
        if i > start and lines[i].lstrip().startswith("["):
            break
    return start + 1
