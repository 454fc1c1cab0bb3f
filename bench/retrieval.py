"""The search over past issues: what it finds on the Bitcoin Optech newsletter, how fast, and how long making it takes.

    python bench/retrieval.py [--data ../shared/data/optech] [--sizes 7000 100000]

Every citation is an item of one issue; the relevant passages are the earlier ones that its editors linked to. Larger
archives are made of runs of four words from real passages. Figures are null when the data is missing.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.passage_terms import DatabasePassageTerms
from publisher.adapters.passage_index import PassageIndex
from publisher.draft.embedded import text_hash, texts_of
from publisher.draft.hybrid import EmbeddedPassages, HybridRanking
from publisher.draft.nearest import NearestOfAll
from publisher.draft.ranking import rank
from publisher.evaluation.retrieval import RetrievalFigures
from publisher.evaluation.retrieval import measure as judge
from publisher.evaluation.retrieval_files import Query, read_passages, read_queries
from publisher.issue import Passage
from publisher.ports import Retriever
from subscribers.database import open_engine

DIMENSION = 384
HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "optech")
    parser.add_argument("--sizes", type=int, nargs="*", default=[7_000, 100_000])
    print(json.dumps(measure(**vars(parser.parse_args()))))


def measure(data: Path, sizes: Sequence[int] = ()) -> dict[str, Any]:
    """Return nDCG@10 and Recall@10 by kind of query, seconds that indexing takes, and ms of a query at each size."""
    if not (data / "passages.jsonl").is_file():
        return {"passages": None}
    passages = read_passages(data / "passages.jsonl", (data / "passages.jsonl").read_bytes())
    kinds = {
        path.stem: read_queries(path, path.read_bytes())
        for path in (data / "citations.jsonl", data / "topics.jsonl")
        if path.is_file()
    }
    found: dict[str, Any] = {"passages": len(passages), **_indexing(passages)}
    for kind, queries in kinds.items():
        found[kind] = _by_year(judge(passages, queries))
    found["citations with links"] = _by_year(judge(passages, kinds["citations"], links=True))
    archives = {size: _archive(passages, size) for size in sizes}
    rankings = {size: rank(archive) for size, archive in archives.items()}
    found["cpu_ms"] = {size: _speed(rankings[size], archives[size], kinds["citations"]) for size in sizes}
    found["hybrid_cpu_ms"] = {
        size: _speed(_with_vectors(rankings[size], archives[size]), archives[size], kinds["citations"])
        for size in sizes
    }
    return found


def _with_vectors(words: Retriever, passages: Sequence[Passage]) -> HybridRanking:
    """Give each text and each query a vector of 384 numbers. How long a search takes does not depend on which."""
    dice = np.random.default_rng(1)

    def drawn(texts: Sequence[str]) -> dict[str, Any]:
        vectors = dice.normal(size=(len(texts), DIMENSION)).astype(np.float32)
        return dict(zip(texts, vectors / np.linalg.norm(vectors, axis=1, keepdims=True), strict=True))

    said = {text_hash(text): one.date for one in passages for text in texts_of(one)}
    nearest = NearestOfAll(list(said), list(said.values()), np.array(list(drawn(list(said)).values())))
    return HybridRanking(EmbeddedPassages(words, passages, nearest), drawn)


def _by_year(found: dict[str, RetrievalFigures]) -> dict[str, Any]:
    return {
        year or "all": {"queries": one.queries, "ndcg": round(one.ndcg, 4), "recall": round(one.recall, 4)}
        for year, one in found.items()
    }


def _indexing(passages: Sequence[Passage]) -> dict[str, float]:
    """Index everything in a new database, then again as another process would."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'pressroom.db'}")
        migrate(engine)
        seconds = []
        for _ in range(2):
            started = time.perf_counter()
            PassageIndex(DatabasePassageTerms(engine)).sync(passages, language="en")
            seconds.append(round(time.perf_counter() - started, 2))
        engine.dispose()
    return {"sync_seconds": seconds[0], "load_seconds": seconds[1]}


def _archive(passages: Sequence[Passage], size: int) -> list[Passage]:
    """Make passages as long as real ones, of runs of four words from anywhere, so that no phrase stands in many."""
    dice = random.Random(1)
    said = [one.text.split() for one in passages]
    made = []
    for number in range(size):
        like = dice.choice(passages)
        runs = []
        for _ in range(0, len(like.text.split()), 4):
            words = dice.choice(said)
            start = dice.randrange(len(words))
            runs.extend(words[start : start + 4])
        made.append(dataclasses.replace(like, id=str(number), text=" ".join(runs)))
    return made


def _speed(ranking: Retriever, passages: Sequence[Passage], queries: Sequence[Query]) -> float:
    """Return the median milliseconds of processor time of a query; other work on the machine does not count.

    Vectors of queries are made before: that is a model's time, not the search's.
    """
    if isinstance(ranking, HybridRanking):
        ranking.prepare([query.text for query in queries[-200:]])
    times = []
    for query in queries[-200:]:
        started = time.process_time()  # the multiplication may use several threads
        ranking.search(query.text, before=query.date or max(one.date for one in passages), limit=10)
        times.append(1000 * (time.process_time() - started))
    return round(statistics.median(times), 2)


if __name__ == "__main__":
    main()
