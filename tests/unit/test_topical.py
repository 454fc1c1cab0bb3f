"""A subject is rare among past passages, and those that have it speak of it again."""

from __future__ import annotations

import datetime as dt

import pytest

from publisher.draft.topical import Topical
from publisher.draft.verbs import says_something
from publisher.issue import Passage

DAY = dt.date(2026, 1, 5)


def past(*texts: str) -> list[Passage]:
    return [Passage(f"0001-news-{n}", 1, DAY, "news", "News", text) for n, text in enumerate(texts, 1)]


def says(text: str, *texts: str) -> float:
    found = Topical(past(*texts), [text], "en").of(text)
    return max((weight for run, weight in found.items() if len(run) == 2), default=0.0)


FILLER = ["Bread rests overnight in a warm kitchen."] * 60


def test_what_many_passages_have_says_less() -> None:
    rare = says("onion messages", *(["It sends onion messages."] * 2), *FILLER)
    common = says("onion messages", *(["It sends onion messages."] * 20), *FILLER)
    assert rare > common > 0


def test_what_is_said_in_passing_says_less_than_what_passages_return_to() -> None:
    passing = says("blog post", *(["A blog post told of it."] * 10), *FILLER)
    subject = says("retry budget", *(["A retry budget caps it: each retry budget has a floor."] * 10), *FILLER)
    assert subject > passing


def test_words_that_no_passage_has_in_a_row_say_nothing() -> None:
    assert says("budget retry", "A retry budget caps it.", *FILLER) == 0.0


@pytest.mark.parametrize(
    ("sentence", "has"),
    [
        ("Nodes relay transactions that pay enough.", True),
        ("Golden sets of fifty labeled questions catch most regressions before a reader sees them.", True),
        ("Twenty planted faults with none missed still allow a miss rate of 14 percent.", True),
        ("Ann posted a draft of her protocol.", True),
        ("A set reconciliation protocol for transactions being worked on by Ann Lee.", False),
        ("Probabilistic soft forks (sporks) presented by Ann Lee (transcript, video).", False),
        ("Step-by-step instructions for a small computer in the living room.", False),
    ],
)
def test_a_note_without_a_verb_says_nothing(sentence: str, has: bool) -> None:
    assert says_something(sentence) == has
