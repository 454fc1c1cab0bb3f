"""Foreign files -> issues, in a process that may take only so much: see publisher.isolation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher.content.archived_addresses import Surroundings, Unusable
from publisher.content.archived_issue import ForeignIssue, read_foreign, read_weeks
from publisher.errors import ContentError, Problem
from publisher.isolation import TooCostlyError, isolated


@dataclass(frozen=True, slots=True)
class Wanted:
    """The addresses of pictures that a file shows, and of which it is not known what becomes of them."""

    addresses: tuple[str, ...]


Known = Mapping[str, "str | Unusable | None"]
"""What `Surroundings.picture` says of each address."""


def read_apart(path: Path, data: bytes, level: int | None, around: Surroundings) -> tuple[ForeignIssue, ...]:
    """Return the issues in a file, which may be cut at headings of a level: see `read_foreign` and `read_weeks`.

    Raises ContentError as they do, and for a file that takes too much.
    """
    known: dict[str, str | Unusable | None] = {}
    alone = dataclasses.replace(around, picture=Surroundings().picture)
    while True:  # twice at most: a file shows the same pictures each time
        try:
            found = _read(path, data, level, alone, known)
        except TooCostlyError as error:
            what = f"to import this file {error}"
            raise ContentError([Problem(path, None, what, "split it, and import the parts")]) from error
        if not isinstance(found, Wanted):
            return found
        known |= {address: around.picture(address) for address in found.addresses}


@isolated()
def _read(
    path: Path, data: bytes, level: int | None, around: Surroundings, known: Known
) -> tuple[ForeignIssue, ...] | Wanted:
    wanted: dict[str, None] = {}

    def picture(address: str) -> str | Unusable | None:
        if address not in known:
            wanted[address] = None
        return known.get(address)

    around = dataclasses.replace(around, picture=picture)
    found = read_weeks(path, data, level, around) if level else (read_foreign(path, data, around),)
    return Wanted(tuple(wanted)) if wanted else found


def definitions_in(path: Path, text: str) -> dict[str, str]:
    """Return the addresses of the link definitions in a file. Raises ContentError for one that takes too much."""
    try:
        return _definitions(text)
    except TooCostlyError as error:
        raise ContentError([Problem(path, None, f"to read this file {error}", "split it into several")]) from error


@isolated()
def _definitions(text: str) -> dict[str, str]:
    from publisher.content.archived_blocks import definitions

    return dict(definitions(text)[0])
