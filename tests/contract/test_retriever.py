"""The contract of retrievers. To test another adapter, add it to MAKERS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import pytest

from publisher.adapters.memory import MemoryPassageTerms
from publisher.adapters.passage_index import PassageIndex
from publisher.draft.ranking import rank
from publisher.issue import Passage
from publisher.ports import Retriever
from tests.unit.drafting_samples import passage


def kept(passages: Iterable[Passage]) -> Retriever:
    return PassageIndex(MemoryPassageTerms()).sync(tuple(passages), language="en")


MAKERS: list[Callable[[Iterable[Passage]], Retriever]] = [rank, kept]
LATER = dt.date(2030, 1, 1)
PASSAGES = [
    passage("A retry budget caps the load that an outage can add to a provider.", 1, heading="Retries and budgets"),
    passage("HNSW keeps its graph in memory, and an index on disk is slow.", 2, heading="Vectors in Postgres"),
    passage(
        "Retrying in three layers multiplies: three layers of three attempts are 27 calls.", 3, heading="Who retries"
    ),
    passage("A token bucket limits each tenant, and the budget is settled afterwards.", 4, heading="Quotas"),
]


@pytest.fixture(params=MAKERS)
def retriever(request: pytest.FixtureRequest) -> Retriever:
    made: Retriever = request.param(PASSAGES)
    return made


def ids(retriever: Retriever, query: str, before: dt.date = LATER, limit: int = 10) -> list[int]:
    return [hit.passage.issue for hit in retriever.search(query, before=before, limit=limit)]


def test_the_best_match_comes_first_and_scores_fall(retriever: Retriever) -> None:
    hits = retriever.search("retry budget outage", before=LATER, limit=10)
    assert hits[0].passage == PASSAGES[0]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_forms_of_a_word_count_as_one_word(retriever: Retriever) -> None:
    assert set(ids(retriever, "retries")) == {1, 3}


def test_one_matching_word_is_enough(retriever: Retriever) -> None:
    assert ids(retriever, "HNSW zebra") == [2]


def test_only_passages_of_earlier_days_are_found_however_few_are_asked_for(retriever: Retriever) -> None:
    assert ids(retriever, "retry budget", before=PASSAGES[2].date, limit=1) == [1]
    assert ids(retriever, "token bucket tenant budget", before=PASSAGES[3].date, limit=1) == [1]
    assert ids(retriever, "budget", before=PASSAGES[0].date) == []


def test_no_more_than_asked_for_are_returned(retriever: Retriever) -> None:
    assert len(ids(retriever, "a retry budget of three layers in memory", limit=2)) == 2
    assert ids(retriever, "retry", limit=0) == []


@pytest.mark.parametrize("query", ["", "   ", "the and of", "\0", "!!! ***", "\ud800"])
def test_a_query_without_words_finds_nothing(retriever: Retriever, query: str) -> None:
    assert ids(retriever, query) == []


@pytest.mark.parametrize(
    "query",
    ['"budget', "budget NEAR(", "budget AND NOT OR", "heading : budget", "budget*", "^budget", "budget) OR (x", "{budget} -text:", "bud\0get budget",
     "budget'; DROP TABLE passage; --", "budget\ud800", "budget " * 150_000, " ".join(f"w{n}" for n in range(5_000)) + " budget"],
)  # fmt: skip
def test_hostile_queries_are_only_words(retriever: Retriever, query: str) -> None:
    assert set(ids(retriever, query)) <= {1, 4}
    assert set(ids(retriever, "budget")) == {1, 4}


def test_the_same_search_finds_the_same_in_the_same_order(retriever: Retriever) -> None:
    assert ids(retriever, "three layers memory budget") == ids(retriever, "three layers memory budget")


def test_words_of_a_heading_count(retriever: Retriever) -> None:
    assert ids(retriever, "quotas") == [4]


def test_an_empty_archive_finds_nothing() -> None:
    for make in MAKERS:
        assert make([]).search("budget", before=LATER, limit=3) == ()


def test_passages_without_words_are_never_found() -> None:
    for make in MAKERS:
        made = make([passage("…", 1), passage("", 2, heading=""), passage("Budgets.", 3), passage("the", 4)])
        assert ids(made, "the budget …") == [3]
