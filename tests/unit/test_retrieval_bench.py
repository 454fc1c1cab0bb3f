from __future__ import annotations

import json
from pathlib import Path

from bench.retrieval import measure


def test_the_benchmark_counts_how_many_relevant_earlier_passages_were_found(tmp_path: Path) -> None:
    rows = [
        ("a", "2020-01-01", "retry budgets cap outages"),
        ("b", "2020-01-08", "vectors in memory"),
        ("c", "2020-02-01", "retry budgets"),
    ]
    passages = [{"id": i, "date": day, "section": "News", "heading": "", "text": text} for i, day, text in rows]
    queries = [
        {"id": "q", "date": "2020-02-01", "query": "a budget for retries", "relevant": ["a", "b"]},
        {"id": "r", "date": "2020-02-01", "query": "nothing in common", "relevant": ["b"]},
    ]
    (tmp_path / "passages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in passages), "utf-8")
    (tmp_path / "citations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in queries), "utf-8")
    figures = measure(tmp_path, [20])
    assert (figures["citations"]["all"]["recall"], figures["citations"]["all"]["queries"]) == (0.25, 2)
    assert (figures["passages"], list(figures["words"])) == (3, [20])
    by_database = figures["hybrid"][20]
    assert list(by_database) == ["sqlite", "postgresql"]
    assert (by_database["postgresql"]["by_hnsw"], by_database["postgresql"]["recall"]) == (True, 1.0)
    assert all(one["cpu_ms"] > 0 and one["wall_ms"] > 0 for one in by_database.values())


def test_without_data_the_figures_are_null(tmp_path: Path) -> None:
    assert measure(tmp_path / "missing") == {"passages": None}
