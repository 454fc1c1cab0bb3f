"""How often the search finds what is relevant: nDCG@10 and Recall@10, over queries whose answers are known."""

from __future__ import annotations

import datetime as dt
import math
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from publisher.draft.ranking import rank
from publisher.errors import ModelUnavailable
from publisher.evaluation.retrieval_files import Query
from publisher.issue import Passage
from publisher.ports import Retriever, VectorRetriever

DEPTH: Final = 10
"""How many hits are looked at."""


@dataclass(frozen=True, slots=True)
class RetrievalFigures:
    """Means over `queries` queries, from 0 to 1, and the median processor time of one: what else runs does not count."""

    queries: int
    ndcg: float
    recall: float
    p50_ms: float


def measure(
    passages: Sequence[Passage],
    queries: Sequence[Query],
    *,
    language: str = "en",
    links: bool = False,
    vectors: Callable[[Sequence[Passage], Retriever], VectorRetriever] | None = None,
) -> dict[str, RetrievalFigures]:
    """Ask every query; return the figures of all ("") and of each year that the queries are from.

    A query with a date finds earlier passages only. With `links`, what earlier queries are known to be about counts, where
    a query is itself a passage: that is what an editor linked to in it. `vectors` makes a search by words into one by
    words and vectors; those of the queries are made beforehand. Raises ModelUnavailable when they cannot be had.
    """
    known = {query.id: sorted(query.relevant) for query in queries} if links else {}
    ranking: Retriever = rank(passages, language=language, links=known)
    if vectors is not None:
        ranking = _with_vectors(vectors(passages, ranking), queries)
    judged: defaultdict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for query in queries:
        started = time.thread_time()
        hits = ranking.search(query.text, before=query.date or dt.date.max, limit=DEPTH)
        seconds = time.thread_time() - started
        found = [hit.passage.id for hit in hits]
        result = (gain(found, query.relevant), len(query.relevant.intersection(found)) / len(query.relevant), seconds)
        for group in ("", str(query.date.year)) if query.date else ("",):
            judged[group].append(result)
    return {group: _figures(results) for group, results in sorted(judged.items())}


def _with_vectors(hybrid: VectorRetriever, queries: Sequence[Query]) -> VectorRetriever:
    """Refuse figures that would say of vectors what words alone did."""
    hybrid.prepare([query.text for query in queries])
    if hybrid.shortfall:
        raise ModelUnavailable(hybrid.shortfall)
    return hybrid


def gain(found: Sequence[str], relevant: frozenset[str]) -> float:
    """Return nDCG: 1 if all that is relevant comes first, less for what comes later or not at all.

    >>> gain(["a", "b"], frozenset("a")), round(gain(["b", "a"], frozenset("a")), 2)
    (1.0, 0.63)
    """
    best = sum(1 / math.log2(place + 2) for place in range(min(DEPTH, len(relevant))))
    return sum(1 / math.log2(place + 2) for place, id_ in enumerate(found[:DEPTH]) if id_ in relevant) / best


def _figures(results: Sequence[tuple[float, float, float]]) -> RetrievalFigures:
    gains, recalls, seconds = zip(*results, strict=True)
    return RetrievalFigures(
        len(results), statistics.fmean(gains), statistics.fmean(recalls), 1000 * statistics.median(seconds)
    )
