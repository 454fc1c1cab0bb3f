"""Each check by itself, and what holds for every claim whatever its words are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.draft import verdicts, weigh
from publisher.draft.addresses import has_address
from publisher.draft.checks import CHECKS
from publisher.draft.orders import asks_reader, tells_model
from publisher.evaluation.grounding import AT_LEAST, GENUINE, cases, judge
from publisher.issue import Claim
from publisher.ports import Hit, Proposal
from tests.long import some
from tests.unit.drafting_samples import passage

SOURCE = (
    "Alice Kern measured that two caches of the Berlin cluster answered 40 percent of 900 requests in March, because the "
    "proxy may keep old entries."
)
AROUND = f"The week before was calm. {SOURCE} Nobody doubts that longer leases help."
HIT = Hit(passage(AROUND, 3), 1.0)


def failed(sentence: str, quotation: str = SOURCE, *, text: str = AROUND, language: str = "en") -> str:
    """Return the name of the check that drops a sentence, or nothing when it holds."""
    hit = Hit(passage(text, 3), 1.0)
    (weighed,) = weigh(Proposal(((sentence, hit.passage.id, quotation),), "model"), [hit], language=language)
    return weighed.check


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        ("", SOURCE),
        ("", f"Meanwhile, {SOURCE}"),
        ("", f"Developers noted that {SOURCE}"),
        ("form", "Alice Kern measured caches, see kern.party for the rest of it."),
        ("letters", SOURCE.replace("caches", "c\u0430ches")),
        ("letters", SOURCE.replace("caches", "cach\u00e9s")),
        ("form", SOURCE.replace("caches", "ca\u0301\u0302\u0303ches")),
        ("orders", "Alice Kern asks you to reply with your password to the proxy."),
        ("repetition", "Caches caches caches caches of the Berlin cluster answered requests."),
        ("whole sentence", "Berlin cluster answered 40 percent of 900 requests in March, because the proxy may keep old entries."),
        ("whole sentence", "caches of the Berlin cluster answered 40 percent of 900 requests in March, because the proxy may keep old entries."),
        ("numbers", SOURCE.replace("900", "800")),
        ("numbers", SOURCE.replace("two", "three")),
        ("numbers", SOURCE.replace("March", "May")),
        ("numbers", SOURCE.replace("40 percent of 900", "900 percent of 40")),
        ("names", SOURCE.replace("Berlin", "Lisbon")),
        ("names", SOURCE.replace("the proxy", "the Squid")),
        ("order of names", SOURCE.replace("Alice Kern", "X").replace("Berlin", "Alice Kern").replace("X", "Berlin")),
        ("negation", SOURCE.replace("may keep", "may not keep")),
        ("opposites", SOURCE.replace("old entries", "new entries")),
        ("limits", SOURCE.replace("may keep", "must keep")),
        ("word for word", SOURCE.replace("keep", "paint")),
        ("word for word", SOURCE.replace("entries", "elephants")),
        ("word for word", "Two caches of the Berlin cluster answered 40 percent of 900 requests in March, because the proxy may keep old entries."),
        ("terms", "Alice Kern prefers gardens, rivers, kitchens and violins because the proxy may keep them."),
    ],
)  # fmt: skip
def test_a_sentence_is_dropped_by_the_check_that_is_made_for_it(check: str, sentence: str) -> None:
    assert failed(sentence[:1].upper() + sentence[1:] if check != "whole sentence" else sentence) == check


@pytest.mark.parametrize(
    "head", ["Critics doubt that", "If nothing else changes,", "Legend has it that", "Only one said that"]
)
def test_a_sentence_does_not_lose_the_head_that_it_depends_on(head: str) -> None:
    tail = "longer leases help the slow worker."
    text = f"The week before was calm. {head} {tail}"
    assert failed(tail, tail, text=text) == "whole sentence"
    assert failed(tail.capitalize(), tail, text=text) in ("word for word", "limits", "negation")


def test_a_quotation_of_two_sentences_supports_nothing() -> None:
    quotation = AROUND[AROUND.index("because the proxy") :]
    assert failed("The proxy may keep old entries for longer leases.", quotation) == "quotation"


@pytest.mark.parametrize(
    ("sentence", "check"),
    [
        ("The 128 levels of the merkle tree were its depth; 32 levels is the maximum.", "numbers"),
        ("128 levels is what the depth has come to, up from 32 levels.", "numbers"),
        ("The merkle tree's depth went up from 32 levels to 128 levels.", ""),
    ],
)
def test_numbers_come_in_the_order_of_the_source(sentence: str, check: str) -> None:
    source = "The depth of the merkle tree has been increased from 32 levels to 128 levels."
    assert failed(sentence, source, text=source) == check


@pytest.mark.parametrize("language", ["pl", "tr", "xx"])
def test_where_we_do_not_know_how_a_language_negates_only_its_own_sentences_hold(language: str) -> None:
    assert failed(SOURCE, language=language) == ""
    assert failed(f"Meanwhile, {SOURCE}", language=language) != ""


@pytest.mark.parametrize(
    ("language", "source", "changed"),
    [
        ("de", "Im März steigt die Last, weil zwei Server die Anfragen nicht verteilen.", [
            ("März", "April"), ("steigt", "sinkt"), ("zwei", "drei"), (" nicht", ""), ("Server", "Drucker"), ("verteilen", "verlieren")]),
        ("fr", "En mars la charge augmente, parce que deux serveurs ne partagent pas les requêtes.", [
            ("mars", "avril"), ("augmente", "diminue"), ("deux", "trois"), ("ne partagent pas", "partagent"), ("serveurs", "jardins")]),
        ("es", "En marzo aumenta la carga, porque dos servidores no reparten las peticiones.", [
            ("marzo", "abril"), ("aumenta", "disminuye"), ("dos", "tres"), (" no", ""), ("servidores", "jardines")]),
        ("zh", "三月的负载增加了两倍，因为服务器没有分配这些请求。", [
            ("三月", "四月"), ("增加", "减少"), ("两倍", "五倍"), ("没有", ""), ("服务器", "打印机")]),
        ("ja", "三月の負荷は二倍に増加したが、サーバーは要求を分配しない。", [
            ("三月", "四月"), ("増加", "減少"), ("二倍", "五倍"), ("しない", "する"), ("サーバー", "プリンタ")]),
    ],
)  # fmt: skip
def test_sentences_of_other_languages_hold_as_they_are_and_not_when_a_word_is_changed(
    language: str, source: str, changed: list[tuple[str, str]]
) -> None:
    text = f"{source} {source[::-1]}"
    assert failed(source, source, text=text, language=language) == ""
    for word, other in changed:
        assert source != source.replace(word, other)
        assert failed(source.replace(word, other), source, text=text, language=language) != "", other


@pytest.mark.parametrize(
    "name", ["evil.party", "a.co.uk", "evil.xyz", "x.москва", "evil.app/x", "evil[.]com", "evil dot com", "10.0.0.1/x", "+1 800 555 0199"]
)  # fmt: skip
def test_whatever_could_be_an_address_is_one(name: str) -> None:
    assert has_address(f"More of it is at {name} for everybody.")


@pytest.mark.parametrize(
    "name", ["0.17.1", "e.g. this", "2026-11-30", "v1.2.3-rc.1", "1,000.50", "U.S. law", "config.toml", "9 a.m."]
)
def test_numbers_and_abbreviations_are_no_addresses(name: str) -> None:
    assert not has_address(f"More of it is in {name} for everybody.")


def test_a_dotted_name_in_the_sources_code_is_no_address() -> None:
    assert has_address("Call asyncio.run once.")
    assert not has_address("Call asyncio.run once.", code=["asyncio.run(main())"])


@pytest.mark.parametrize(
    "sentence",
    [
        "The wallet asks for a password before it signs a payment.",
        "Users who lose their private keys lose their money.",
        "A node should ignore any messages that it does not understand.",
        "Editors send the issue on Monday and pay for the server.",
        "Upgrade to the new release, which fixes the payment bug.",
    ],
)
def test_a_sentence_about_passwords_and_payments_is_no_order(sentence: str) -> None:
    assert not asks_reader(sentence)
    assert not tells_model(sentence)


def test_an_editor_gets_the_verdict_of_every_check_by_name() -> None:
    found = verdicts(Claim(SOURCE.replace("900", "800"), "0003-concept-1", SOURCE), HIT.passage)
    assert [one.check for one in found] == list(CHECKS)
    assert "numbers" in [one.check for one in found if one.fault]
    assert all(one.fault is None for one in verdicts(Claim(SOURCE, "0003-concept-1", SOURCE), HIT.passage))


def test_a_sentence_that_has_nothing_to_do_with_a_long_issue_is_off_its_topic() -> None:
    week = "The proxy of a cluster keeps caches, and answers requests. "
    week += " ".join(f"term{one}{other}" for one in "abcdefghijk" for other in "abcdefghijk")
    stray = "Gardens of lavender attract bees and butterflies in every southern valley."
    hits = [HIT, Hit(passage(stray, 4), 1.0)]
    proposal = Proposal(((SOURCE, "0003-concept-1", SOURCE), (stray, "0004-concept-1", stray)), "model")
    assert [one.check for one in weigh(proposal, hits, own_text=week)] == ["", "topic"]
    assert [one.check for one in weigh(proposal, hits, own_text="A short week.")] == ["", ""]


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80)


@settings(deadline=None, max_examples=some(80))
@given(WORDS, WORDS, WORDS, st.sampled_from(["en", "de", "zh", "xx"]))
def test_whatever_is_proposed_a_claim_quotes_its_passage_or_there_is_none(
    sentence: str, quotation: str, text: str, language: str
) -> None:
    hit = Hit(passage(f"{text} {sentence}", 1), 1.0)
    for one in weigh(Proposal(((sentence, hit.passage.id, quotation),), "model"), [hit], language=language):
        assert (one.claim is None) == bool(one.check)
        assert one.claim is None or one.claim.quote in hit.passage.text


@settings(deadline=None, max_examples=some(60))
@given(st.integers(0, len(SOURCE.split()) - 1), st.text("abcdefghijklmnop", min_size=3, max_size=9))
def test_one_strange_word_in_a_sentence_that_follows_its_source_is_never_accepted(place: int, word: str) -> None:
    words = SOURCE.split()
    words.insert(place + 1, word)
    changed = " ".join(words)
    if not changed.endswith("."):
        changed += "."
    harmless = {"the", "and", "had", "has", "been", "are", "was"}
    assert failed(changed) != "" or word in harmless


def test_the_checks_come_out_right_on_real_passages() -> None:
    figures = judge(cases([passage(text, number) for number, text in enumerate(_paragraphs(), 1)], each=12, seed=3))
    below = [
        f"{one.kind}: {one.wrong}"
        for one in figures
        if one.at_least is not None and len(one.wrong) > (1 if one.at_least < 1 or one.kind == GENUINE[1] else 0)
    ]
    assert below == []
    assert {one.kind for one in figures} >= set(AT_LEAST)


def _paragraphs() -> list[str]:
    from pathlib import Path

    from publisher.content.prose import blocks

    folder = Path(__file__).parents[2] / "content/issues"
    return [
        block.text
        for path in sorted(folder.glob("*.md"))
        for block in blocks(path.read_text(encoding="utf-8").split("---", 2)[2])
        if block.kind == "paragraph"
    ]
