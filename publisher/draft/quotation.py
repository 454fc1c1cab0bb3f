"""Whether a passage has certain words, and where: exact but for compatibility forms, quotation marks and white space."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAME = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    }
)
_CLUSTER = re.compile(r"\s+|\S[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]*")


def normalise(text: str) -> str:
    """Return `text` as it is compared: NFKC, one kind of quotation marks, one space for each run of white space.

    Digits written as ² or ½ stay what they are: 10² is not 102.

    >>> normalise("“10²  ﬁles”")
    '"10² files"'
    """
    if text.isascii():
        return " ".join(text.replace("`", "'").split())
    return "".join(form for form, _ in _clusters(text)).strip()


def find_quotation(quote: str, text: str) -> str | None:
    """Return the words of `text` that `quote` repeats, as `text` writes them; None if they are not in it.

    A quotation begins and ends between words, and never inside a number: «5 percent» is not quoted from «0.5 percent».
    """
    wanted = normalise(quote)
    if not wanted:
        return None
    clusters = _clusters(text)
    whole = "".join(form for form, _ in clusters)
    start = whole.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _between_words(whole, start, end):
            return _original(clusters, text, start, end)
        start = whole.find(wanted, start + 1)
    return None


def _clusters(text: str) -> list[tuple[str, int]]:
    """Return (normalised form, offset in `text`) of each character with its accents, or run of white space."""
    return [(_form(match[0]), match.start()) for match in _CLUSTER.finditer(text)]


@lru_cache(maxsize=4096)
def _form(cluster: str) -> str:
    if cluster.isspace():
        return " "
    if unicodedata.category(cluster[0]) == "No":
        return cluster
    return " ".join(unicodedata.normalize("NFKC", cluster.translate(_SAME)).translate(_SAME).split())


def _between_words(whole: str, start: int, end: int) -> bool:
    before, after = whole[:start][-2:], whole[end:][:2]
    if start and _is_word(whole[start]) and _is_word(before[-1:]):
        return False
    if after and _is_word(whole[end - 1]) and _is_word(after[0]):
        return False
    if whole[start].isdigit() and re.search(r"\d[.,:/]$|(?:^|[^\w)])[-+−.$€£<>~]$", before):
        return False
    return not (whole[end - 1].isdigit() and re.match(r"[.,:/]\d|\s?%", after))


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _original(clusters: list[tuple[str, int]], text: str, start: int, end: int) -> str:
    """Return the piece of `text` from which the normalised range came."""
    position, first, last = 0, len(text), len(text)
    for form, offset in clusters:
        if position <= start < position + len(form):
            first = offset
        if position >= end:
            last = offset
            break
        position += len(form)
    return text[first:last].strip()
