"""Words for leaving that bytes show in one encoding and hide in another, as “left” is ôleftö in the encodings of DOS. Pure."""

from __future__ import annotations

import functools
import re
from typing import Final, NamedTuple

from subscribers.cells import without_addresses
from subscribers.import_asides import STATUS_WORDS, beside_address, search_name
from subscribers.leaving_words import links, plain, speaks_of_leaving, weight_of
from subscribers.twice_encoded import as_meant

_BETWEEN_CELLS = re.compile(r'[,;\t|"]+')

_WORD = re.compile(rb'[^\s,;|"]+')
_OF_SEVERAL_BYTES: Final = frozenset(("cp932", "euc_jp", "gb18030", "big5", "cp949"))
"""Encodings in which an ASCII byte may be part of a letter, so that lines cannot be cut into words before they are read."""
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
    whole = not _OF_SEVERAL_BYTES.isdisjoint((encoding, other))
    said = (
        {}
        if whole
        else {word: _says(word.decode(encoding, "replace"), word.decode(other, "replace")) for word in _words(sample)}
    )
    if not whole and not any(said.values()):
        return None
    first, rest = None, []
    for line, words, spoken in _lines(sample):
        if not words or not (whole or sum(said[word] for word in words) + spoken > 1):
            rest.append(line)
            continue
        cells, read = (_cells(line.decode(name, "replace")) for name in (encoding, other))
        if cells == read or all(sum(map(told, read)) <= sum(map(told, cells)) for told in (tells, _tells_in_name)):
            rest.append(line)
        elif first is None:
            place = next(place for place, cell in enumerate(read) if tells(cell) and cell not in cells)
            first = (cells[place] if len(cells) == len(read) else cells[-1], read[place])
    return None if first is None else Hidden(*first, b"\n".join(rest))


@functools.lru_cache(maxsize=1)  # one sample is looked at in many encodings
def _lines(sample: bytes) -> list[tuple[bytes, list[bytes], bool]]:
    """Return the lines of a sample, the words of each that are not all ASCII, and whether others may speak of leaving."""
    found = []
    for line in sample.split(b"\n"):
        words = [] if line.isascii() else _WORD.findall(line)
        others = {word.decode() for word in words if word.isascii() and b"@" not in word}
        found.append((line, [word for word in words if not word.isascii()], any(map(_weight, others))))
    return found


@functools.lru_cache(maxsize=1)
def _words(sample: bytes) -> frozenset[bytes]:
    return frozenset(word for _, words, _ in _lines(sample) for word in words)


@functools.lru_cache(maxsize=50_000)
def _says(cell: str, read: str) -> int:
    """Return how much a word may tell in the second of two readings: 2 by itself, 1 with words beside it, 0 for nothing."""
    if cell == read:
        return 0
    if weight := max(map(_weight, (read, *as_meant(read)))):
        return weight
    return int(links(read) or cell[:1].islower() > read[:1].islower())  # in a name, small letters count behind others


@functools.lru_cache(maxsize=50_000)
def _weight(word: str) -> int:
    return 2 if not STATUS_WORDS.isdisjoint(plain(word).split()) else weight_of(word)


def _cells(line: str) -> list[str]:
    """Return what may be the cells of a line, whatever separates them; the last is the line."""
    return [*_BETWEEN_CELLS.split(line), *_QUOTED.findall(line), line]


@functools.lru_cache(maxsize=10_000)
def tells(cell: str) -> bool:
    """Return whether a cell may say that somebody left, in whichever column it stands, whatever words its address has."""
    return any(map(_tells, (cell, *as_meant(cell))))


@functools.lru_cache(maxsize=10_000)
def _tells_in_name(cell: str) -> bool:
    """Return whether a cell may say so where names stand: there, "ŤBlocklistad" is one, and "¢Blocklistad" is none."""
    return any(search_name(without_addresses(cell) if "@" in cell else cell))


def _tells(cell: str) -> bool:
    words = without_addresses(cell) if "@" in cell else cell
    return speaks_of_leaving(words) or any(search_name(words)) or any(beside_address(cell))
