"""A label in bold type before a sentence may be left off where it only names what the sentence says, and nowhere else."""

from __future__ import annotations

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.draft import weigh
from publisher.draft.brief import brief_of
from publisher.draft.passages import cut
from publisher.issue import Passage
from publisher.ports import Hit, Proposal
from tests.press import content
from tests.unit.drafting_samples import DAY, index, issue

SENTENCE = "A retry budget of 10 percent caps the load that an outage can add to a provider."


def labelled(before: str) -> Passage:
    (found,) = cut(issue(3, news=f"{before} {SENTENCE} Nobody doubts that longer leases help."))
    return found


def failed(passage: Passage, sentence: str = SENTENCE) -> str:
    (weighed,) = weigh(Proposal(((sentence, passage.id, sentence),), "model"), [Hit(passage, 1.0)])
    return weighed.check


@pytest.mark.parametrize("before", ["**Retry budgets:**", "**Retry budgets**:", "- **A budget for retries:**"])
def test_a_label_that_names_the_thing_may_be_left_off(before: str) -> None:
    assert failed(labelled(before)) == ""


@pytest.mark.parametrize(
    "before",
    [
        "**Myth:**",
        "**What Ann claims of retry budgets:**",
        "**Not every retry budget:**",
        "**Rejected retry budget:**",
        "**A withdrawn proposal of last May by somebody else for budgets:**",
        "**Before release 12 of retry budgets:**",
        "**In staging, a retry budget:**",
        "**Critics of retry budgets:**",
        "**Old retry budget:**",
        "**Retry budget, reverted:**",
        "**Antipattern, the retry budget:**",
        "**Retry budgets since 2019:**",
        "Retry budgets:",
        "Carol doubts that **retry budgets:**",
    ],
)
def test_a_head_that_says_more_than_its_sentence_cannot_be_cut_off(before: str) -> None:
    assert failed(labelled(before)) == "whole sentence"


def test_the_writer_quotes_a_sentence_without_its_label() -> None:
    past = [
        issue(
            1,
            DAY.replace(month=7),
            news=f"- **Retry budgets:** {SENTENCE}\n- **Other:** Golden sets catch most regressions of a week.",
        )
    ]
    week = issue(
        9, DAY, concept="An outage of the provider showed what a retry budget is worth: load stayed within 10 percent."
    )
    proposal = ExtractiveWriter().write(brief_of(week, "archive", index(past, DAY), content(*past)))
    assert {text for text, _, _ in proposal.sentences} == {SENTENCE}
