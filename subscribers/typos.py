"""Domains that look like a typing error for a large mail provider's. Hints for an editor: no address is ever changed.

Source: the providers' own sites, and frequent errors at sign-up forms, such as a letter too many or two that changed
places. Names that are near a provider's, and belong to somebody else who has readers, are listed as well.
"""

from __future__ import annotations

import functools
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PROVIDERS: Final = (
    "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.co.jp", "hotmail.com",
    "hotmail.co.uk", "hotmail.fr", "hotmail.de", "outlook.com", "outlook.de", "outlook.fr", "live.com", "icloud.com",
    "protonmail.com", "proton.me", "fastmail.com", "mailbox.org", "posteo.de", "t-online.de", "freenet.de", "orange.fr",
    "laposte.net", "wanadoo.fr", "libero.it", "comcast.net", "verizon.net", "btinternet.com", "yandex.ru", "rambler.ru",
    "naver.com", "seznam.cz", "bluewin.ch", "web.de", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "aol.com", "msn.com", "qq.com",
)  # fmt: skip
_SHORTEST: Final = 5
"""Letters that a provider's name needs so that its neighbours are errors, and not other people's short names."""
_OTHERS: Final = frozenset(
    ("mail.com", "email.com", "ymail.com", "rocketmail.com", "hotmail.ch", "hotmail.es", "hotmail.be", "hotmail.it",
     "outlook.es", "outlook.it", "outlook.jp", "outlook.pt", "outlook.be", "live.de", "live.fr", "live.nl", "yahoo.es",
     "yahoo.it", "yahoo.ca", "yahoo.in", "orange.ch", "icloud.cn", "mailbox.com", "proton.ch", "yandex.ua", "yandex.by",
     "yahoo.cn", "gmx.com", "gmx.fr", "fastmail.fm", "yahoo.se", "yahoo.no", "yahoo.dk", "yahoo.at", "yahoo.ie", "live.be")
)  # fmt: skip
_ENDINGS: Final = {
    **dict.fromkeys(("con", "cmo", "ocm", "vom", "xom", "comm", "coom", "cpm", "cim", "clm", "cok", "com.com"), "com"),
    **dict.fromkeys(("nte", "met", "ent", "nett"), "net"), **dict.fromkeys(("ogr", "orgg", "rog"), "org"),
}  # fmt: skip
"""Top-level domains that do not exist, and the ones that are meant."""
_MOST: Final = 1_000
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Typo:
    """A domain of `count` addresses that may be an error for `meant`; the first of them is on `line`."""

    domain: str
    meant: str
    count: int
    line: int


class Typos:
    """Counts the suspicious domains of a list, in constant memory."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lines: dict[str, int] = {}

    def look(self, address: str, line: int) -> None:
        """Look at an address as it is compared."""
        domain = address.rpartition("@")[2]
        if meant_domain(domain) is None or (domain not in self._counts and len(self._counts) >= _MOST):
            return
        self._counts[domain] += 1
        self._lines.setdefault(domain, line)

    def found(self) -> tuple[Typo, ...]:
        """Return the most frequent suspicious domains."""
        return tuple(
            Typo(domain, meant_domain(domain) or "", count, self._lines[domain])
            for domain, count in self._counts.most_common(_SHOWN)
        )


@functools.lru_cache(maxsize=1 << 14)
def meant_domain(domain: str) -> str | None:
    """Return the domain that was probably meant, or None if this one looks right.

    >>> [meant_domain(each) for each in ("gmial.com", "gmail.con", "gmai.com", "company.con", "gmail.com", "mail.com")]
    ['gmail.com', 'gmail.com', 'gmail.com', 'company.com', None, None]
    """
    if domain in _PROVIDERS or domain in _OTHERS:
        return None
    near = _neighbours().get(domain)
    if near is not None:
        return near
    name, _, ending = domain.rpartition(".")
    if ending not in _ENDINGS:
        return None
    right = f"{name}.{_ENDINGS[ending]}"
    return meant_domain(right) or right


@functools.cache
def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for provider in _PROVIDERS:
        if len(provider.partition(".")[0]) >= _SHORTEST:
            for each in _one_off(provider):
                found.setdefault(each, provider)
    return found


def _one_off(word: str) -> Iterator[str]:
    """Yield the words that are one error away: a letter left out, added, changed, or two that changed places."""
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in string.ascii_lowercase:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
