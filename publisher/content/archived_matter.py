"""What a foreign file says of itself: its title, date, number and old addresses, in front matter or in its name. Pure.

It reads Jekyll's and Hugo's front matter (YAML between ---, TOML between +++) and Pelican's `Title:` lines.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from plaintext import NOT_XML
from publisher.content import frontmatter
from publisher.content.aliases import MOST_ALIASES, place
from publisher.content.characters import name_of
from publisher.errors import ContentError, Problem, Severity
from publisher.issue import FIRST_YEAR, LAST_YEAR
from publisher.merge_fields import PATTERN

_LINE_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,40}):[ \t]*(.*)$")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\.? ([A-Za-z]{3,9})\.?,? (\d{4})\b")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATED_NAME = re.compile(r"^\d{4}-\d{2}-\d{2}-?")
_NUMBER = re.compile(r"[^\d]*?0*([1-9]\d{0,3})")
_DATE_KEYS: Final = ("date", "publishdate", "publish_date")
_NUMBER_KEYS: Final = ("number", "issue", "issue_number")
_ADDRESS_KEYS: Final = ("permalink", "url", "aliases", "redirect_from")


@dataclass(frozen=True, slots=True)
class Matter:
    """A foreign file taken apart; `line` is the line of the file on which the body starts, from 1."""

    path: Path
    fields: Mapping[str, object]
    body: str
    line: int
    warnings: tuple[Problem, ...] = ()

    def said(self, *keys: str) -> str:
        """Return the first of these scalars of the front matter as text, whatever the case of its key."""
        return next((text for key in keys for text in self._all(key)[:1] if text), "")

    def _all(self, key: str) -> list[str]:
        value = next((value for name, value in self.fields.items() if name.casefold() == key), None)
        return [_text(one) for one in (value if isinstance(value, list) else [value])]

    @property
    def is_draft(self) -> bool:
        return self.said("draft") == "true" or self.said("published") == "false" or self.said("status") == "draft"

    @property
    def date(self) -> dt.date | None:
        """The date as written, in the time zone of whoever wrote it: front matter first, then the file's name."""
        said = self.said(*_DATE_KEYS)
        if not said:
            return parse_date(name_of_issue(self.path))
        found = parse_date(said)
        if found is None:
            raise ContentError(
                [Problem(self.path, 1, f"the date {said[:60]!r} cannot be read", "write it as 2024-05-31")]
            )
        return found

    @property
    def number(self) -> int | None:
        """The number that the issue had: front matter first, then the file's name, such as issue-12.md."""
        return parse_number(self.said(*_NUMBER_KEYS)) or parse_number(_DATED_NAME.sub("", name_of_issue(self.path)))

    @property
    def name(self) -> str:
        """A title made from the file's name: 2024-05-31-hello-world.md is «Hello world»."""
        whole = unicodedata.normalize("NFC", name_of_issue(self.path))
        name = _DATED_NAME.sub("", whole) or whole
        words = re.sub(r"[-_\s]+", " ", name).strip()
        return words[:1].upper() + words[1:] or "Untitled"

    def aliases(self, origin: str | None) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
        """Return the old addresses, as paths, and a warning about each that cannot be kept."""
        kept: dict[str, str] = {}
        warnings = []
        for written in (text for key in _ADDRESS_KEYS for text in self._all(key)):
            if "/" not in written or "/:" in written or written.startswith(":"):
                continue  # nothing, or a pattern of the site generator
            try:
                alias = _path_of(written, origin)
                kept.setdefault(place(alias), alias)
            except ValueError as error:
                what = f"an old address is not kept: {error}"
                warnings.append(Problem(self.path, 1, what, "fix it there, or do without", Severity.WARNING, "import"))
        return tuple(kept.values())[:MOST_ALIASES], tuple(warnings)


def name_of_issue(path: Path) -> str:
    """Return the name of a file without its suffix; of a folder, if the file is its index.md, as in Hugo's bundles."""
    return path.parent.name if path.stem.casefold() == "index" and path.parent.name else path.stem


def take_apart(path: Path, data: bytes) -> Matter:
    """Return a file's front matter and body. Raises ContentError (not UTF-8, too large, broken front matter).

    Characters and words that no issue may contain are removed, with a warning.
    """
    data, warnings = _usable(path, data)
    text = frontmatter.decode(path, data)
    lines = text.split("\n")
    if lines[0].rstrip() == "---" and any(line.rstrip() == "---" for line in lines[1:]):
        document = frontmatter.read(path, data, slips=False)
        return Matter(path, document.fields, document.body, document.body_line, warnings)
    if lines[0].rstrip() == "+++":
        return _toml(path, lines, warnings)
    fields: dict[str, object] = {}
    for count, line in enumerate(lines):
        found = _LINE_KEY.match(line)
        if found is None:
            if {"title", "date"} & fields.keys() and not line.strip():
                return Matter(path, fields, "\n".join(lines[count:]), count + 1, warnings)
            break
        fields[found[1].casefold()] = found[2].strip()
    return Matter(path, {}, text, 1, warnings)


def parse_date(text: str) -> dt.date | None:
    """Return the date in a text, if it has one that an issue may have."""
    found: tuple[int, int, int] | None = None
    if match := _ISO_DATE.search(text):
        found = int(match[1]), int(match[2]), int(match[3])
    else:
        for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
            match = pattern.search(text)
            if match and match[month][:3].casefold() in _MONTHS:
                found = int(match[3]), _MONTHS.index(match[month][:3].casefold()) + 1, int(match[day])
                break
    try:
        return dt.date(*found) if found and FIRST_YEAR <= found[0] < LAST_YEAR else None
    except ValueError:
        return None


def parse_number(text: str) -> int | None:
    """Return the number at the end of a text that has no other digits.

    >>> parse_number("issue-012"), parse_number("#7"), parse_number("2 of 3"), parse_number("hello")
    (12, 7, None, None)
    """
    match = _NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None


def _usable(path: Path, data: bytes) -> tuple[bytes, tuple[Problem, ...]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data, ()  # decode() says where
    warnings = []
    for what, pattern, instead in (
        ("", NOT_XML, ""),
        ("a word that is reserved for merge fields", PATTERN, "PRESSROOM-FIELD"),
    ):
        found = pattern.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1
            said = f"{what or name_of(found[0])} was {'changed' if what else 'removed'}"
            warnings.append(Problem(path, line, said, "look at the imported issue", Severity.WARNING, "import"))
            text = pattern.sub(instead, text)
    return text.encode() if warnings else data, tuple(warnings)


def _toml(path: Path, lines: list[str], warnings: tuple[Problem, ...]) -> Matter:
    end = next((count for count, line in enumerate(lines[1:], 1) if line.rstrip() == "+++"), None)
    if end is None:
        raise ContentError([Problem(path, 1, "the front matter does not end", "close it with a line «+++»")])
    try:
        fields = tomllib.loads("\n".join(lines[1:end]))
    except tomllib.TOMLDecodeError as error:
        raise ContentError([Problem(path, 1, f"the front matter is not valid TOML: {error}", "fix the TOML")]) from None
    return Matter(path, fields, "\n".join(lines[end + 1 :]), end + 2, warnings)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).casefold()
    return str(value).strip() if isinstance(value, str | int | float | dt.date) else ""


def _path_of(written: str, origin: str | None) -> str:
    """Return an old address as a path. Raises ValueError for one on another site than `origin`."""
    parts = urlsplit(written)
    if parts.netloc and origin and parts.netloc != urlsplit(origin).netloc:
        raise ValueError(f"{written[:80]!r} is on another site than {origin}")
    return "/" + (parts.path if parts.netloc else written).lstrip("/")
