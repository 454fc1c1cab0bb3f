"""Words for leaving that bytes show in one encoding and hide in another, as “left” is ôleftö in the encodings of DOS. Pure."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from subscribers.cells import without_addresses
from subscribers.import_asides import beside_address, search_name
from subscribers.leaving_words import speaks_of_leaving
from subscribers.twice_encoded import as_meant

_BETWEEN_CELLS = re.compile(r'[,;\t|"]+')

_QUOTED = re.compile(r'"([^"]+)"')


class Hidden(NamedTuple):
    """A cell in the encoding that hides its words and in the other, and the lines in which nothing is hidden."""

    cell: str
    read: str
    rest: bytes


def hidden_words(sample: bytes, encoding: str, other: str) -> Hidden | None:
    r"""Return the first cell that says more of leaving in `other` than in `encoding`, or None.

    >>> hidden_words(b"p2@example.com,\x93left\x94", "cp437", "cp1252")
    Hidden(cell='ôleftö', read='“left”', rest=b'')
    """
    first, rest = None, []
    for line in sample.split(b"\n"):
        if line.isascii():
            rest.append(line)
            continue
        cells, read = (_cells(line.decode(name, "replace")) for name in (encoding, other))
        if cells == read or sum(map(tells, read)) <= sum(map(tells, cells)):
            rest.append(line)
        elif first is None:
            place = next(place for place, cell in enumerate(read) if tells(cell) and cell not in cells)
            first = (cells[place] if len(cells) == len(read) else cells[-1], read[place])
    return None if first is None else Hidden(*first, b"\n".join(rest))


def _cells(line: str) -> list[str]:
    """Return what may be the cells of a line, whatever separates them; the last is the line."""
    return [*_BETWEEN_CELLS.split(line), *_QUOTED.findall(line), line]


@functools.lru_cache(maxsize=10_000)
def tells(cell: str) -> bool:
    """Return whether a cell may say that somebody left, in whichever column it stands, whatever words its address has."""
    return any(map(_tells, (cell, *as_meant(cell))))


def _tells(cell: str) -> bool:
    words = without_addresses(cell) if "@" in cell else cell
    return speaks_of_leaving(words) or any(search_name(words)) or any(beside_address(cell))
