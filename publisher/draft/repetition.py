"""What repeats: a word or phrase within one sentence, and words in a row that two texts share."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from publisher.content.shingles import shingles as runs
from publisher.draft.quotation import normalise
from publisher.draft.stop_words import stop_words

_OFTEN: Final = 6
"""Times that one word may stand in a sentence: `channel` stands in five places of a genuine one."""

_IN_A_ROW = re.compile(r"(?i)\b([^\W\d_]+)(?:\W+\1\b){2,}")
_PHRASE: Final = 4
_PHRASE_OFTEN: Final = 2
"""Words in a row, and how often they may stand in a sentence: "a commitment to" stands in three places of a genuine one."""

_STRETCHED = re.compile(r"(?i)(?<![\w-])(?![a-f]+\b)[^\W\d_]*([^\W\d_])\1{4,}[^\W\d_]*(?![\w-])|[!?。！？]{3,}")


def babbles(sentence: str, language: str) -> str | None:
    """Return the word or phrase that a sentence repeats more often than people do.

    >>> babbles("Budgets budgets budgets cap the calls.", "en"), babbles("A cap of the cap of the budget.", "en")
    ('Budgets', None)
    """
    if row := _IN_A_ROW.search(sentence):
        return row[1]
    if stretched := _STRETCHED.search(sentence):
        return stretched[0]
    words = word_list(sentence)
    without = stop_words(language)
    counts = Counter(word for word in words if word not in without)
    most = max(counts, key=counts.__getitem__, default="")
    if counts[most] > _OFTEN:
        return most
    phrases = Counter(tuple(words[place : place + _PHRASE]) for place in range(len(words) - _PHRASE + 1))
    return next((" ".join(phrase) for phrase, count in phrases.items() if count > _PHRASE_OFTEN), None)


def word_list(text: str) -> list[str]:
    """Return the words of a text, case folded."""
    return re.findall(r"\w+", normalise(text).casefold())


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return every eight words in a row."""
    return frozenset(runs(word_list(text)))
