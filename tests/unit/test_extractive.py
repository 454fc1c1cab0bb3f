from __future__ import annotations

import collections

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter, stands_alone
from publisher.draft import ground
from publisher.ports import Brief, Hit
from tests.unit.drafting_samples import passage

GOOD = [
    "A retry budget of 10 percent caps the load that an outage can add to a provider.",
    "Three layers with three attempts each turn one click into 27 calls to the provider.",
    "HNSW keeps its whole graph in memory, so an index of 2 GB wants 2 GB of cache.",
    "An idempotency key lets the receiver return the first result when a call comes twice.",
    "Caches keyed by the exact prompt never return a wrong answer, but rarely hit at all.",
    "Deadlines travel with a request, while each time-out begins again with every single hop.",
    "Golden sets of fifty labeled questions catch most regressions before a reader sees them.",
]

STRANGERS = [
    "HNSW keeps its whole graph in memory, so an index of 2 GB wants 2 GB of cache.",
    "Row-level security applies the rights of a role to all queries, because owners bypass policies.",
    "Cosine distance ignores the length of vectors, whereas a dot product grows with their length.",
]


def brief(hits: list[Hit], topics: tuple[str, ...] = ("Retry budgets, deadlines and calls to a provider",)) -> Brief:
    return Brief("archive", "Notes", topics, tuple(hits))


def hits(per_issue: int = 1) -> list[Hit]:
    return [Hit(passage(text, 1 + n // per_issue, ordinal=n + 1), 10.0 - n) for n, text in enumerate(GOOD)]


def test_whole_sentences_are_picked_word_for_word_from_different_passages() -> None:
    proposal = ExtractiveWriter().write(brief(hits()))
    assert 3 <= len(proposal.sentences) <= 5
    assert all(text == quote and text in GOOD for text, _, quote in proposal.sentences)
    assert len({passage_id for _, passage_id, _ in proposal.sentences}) == len(proposal.sentences)
    assert (proposal.writer, proposal.model, proposal.tokens) == ("extractive", None, 0)


def test_every_sentence_that_it_proposes_is_grounded() -> None:
    proposal = ExtractiveWriter().write(brief(hits()))
    claims, dropped = ground(proposal, hits())
    assert len(claims) == len(proposal.sentences)
    assert dropped == ()
    assert all(claim.text == claim.quote for claim in claims)


def test_at_most_two_sentences_come_from_one_issue() -> None:
    found = ExtractiveWriter().write(brief(hits(per_issue=3)))
    counts = collections.Counter(passage_id[:4] for _, passage_id, _ in found.sentences)
    assert max(counts.values()) <= 2


def test_a_publication_with_one_past_issue_still_gets_three_sentences() -> None:
    found = ExtractiveWriter().write(brief(hits(per_issue=9)))
    assert len(found.sentences) == 3


def test_the_choice_depends_only_on_the_passages() -> None:
    assert ExtractiveWriter().write(brief(hits())) == ExtractiveWriter().write(brief(list(reversed(hits()))))


def test_of_two_sentences_that_say_the_same_only_one_is_picked() -> None:
    twins = [Hit(passage(GOOD[0], number), 9.0) for number in (1, 2, 3)]
    found = ExtractiveWriter().write(brief([*twins, *hits()[1:4]]))
    assert [text for text, _, _ in found.sentences].count(GOOD[0]) == 1


def test_a_passage_that_sets_a_problem_is_not_cited() -> None:
    asked = Hit(passage(f"{GOOD[1]} What do you change first?", 1), 99.0)
    found = ExtractiveWriter().write(brief([asked]))
    assert found.sentences == ()


def test_a_sentence_about_this_week_goes_before_better_matches() -> None:
    strangers = [Hit(passage(text, n, ordinal=n), 50.0) for n, text in enumerate(STRANGERS, 1)]
    topics = ("Golden sets. Fifty labeled questions.", "A gate in CI. The golden set has fifty questions.")
    found = ExtractiveWriter().write(brief([*strangers, Hit(passage(GOOD[6], 9), 1.0)], topics))
    assert found.sentences[0][0] == GOOD[6]


def test_a_section_that_explains_is_preferred_to_one_with_exercises() -> None:
    same = [Hit(passage(GOOD[0], n, section), 5.0) for n, section in ((1, "project"), (2, "architecture"))]
    found = ExtractiveWriter().write(brief([*same, *(Hit(passage(text, 7), 1.0) for text in STRANGERS)]))
    assert found.sentences[0][1] == "0002-architecture-1"


@pytest.mark.parametrize("sentence", GOOD)
def test_a_concrete_whole_sentence_stands_alone(sentence: str) -> None:
    assert stands_alone(sentence)


def test_an_instruction_that_gives_its_reason_is_kept_as_advice() -> None:
    assert stands_alone(
        "Label fifty questions with the passages that answer them, and changes stop being a matter of taste."
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "It caps the load that an outage can add to a provider at ten percent.",
        "This caps the load that an outage can add to a provider at ten percent.",
        "When it fails, the load that an outage can add to a provider is ten percent.",
        "However, a budget caps the load that an outage can add to a provider quickly.",
        "A budget caps the load, as the table above shows for each of the ten providers.",
        "A budget caps the load that last week made an outage add to the provider twice.",
        "A budget caps the load that an outage can add to a provider (No. 2) by ten percent.",
        "Too short to quote.",
        "A budget caps the load that an outage can add to a provider, or does it not?",
        "a lower case opening means that the sentence was cut somewhere in its middle part.",
        "A budget caps the load that an outage can add to a provider, see https://x.test/a.",
        "A budget (which caps the load that an outage can add to a provider is ten percent.",
        "For this reason a budget caps the load that an outage can add to any provider.",
        'Build ask --deadline 5 "question": a command that streams a reply to stdout and always exits on time.',
        "Write one row for every attempt into a table, and store the prompt version beside the price of the call.",
        "A query that forgets WHERE tenant_id then returns rows of other customers to whoever asked for them.",
        "Flushing both streams and calling os._exit(code) inside the coroutine ends the process on time.",
        " ".join(["A"] + ["very"] * 40 + ["long sentence."]),
    ],
)
def test_a_sentence_that_refers_to_others_does_not_stand_alone(sentence: str) -> None:
    assert not stands_alone(sentence)
