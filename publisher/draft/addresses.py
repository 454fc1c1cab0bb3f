"""Whether a sentence holds an address: anything that a mail program would make a link of, or that a reader could dial."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from publisher.draft.quotation import normalise

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_URL = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}\s?:\s?//|(?:^|\s)//\w|\b(?:mailto|javascript|vbscript)\s*:|\b(?:data|tel|file|blob):\S|"
    r"\bwww\.|\w@[a-z][\w-]{2,}|\b[\w-]+\.[a-z]{2,24}/\w|\bxn--|\bslash slash\b|\b\d{1,3}(?:\.\d{1,3}){3}[:/]\w|\bh(?:tt|xx)ps?\b\W{0,3}[:/]"
)
_SPELT = re.compile(
    r"(?i)\b[\w-]+\s*[\[({]\s*(?:dot|punkt|point|punto|\.)\s*[\])}]\s*[a-z]{2,24}\b|\b\w+ dot (?:com|org|net|io|dev)\b"
)
_DOTTED = re.compile(r"(?<![\w@])[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62})+(?!\w)")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ -]\(?\d{2,7}\)?){2,5}(?![\w.])")
_NUMBER_PLACES = 9
"""Digits of the shortest telephone number that a reader could call from another country."""

_DOTS = str.maketrans("\u3002\uff0e\uff61\u2024\ufe52", ".....")
"""What mail programs take for a dot, too."""


def has_address(text: str, *, code: Collection[str] = ()) -> bool:
    """Whether `text` holds a URL, a domain, an address for mail, or a number to call.

    `code` is what the source sets as code: a dotted name there, such as asyncio.run, is no domain.

    >>> has_address("See evil.party today."), has_address("Use asyncio.run here.", code=["asyncio.run()"]), has_address("In 0.17.1, e.g. here.")
    (True, False, False)
    """
    known = {name for each in code for form in (each, normalise(each)) for name in _DOTTED.findall(form)}
    for form in (text, normalise(text).translate(_DOTS)):
        if _URL.search(form) or _SPELT.search(form):
            return True
        if any(name not in known for name in _domains(form)):
            return True
        if any(sum(char.isdigit() for char in found[0]) >= _NUMBER_PLACES for found in _PHONE.finditer(form)):
            return True
    return False


def _domains(text: str) -> Iterator[str]:
    """Yield dotted names whose end is a public suffix, such as x.party or a.co.uk."""
    for found in _DOTTED.finditer(text):
        name = found[0]
        if not name.rpartition(".")[2].isdigit() and _suffixes().publicsuffix(name.casefold()) is not None:
            yield name


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False)
