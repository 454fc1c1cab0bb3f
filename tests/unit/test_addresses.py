"""Addresses: which are the same mailbox, which are not addresses at all, and which could break a header."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Address, InvalidAddress, InvalidName, canonical, parse_address, parse_name
from subscribers.address import domain_of

WORDS = st.text("abcXYZ019._+-", min_size=1, max_size=20)
DOMAINS = st.text("abcXYZ019.-", min_size=1, max_size=30).map(lambda text: f"{text}.example.com")
SPECIAL = st.sampled_from(["x.test", "x.invalid", "x.local", "localhost", "x.onion", "home.arpa", "x.Invalid"])
LETTERS = st.characters(categories=("Ll", "Lu", "Lo", "Mn"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.com", "ADA@EXAMPLE.COM"),
        ("jörg@example.com", unicodedata.normalize("NFD", "JÖRG@example.com")),
        ("ada@bücher.test", "Ada@BÜCHER.test"),
        ("ada@bücher.test", "ada@xn--bcher-kva.test"),
        ("ΟΔΟΣ@example.com", "οδος@example.com"),
        ("  ada@example.com\t", "ada@example.com"),
    ],
)
def test_two_ways_to_write_one_mailbox_have_the_same_key(first: str, second: str) -> None:
    assert canonical(first) == canonical(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ada@example.com", "ada+list@example.com"),  # what a plus means is up to the provider
        ("ada@example.com", "a.da@example.com"),
        ("ada@example.com", "аda@example.com"),  # the second begins with a Cyrillic letter
        ("ada@example.com", "ada@example.test"),
    ],
)
def test_different_mailboxes_have_different_keys(first: str, second: str) -> None:
    assert canonical(first) != canonical(second)


def test_the_local_part_is_mailed_as_it_was_written() -> None:
    assert parse_address("Ada.Lovelace@Example.COM") == Address("Ada.Lovelace@example.com", "ada.lovelace@example.com")
    assert parse_address("Jörg@Bücher.test") == Address("Jörg@bücher.test", "jörg@xn--bcher-kva.test")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "a..da@example.com",
        ".ada@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@[127.0.0.1]",
        "ada@localhost",
        "ada@server.invalid",
        "Ada <ada@example.com>",
        '"ada lovelace"@example.com',
        "a" * 65 + "@example.com",
        "ada@" + "a" * 64 + ".example.com",
        "a" * 1_000_000,
        "ada@example.com\r\nBcc: eve@example.com",
        "ada\n@example.com",
        "ada\x00@example.com",
        "ada\u2028@example.com",
        "ada@example.com, eve@example.com",
        "ada\ud800@example.com",
    ],
)
def test_anything_that_is_not_an_address_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        parse_address(text)
    assert caught.value.why
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@settings(deadline=None)
@given(WORDS, DOMAINS | SPECIAL)
def test_the_fast_parser_accepts_only_what_the_full_parser_accepts(local_part: str, domain: str) -> None:
    try:
        address = parse_address(f"{local_part}@{domain}")
    except InvalidAddress:
        return
    full = validate_email(f"{local_part}@{domain}", check_deliverability=False, test_environment=True)
    assert address.canonical == f"{full.local_part.lower()}@{full.ascii_domain}"


@settings(deadline=None)
@given(st.text(LETTERS, min_size=1, max_size=12))
def test_the_key_of_a_key_is_the_same_key(local_part: str) -> None:
    try:
        key = canonical(f"{local_part}@example.com")
    except InvalidAddress:
        return
    assert canonical(key) == key
    assert canonical(unicodedata.normalize("NFD", f"{local_part}@example.com")) == key


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_refused_or_becomes_an_address_on_one_line(text: str) -> None:
    try:
        address = parse_address(text)
    except InvalidAddress:
        return
    assert address.written.isprintable()
    assert address.written.count("@") == address.canonical.count("@") == 1


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_a_domain(text: str) -> None:
    assert "@" not in domain_of(text)


@pytest.mark.parametrize("name", ["Ada\r\nBcc: eve@example.com", "Ada\x00", "Ada\u2029Eve", "Ada\x85Eve", "A" * 201])
def test_a_name_that_could_break_a_header_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        parse_name(name)


def test_a_name_keeps_its_letters() -> None:
    assert parse_name("  Zoë O'Brien 李 ") == "Zoë O'Brien 李"
