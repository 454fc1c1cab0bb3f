"""Postings: which documents have a term, and what BM25 gives each of them for it. In numpy, for one field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

K1: Final = 2.0
"""How soon a term's repetitions stop to count."""
B: Final = 0.4
"""How much a long document is held against it, from 0 to 1."""

COMMON: Final = 16
"""One document in so many has a common term, whose weights are added to all documents at once, which is faster."""


class Postings:
    """The weight of every term in every document that has it.

    `terms` and `documents` are parallel: one entry for each occurrence. Terms are numbers of any kind; documents count from 0.
    """

    def __init__(self, terms: Ints, documents: Ints, count: int) -> None:
        lengths = np.bincount(documents, minlength=count)
        self.terms, term = np.unique(terms, return_inverse=True)
        pairs, times = np.unique(term * np.int64(max(count, 1)) + documents, return_counts=True)
        term, self._documents = np.divmod(pairs, max(count, 1))
        having = np.bincount(term, minlength=len(self.terms))
        self._starts = np.concatenate(([0], np.cumsum(having)))
        rarity = np.log(1 + (count - having + 0.5) / (having + 0.5))
        written = lengths[lengths > 0]
        relative = lengths[self._documents] / (written.mean() if len(written) else 1.0)
        self._weights: Floats = (rarity[term] * times * (K1 + 1) / (times + K1 * (1 - B + B * relative))).astype(
            np.float32
        )

        self._common = {place: self._spread(place, count) for place in np.flatnonzero(having * COMMON > count).tolist()}

    def _spread(self, place: int, count: int) -> Floats:
        found = slice(self._starts[place], self._starts[place + 1])
        weights = np.zeros(count, np.float32)
        weights[self._documents[found]] = self._weights[found]
        return weights

    def add(self, wanted: Iterable[tuple[int, float]], scores: Floats) -> None:
        """Add to each document's score what its terms are worth; `wanted` has (term, weight in the query), each term once."""
        asked = list(wanted)
        places = np.searchsorted(self.terms, [term for term, _ in asked])
        for (term, weight), place in zip(asked, places, strict=True):
            if place == len(self.terms) or self.terms[place] != term:
                continue
            if (weights := self._common.get(int(place))) is not None:
                scores += np.float32(weight) * weights
            else:
                found = slice(self._starts[place], self._starts[place + 1])
                scores[self._documents[found]] += np.float32(weight) * self._weights[found]
