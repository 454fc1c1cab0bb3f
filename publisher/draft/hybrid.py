"""Ranks passages by their words and by their vectors together. Pure, but for asking for the vectors of queries.

Scores of the two are not comparable, so each is brought to 0 to 1 (by words: 0 is what no word finds; by vectors: 0 is the
last of the DEPTH nearest), and added with weights that were chosen on a real newsletter
(docs/decisions/0171).
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from publisher.draft.embedded import query_of, text_hash, texts_of
from publisher.draft.postings import Floats
from publisher.errors import ModelUnavailable
from publisher.issue import Passage
from publisher.ports import Hit, Nearest, Retriever

OF_VECTORS: Final = 0.2
"""What vectors count, beside words, which count the rest of 1."""
DEPTH: Final = 100
"""How many of the best by words, and of the nearest texts, are looked at."""

MOST_QUERIES: Final = 2_000
"""Vectors of queries that a process keeps; an issue has some forty."""

Ask = Callable[[Sequence[str]], Mapping[str, Floats]]
"""Returns the vector of each query. Raises ModelUnavailable."""


class EmbeddedPassages:
    """What searches of the same passages share: their words, the nearest of their vectors, and the vectors of queries.

    Safe to use from several threads.
    """

    def __init__(self, words: Retriever, passages: Sequence[Passage], nearest: Nearest) -> None:
        self.words = words
        self.nearest = nearest
        self.saying: defaultdict[str, list[Passage]] = defaultdict(list)
        for passage in passages:
            for text in texts_of(passage):
                self.saying[text_hash(text)].append(passage)
        self._lock = threading.Lock()
        self._vectors: dict[str, Floats] = {}

    def known(self, queries: Sequence[str]) -> dict[str, Floats]:
        """Return the vectors of those queries that were asked for before."""
        with self._lock:
            return {query: self._vectors[query] for query in queries if query in self._vectors}

    def keep(self, vectors: Mapping[str, Floats]) -> None:
        with self._lock:
            if len(self._vectors) > MOST_QUERIES:
                self._vectors.clear()
            self._vectors |= vectors


class HybridRanking:
    """Finds passages by words and vectors, for one act. Implements ports.VectorRetriever.

    A query that has no word finds nothing. After a shortfall words alone are compared, also for queries whose vectors are
    there: scores of one draft are comparable. The next `prepare` begins anew. What fails here leaves other acts alone.
    """

    def __init__(self, passages: EmbeddedPassages, ask: Ask) -> None:
        self.passages = passages
        self._ask = ask
        self._vectors: dict[str, Floats] = {}
        self._shortfall = ""

    @property
    def shortfall(self) -> str:
        return self._shortfall

    def prepare(self, queries: Sequence[str]) -> None:
        wanted = [query for query in dict.fromkeys(map(query_of, queries)) if query and query not in self._vectors]
        self._vectors |= self.passages.known(wanted)
        self._shortfall = ""
        if missing := [query for query in wanted if query not in self._vectors]:
            try:
                made = self._ask(missing)
            except ModelUnavailable as unavailable:
                self._shortfall = words_alone(unavailable)
                return
            self._vectors |= made
            self.passages.keep(made)

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        """Return at most `limit` hits, the best first, of passages dated earlier than `before`."""
        by_words = self.passages.words.search(query, before=before, limit=max(limit, DEPTH))
        vector = self._vector(query_of(query)) if by_words and limit > 0 else None
        if vector is None:
            return by_words[: max(limit, 0)]
        near = self._near(vector, before)
        return fused(by_words, near, limit)

    def _vector(self, query: str) -> Floats | None:
        if query not in self._vectors and not self._shortfall:
            self.prepare([query])
        return None if self._shortfall else self._vectors.get(query)

    def _near(self, vector: Floats, before: dt.date) -> list[Hit]:
        """Return the passages of the nearest texts, each once, with the cosine of its nearest text."""
        best: dict[str, Hit] = {}
        for hash_, cosine in self.passages.nearest.search(vector, before=before, limit=DEPTH):
            for passage in self.passages.saying.get(hash_, ()):
                if passage.date < before:
                    best.setdefault(passage.id, Hit(passage, cosine))
        return list(best.values())


def fused(by_words: Sequence[Hit], near: Sequence[Hit], limit: int, of_vectors: float = OF_VECTORS) -> tuple[Hit, ...]:
    """Return the best of both, by the weighted sum of their scores from 0 to 1; what only one has gets 0 of the other."""
    scores: defaultdict[str, float] = defaultdict(float)
    passages = {hit.passage.id: hit.passage for hit in (*by_words, *near)}
    lowest = min((hit.score for hit in near), default=0.0)
    for hits, low, weight in ((by_words, 0.0, 1 - of_vectors), (near, lowest, of_vectors)):
        span = max((hit.score for hit in hits), default=0.0) - low
        for hit in hits:
            scores[hit.passage.id] += weight * ((hit.score - low) / span if span > 0 else 1.0)
    ranked = sorted(passages.values(), key=lambda passage: (-scores[passage.id], passage.issue, passage.id))
    return tuple(Hit(passage, scores[passage.id]) for passage in ranked if scores[passage.id] > 0)[:limit]


class WordsAlone:
    """A retriever that should compare vectors, and has none. Implements ports.VectorRetriever."""

    def __init__(self, words: Retriever, shortfall: str) -> None:
        self._words = words
        self.shortfall = shortfall

    def prepare(self, queries: Sequence[str]) -> None:
        """Nothing to prepare: words need none."""

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        return self._words.search(query, before=before, limit=limit)


def words_alone(unavailable: ModelUnavailable) -> str:
    """Say why vectors were not compared, for a draft's note and for editors."""
    return f"vectors: {unavailable}; past issues were searched by words alone"


def unit(vector: Sequence[float]) -> Floats | None:
    """Return a vector with length 1; None for one that has no direction."""
    made = np.asarray(vector, np.float64)
    length = float(np.linalg.norm(made))
    return (made / length).astype(np.float32) if np.isfinite(length) and length > 0 else None
