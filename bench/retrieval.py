"""How often the search finds what editors linked to: Recall@10 on the Bitcoin Optech newsletter's own citations.

    python bench/retrieval.py [--data ../shared/data/optech] [--limit 10]

Every query is an item of one issue; the relevant passages are the earlier ones that its editors linked to. Figures are
null when the data is missing.
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import json
import re
import statistics
import time
from pathlib import Path
from typing import Any

from publisher.adapters import fts_retriever
from publisher.issue import Passage

HERE = Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=HERE.parent.parent / "shared" / "data" / "optech")
    parser.add_argument("--limit", type=int, default=10)
    print(json.dumps(measure(**vars(parser.parse_args()))))


def measure(data: Path, limit: int = 10) -> dict[str, Any]:
    """Return recall at `limit` (mean share of relevant passages found, share of queries with a hit) and milliseconds."""
    empty: dict[str, Any] = dict.fromkeys(("recall", "hit_rate", "queries", "passages", "index_ms", "query_ms_p50"))
    if not (data / "passages.jsonl").is_file():
        return {"limit": limit, **empty}
    passages, number = [], collections.Counter[str]()
    for row in _rows(data / "passages.jsonl"):
        number[row["date"]] += 1
        passages.append(
            Passage(
                row["id"], len(number), dt.date.fromisoformat(row["date"]), row["section"], row["heading"], row["text"]
            )
        )
    started = time.perf_counter()
    retriever = fts_retriever.FtsRetriever(passages)
    index_ms = (time.perf_counter() - started) * 1000
    recalls, times = [], []
    for row in _rows(data / "citations.jsonl"):
        started = time.perf_counter()
        hits = retriever.search(row["query"], before=dt.date.fromisoformat(row["date"]), limit=limit)
        times.append((time.perf_counter() - started) * 1000)
        found = {hit.passage.id for hit in hits}
        recalls.append(len(found & set(row["relevant"])) / len(row["relevant"]))
    retriever.close()
    return {
        "limit": limit,
        "recall": round(statistics.fmean(recalls), 4),
        "hit_rate": round(sum(recall > 0 for recall in recalls) / len(recalls), 4),
        "queries": len(recalls),
        "passages": len(passages),
        "index_ms": round(index_ms, 1),
        "query_ms_p50": round(statistics.median(times), 2),
    }


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in re.split(r"\n", path.read_text("utf-8")) if line]


if __name__ == "__main__":
    main()
