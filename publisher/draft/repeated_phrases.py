"""Phrases that past issues say again and again, such as how a section is introduced each week. Pure.

A phrase is a run of eight words, kept as a number: there are millions of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from publisher.content.shingles import shingles
from publisher.draft.terms import words
from publisher.issue import Passage

OFTEN: Final = 3
"""In how many issues a phrase has to be before it counts as standing."""


@lru_cache(maxsize=16_384)  # each draft asks for those of all past passages
def phrases(text: str) -> frozenset[int]:
    """Return every run of eight words of a text; two texts share one only if one of them repeats the other."""
    return frozenset(map(hash, shingles(list(words(text)))))


def repeated_in(texts: Iterable[str], past: Iterable[Passage]) -> frozenset[int]:
    """Return the phrases of some texts that three past issues have or more."""
    wanted = frozenset[int]().union(*(phrases(text) for text in texts))
    issues: defaultdict[int, set[int]] = defaultdict(set)
    for passage in past:
        for phrase in wanted & phrases(passage.text):
            issues[phrase].add(passage.issue)
    return frozenset(phrase for phrase, found in issues.items() if len(found) >= OFTEN)
