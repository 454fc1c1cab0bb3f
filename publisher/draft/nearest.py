"""The nearest vectors, by comparing them all: a matrix times a vector. In numpy; exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from publisher.draft.postings import Floats


class NearestOfAll:
    """Implements ports.Nearest over vectors of length 1, one a row."""

    def __init__(self, hashes: Sequence[str], first_said: Sequence[dt.date], vectors: Floats) -> None:
        # Sorted by day, what was said before a day is the beginning of the matrix, and nothing else is read.
        days = np.array([day.toordinal() for day in first_said], np.int64)
        order = np.argsort(days, kind="stable")
        self._hashes = [hashes[place] for place in order]
        self._days = days[order]
        self._vectors = np.ascontiguousarray(vectors[order])

    def search(self, vector: Floats, *, before: dt.date, limit: int) -> Sequence[tuple[str, float]]:
        count = int(np.searchsorted(self._days, before.toordinal()))
        if count == 0 or limit < 1 or len(vector) != self._vectors.shape[1]:
            return ()
        cosines = self._vectors[:count] @ vector
        best = np.argpartition(-cosines, limit - 1)[:limit] if limit < count else np.arange(count)
        best = best[np.lexsort((best, -cosines[best]))]
        return [(self._hashes[place], float(cosines[place])) for place in best]
