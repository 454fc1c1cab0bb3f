from __future__ import annotations

import datetime as dt
import random
import time

import pytest

from publisher.adapters.extractive_writer import ExtractiveWriter
from publisher.draft import ground
from publisher.draft.brief import brief_of
from publisher.draft.self_contained import stands_alone
from publisher.issue import Issue
from publisher.ports import Brief
from tests.press import content
from tests.unit.drafting_samples import DAY, index, issue

GOOD = [
    "A retry budget of 10 percent caps the load that an outage can add to a provider.",
    "Three layers with three attempts each turn one click into 27 calls to the provider.",
    "HNSW keeps its whole graph in memory, so an index of 2 GB wants 2 GB of cache.",
    "An idempotency key lets the receiver return the first result when a call comes twice.",
    "Caches keyed by the exact prompt never return a wrong answer, but rarely hit at all.",
    "Deadlines travel with a request, while each time-out begins again with every single hop.",
    "Golden sets of fifty labeled questions catch most regressions before a reader sees them.",
]

WEEK = [
    "An outage of the provider showed what a retry budget is worth: the load stayed within 10 percent.",
    "Golden sets came late: fifty questions, labeled by two editors, and the first regressions before any reader.",
    "An idempotency key was missing, so the receiver charged twice when the same call came again.",
]


def past() -> list[Issue]:
    return [issue(n + 1, DAY - dt.timedelta(days=7 * (9 - n)), concept=text) for n, text in enumerate(GOOD)]


def brief(*week: str, issues: list[Issue] | None = None) -> Brief:
    issues = past() if issues is None else issues
    now = issue(9, DAY, concept="\n\n".join(week or WEEK))
    return brief_of(now, "archive", index(issues, DAY), content(*issues))


def test_each_item_of_the_week_gets_the_sentence_that_has_most_in_common_with_it() -> None:
    wanted = brief()
    proposal = ExtractiveWriter().write(wanted)
    best = {}
    for (text, _, quote), place in zip(proposal.sentences, proposal.items, strict=True):
        assert text == quote
        best.setdefault(wanted.items[place].text, text)
    assert [best[text] for text in WEEK] == [GOOD[0], GOOD[6], GOOD[3]]
    assert (proposal.writer, proposal.model, proposal.tokens) == ("extractive", None, 0)


def test_every_sentence_that_it_proposes_is_grounded() -> None:
    wanted = brief()
    proposal = ExtractiveWriter().write(wanted)
    hits = [hit for item in wanted.items for hit in item.hits]
    for sentence in proposal.sentences:
        (claim,), dropped = ground(type(proposal)((sentence,), "extractive"), hits)
        assert (claim.text, dropped) == (claim.quote, ())


def test_the_choice_depends_only_on_the_brief() -> None:
    assert ExtractiveWriter().write(brief()) == ExtractiveWriter().write(brief())


def test_what_has_nothing_in_common_with_the_week_is_not_cited() -> None:
    wanted = brief("A recipe for bread with olives, which rests overnight in the warm kitchen of a friend.")
    assert ExtractiveWriter().write(wanted).sentences == ()


def test_a_week_that_says_a_past_sentence_again_does_not_cite_it() -> None:
    proposal = ExtractiveWriter().write(brief(GOOD[0], *WEEK))
    assert GOOD[0] not in [text for text, _, _ in proposal.sentences]


def test_a_phrase_that_stands_in_every_issue_is_not_cited() -> None:
    standing = "A retry budget of 10 percent is what the editors of this letter explain to everybody."
    issues = [
        issue(n + 1, DAY - dt.timedelta(days=7 * (9 - n)), concept=f"{text}\n\n{standing}")
        for n, text in enumerate(GOOD)
    ]
    proposal = ExtractiveWriter().write(brief(issues=issues))
    assert proposal.sentences
    assert standing not in [text for text, _, _ in proposal.sentences]


def test_a_passage_that_sets_a_problem_is_not_cited() -> None:
    asked = issue(1, DAY - dt.timedelta(days=7), concept=f"{GOOD[0]} What do you change first?")
    assert ExtractiveWriter().write(brief(issues=[asked])).sentences == ()


@pytest.mark.parametrize("sentence", GOOD)
def test_a_concrete_whole_sentence_stands_alone(sentence: str) -> None:
    assert stands_alone(sentence)


def test_a_calculation_does_not_stand_alone() -> None:
    assert not stands_alone("Three wordings of five goals over four carriers make 60 cases.")
    assert not stands_alone("The output cap follows from the rate: (8.8 − 2) × 50 = 340 tokens.")


def test_an_instruction_that_gives_its_reason_is_kept_as_advice() -> None:
    assert stands_alone(
        "Label fifty questions with the passages that answer them, and changes stop being a matter of taste."
    )


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Ein Budget für Wiederholungen begrenzt, was ein Ausfall an Last erzeugen kann.", "de"),
        ("Un budget de reprises limite la charge qu'une panne peut ajouter à un fournisseur.", "fr"),
        ("Un presupuesto de reintentos limita la carga que una caída puede añadir al proveedor.", "es"),
        ("重试预算限制了一次故障可能给供应商增加的负载。", "zh"),
        ("リトライ予算は障害がプロバイダーに加える負荷を一割に抑える。", "ja"),
    ],
)
def test_a_whole_sentence_stands_alone_in_its_own_language(sentence: str, language: str) -> None:
    assert stands_alone(sentence, language)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Dieses Budget für Wiederholungen begrenzt, was ein Ausfall an Last erzeugen kann.", "de"),
        ("Ein Budget für Wiederholungen begrenzt die Last, wie die Tabelle für alle zehn zeigt.", "de"),
        ("Cela limite la charge qu'une panne de dix minutes peut ajouter à un fournisseur.", "fr"),
        ("Esto limita la carga que una caída de diez minutos puede añadir al proveedor.", "es"),
        ("它限制了一次故障可能给供应商增加的负载和费用。", "zh"),
        ("重试预算限制了一次故障给供应商增加的负载，如上图所示。", "zh"),
        ("これは障害がプロバイダーに加える負荷を一割に抑える仕組みである。", "ja"),
    ],
)
def test_a_sentence_that_leans_on_another_is_known_in_its_own_language(sentence: str, language: str) -> None:
    assert not stands_alone(sentence, language)


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
        "Several mitigations are described in Riard's email, such as refusing payments that cost more than they move.",
        "Rust Bitcoin 0.26.0 is a new release of this library with support for signet and version 2 messages.",
        "Eclair 0.6.1 is a new release with performance improvements, a few new features, and several bug fixes.",
        "Previously, the changeless result of a coin selection was always preferred if one was found at all.",
        "A related discussion was started on the mailing list about improving the tests of each implementation.",
        "Parts of the discussion described the impact of both the dust limit and outputs that cost more than they hold.",
        "The receiving node would lose privacy, since its peer knows that it was the receiver of a payment.",
        "At least for the short term, most wallets keep the dust limit of 546 satoshis for their outputs.",
        'How much is wasted?" a3="Compact block relay reduces bandwidth usage for nodes that have a mempool.',
        "Addresses are generated after taproot activates in block , for example by calling a method of the wallet.",
        " ".join(["A"] + ["very"] * 40 + ["long sentence."]),
    ],
)
def test_a_sentence_that_refers_to_others_does_not_stand_alone(sentence: str) -> None:
    assert not stands_alone(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The router ensures that users limit the total balance that a force-close gives to miners as fees.",
        "The node can use the short ids of a compact block to look for its transactions in the mempool.",
        "Unchained Capital, the creators of Caravan, also announced a suite of tests for hardware wallets.",
    ],
)
def test_what_goes_on_from_a_sentence_before_it_stands_alone_only_where_there_is_none(sentence: str) -> None:
    assert not stands_alone(sentence, later=True)
    assert stands_alone(sentence)


def test_what_the_source_sets_as_code_may_stand_in_a_sentence() -> None:
    told = "Calling os.link before torch.nn is imported ends the process on time in every worker."
    assert not stands_alone(told)
    assert stands_alone(told, code=["os.link", "torch.nn"])
    long = f"os.link({'a' * 40})"
    assert not stands_alone(told.replace("os.link", long), code=[long, "torch.nn"])


def test_a_sentence_that_shares_what_everything_shares_waits_for_a_better_one() -> None:
    common = "A provider that counts every question of a reader answers the load of each call with its budget."
    issues = [
        issue(n + 1, DAY - dt.timedelta(days=7 * (9 - n)), concept=text) for n, text in enumerate([*GOOD, common])
    ]
    week = "A retry budget kept what an outage of the provider cost the reader within the load of one call."
    first = ExtractiveWriter().write(brief(week, issues=issues)).sentences[0]
    assert first[0] == GOOD[0]


@pytest.mark.parametrize("where", ["past", "week"])
def test_a_text_of_700_kilobytes_takes_seconds(where: str) -> None:
    dice = random.Random(1)
    known = " ".join((*GOOD, *WEEK)).casefold().replace(".", "").split()
    told = " ".join(f"{' '.join(dice.choices(known, k=15)).capitalize()}." for _ in range(8500))
    assert len(told) > 700_000
    week = WEEK * 20 if where == "past" else [told]
    issues = [*past(), issue(8, DAY - dt.timedelta(days=7), concept=told if where == "past" else GOOD[0])]
    started = time.thread_time()
    ExtractiveWriter().write(brief(*week, issues=issues))
    assert time.thread_time() - started < 30
