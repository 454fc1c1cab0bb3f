"""Cells of a list: what an address, a name, tags or JSON in one cell mean, and how cells are written. Pure."""

from __future__ import annotations

import csv
import functools
import ipaddress
import json
import re
import unicodedata
import zoneinfo
from collections.abc import Sequence

from subscribers.address import LONGEST, Address, parse_address, parse_name
from subscribers.errors import InvalidAddress
from subscribers.subscriber import Reason

TAG_LENGTH = 100
FORMULA = ("=", "+", "-", "@", "\t", "\r")

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")
_LETTER = r"[^\s<>()\[\],;:\"“”„‘’|]"
_ADDRESSES = re.compile(rf"(?<!{_LETTER}){_LETTER}+@{_LETTER}+")
"""It begins only where a word does: else a long word without @ is read again from each of its letters."""
_TAG_KEYS = ("name", "tag", "label", "title", "value")
"""What other systems call the words of a tag, where a tag is an object."""


def address_in(cell: str) -> Address:
    """Read a cell's address, with or without a name, mailto: or quotation marks around it. Raises InvalidAddress."""
    try:
        return parse_address(cell)
    except InvalidAddress:
        bare = _INVISIBLE.sub("", cell).replace("＠", "@").strip()
        named = re.fullmatch(r"[^<>]*<([^<>]+)>", bare)
        bare = (named[1] if named else bare).strip().strip("'\"“”‘’").strip()
        bare = re.sub(r"(?i)^mailto:", "", bare).partition("?")[0]
        if bare == cell:
            raise
        return parse_address(bare)


def is_address(cell: str) -> bool:
    """Return whether a cell holds an address, as lists write them."""
    try:
        return "@" in cell and bool(address_in(written(cell)))
    except InvalidAddress:
        return False


def addresses_in(cell: str) -> tuple[Address, ...]:
    """Return every address that stands anywhere in a cell: for whoever left, an address that is half readable counts."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", cell[: 10 * LONGEST])).replace("%40", "@")
    text = re.sub(r'"([^"@\s]+)"@', r"\1@", text)  # RFC 5321 4.1.2: the marks are no part of the address
    found = {}
    for each in _ADDRESSES.findall(text):
        try:
            address = parse_address(re.sub(r"(?<=@)([\w.-]+).*", r"\1", each).strip(".'`"))
        except InvalidAddress:
            continue
        found[address.canonical] = address
    return tuple(found.values())


def without_addresses(cell: str) -> str:
    """Return what stands in a cell beside its addresses.

    >>> without_addresses("Bob (left) <bob@example.com?gone>")
    'Bob (left) gone'
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", cell[: 10 * LONGEST])).replace("%40", "@")
    rest = _ADDRESSES.sub(lambda found: f" {_behind(found[0])} ", text)
    return " ".join(re.sub('[<>"“”„‘’]|(?i:mailto:)', " ", rest).split())


def _behind(found: str) -> str:
    """Return what follows an address without a space between them."""
    return re.sub(r"^[^@]*@[\w.-]+", "", found).lstrip("?/*#!'`")


def written(cell: str) -> str:
    """Return a cell without white space around it, and without the apostrophe that keeps it from being a formula."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and _ESCAPED.match(cell) else cell


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; `written` reads it back.

    >>> harmless("=HYPERLINK(...)")
    "'=HYPERLINK(...)"

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if cell.startswith(FORMULA) or _ESCAPED.match(cell) else cell


@functools.lru_cache(maxsize=4096)  # a list has many lines, but few different sets of tags
def tags(cell: str, *, exact: bool = False) -> tuple[str, ...]:
    """Read tags: a JSON array or object, or words separated by semicolons or, if there are none, by commas.

    >>> tags('"maths, pure"; engines'), tags('["maths, pure", {"name": "engines"}]')
    (('maths, pure', 'engines'), ('maths, pure', 'engines'))

    With `exact` they are separated by semicolons only.
    """
    if not cell:
        return ()
    if not exact and cell[0] in "[{" and (parts := _tags_of(cell)) is not None:
        return _clean(parts)
    delimiter = ";" if exact or ";" in cell else ","
    try:
        parts = next(csv.reader([cell], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise ValueError(f"the tags {cell[:40]!r} cannot be read ({error})") from None
    return _clean(parts)


def tags_cell(parts: Sequence[str]) -> str:
    """Write tags as one cell that `tags` reads back.

    >>> tags_cell(["maths", "a;b"])
    'maths;"a;b"'
    """
    quoted = ('"' + part.replace('"', '""') + '"' if ";" in part or '"' in part else part for part in parts)
    return ";".join(quoted)


def with_attributes(text: str, name: str, its_tags: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Take name and tags from a JSON object if the list has no columns for them. Ignore text that is not JSON."""
    known = json_in(text)
    if not isinstance(known, dict):
        return name, its_tags

    def word(key: str) -> str:
        value = known.get(key)
        return value if isinstance(value, str) else ""

    if not its_tags:
        its_tags = _clean(_words_of(known.get("tags")))
    return name or parse_name(word("name") or f"{word('first_name')} {word('last_name')}"), its_tags


def json_in(text: str) -> object:
    """Return the JSON object or array that a cell holds; None if it holds none."""
    if text[:1] not in ("{", "["):
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found


def _tags_of(cell: str) -> list[str] | None:
    found = json_in(cell)
    if found is not None:
        return _words_of(found)
    if cell[0] == "{" and cell[-1] == "}":  # an array of PostgreSQL
        return next(csv.reader([cell[1:-1]]), [])
    return None


def _words_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        named = next((value[key] for key in _TAG_KEYS if isinstance(value.get(key), str)), None)
        return [named] if named is not None else [word for each in value.values() for word in _words_of(each)]
    if isinstance(value, list):
        return [word for each in value for word in _words_of(each)]
    return []


def _clean(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for part in parts if (tag := parse_name(part.strip()[:TAG_LENGTH]))))


def reason_in(word: str) -> Reason | None:
    """Read the reason of our own list. Raises ValueError for any other word."""
    if not word:
        return None
    try:
        return Reason(word.lower())
    except ValueError:
        raise ValueError(f"suppressed {word[:40]!r} is not a reason; use one of: {', '.join(Reason)}") from None


def client_in(text: str) -> str | None:
    """Read a network address; None if there is none."""
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return None  # it decides nothing, so the line is still valid


@functools.lru_cache(maxsize=1024)
def zone_in(text: str) -> str | None:
    """Read a time zone. Raises ValueError for a word that is none."""
    if not text:
        return None
    try:
        return zoneinfo.ZoneInfo(text).key
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text[:40]!r} is not a time zone; write one such as Europe/Vienna") from None
