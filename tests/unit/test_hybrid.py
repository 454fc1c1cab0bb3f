"""Words and vectors together: what is found, in which order, and what happens without vectors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from publisher.draft.embedded import query_of, text_hash, texts_of
from publisher.draft.hybrid import OF_VECTORS, EmbeddedPassages, HybridRanking, WordsAlone, fused, unit
from publisher.draft.nearest import NearestOfAll
from publisher.draft.ranking import rank
from publisher.errors import ModelUnavailable
from publisher.issue import Passage
from publisher.ports import Hit, VectorRetriever
from tests.unit.drafting_samples import passage

LATER = dt.date(2030, 1, 1)
PASSAGES = [
    passage("A retry budget caps the load that an outage can add to a provider.", 1, heading="Retries and budgets"),
    passage("Trying once more, again and again, multiplies traffic while a service is down.", 2, heading="Storms"),
    passage("HNSW keeps its graph in memory, and an index on disk is slow.", 3, heading="Vectors in Postgres"),
    passage("An outage of the disk is no outage of the index.", 4, heading="Disks"),
]
DIRECTIONS = {"load": (1.0, 0.1, 0.0), "index": (0.0, 1.0, 0.2), "disk": (0.0, 0.2, 1.0)}
MEANING = {1: "load", 2: "load", 3: "index", 4: "disk"}
"""What each passage is about, whatever its words."""


def vector(about: str) -> Any:
    found = unit(DIRECTIONS[about])
    assert found is not None
    return found


class Asked:
    """Knows what queries are about, and counts how often it is asked."""

    def __init__(self, about: Mapping[str, str]) -> None:
        self.about = about
        self.calls: list[list[str]] = []
        self.why = ""

    def __call__(self, queries: Sequence[str]) -> Mapping[str, Any]:
        self.calls.append(list(queries))
        if self.why:
            raise ModelUnavailable(self.why)
        return {query: vector(self.about[query]) for query in queries}


def hybrid(ask: Asked, passages: Sequence[Passage] = PASSAGES) -> HybridRanking:
    said = [(text_hash(text), one) for one in passages for text in texts_of(one)]
    vectors = np.array([vector(MEANING[one.issue]) for _, one in said])
    nearest = NearestOfAll([hash_ for hash_, _ in said], [one.date for _, one in said], vectors)
    return HybridRanking(EmbeddedPassages(rank(passages), passages, nearest), ask)


def issues(hits: Sequence[Hit]) -> list[int]:
    return [hit.passage.issue for hit in hits]


def test_what_says_the_same_in_other_words_is_found() -> None:
    ask = Asked({"retry budget": "load"})
    assert issues(rank(PASSAGES).search("retry budget", before=LATER, limit=9)) == [1]
    hits = hybrid(ask).search("retry budget", before=LATER, limit=9)
    assert issues(hits)[:2] == [1, 2]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].score == pytest.approx(1.0)


def test_only_earlier_passages_are_found_by_either_and_no_more_than_asked_for() -> None:
    one = hybrid(Asked({"retry budget": "load"}))
    assert issues(one.search("retry budget", before=PASSAGES[1].date, limit=9)) == [1]
    assert one.search("retry budget", before=PASSAGES[0].date, limit=9) == ()
    assert issues(one.search("retry budget", before=LATER, limit=1)) == [1]
    assert one.search("retry budget", before=LATER, limit=0) == ()


@pytest.mark.parametrize("query", ["", "…", "the of", "zebra"])
def test_a_query_of_which_no_word_is_known_finds_nothing_and_asks_nobody(query: str) -> None:
    ask = Asked({})
    assert hybrid(ask).search(query, before=LATER, limit=9) == ()
    assert ask.calls == []


def test_all_queries_are_asked_for_at_once_and_each_once() -> None:
    ask = Asked({"outage": "disk", "retry budget": "load"})
    one = hybrid(ask)
    one.prepare(["outage", "retry budget", "outage"])
    one.search("outage", before=LATER, limit=9)
    one.search("retry budget", before=LATER, limit=9)
    assert ask.calls == [["outage", "retry budget"]]


def test_without_an_answer_words_alone_are_compared_and_it_says_so_until_it_is_asked_anew() -> None:
    ask = Asked({"outage": "disk"})
    ask.why = "HTTP 503"
    one = hybrid(ask)
    for _ in range(3):
        assert one.search("outage", before=LATER, limit=9) == rank(PASSAGES).search("outage", before=LATER, limit=9)
    assert one.shortfall == "vectors: HTTP 503; past issues were searched by words alone"
    assert len(ask.calls) == 1
    ask.why = ""
    one.prepare(["outage"])
    assert one.shortfall == ""
    assert issues(one.search("outage", before=LATER, limit=9))[0] == 4


def test_a_passage_said_twice_is_found_in_each_issue() -> None:
    twice = [*PASSAGES, passage(PASSAGES[1].text, 5, heading="Storms")]
    ask = Asked({"retry budget": "load"})
    said = {text_hash(text): one for one in reversed(twice) for text in texts_of(one)}  # each text has one vector
    nearest = NearestOfAll(
        list(said), [one.date for one in said.values()], np.array([vector(MEANING[one.issue]) for one in said.values()])
    )
    one = HybridRanking(EmbeddedPassages(rank(twice), twice, nearest), ask)
    assert {2, 5} <= set(issues(one.search("retry budget", before=LATER, limit=9)))
    assert 5 not in issues(one.search("retry budget", before=twice[-1].date, limit=9))


def test_the_weights_add_up_and_what_only_one_has_gets_its_share() -> None:
    words = [Hit(PASSAGES[0], 8.0), Hit(PASSAGES[1], 2.0)]
    near = [Hit(PASSAGES[2], 0.9), Hit(PASSAGES[1], 0.6), Hit(PASSAGES[3], 0.3)]
    found = {hit.passage.issue: hit.score for hit in fused(words, near, 9)}
    assert found == pytest.approx({1: 1 - OF_VECTORS, 2: (1 - OF_VECTORS) / 4 + OF_VECTORS / 2, 3: OF_VECTORS})
    assert fused((), (), 9) == ()
    assert issues(fused(words, (), 9)) == [1, 2]


def test_both_retrievers_are_ones_that_compare_vectors_and_words_alone_is_none() -> None:
    words = rank(PASSAGES)
    alone = WordsAlone(words, "vectors: late")
    assert isinstance(hybrid(Asked({})), VectorRetriever)
    assert isinstance(alone, VectorRetriever)
    assert not isinstance(words, VectorRetriever)
    assert alone.search("outage", before=LATER, limit=2) == words.search("outage", before=LATER, limit=2)


def test_a_long_passage_gets_a_vector_for_each_part_and_a_long_query_is_its_beginning() -> None:
    long = passage("Retries cost money every time. " * 90, 1, heading="Retries")
    texts = texts_of(long)
    assert len(texts) == 3
    assert all(text.startswith("Retries\n") and len(text.split()) <= 191 for text in texts)
    assert texts_of(passage("", 1)) == ()
    assert len(query_of("Retries cost money every time. " * 90).split()) == 190


@pytest.mark.parametrize("numbers", [[0.0, 0.0], [float("nan"), 1.0], [float("inf"), 1.0], [1e308] * 400])
def test_a_vector_without_a_direction_is_none(numbers: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert unit(numbers) is None


def test_a_vector_gets_length_1() -> None:
    found = unit([3.0, 4.0])
    assert found is not None
    assert found.tolist() == pytest.approx([0.6, 0.8])
