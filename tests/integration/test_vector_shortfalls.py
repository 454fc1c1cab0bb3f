"""Vectors that cannot be had: words alone are searched, nobody waits for long, and it is said why."""

from __future__ import annotations

import time
from typing import Any

import pytest

from publisher.adapters import vector_index
from publisher.adapters.memory import MemoryModelCalls, MemoryPassageVectors
from publisher.adapters.vector_index import VectorIndex
from publisher.draft.ranking import rank
from publisher.ports import CallOutcome, Limits
from tests.unit.drafting_samples import passage
from tests.vectors import KIND, LATER, PASSAGES, asked, embedder, index_of


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("fewer-vectors", "no embeddings"), ("no-vectors", "no embeddings"), ("nan-vectors", "no embeddings"),
        ("same-index", "no embeddings"), ("foreign-index", "no embeddings"), ("zero-vectors", "did not make a vector of every text"),
        ("page", "no embeddings"), ("garbage", "no embeddings"), ("503", "HTTP 503 (3 attempts)"), ("busy-1", "HTTP 429"),
        ("wrong-key", "HTTP 401"), ("resets", "the connection failed"), ("redirect", "HTTP 302"),
        ("meanings,longer-meanings", "made 96 numbers of a text after 64"),
    ],
)  # fmt: skip
def test_from_an_endpoint_that_fails_nothing_is_used_and_words_are_searched_alone(
    address: str, run: str, script: str, why: str
) -> None:
    calls, words = MemoryModelCalls(), rank(PASSAGES)
    index = index_of(MemoryPassageVectors(), embedder(address, run, script, calls))
    found = index.sync(PASSAGES, words)
    assert found.shortfall.startswith("vectors: ")
    assert why in found.shortfall
    assert found.shortfall.endswith("; past issues were searched by words alone")
    assert "127.0.0.1" not in found.shortfall
    assert found.search("budget 7", before=LATER, limit=9) == words.search("budget 7", before=LATER, limit=9)
    assert {call.purpose for call in calls.latest(9)} == {"embed"}
    before = len(asked(address, run, script))
    assert index.sync(PASSAGES, words).shortfall == found.shortfall  # it rests
    assert len(asked(address, run, script)) == before


@pytest.mark.parametrize("script", ["hangs", "stalls", "drips", "never-ends"])
def test_no_endpoint_makes_a_draft_wait_longer_than_is_allowed(
    address: str, run: str, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "DRAFT_SECONDS", 0.5)
    begun = time.monotonic()
    found = index_of(MemoryPassageVectors(), embedder(address, run, script)).sync(PASSAGES, rank(PASSAGES))
    assert time.monotonic() - begun < 10
    assert "deadline of" in found.shortfall


def test_what_is_made_before_the_time_is_over_is_kept_and_the_next_draft_goes_on(
    address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = MemoryPassageVectors(), [0.0]

    class Slow:
        model = "small-1"
        real = embedder(address, run, "meanings")

        def passages(self, texts: Any, *, seconds: float) -> Any:
            now[0] += 40.0
            return self.real.passages(texts, seconds=seconds)

        queries = passages

    many = [passage(f"Retry budget number {number} caps load.", number) for number in range(1, 100)]
    index = VectorIndex(kept, Slow(), monotonic=lambda: now[0])
    assert "64 of 99 are made; `pressroom vectors` makes the rest" in index.sync(many, rank(many)).shortfall
    assert len(kept.known(KIND)) == 64
    now[0] += vector_index.REST
    monkeypatch.setattr(vector_index, "DRAFT_SECONDS", 200.0)
    assert index.sync(many, rank(many)).shortfall == ""
    assert len(kept.known(KIND)) == 99


def test_a_budget_that_is_spent_leaves_words_alone(address: str, run: str) -> None:
    calls = MemoryModelCalls()
    poor = embedder(address, run, "meanings", calls, Limits(tokens_per_day=10))
    found = index_of(MemoryPassageVectors(), poor).sync(PASSAGES, rank(PASSAGES))
    assert "over the budget, model.tokens_per_day" in found.shortfall
    assert [call.outcome for call in calls.latest(9)] == [CallOutcome.OVER_BUDGET]
    assert asked(address, run, "meanings") == []


def test_a_query_s_failure_is_said_and_the_next_draft_asks_again(address: str, run: str) -> None:
    words = rank(PASSAGES)
    index = index_of(MemoryPassageVectors(), embedder(address, run, "meanings,meanings,wrong-key,meanings"))
    found = index.sync(PASSAGES, words)
    found.prepare(["budget 7"])
    assert found.shortfall == "vectors: HTTP 401; past issues were searched by words alone"
    assert found.search("budget 7", before=LATER, limit=3) == words.search("budget 7", before=LATER, limit=3)
    again = index.sync(PASSAGES, words)
    again.prepare(["budget 7"])
    assert again.shortfall == ""


def test_after_a_shortfall_a_draft_uses_no_vectors_at_all_also_where_it_has_them(address: str, run: str) -> None:
    words = rank(PASSAGES)
    found = index_of(MemoryPassageVectors(), embedder(address, run, "meanings,meanings,meanings,wrong-key")).sync(
        PASSAGES, words
    )
    found.prepare(["budget much 7"])
    by_both = found.search("budget much 7", before=LATER, limit=9)
    assert by_both != words.search("budget much 7", before=LATER, limit=9)
    found.prepare(["budget much 7", "load 9"])
    assert "HTTP 401" in found.shortfall
    for query in ("budget much 7", "load 9"):
        assert found.search(query, before=LATER, limit=9) == words.search(query, before=LATER, limit=9)


def test_looking_at_the_model_what_is_missing_and_queries_of_a_draft_have_one_minute(address: str, run: str) -> None:
    kept, now, given = MemoryPassageVectors(), [0.0], []

    class Slow:
        model = "small-1"
        real = embedder(address, run, "meanings")

        def passages(self, texts: Any, *, seconds: float) -> Any:
            given.append(seconds)
            now[0] += 25.0
            return self.real.passages(texts, seconds=seconds)

        queries = passages

    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    index = VectorIndex(kept, Slow(), monotonic=lambda: now[0])
    found = index.sync(PASSAGES, rank(PASSAGES))
    now[0] += 500  # what the draft does otherwise is not waited for vectors
    found.prepare(["one budget"])
    assert (given, found.shortfall) == ([60.0, 35.0, 10.0], "")
    found.prepare(["another budget"])
    assert "the 60 s that a draft waits for them are over" in found.shortfall
    assert len(given) == 3
    index.sync(PASSAGES, rank(PASSAGES)).prepare(["another budget"])
    assert len(given) == 4


def test_what_fails_for_one_draft_says_nothing_of_another_that_is_made_meanwhile(address: str, run: str) -> None:
    words = rank(PASSAGES)
    # Passages twice, then the queries of three drafts: the second is refused.
    script = "meanings,meanings,meanings,wrong-key,meanings"
    index = index_of(MemoryPassageVectors(), embedder(address, run, script))
    before, fails, goes_on = (index.sync(PASSAGES, words) for _ in range(3))
    before.prepare(["budget much 7"])
    by_both = before.search("budget much 7", before=LATER, limit=9)
    fails.prepare(["load 9"])
    assert "HTTP 401" in fails.shortfall
    assert (before.shortfall, before.search("budget much 7", before=LATER, limit=9)) == ("", by_both)
    goes_on.prepare(["caps 3"])
    assert goes_on.shortfall == ""
    assert "HTTP 401" in fails.shortfall
    for query in ("load 9", "caps 3"):
        assert fails.search(query, before=LATER, limit=9) == words.search(query, before=LATER, limit=9)


def test_each_draft_has_a_minute_of_its_own(address: str, run: str) -> None:
    now, given = [0.0], []

    class Slow:
        model = "small-1"
        real = embedder(address, run, "meanings")

        def passages(self, texts: Any, *, seconds: float) -> Any:
            return self.real.passages(texts, seconds=seconds)

        def queries(self, texts: Any, *, seconds: float) -> Any:
            given.append(seconds)
            now[0] += 25.0
            return self.real.queries(texts, seconds=seconds)

    index, words = VectorIndex(MemoryPassageVectors(), Slow(), monotonic=lambda: now[0]), rank(PASSAGES)
    one = index.sync(PASSAGES, words)
    for query in ("budget 1", "budget 2"):
        one.prepare([query])
    other = index.sync(PASSAGES, words)
    one.prepare(["budget 3"])
    one.prepare(["budget 4"])
    assert "the 60 s that a draft waits for them are over" in one.shortfall
    other.prepare(["budget 5"])
    assert (other.shortfall, given) == ("", [30.0, 30.0, 10.0, 30.0])
