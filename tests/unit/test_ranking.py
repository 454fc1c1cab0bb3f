"""How passages are ranked, against the formula written out slowly, and what counts beside it."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.draft import ranking
from publisher.draft.chunks import LONGEST_PART, parts, terms_of
from publisher.draft.postings import K1, B
from publisher.draft.ranking import rank
from publisher.draft.terms import terms, words
from publisher.issue import Passage
from tests.unit.drafting_samples import passage

LATER = dt.date(2030, 1, 1)
WORDS = st.lists(st.sampled_from(["cache", "key", "retry", "lease", "the", "queue"]), max_size=9).map(" ".join)


def bm25(query: list[object], document: list[object], documents: list[list[object]]) -> float:
    """One document's score, by the definition."""
    lengths = [len(other) for other in documents if other]
    score = 0.0
    for term, asked in Counter(query).items():
        having = sum(term in other for other in documents)
        rarity = math.log(1 + (len(documents) - having + 0.5) / (having + 0.5))
        times = document.count(term)
        relative = len(document) / (sum(lengths) / len(lengths)) if lengths else 0.0
        score += math.sqrt(asked) * rarity * times * (K1 + 1) / (times + K1 * (1 - B + B * relative))
    return score


def slowly(query: str, passages: list[Passage], before: dt.date) -> dict[str, float]:
    """Every passage's score, where each is one part and no phrase stands."""
    asked: list[object] = list(terms(query))
    texts: list[list[object]] = [list(terms(one.text)) for one in passages]
    headings: list[list[object]] = [list(terms(one.heading)) for one in passages]
    pairs: list[list[object]] = [list(itertools.pairwise(text)) for text in texts]
    found = {}
    for number, one in enumerate(passages):
        if one.date >= before:
            continue
        score = bm25(asked, texts[number], texts) + ranking.HEADING * bm25(asked, headings[number], headings)
        score += ranking.IN_A_ROW * bm25(list(itertools.pairwise(asked)), pairs[number], pairs)
        age = (before - one.date).days / 365.25
        found[one.id] = score * (1 + ranking.FRESH * math.exp(-ranking.FADES * age))
    return {id_: score for id_, score in found.items() if score > 0}


@settings(deadline=None)
@given(WORDS, st.lists(st.tuples(WORDS, WORDS, st.integers(0, 900)), max_size=8), st.integers(1, 900))
def test_scores_are_those_of_the_formula_written_out(query: str, texts: list[tuple[str, str, int]], day: int) -> None:
    start = dt.date(2024, 1, 1)
    passages = [
        passage(text, number, heading=heading, day=start + dt.timedelta(days))
        for number, (text, heading, days) in enumerate(texts)
    ]
    before = start + dt.timedelta(day)
    hits = rank(passages).search(query, before=before, limit=100)
    assert {hit.passage.id: hit.score for hit in hits} == pytest.approx(slowly(query, passages, before), rel=1e-4)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    few = rank(passages).search(query, before=before, limit=3)
    assert few == hits[:3]


@settings(deadline=None)
@given(st.text(alphabet="ab .!?\n。中文", max_size=3_000))
def test_parts_are_short_and_lose_no_word(text: str) -> None:
    found = list(parts(text))
    assert all(len(list(words(part))) <= LONGEST_PART or " " not in part.strip() for part in found)
    assert sorted("".join("".join(found).split())) == sorted("".join(text.split()))


def test_a_long_passage_is_found_by_the_part_that_is_about_the_query() -> None:
    padding = "Nothing of note happened to anybody on that quiet day. " * 60
    long = passage(f"{padding}Leases expire when their holder dies. {padding}", 1)
    assert len(terms_of(long, "en").split("\n")) > 3
    scattered = passage(f"Leases are old. {padding} A holder is a thing. {padding} Everything dies.", 2)
    hits = rank([scattered, long]).search("leases whose holder dies", before=LATER, limit=2)
    assert [hit.passage.issue for hit in hits] == [1, 2]


def test_standing_phrases_of_three_issues_are_not_searched_but_their_words_elsewhere_are() -> None:
    phrase = "Join us on Thursday for our regular meeting about bitcoin mining pools."
    passages = [passage(f"{phrase} Also news {number}.", number) for number in range(1, 4)]
    other = passage("A mining pool changed hands.", 4)
    assert [hit.passage for hit in rank([*passages, other]).search("mining pools", before=LATER, limit=9)] == [other]
    assert len(rank([*passages[:2], other]).search("mining pools", before=LATER, limit=9)) == 3


def test_a_phrase_that_one_issue_repeats_does_not_stand() -> None:
    phrase = "Join us on Thursday for our regular meeting about bitcoin mining pools."
    passages = [passage(phrase, 1, ordinal=number, day=dt.date(2026, 1, 5)) for number in range(1, 5)]
    assert len(rank(passages).search("mining pools", before=LATER, limit=9)) == 4


def test_of_two_that_say_the_same_the_newer_comes_first() -> None:
    passages = [passage("Retry budgets.", number, day=dt.date(2020 + number, 1, 1)) for number in range(3)]
    hits = rank(passages).search("retry budget", before=dt.date(2022, 2, 1), limit=9)
    assert [hit.passage.issue for hit in hits] == [2, 1, 0]


def test_what_the_best_ranked_earlier_passages_link_to_is_found_too_but_never_what_is_not_earlier() -> None:
    linked, linking, later = passage("An old idea.", 1), passage("Retry budgets again.", 2), passage("New.", 3)
    ranking_ = rank(
        [linked, linking, later], links={linking.id: [linked.id, later.id, "nowhere"], "unknown": [linked.id]}
    )
    assert [hit.passage.issue for hit in ranking_.search("retry budget", before=later.date, limit=9)] == [2, 1]
    assert ranking_.search("retry budget", before=linking.date, limit=9) == ()


def test_a_chinese_and_a_german_archive_are_searched_in_their_own_way() -> None:
    chinese = [passage("我们用 Redis 缓存查询结果。", 1), passage("消息队列保证顺序。", 2)]
    assert [hit.passage.issue for hit in rank(chinese, language="zh").search("缓存策略", before=LATER, limit=9)] == [1]
    german = [passage("Die Abfragen der Häuser.", 1), passage("Ein Schlüssel.", 2)]
    assert [
        hit.passage.issue for hit in rank(german, language="de").search("Abfrage im Haus", before=LATER, limit=9)
    ] == [1]
