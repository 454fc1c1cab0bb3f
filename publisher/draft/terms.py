"""The terms of a text: its words that carry meaning, and those that several topics share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from publisher.draft.words import COMMON, STOP_WORDS

_ENDING = re.compile(r"(?:ies|es|s|ing|ed|e|y)$")


def stems(text: str) -> Iterator[str]:
    """Yield the words that carry meaning, plural and singular alike.

    >>> list(stems("The cases, and each case of a query: queries"))
    ['cas', 'cas', 'quer', 'quer']
    """
    for word in re.findall(r"[^\W\d_]{3,}", text.casefold()):
        if word not in STOP_WORDS:
            yield _ENDING.sub("", word) if len(word) > 3 else word


def spread(topics: Sequence[str]) -> dict[str, int]:
    """Return this week's terms, with how many topics each is in: words of two topics or more, or of the only topic.

    >>> spread(["Golden sets in CI.", "A golden set of questions.", "Tracing."])
    {'golden': 2}
    """
    found = Counter(word for topic in topics for word in dict.fromkeys(stems(topic)))
    common = {word for common in COMMON for word in stems(common)}
    return {word: count for word, count in found.items() if count >= min(2, len(topics)) and word not in common}
