"""What was news on its day, or says no more than that something was changed, is not quoted weeks later."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.passing_news import is_of_its_day, is_passing, is_stale
from publisher.language import Language
from tests.unit.test_extractive import GOOD


@pytest.mark.parametrize("sentence", GOOD)
def test_what_explains_something_is_no_passing_news(sentence: str) -> None:
    assert not is_passing(sentence, "en")


@pytest.mark.parametrize(
    "sentence",
    [
        "Voting for the steering committee's election will begin in the middle of August.",
        "The maintainers' summit in the autumn has a CFP that closes in a few weeks.",
        "Fixed a regression where the kubelet did not clear a stale value of its memory.",
        "Adds experimental support for the liquidity advertisements to the command line.",
        "C-Lightning #4639 adds experimental support for the advertisements proposed in BOLTs #878.",
        "BIPs #1143 introduces BIPs 380-386 specifying output script descriptors in detail.",
        "If your enhancement gets a blog post, open a placeholder before all the others do.",
        "We'll put the old API behind a reverse proxy, and take over an endpoint at a time.",
    ],
)
def test_an_announcement_or_a_bare_change_is_passing_news(sentence: str) -> None:
    assert is_passing(sentence, "en")


def test_a_change_that_says_to_what_end_is_kept() -> None:
    assert not is_passing("Eclair #1957 adds onion messages, which relay requests without a payment.", "en")


@pytest.mark.parametrize(
    "sentence",
    [
        "Leader election takes three rounds of votes in Raft, and a split vote takes one more.",
        "Read replicas serve stale rows for a second or more, so ask the primary after a write.",
        "Watch out: locks are held until the commit, even if the statement failed.",
        "We found that caches fail when keys collide, because nobody compares the values.",
        "A queue with registration of consumers survives restarts of any one of them.",
        "You may 3 times retry a call before the budget of a request is used up.",
    ],
)
def test_technical_sentences_that_sound_like_news_are_none(sentence: str) -> None:
    assert not is_passing(sentence, "en")


@pytest.mark.parametrize("tag", ["en", "de", "fr", "es"])
@given(st.dates(dt.date(2018, 1, 1), dt.date(2030, 12, 31)))
def test_a_sentence_that_names_a_day_of_a_month_is_passing_news(tag: str, day: dt.date) -> None:
    assert is_passing(f"Xyz {Language(tag).day(day)} xyz.", tag)
    assert not is_passing(f"Xyz {Language(tag).month(day)} xyz.", tag)


@pytest.mark.parametrize(("heading", "passes"), [("Release Schedule", True), ("Shoutouts / Ann", True), ("Events", True), ("A job that runs twice", False), ("Event sourcing", False)])  # fmt: skip
def test_a_section_of_dates_or_thanks_is_over_with_its_week(heading: str, passes: bool) -> None:
    assert is_of_its_day(heading) == passes


@pytest.mark.parametrize(
    ("sentence", "stale"),
    [
        ("Several wallets are considering support for the new format of their backups.", True),
        ("Developers are encouraged to test the release on machines of their own.", True),
        ("Ann announced her intention to write a specification of the protocol.", True),
        ("Imagine that you had a script that paid your lawyer after a year.", True),
        ("A retry budget of 10 percent caps the load that an outage adds.", False),
    ],
)
def test_what_somebody_meant_to_do_that_day_is_stale(sentence: str, stale: bool) -> None:
    assert is_stale(sentence, "en") == stale
