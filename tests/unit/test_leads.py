"""What code writes around drafted sentences says how many there are, and how old they are, in every language."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft import read_claims, to_markdown
from publisher.draft.leads import LONG_AGO, lead_in, opening, with_years
from publisher.draft.passages import cut
from publisher.issue import Claim, Passage, Section
from publisher.language import Language
from publisher.ports import Item
from tests.unit.drafting_samples import DAY, issue, passage

LANGUAGES = ["en", "de", "fr", "es", "ar", "ja"]
ITEM = Item("Eclair #2061", "News", "Eclair #2061 relays onion messages.", {"onion": 2.0, "messag": 2.0}, ())


def of(*days_ago: int, same_issue: bool = False) -> list[Passage]:
    return [
        passage("Said.", 1 if same_issue else number, day=DAY - dt.timedelta(days=days))
        for number, days in enumerate(days_ago, 1)
    ]


@pytest.mark.parametrize("tag", LANGUAGES)
@given(st.lists(st.integers(7, 2000), min_size=1, max_size=4))
def test_only_what_is_long_ago_is_said_to_be_early_and_one_topic_is_not_called_some(tag: str, ages: list[int]) -> None:
    language = Language(tag)
    said = opening(of(*ages), DAY, language)
    oldest = language.month(DAY - dt.timedelta(days=max(ages)))
    assert (oldest in said) == (len(ages) > 1 and max(ages) >= LONG_AGO)
    assert (said == opening(of(7), DAY, language)) == (len(ages) == 1)


def test_sentences_of_one_issue_are_not_said_to_be_of_several() -> None:
    assert opening(of(400, 400, same_issue=True), DAY, Language("en")).endswith("what a past issue said:")
    assert opening(of(7, 14), DAY, Language("en")).endswith("what past issues said:")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_what_is_only_near_is_not_said_to_have_come_up_before(tag: str) -> None:
    language = Language(tag)
    assert opening(of(7), DAY, language, nearest=True) not in (opening(of(7), DAY, language), "")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_lead_in_names_what_both_have_in_common_and_is_read_again_as_it_was_written(tag: str) -> None:
    cited = passage("Onion messages relay requests without a payment.", 4)
    lead = lead_in(ITEM, cited, Language(tag), "onion messages")
    assert re.search(r"Eclair #2061.*4.*onion messages", lead)
    claim = Claim(cited.text, cited.id, cited.text, lead)
    assert read_claims(Section("archive", "", to_markdown([claim], "It was here."))) == (claim,)


def test_what_the_title_says_already_is_not_said_twice() -> None:
    assert lead_in(ITEM, passage("Said.", 4), Language("en"), "Eclair") == "Eclair #2061: No. 4 (January 2026)"


@pytest.mark.parametrize(
    ("title", "pieces", "number"),
    [
        ("Optech Newsletter #170", {}, 170),
        ("Optech Newsletter #170: a bug that #12 had", {}, 171),
        ("Ausgabe Nr. 170: Retries", {}, 170),
        ("第170期", {}, 170),
        ("Three caches", {}, 171),
        ("What we learned from bug #12", {"concept": "concepts/bug.md"}, 171),
    ],
)
def test_an_imported_issue_has_the_number_that_its_title_says(title: str, pieces: dict[str, str], number: int) -> None:
    imported = dataclasses.replace(
        issue(171, DAY, news="A retry budget caps what an outage costs."), title=title, pieces=pieces
    )
    (cited,) = cut(imported)
    assert (imported.known_as, cited.number, cited.issue) == (number, number, 171)
    assert f"No. {number} (" in lead_in(ITEM, cited, Language("en"))


@pytest.mark.parametrize(
    ("sentence", "dated"),
    [
        ("Towns proposed two signature hashes in May.", None),
        ("Towns will propose two signature hashes in January.", "Towns will propose two signature hashes in January [2020]."),
        ("Towns proposed two signature hashes in August.", "Towns proposed two signature hashes in August [2019]."),
    ],
)  # fmt: skip
def test_a_month_that_is_still_to_come_gets_its_year_only_where_the_sentence_speaks_of_what_will_be(
    sentence: str, dated: str | None
) -> None:
    assert with_years(sentence, dt.date(2019, 12, 28), Language("en")) == dated


def test_a_part_of_another_word_is_not_what_the_title_says() -> None:
    assert lead_in(ITEM, passage("Said.", 4), Language("en"), "clair").endswith("on “clair”:")
