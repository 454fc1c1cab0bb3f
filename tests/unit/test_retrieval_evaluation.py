"""pressroom eval retrieval: what it reads, what it refuses, and a floor on a year of a real newsletter."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.errors import ContentError
from publisher.evaluation.retrieval import measure
from publisher.evaluation.retrieval_files import read_passages, read_queries

HERE = Path("p.jsonl")
OPTECH = Path(__file__).resolve().parents[1] / "data" / "optech_2018"


def lines(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def test_what_editors_linked_to_is_found_as_well_as_it_was() -> None:
    passages = read_passages(OPTECH / "passages.jsonl", (OPTECH / "passages.jsonl").read_bytes())
    queries = read_queries(OPTECH / "citations.jsonl", (OPTECH / "citations.jsonl").read_bytes())
    found = measure(passages, queries)[""]
    assert found.queries == 23
    assert found.ndcg >= 0.90
    assert found.recall >= 0.95


def test_dates_are_optional_and_each_year_has_its_figures() -> None:
    passages = read_passages(
        HERE,
        lines(
            {"id": "a", "date": "2020-01-01", "text": "Retry budgets cap outages."},
            {"id": "b", "text": "Vectors in memory.", "heading": "Search", "section": "news", "more": 1},
            {"id": "c", "date": "2021-02-01", "text": "Retry budgets."},
        ),
    )  # fmt: skip
    queries = read_queries(
        HERE,
        b"\n"
        + lines(
            {"id": "q", "date": "2021-02-01", "query": "a budget for retries", "relevant": ["a", "c"]},
            {"id": "r", "query": "search", "relevant": ["b"]},
        ),
    )  # fmt: skip
    found = measure(passages, queries)
    assert (found["2021"].queries, found["2021"].recall) == (1, 0.5)
    assert (found[""].queries, found[""].recall) == (2, 0.75)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{}\n", 'p.jsonl:1: "relevant" is not a list of ids'),
        (b'\n{"id": 1}', 'p.jsonl:2: "relevant" is not a list of ids'),
        (lines({"id": "q", "query": "x", "relevant": []}), 'p.jsonl:1: "relevant" is not a list of ids'),
        (lines({"id": "q", "query": "", "relevant": ["a"]}), 'p.jsonl:1: "query" is not a text'),
        (lines({"id": "q", "query": "x", "relevant": ["a"], "date": "30 Nov"}), "p.jsonl:1: '30 Nov' is not a date"),
        (lines({"id": "q", "query": "x", "relevant": ["a"], "date": 2021}), "p.jsonl:1: 2021 is not a date"),
        (b"[1]", "p.jsonl:1: this is not a JSON object"),
        (b"{\n", "p.jsonl:1: this is not JSON"),
        (b"[" * 100_000, "p.jsonl:1: this is not JSON"),
        (b"\n\xff{}", "p.jsonl:2: this is not UTF-8"),
        (b" \n\n", "p.jsonl: there is no query"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_queries_is_refused_in_a_sentence_with_its_line(data: bytes, said: str) -> None:
    with pytest.raises(ContentError, match=r"^[^\n]+$") as caught:
        read_queries(HERE, data)
    assert str(caught.value).startswith(said)


def test_a_passage_that_is_there_twice_is_refused() -> None:
    with pytest.raises(ContentError, match=r"p\.jsonl:2: the passage 'a' is there twice"):
        read_passages(HERE, lines({"id": "a", "text": "x"}, {"id": "a", "text": "y"}))
