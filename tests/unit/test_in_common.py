"""What an item and a past sentence have in common is a subject: no name of a product, no person, no word that every text has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.draft.in_common import in_common
from publisher.draft.items import terms_of
from publisher.ports import Item

WORDS = st.lists(
    st.sampled_from(
        [
            "Eclair",
            "relays",
            "onion",
            "messages",
            "for",
            "the",
            "retry",
            "budget",
            "of",
            "BOLT12",
            "in",
            "2021",
            "and",
            "it",
            "adds",
            "support",
        ]
    ),
    max_size=30,
)


def item(text: str, title: str = "", language: str = "en") -> Item:
    return Item(title, "News", text, dict.fromkeys(terms_of(text, language), 2.0), ())


def words(text: str, sentence: str, title: str = "", language: str = "en") -> str:
    found = in_common(item(text, title, language), sentence, language)
    return found.words if found else ""


@pytest.mark.parametrize(
    ("text", "sentence", "subject"),
    [
        ("Eclair #2061 relays onion messages.", "Eclair #1957 adds basic support for onion messages to nodes.", "onion messages"),
        ("Trezor Suite supports taproot in all accounts.", "Trezor's wallet, Trezor Suite, supports fee bumping.", ""),
        ("LND #5159 pays by AMP.", "LND #5108 sends payments by the sendtoroute RPC.", ""),
        ("Ann Lee posted a draft on splicing.", "In 2018 Ann Lee proposed that channels change their size.", ""),
        ("The lookup table has grown by the rules.", "It successfully scored the past rules of all.", ""),
        ("A macaroon may name rights; macaroons are made by LND.", "Authentication tokens called macaroons have rights of their own.", "macaroons"),
        ("It verifies each proof, and a node verifies blocks.", "Bitcoin Core retrieves the output and verifies it.", ""),
        ("This shows why the test shows it.", "A paper shows that one may wait.", ""),
        ("Nodes can spend outputs early, and wallets spend outputs late.", "A wallet can spend outputs of its own.", ""),
        ("Nodes can spend vouchers early, and wallets spend vouchers late.", "A wallet can spend vouchers of its own.", "vouchers"),
        ("A slow gossip sync slows gossip sync down.", "The daemon keeps gossip syncing away from peers.", "gossip syncing"),
        ("LND's watchtower has LND's new watchtower.", "Copies of LND's watchtowers help a user.", "LND's watchtowers"),
        ("A mail of ZmnSCPxj answers what ZmnSCPxj asked.", "ZmnSCPxj and Jager propose to allow a probe.", ""),
        ("A new option of LND; the option is off.", "Bitcoin Core stops at an option that it does not know.", ""),
        ("Russell O'Connor wrote of vaults, and Russell of coins.", "Once Russell O'Connor raised a concern on opcodes.", ""),
        ("It returns the field option_shutdown at once.", "Nodes set option_shutdown when a channel opens.", "option_shutdown"),
    ],
)  # fmt: skip
def test_it_is_named_by_the_words_of_the_past_sentence(text: str, sentence: str, subject: str) -> None:
    assert words(text, sentence) == subject


@pytest.mark.parametrize(
    ("language", "text", "sentence", "subject"),
    [
        ("de", "Ohne Idempotenzschlüssel wird doppelt gebucht.", "Ein Idempotenzschlüssel macht Wiederholungen harmlos.", "Idempotenzschlüssel"),
        ("de", "Es wird doppelt abgerechnet, und doppelt abgerechnet wird oft.", "Ohne ihn wird abgerechnet.", ""),
        ("zh", "本周的重试预算救了我们。", "重试预算限制了一次故障的负载。", "重试预算"),
    ],
)  # fmt: skip
def test_other_languages_have_subjects_too(language: str, text: str, sentence: str, subject: str) -> None:
    assert words(text, sentence, language=language) == subject


@given(WORDS, WORDS)
def test_it_stands_in_the_sentence_and_its_words_are_the_items(one: list[str], other: list[str]) -> None:
    text, sentence = " ".join(one), " ".join(other)
    found = in_common(item(text), sentence, "en")
    if found is not None:
        assert found.words in sentence
        assert terms_of(found.words, "en") <= terms_of(text, "en")
        assert found.weight > 0
