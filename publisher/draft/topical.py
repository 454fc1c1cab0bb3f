"""How much words say as the name of a subject: few past passages have them, and those that do speak of them again and again. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

from publisher.draft.stop_words import stop_words
from publisher.draft.terms import stem, words
from publisher.issue import Passage

Run = tuple[str, ...]
"""The stem of a word, or those of two that follow each other."""

ENOUGH: Final = 8
"""Passages from which it can be told whether words are a subject there, or are said in passing."""

IN_PASSING: Final = 0.6
"""What is left of the weight of words that each passage says once, as it says «blog post»."""

AGAIN: Final = 1.6
"""What it gains for how much more often they are said there than by chance (the residual IDF of Church and Gale)."""


class Topical:
    """What each word, and each two words in a row, of some texts says as a subject among past passages."""

    def __init__(self, past: Iterable[Passage], texts: Iterable[str], language: str) -> None:
        self._language = language
        wanted = {run for text in texts for run in runs_of(text, language)}
        self._count = 0
        self._having: Counter[Run] = Counter()
        self._times: Counter[Run] = Counter()
        for passage in past:
            self._count += 1
            said = Counter(run for run in runs_of(passage.text, language) if run in wanted)
            self._times.update(said)
            self._having.update(said.keys())

    def of(self, text: str) -> Mapping[Run, float]:
        """Return the runs of a text that past passages have, with what each says: in the unit of Rarity."""
        return {run: self._says(run) for run in dict.fromkeys(runs_of(text, self._language)) if run in self._having}

    def _says(self, run: Run) -> float:
        having, count = self._having[run], self._count
        rare = math.log((1 + count) / having)
        if having < ENOUGH:
            return rare
        again = math.log(count / having) + math.log(1 - math.exp(-self._times[run] / count))
        return rare * max(0.0, min(1.0, IN_PASSING + AGAIN * again))


@lru_cache(maxsize=16_384)  # each draft asks for those of all past passages
def runs_of(text: str, language: str) -> Collection[Run]:
    """Return each word of a text, stemmed, and each two in a row, as often as they stand there; without those that say nothing."""
    left_out = stop_words(language)
    said = ["" if word in left_out else stem(word, language) for word in words(text)]
    return (*((one,) for one in said if one), *((one, two) for one, two in pairwise(said) if one and two))
