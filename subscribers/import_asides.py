"""Asides: words that may say who left in cells that hold something else, such as "Bob (left)" or "LEFT <bob@example.com>". Pure.

Black, Leaver and Junker are names. So in a name a word counts if it is a status wherever it is used, or if it stands in
brackets, behind a dash or the like; and a cross counts, a stroke through the letters, or a no to mail.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from subscribers.cells import json_in, tags, without_addresses
from subscribers.errors import InvalidName
from subscribers.leaving_words import (
    NEGATIONS,
    plain,
    refuses_mail,
    shows_a_sign,
    speaks_as_it_is,
    speaks_of_leaving,
    speaks_with_lost_letters,
)
from subscribers.subscriber import State
from subscribers.twice_encoded import as_meant
from subscribers.vendors import ANYWHERE, Column

_STATUSES = frozenset(word for word, means in ANYWHERE.items() if not isinstance(means, State))
STATUS_WORDS: Final = frozenset(part for word in _STATUSES for part in word.split())
"""The words of all statuses."""
_FIRST = frozenset(word.partition(" ")[0] for word in _STATUSES)
_MOST_WORDS: Final = max(word.count(" ") for word in _STATUSES) + 1
_LONGEST: Final = 1_000
"""Characters of a name that are looked at; no reader's has as many."""
_APART = re.compile(r"[()\[\]{}<>|/:;*#=!?+~]+|(?<!\S)[-–—]+|[-–—]+(?!\S)|\s[.,]\s|\.{2,}")
_ORDINARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+'-]*@[A-Za-z0-9.-]+")
_USUAL = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+)(?: (?:[A-Z]?[a-z]+|[A-Z]+|[0-9]+))*")
"""A name of words and numbers that `plain` does not take apart."""
_CASES = re.compile(r"(?=.*[A-Z])(?:^|.* )[a-z]")
_TELLING = _FIRST | NEGATIONS
_MARK = re.compile(r"[#!%~*;/]+\s*|-+\s*|[xX]{1,3}\s+")
"""What stands before a line that no longer counts."""


def in_name(name: str) -> Iterable[str]:
    """Return the words of a name that may say who left.

    >>> [[*in_name(name)][:1] for name in ("Conrad Black", "Bob (left)", "Abgemeldet Bob", "Ab Meldet", "Bob †")]
    [[], ['left'], ['abgemeldet'], [], ['Bob †']]
    """
    name = name[:_LONGEST]
    # Nearly every name of most lists is known to be harmless by its words, five times faster than by a search.
    if _USUAL.fullmatch(name) and _TELLING.isdisjoint(name.lower().split()) and _in_one_case(name):
        return ()
    return search_name(name)


def _in_one_case(name: str) -> bool:
    """Return whether no word of a usual name begins with a small letter where others do not."""
    return name.istitle() or not _CASES.search(name)  # in a title none does, which is known ten times as fast


def search_name(name: str) -> Iterator[str]:
    """Yield what `in_name` returns, of any name."""
    for meant in (name, *as_meant(name)):
        yield from _search(meant)


def _search(name: str) -> Iterator[str]:
    words = plain(name).split()
    if shows_a_sign(name) or refuses_mail(words) or speaks_with_lost_letters(name):
        yield name
    yield from filter(speaks_as_it_is, _in_small_letters(name))
    if "," in name and speaks_as_it_is(behind := name.rpartition(",")[2].strip()):
        yield behind
    if _APART.search(name):
        pieces = [each.strip() for each in _APART.split(name)]
        wider = (" ".join(pieces[1:]), " ".join(pieces[:-1]))
        yield from (piece for piece in (*pieces, *wider) if speaks_as_it_is(piece))
    if not _FIRST.isdisjoint(words):
        yield from filter(_STATUSES.__contains__, _runs(words))


def _in_small_letters(name: str) -> Iterator[str]:
    """Yield the words that begin with small letters where others do not: in "Ada Gone" a name, in "Ada gone" none."""
    words = name.split()
    if not all(word[0].islower() for word in words):
        for small, run in itertools.groupby(words, lambda word: word[0].islower()):
            if small:
                yield " ".join(run)


def set_apart(text: str) -> Iterator[str]:
    """Yield what stands in brackets, behind a dash or the like, and what stands before it, whatever it says.

    >>> list(set_apart("Bob (spam trap)"))
    ['Bob', 'spam trap']
    """
    yield from filter(None, (each.strip() for each in _APART.split(text[:_LONGEST])))


def _runs(words: Sequence[str]) -> Iterator[str]:
    for count in range(1, min(_MOST_WORDS, len(words)) + 1):
        for place in range(len(words) - count + 1):
            yield " ".join(words[place : place + count])


def beside_address(cell: str) -> Iterable[str]:
    """Return the words of a cell that stand beside its address and may say who left, and a mark at its beginning.

    >>> list(beside_address("UNSUBSCRIBED <bob@example.com>")), list(beside_address("#bob@example.com"))
    (['unsubscribed'], ['#'])
    """
    return () if _ORDINARY.fullmatch(cell) else _beside(cell)


def _beside(cell: str) -> Iterator[str]:
    if mark := _MARK.match(cell):
        yield mark[0].strip()
    beside = without_addresses(cell)
    if "<" in cell:  # what is outside of the brackets is a name
        yield from in_name(beside)
    elif beside and speaks_of_leaving(beside):
        yield beside
    elif shows_a_sign(cell):
        yield cell


def in_tags(cell: str) -> Iterator[str]:
    """Yield the tags or attributes of a cell that may say who left.

    >>> list(in_tags("maths; opted out")), list(in_tags('{"town": "Wien", "unsubscribed": true}'))
    (['opted out'], ['unsubscribed: true'])
    """
    known = json_in(cell)
    try:
        said = _attributes(known) if isinstance(known, dict) else tags(cell)
    except (ValueError, InvalidName):
        said = (cell,)
    yield from filter(speaks_of_leaving, said)


def _attributes(known: Mapping[str, object]) -> Iterator[str]:
    for key, value in known.items():
        if isinstance(value, dict):
            yield from _attributes(value)
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, str))
        elif isinstance(value, str):
            yield value
        if isinstance(value, (dict, list)):
            yield key
        else:
            yield f"{key}: {value if isinstance(value, str) else json.dumps(value)}"


Aside = Callable[[str], Iterable[str]]
"""Finds the words in a cell that may say who left; an empty tuple shows at once that there are none."""

ASIDES: Mapping[Column, Aside] = {
    **dict.fromkeys((Column.TAGS, Column.ATTRIBUTES, Column.CREATED, Column.ASKED, Column.SOURCE), in_tags),
    **dict.fromkeys((Column.NAME, Column.FIRST, Column.LAST), in_name),
    Column.ADDRESS: beside_address,
}
"""The columns that are read, and may say who left beside what is read."""
