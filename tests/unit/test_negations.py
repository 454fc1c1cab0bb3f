"""Claims that turn a sentence round in words that were written before anybody looked at the lists: tests/data/grounding/negations.tsv.

Each line has a sentence and, behind a tab, a claim that says it is not so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.draft import weigh
from publisher.ports import Hit, Proposal
from tests.unit.drafting_samples import passage

FILE = Path(__file__).parents[1] / "data/grounding/negations.tsv"
PAIRS = [tuple(line.split("\t")) for line in FILE.read_text("utf-8").splitlines()]
SENTENCES = sorted({sentence for sentence, _ in PAIRS})


def fails(claim: str, sentence: str) -> str:
    """Return the check that a claim with this quotation fails, empty if it holds."""
    there = passage(sentence)
    (weighed,) = weigh(Proposal(((claim, there.id, sentence),), "model"), [Hit(there, 1.0)])
    return weighed.check


def test_no_sentence_is_turned_round_in_words_that_no_list_was_made_for() -> None:
    assert len(PAIRS) >= 130
    assert [claim for sentence, claim in PAIRS if not fails(claim, sentence)] == []


@pytest.mark.parametrize("lead", ["{}", "Meanwhile, {}", "Elsewhere, {}", "Reminder: {}", "Today {}"])
def test_the_same_sentences_hold_as_they_are_and_behind_words_that_introduce_them(lead: str) -> None:
    claims = {one: lead.format(one if lead == "{}" else one[0].lower() + one[1:]) for one in SENTENCES}
    assert [claim for sentence, claim in claims.items() if fails(claim, sentence)] == []


def test_a_word_before_a_whole_sentence_has_to_be_one_that_introduces() -> None:
    sentence = "Developers agreed on the activation date after a long discussion in public."
    assert fails(f"Few d{sentence[1:]}", sentence)
    assert fails(f"Lazy d{sentence[1:]}", sentence) == "word for word"
    assert not fails(f"Eventually, d{sentence[1:]}", sentence)


def test_words_of_the_source_in_another_order_are_another_statement() -> None:
    sentence = "Backups are encrypted before they leave the machine."
    assert fails("Backups leave the machine before they are encrypted.", sentence) == "word for word"


def test_a_sentence_in_words_of_its_own_still_holds() -> None:
    sentence = "The cache returns the stored answer when the prompt is exactly the same as before, whatever the model."
    assert not fails(
        "Where a prompt is exactly the same as before, a stored answer comes back, whatever the model.", sentence
    )
