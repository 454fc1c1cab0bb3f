"""The search over past issues: what it finds on the Bitcoin Optech newsletter, how fast, and how long making it takes.

    python bench/retrieval.py [--data ../shared/data/optech] [--sizes 7000 100000]

Every citation is an item of one issue; the relevant passages are the earlier ones that its editors linked to. Larger
archives are made of runs of four words from real passages. Figures are null when the data is missing.

Each time is a median over the last 200 queries: of processor time, to which PostgreSQL's own process is added, and by the
clock. Other work on the machine counts by the clock only.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench.readers import postgresql
from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.passage_terms import DatabasePassageTerms
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.database.pgvector import NearestInPostgresql
from publisher.adapters.passage_index import PassageIndex
from publisher.draft.embedded import CUTTER, text_hash, texts_of
from publisher.draft.hybrid import DEPTH, EmbeddedPassages, HybridRanking
from publisher.draft.nearest import NearestOfAll
from publisher.draft.ranking import rank
from publisher.evaluation.retrieval import RetrievalFigures
from publisher.evaluation.retrieval import measure as judge
from publisher.evaluation.retrieval_files import Query, read_passages, read_queries
from publisher.issue import Passage
from publisher.ports import Nearest, Retriever, VectorKind
from subscribers.database import open_engine

DIMENSION = 384
TOPICS = 500
RUNS = 200
KIND = VectorKind("drawn", CUTTER)
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
    found["words"] = {size: _speed(rankings[size], archives[size], kinds["citations"]) for size in sizes}
    found["hybrid"] = {size: _hybrid(rankings[size], archives[size], kinds["citations"]) for size in sizes}
    return found


def _hybrid(words: Retriever, passages: Sequence[Passage], queries: Sequence[Query]) -> dict[str, dict[str, float]]:
    """Time searches by words and vectors on each database: by numpy for SQLite, by HNSW in PostgreSQL."""
    drawn = _Drawn()
    said = {text_hash(text): one.date for one in passages for text in texts_of(one)}
    vectors = drawn(list(said))
    by_all = NearestOfAll(list(said), list(said.values()), np.array(list(vectors.values())))
    found = {"sqlite": _speed(HybridRanking(EmbeddedPassages(words, passages, by_all), drawn), passages, queries)}
    with postgresql() as url:
        engine = open_engine(url.format("small"))
        migrate(engine)
        kept = DatabasePassageVectors(engine, indexed_from=1)  # whatever the size, to compare
        kept.write(KIND, vectors)
        started = time.perf_counter()
        by_hnsw = kept.nearest(KIND, said)
        seconds = round(time.perf_counter() - started, 1)
        with engine.connect() as connection:
            server = int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
        found["postgresql"] = {
            **_speed(HybridRanking(EmbeddedPassages(words, passages, by_hnsw), drawn), passages, queries, server),
            "by_hnsw": isinstance(by_hnsw, NearestInPostgresql),
            "index_seconds": seconds,
            "recall": _shared(by_hnsw, by_all, drawn([query.text for query in queries[-RUNS:]])),
        }
        engine.dispose()
    return found


class _Drawn:
    """Gives a text a vector of 384 numbers: near one of TOPICS directions, as real ones lie together by what they say."""

    def __init__(self) -> None:
        self._dice = np.random.default_rng(1)
        self._topics = self._dice.normal(size=(TOPICS, DIMENSION))

    def __call__(self, texts: Sequence[str]) -> dict[str, Any]:
        near = self._topics[self._dice.integers(TOPICS, size=len(texts))]
        vectors = near + self._dice.normal(size=(len(texts), DIMENSION))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return dict(zip(texts, vectors.astype(np.float32), strict=True))


def _shared(one: Nearest, other: Nearest, queries: Mapping[str, Any]) -> float:
    """Return how many of the nearest by the second the first finds, as a share of 1."""
    shares = []
    for vector in queries.values():
        all_ = {hash_ for hash_, _ in other.search(vector, before=dt.date.max, limit=DEPTH)}
        shares.append(
            len(all_ & {hash_ for hash_, _ in one.search(vector, before=dt.date.max, limit=DEPTH)}) / len(all_)
        )
    return round(statistics.fmean(shares), 3)


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


def _speed(
    ranking: Retriever, passages: Sequence[Passage], queries: Sequence[Query], server: int | None = None
) -> dict[str, float]:
    """Return the median milliseconds of a query, by processor time (with that of the process `server`) and by the clock.

    Vectors of queries are made before: that is a model's time, not the search's.
    """
    if isinstance(ranking, HybridRanking):
        ranking.prepare([query.text for query in queries[-RUNS:]])
    latest = max(one.date for one in passages)
    used, waited = [], []
    for query in queries[-RUNS:]:
        clock, processor = time.perf_counter(), _used(server)
        ranking.search(query.text, before=query.date or latest, limit=10)
        waited.append(1000 * (time.perf_counter() - clock))
        used.append(1000 * (_used(server) - processor))
    return {"cpu_ms": round(statistics.median(used), 2), "wall_ms": round(statistics.median(waited), 2)}


def _used(server: int | None) -> float:
    """Return the seconds of processor time that this process, all of its threads, and a server's have used."""
    other = Path(f"/proc/{server}/schedstat").read_text("ascii").split()[0] if server else "0"
    return time.process_time() + int(other) / 1e9


if __name__ == "__main__":
    main()
