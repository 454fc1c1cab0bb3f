from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.draft import ground, weigh
from publisher.draft.facts import foreign_facts
from publisher.draft.quotation import find_quotation, normalise
from publisher.issue import Claim
from publisher.ports import Hit, Proposal
from tests.long import some
from tests.unit.drafting_samples import passage

TEXT = (
    "PostgreSQL 18 answers in 30 ms when the HNSW index stays in memory, and “recall” falls from 0.98 to 0.91 once "
    "`ef_search` is 40. Retries at three layers turn one click into 27 calls."
)
HITS = [
    Hit(passage(TEXT, 3), 9.0),
    Hit(passage("A lease of 60 seconds has to outlast the slowest call that a worker makes.", 7), 5.0),
    Hit(passage("Reserve tokens before the call and settle the difference when usage is known.", 8), 4.0),
]
QUOTE = "answers in 30 ms when the HNSW index stays in memory"
GOOD = ("PostgreSQL answers in 30 ms while its HNSW index fits in memory.", "0003-concept-1", QUOTE)


def proposal(*sentences: tuple[str, str, str]) -> Proposal:
    return Proposal(sentences, "model", "m", 10)


def test_a_sentence_with_an_exact_quotation_is_a_claim() -> None:
    claims, dropped = ground(proposal(GOOD), HITS)
    assert claims == (Claim(GOOD[0], GOOD[1], QUOTE),)
    assert dropped == ()


def test_a_sentence_that_stands_in_the_passage_is_its_own_quotation() -> None:
    text = "Retries at three layers turn one click into 27 calls."
    claims, _ = ground(proposal((text, "0003-concept-1", "something else entirely that is not there")), HITS)
    assert claims == (Claim(text, "0003-concept-1", text),)


def test_the_quotation_is_kept_as_the_passage_writes_it() -> None:
    claims, _ = ground(proposal((GOOD[0], GOOD[1], 'memory,   and "recall" falls from 0.98')), HITS)
    assert claims[0].quote == "memory, and “recall” falls from 0.98"


def test_five_words_of_a_passage_are_enough_for_a_quotation() -> None:
    claims, dropped = ground(proposal((GOOD[0], GOOD[1], "the HNSW index stays in")), HITS)
    assert dropped == ()
    assert claims[0].quote == "the HNSW index stays in"


@pytest.mark.parametrize(("words", "fits"), [(4, False), (5, True), (45, True), (46, False)])
def test_a_sentence_has_five_to_forty_five_words(words: int, fits: bool) -> None:
    text = " ".join(["Word", *(f"word{place}" for place in range(words - 2)), "end."])
    claims, _ = ground(proposal((text, "0007-concept-1", "")), [Hit(passage(text, 7), 1.0)])
    assert len(claims) == fits


@pytest.mark.parametrize(
    ("text", "passage_id", "quote", "reason"),
    [
        (GOOD[0], "0009-concept-1", QUOTE, "was not given"),
        (GOOD[0], GOOD[1], "answers in 31 ms when the HNSW index", "is not in"),
        (GOOD[0], GOOD[1], "the HNSW index stays", "fewer than 5 words"),
        (GOOD[0], GOOD[1], "", "is not in"),
        ("PostgreSQL answers in 35 ms while its index fits in memory.", GOOD[1], QUOTE, "'35'"),
        ("PostgreSQL answers in 30 seconds while its index fits in memory.", GOOD[1], QUOTE, "'30 seconds'"),
        ("PostgreSQL 17 keeps the HNSW index in memory all the time.", GOOD[1], QUOTE, "'17'"),
        ("Oracle keeps the HNSW index in memory for 30 ms.", GOOD[1], QUOTE, "'Oracle'"),
        ("The IVFFlat index answers in 30 ms from memory.", GOOD[1], QUOTE, "'IVFFlat'"),
        ("Answers take twenty ms while the index stays in memory.", GOOD[1], QUOTE, "'twenty'"),
        ("Set `ef_build` so that the index stays in memory.", GOOD[1], QUOTE, "'ef_build'"),
        ("The index that maintenance_work_mem holds stays in memory.", GOOD[1], QUOTE, "'maintenance_work_mem'"),
        ("PostgreSQL answers in 30 ms, see https://evil.test/a for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see evil.example/a for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, write to a@evil.test today.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see javascript:alert for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL [answers](x) in 30 ms from memory.", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL ![answers](x) in 30 ms from memory.", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL <b>answers</b> in 30 ms from memory.", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL answers in 30 ms from memory [@0003-concept-1].", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL answers in 30 ms. It stays in memory.", GOOD[1], QUOTE, "more than one sentence"),
        ("PostgreSQL answers in 30 ms from memory", GOOD[1], QUOTE, "does not end"),
        ("It answers fast.", GOOD[1], QUOTE, "has 3 words"),
        ("word " * 50 + "end.", GOOD[1], QUOTE, "has 51 words"),
        ("PostgreSQL answers\nin 30 ms from memory.", GOOD[1], QUOTE, "line breaks"),
        ("PostgreSQL answers in\u202e 30 ms from memory.", GOOD[1], QUOTE, "invisible"),
        ("PostgreSQL answers in 30 ms, see evil\u3002com for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see evil\uff0ecom for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see \uff57\uff57\uff57.evil for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see evil.shop/a for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see //evil for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see evil@host for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms, see mailto: evil for it.", GOOD[1], QUOTE, "an address"),
        ("PostgreSQL answers in 30 ms \uff1cb\uff1e from memory.", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL answers \uff3b@0003-concept-1\uff3d from memory.", GOOD[1], QUOTE, "Markdown or HTML"),
        ("PostgreSQL answers `[@0003-concept-1]` from memory.", GOOD[1], QUOTE, "a citation"),
        ("PostgreSQL answers PRESSROOMFIELDaddressDLEIF in 30 ms.", GOOD[1], QUOTE, "a reserved word"),
    ],
)
def test_a_sentence_that_its_passage_does_not_support_is_dropped_with_a_reason(
    text: str, passage_id: str, quote: str, reason: str
) -> None:
    claims, dropped = ground(proposal((text, passage_id, quote)), HITS)
    assert claims == ()
    assert reason in dropped[0]


@pytest.mark.parametrize(
    "code",
    [0x61C, 0xAD, 0x180E, 0x85, 0x2028, 0x9B, 0xE0041, 0xFE0F, 0xFFFF, 0xD800, 0xFFF9, 0x3164, 0x2800, 0x1D173, 0xF0000,
     0x200D, 0x2069],
)  # fmt: skip
def test_a_sentence_with_an_invisible_character_is_dropped(code: int) -> None:
    claims, dropped = ground(proposal((f"PostgreSQL answers in{chr(code)} 30 ms from memory.", GOOD[1], QUOTE)), HITS)
    assert claims == ()
    assert "invisible" in dropped[0]


def test_a_measure_with_an_at_sign_is_not_taken_for_an_address() -> None:
    source = "So measure recall@k and recall@20 on labeled questions first, and the answer second."
    claims, _ = ground(proposal((source, "0007-concept-1", "")), [Hit(passage(source, 7), 1.0)])
    assert claims == (Claim(source, "0007-concept-1", source),)


def test_code_of_the_passage_may_look_like_markup() -> None:
    source = "Call `List[int]` and `<div>` in the template, and the browser shows the list as it is."
    sentence = "Call `List[int]` and `<div>` in the template."
    claims, dropped = ground(
        proposal((sentence, "0007-concept-1", "the browser shows the list as it is")), [Hit(passage(source, 7), 1.0)]
    )
    assert dropped == ()
    assert claims[0].text == sentence.replace("`", "")


@pytest.mark.parametrize("mark", ["\u202e", "\u2066"])
def test_a_quotation_with_a_direction_mark_is_refused_even_if_the_passage_has_it(mark: str) -> None:
    source = f"A lease of 60 seconds has to {mark}outlast the slowest call that a worker makes."
    sentence = "A lease has to outlast the slowest of the calls."
    claims, dropped = ground(proposal((sentence, "0007-concept-1", source)), [Hit(passage(source, 7), 1.0)])
    assert claims == ()
    assert "invisible" in dropped[0]


def test_a_sentence_of_the_passage_is_checked_as_the_passage_writes_it() -> None:
    source = "A lease of 60 seconds has to out\u200blast the slowest call that a worker makes."
    claims, dropped = ground(
        proposal((source.replace("\u200b", ""), "0007-concept-1", "")), [Hit(passage(source, 7), 1.0)]
    )
    assert claims == ()
    assert "invisible" in dropped[0]


def test_a_passage_is_cited_once_and_a_sentence_is_used_once() -> None:
    again = ("PostgreSQL keeps an HNSW index in memory and answers fast.", GOOD[1], QUOTE)
    claims, dropped = ground(proposal(GOOD, again), HITS)
    assert len(claims) == 1
    assert "already cited" in dropped[0]


def test_this_weeks_issue_and_passages_that_are_not_cited_are_not_repeated() -> None:
    lease = "A lease of 60 seconds has to outlast the slowest call that a worker makes."
    _, dropped = ground(proposal((lease, "0007-concept-1", lease)), HITS, own_text=f"We said: {lease}")
    assert "this week's issue" in dropped[0]
    other = Hit(passage("A worker has 60 seconds before the lease runs out on any slow call it makes.", 5), 1.0)
    _, dropped = ground(proposal((lease, "0005-concept-1", "A worker has 60 seconds before the lease")), [*HITS, other])
    assert dropped == ("sentence 1: repeats 0007-concept-1 without citing it",)


FIRST = "Short leases make all slow workers lose claims."


@pytest.mark.parametrize(
    ("second", "repeats"),
    [
        # Of the words of both, 8 of 11 are shared, and then 7 of 10: a repetition shares more than seven in ten.
        ("Slow workers all lose claims when their short leases make trouble.", True),
        ("Slow workers all lose claims when short leases end.", False),
    ],
)
def test_a_sentence_is_dropped_when_it_shares_more_than_seven_in_ten_words_with_an_earlier_one(
    second: str, repeats: bool
) -> None:
    hits = [Hit(passage(FIRST, 1), 2.0), Hit(passage(second, 2), 1.0)]
    claims, dropped = ground(proposal((FIRST, "0001-concept-1", ""), (second, "0002-concept-1", "")), hits)
    assert len(claims) == 1 + (not repeats)
    assert dropped == (("sentence 2: repeats an earlier sentence",) if repeats else ())


@pytest.mark.parametrize(
    ("own_text", "repeats"),
    [
        ("Let each timeout outlast the slowest call that a worker makes", True),  # the last eight words of both
        ("Let each timeout exceed the slowest call that a worker makes", False),
        ("A lease of 60 seconds has to outlast", True),  # the first eight, and all that there are
        ("A lease of 60 seconds has to end", False),
    ],
)
def test_eight_words_in_a_row_are_a_repetition_wherever_they_stand_and_seven_are_not(
    own_text: str, repeats: bool
) -> None:
    lease = "A lease of 60 seconds has to outlast the slowest call that a worker makes."
    claims, dropped = ground(proposal((lease, "0007-concept-1", "")), HITS, own_text=own_text)
    assert len(claims) == (not repeats)
    assert dropped == (("sentence 1: repeats this week's issue",) if repeats else ())


def test_at_most_six_claims_are_kept() -> None:
    texts = [" ".join(f"{letter}{place}word" for place in "abcdefg") + " ends." for letter in "pqrstuvw"]
    hits = [Hit(passage(text.capitalize(), number), 1.0) for number, text in enumerate(texts, 1)]
    claims, dropped = ground(proposal(*((hit.passage.text, hit.passage.id, "") for hit in hits)), hits)
    assert (len(claims), dropped) == (6, ())


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("5 percent of all the requests", "At 0.5 percent of all the requests it ends."),
        ("at most 10 of them all", "It takes at most 100 of them all, at most 10 of them allow it."),
        ("we saw a growth of 10", "Then we saw a growth of 10% in it."),
        ("we saw a growth of 10", "Then we saw a growth of 10.5 in it."),
        ("secure by default in every release", "It is insecure by default in every release."),
        ("costs 102 bytes for each row", "It costs 10² bytes for each row."),
        ("5 degrees are what it needs", "It has -5 degrees are what it needs."),
    ],
)
def test_a_quotation_is_never_cut_out_of_a_word_or_a_number(quote: str, text: str) -> None:
    assert find_quotation(quote, text) is None


@settings(deadline=None, max_examples=some(60))
@given(st.data())
def test_every_run_of_whole_words_is_found_where_it_stands(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.text(st.characters(categories=("L",)), min_size=1), min_size=1, max_size=20))
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quote, text = " ".join(words[start:end]), "  ".join(words)
    found = find_quotation(quote, text)
    if normalise(quote):
        assert found is not None
        assert normalise(found) == normalise(quote)


@settings(deadline=None, max_examples=some(60))
@given(st.integers(0, 12), st.sampled_from(["7", "not ", "x"]))
def test_a_mutated_quotation_is_refused(place: int, mutation: str) -> None:
    words = QUOTE.split()
    index = place % len(words)
    mutated = " ".join([*words[:index], mutation + words[index], *words[index + 1 :]])
    assert find_quotation(mutated, TEXT) is None


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Retries multiply 27 times.", "One retry makes 27 calls."),
        ("Three layers make it worse.", "At 3 layers it gets worse."),
        ("The limit is 3 calls.", "There are three calls at most."),
        ("Measuring helps Kubernetes.", "kubernetes needs it."),
        ("A budget of 10% is enough.", "10 percent is enough."),
        ("The k8s API's limit is known.", "The limit of the k8s API is known."),
    ],
)
def test_the_same_fact_in_other_words_counts_as_supported(sentence: str, source: str) -> None:
    assert foreign_facts(sentence, source) == []


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("Models import torch.nn lazily, since app.ms is imported by every worker.", "form"),
        ("Models import `evil.party` lazily, since it is imported by every worker.", "form"),
        ("Models import evil.party lazily, since it is imported by every worker.", "form"),
        ("Models import zip.sh lazily when a worker serves a request.", ""),
        ("Models import `zip.sh` lazily when a worker serves a request.", ""),
    ],
)
def test_a_dotted_name_may_stand_in_a_sentence_when_its_source_sets_it_as_code(sentence: str, check: str) -> None:
    text = "Models import zip.sh lazily when a worker serves a request. Nobody imports evil.party in a worker."
    source = dataclasses.replace(passage(text, 3), codes=("zip.sh",))
    (weighed,) = weigh(proposal((sentence, source.id, "lazily when a worker serves a request")), [Hit(source, 1.0)])
    assert weighed.check == check
    assert check or (weighed.claim and weighed.claim.codes == ("zip.sh",))
