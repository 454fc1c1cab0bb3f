"""A list of readers as a CSV file has it: which column means what, and what each line asks for. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from subscribers.address import Address, parse_address, parse_name
from subscribers.errors import InvalidAddress, InvalidName
from subscribers.subscriber import Reason

DELIMITERS = (",", ";", "\t", "|")
TAG_LENGTH = 100

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "address": ("email", "e-mail", "email address", "address", "mail"),
    "name": ("name", "full name"),
    "first": ("first name", "first_name"),
    "last": ("last name", "last_name"),
    "tags": ("tags", "labels"),
    "status": ("status", "state", "subscriber_type"),
}

_STAYING = frozenset(
    [
        "active",
        "subscribed",
        "enabled",
        "confirmed",
        "regular",
        "premium",
        "free",
        "paid",
        "gifted",
        "trialed",
        "true",
        "yes",
        "1",
    ]
)
_LEAVING: Mapping[str, Reason] = {
    "unsubscribed": Reason.UNSUBSCRIBED,
    "inactive": Reason.UNSUBSCRIBED,
    "false": Reason.UNSUBSCRIBED,
    "no": Reason.UNSUBSCRIBED,
    "0": Reason.UNSUBSCRIBED,
    "removed": Reason.REMOVED,
    "disabled": Reason.REMOVED,
    "blocklisted": Reason.REMOVED,
    "blacklisted": Reason.REMOVED,
    "archived": Reason.REMOVED,
    "cleaned": Reason.BOUNCED,
    "bounced": Reason.BOUNCED,
    "undeliverable": Reason.BOUNCED,
    "unreachable": Reason.BOUNCED,
    "complained": Reason.COMPLAINED,
    "spam": Reason.COMPLAINED,
    "spammy": Reason.COMPLAINED,
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns are, counted from 0; None for one that the file does not have."""

    delimiter: str
    address: int
    name: int | None = None
    first: int | None = None
    last: int | None = None
    tags: int | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that can be used. `leaving` is None for a reader, else why the address must not be mailed."""

    line: int
    address: Address
    name: str
    tags: tuple[str, ...]
    leaving: Reason | None


@dataclass(frozen=True, slots=True)
class Invalid:
    """A line that cannot be used, and why; lines count from 1, the header's being the first."""

    line: int
    why: str


def read_header(first_line: str) -> Header:
    """Find the delimiter and the columns. Raises ValueError, in words, when no column holds addresses."""
    best: Header | None = None
    for delimiter in DELIMITERS:
        names = [cell.strip().lower() for cell in next(csv.reader([first_line], delimiter=delimiter), [])]
        found = _recognise(names)
        if "address" in found and (best is None or len(found) > _width(best)):
            best = Header(delimiter, **found)
    if best is None:
        raise ValueError("no column holds addresses; the first line must name one of them email")
    return best


def read_lines(rows: Iterable[tuple[int, list[str]]], header: Header) -> Iterator[Entry | Invalid]:
    """Read the rows below the header, each with the line on which it begins; empty ones are passed over."""
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            yield _entry(line, cells, header)
        except (InvalidAddress, InvalidName, ValueError) as error:
            yield Invalid(line, str(error))


def harmless(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula.

    >>> harmless("=HYPERLINK(...)")
    "'=HYPERLINK(...)"

    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _recognise(names: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for column, aliases in _COLUMNS.items():
        for alias in aliases:
            if alias in names:
                found[column] = names.index(alias)
                break
    return found


def _width(header: Header) -> int:
    places = (header.address, header.name, header.first, header.last, header.tags, header.status)
    return sum(place is not None for place in places)


def _entry(line: int, cells: list[str], header: Header) -> Entry:
    address = parse_address(_cell(cells, header.address))
    name = _cell(cells, header.name) or f"{_cell(cells, header.first)} {_cell(cells, header.last)}"
    return Entry(
        line, address, parse_name(name), _tags(_cell(cells, header.tags)), _leaving(_cell(cells, header.status))
    )


def _cell(cells: list[str], place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    cell = cells[place].strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell  # what harmless() wrote


def _tags(cell: str) -> tuple[str, ...]:
    if not cell:
        return ()
    parts = (part.strip().strip('"').strip() for part in re.split(r"[;,]", cell))
    return tuple(dict.fromkeys(parse_name(part)[:TAG_LENGTH] for part in parts if part))


def _leaving(status: str) -> Reason | None:
    word = status.lower()
    if not word or word in _STAYING:
        return None
    if word in _LEAVING:
        return _LEAVING[word]
    if word in ("pending", "unconfirmed", "unactivated"):
        raise ValueError("never confirmed where the list comes from; ask them to sign up here")
    raise ValueError(f"status {status[:40]!r} is not known; write active, unsubscribed, bounced or complained")
