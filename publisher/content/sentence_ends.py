"""Where the sentences of plain text end, in the languages that newsletters are written in. Pure.

No language has to be named: the abbreviations of all of them are known at once, since technical prose mixes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_CLOSING: Final = r"(?:[\"'’”“)\]»«›‹]|[\u00a0\u202f ][»›])*"
_OPENING: Final = r"[\"'“‘„‚«»‹›(\[¿¡]"
_SPACED: Final = re.compile(rf"(?<![.!?…؟۔।])[.!?…؟۔।]+{_CLOSING}(?=\s+{_OPENING}*[\u00a0\u202f ]?([^\W_]|`))")
_UNSPACED: Final = re.compile(r"(?:[。！？｡]+[」』）】》〉”’\"')]*)+")
_END: Final = re.compile(rf"{_SPACED.pattern}|{_UNSPACED.pattern}")
"""Spaces follow the end of a sentence, or, in Chinese and Japanese, nothing does."""

_GOES_ON: Final = re.compile(r"[」』”’\"'][とっ、，,]$")
"""A quotation that ended like a sentence, and after it the words that say whose it is."""

_OPEN, _CLOSE = "「『（【《“(", "」』）】》”)"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALWAYS: Final = _words(
    """e.g i.e etc vs cf al approx dr mr mrs ms prof st inc ltd jr a.m p.m resp dept gov
    bzw ca ggf evtl inkl exkl vgl zzgl sog max mio mrd usw allg bes dipl ing
    m mm mme mlle env av ste
    sr sra srta dra ud uds ej aprox pág págs"""
)
"""What a full stop after it shortens, whatever follows."""

_UNITS: Final = _words("m mm ms")
"""Of these, what is a unit behind a number: «It takes 30 ms. It fits.»"""

_BEFORE_NUMBER: Final = _words(
    """no nos nr nrs fig figs eq eqs sec ch chap cap kap abb abs art tab bd vol p pp s seite núm n rev ver v ref refs
    jan feb mar apr jun jul aug sep sept oct nov dec okt dez mär janv févr juil avr août déc ene abr ago dic"""
)
"""What it shortens when a number follows: «No. 3», but «Did it help? No. Ask again.»"""

_SEVERAL: Final = re.compile(
    r"\b(?:z\.[ \u00a0\u202f]?B|d\.[ \u00a0\u202f]?h|u\.[ \u00a0\u202f]?[aUäÄ]|o\.[ \u00a0\u202f]?[äÄ]|s\.[ \u00a0\u202f]?[ou]|"
    r"v\.[ \u00a0\u202f]?a|i\.[ \u00a0\u202f]?d\.[ \u00a0\u202f]?R|u\.[ \u00a0\u202f]?s\.[ \u00a0\u202f]?w|c\.-à-d|p\.[ \u00a0\u202f]?(?:ex|ej)|EE\.[ \u00a0\u202f]?UU)\."
)
"""Abbreviations of several words."""

_WORD_BEFORE: Final = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*\.$")
_NUMBER: Final = re.compile(r"(?:([^\W\d_]+)[ \u00a0\u202f]+)?(?<![\w.,])\d{1,3}\.$")
_BEFORE_ORDINAL: Final = _words(
    """am der die das dem den des im zum zur vom beim ein eine einen einem einer eines jeder jede jedes jeden jedem und bis ab
    seit dieser diese dieses diesen diesem ihr ihre ihrer ihren sein seine seiner seinen unser unsere unserer unseren"""
)
_MONTH: Final = re.compile(
    r"\s+(?:Jan|Jän|Feb|Mär|Mrz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-zä]*\b|\s+(?:Quartal|Halbjahr|Jahrhundert|Advent)\b"
)
_LOOK_BACK, _LONGEST = 24, 400
"""Characters that are looked at for an abbreviation; and after which something was never closed."""


def sentence_ends(text: str) -> Iterator[int]:
    """Yield the place behind each sentence but the last, which ends where the text does."""
    several = {place for found in _SEVERAL.finditer(text) for place in range(found.start() + 1, found.end() + 1)}
    start = seen = depth = 0
    for end in _END.finditer(text):
        stop = end.start() + 1
        if end[1] is not None:
            if end[1].islower() or stop in several:
                continue
            if end[0].startswith(".") and _shortened(text, stop):
                continue
        else:
            depth += _opened(text[seen : end.end()])
            seen = end.end()
            inside = depth > 0 and seen - start < _LONGEST
            if inside or _GOES_ON.search(text[seen - 1 : seen + 1]):
                continue
        start = seen = end.end()
        depth = 0
        yield start


def _shortened(text: str, stop: int) -> bool:
    """Whether the full stop before `stop` shortens a word, or makes an ordinal number."""
    before, after = text[max(0, stop - _LOOK_BACK) : stop], text[stop : stop + 20]
    if number := _NUMBER.search(before):
        return (number[1] or "").casefold() in _BEFORE_ORDINAL or _MONTH.match(after) is not None
    found = _WORD_BEFORE.search(before)
    if found is None:
        return False
    word = found[0][:-1]
    if len(word) == 1 and word.isupper():  # an initial
        return True
    word = word.casefold()
    if word in _UNITS and before[: found.start()].rstrip()[-1:].isdigit():
        return False
    return word in _ALWAYS or (word in _BEFORE_NUMBER and re.match(r"\s*\d", after) is not None)


def _opened(text: str) -> int:
    """Return how many more brackets and quotation marks a text opens than it closes."""
    return sum(map(text.count, _OPEN)) - sum(map(text.count, _CLOSE))
