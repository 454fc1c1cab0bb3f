"""Which addresses are one mailbox, for counting mail: tags, dots, and domains with two names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.mailbox import mailbox_of

SAME = {
    "ada.b@gmail.com": ["adab@gmail.com", "a.d.a.b+7@googlemail.com", "a.dab+a+b@gmail.com"],
    "ada@example.com": ["ada+x@example.com", "ada+@example.com", "ada++x@example.com"],
    "kim4711x@yahoo.com": ["kim4711x-list@yahoo.com", "kim4711x+x@yahoo.com"],
    "kim4711x@proton.me": ["kim.47_11x@protonmail.com", "k-im4711x+x@pm.me"],
    "kim4711x@fastmail.com": ["anything@kim4711x.fastmail.com", "kim4711x+x@fastmail.com"],
    "kim4711x@icloud.com": ["kim4711x+x@me.com", "kim4711x@mac.com"],
    "kim.4711x@yandex.ru": ["kim-4711x@ya.ru", "kim.4711x+x@yandex.com"],
}
OTHER = [
    ("ada.b@example.com", "adab@example.com"), ("ada-b@example.com", "ada@example.com"),
    ("ada@example.com", "ada@example.org"), ("kim4711x@outlook.com", "kim.4711x@outlook.com"), ("+x@example.com", "@example.com"),
    ("ada@mail.example.com", "ada@example.com"),
]  # fmt: skip


@pytest.mark.parametrize("address", SAME)
def test_addresses_of_one_mailbox_have_one_key(address: str) -> None:
    assert {mailbox_of(each) for each in SAME[address]} == {mailbox_of(address)}


@pytest.mark.parametrize(("one", "another"), OTHER)
def test_addresses_of_two_people_have_two_keys(one: str, another: str) -> None:
    assert mailbox_of(one) != mailbox_of(another)


@given(
    st.from_regex(r"[a-z+._-]{1,20}", fullmatch=True),
    st.sampled_from(["gmail.com", "example.com", "yahoo.de", "pm.me", "a.fastmail.com"]),
)
def test_a_key_is_an_address_that_is_its_own_key_and_never_without_a_name(local_part: str, domain: str) -> None:
    key = mailbox_of(f"{local_part}@{domain}")
    assert key.count("@") == 1
    assert not key.startswith("@")
    assert len(key) <= len(local_part) + len(domain) + 5
