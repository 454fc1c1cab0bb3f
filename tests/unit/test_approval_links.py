"""An editor's link approves one issue as one proof showed it, in that editor's name, for a time; anything else is refused."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.approval_links import LATE, ApprovalLinks, expiry, form_subject
from publisher.errors import ChangedSince, ExpiredLink, ForgedLink, FormerEditor
from publisher.publication import Publication
from subscribers.tokens import is_subject_id
from tests.long import some
from tests.publication import NOON, publication

ROBIN, SAM = "Robin@notes.example.com", "sam@notes.example.com"
SECRET, FORMER = "a secret of the tests", "the secret before it"
DIGEST = "ab" * 32
ENDS = NOON + dt.timedelta(days=1)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


def editors(*addresses: str, **changes: str) -> Publication:
    names = {ROBIN: "Robin", SAM: "Sam"}
    return publication(editor=[{"name": names[one], "address": one} for one in addresses], **changes)


BOTH = editors(ROBIN, SAM)


def test_the_link_of_a_preview_shows_one_issue_for_a_time_and_is_no_links_to_approve() -> None:
    links = ApprovalLinks(SECRET)
    token = links.make_preview(BOTH, 11, ENDS)
    assert ApprovalLinks("a new one", SECRET).read_preview(BOTH, token, NOON) == 11
    with pytest.raises(ExpiredLink):
        links.read_preview(BOTH, token, ENDS)
    for other in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), link(), ""):
        with pytest.raises(ForgedLink):
            links.read_preview(BOTH, other, NOON)
    with pytest.raises(ForgedLink):
        links.read_preview(editors(ROBIN, SAM, list_id="another.example.com"), token, NOON)
    with pytest.raises(ForgedLink):
        links.read(BOTH, token, NOON)


def link(number: int = 11, address: str = ROBIN, digest: str = DIGEST, expires: dt.datetime = ENDS) -> str:
    return ApprovalLinks(SECRET).make(BOTH, number, address, digest, expires)


@settings(max_examples=some(20 * 3))
@given(st.integers(1, 9999), st.sampled_from([ROBIN, SAM, ROBIN.upper()]), DIGESTS, DIGESTS, st.integers(1, 10**9))
def test_a_link_says_which_issue_whose_and_which_bytes_until_its_time_is_over(
    number: int, address: str, digest: str, other: str, seconds: int
) -> None:
    ends = NOON + dt.timedelta(seconds=seconds)
    token = link(number, address, digest, ends)
    found = ApprovalLinks(SECRET).read(BOTH, token, ends - dt.timedelta(seconds=1))
    assert (found.number, found.editor.address.lower()) == (number, address.lower())
    found.check(digest)
    if other[:32] != digest[:32]:
        with pytest.raises(ChangedSince):
            found.check(other)
    with pytest.raises(ExpiredLink):
        ApprovalLinks(SECRET).read(BOTH, token, ends)
    assert is_subject_id(form_subject(found))


@settings(max_examples=some(30 * 3))
@given(st.data())
def test_a_link_with_any_other_byte_is_forged(data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(link() + "="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(ForgedLink):
        ApprovalLinks(SECRET).read(BOTH, base64.urlsafe_b64encode(raw).decode().rstrip("="), NOON)


@settings(max_examples=some(30 * 3))
@given(st.text(max_size=70) | st.text("ABCabc019-_", min_size=60, max_size=66))
def test_no_text_that_we_did_not_make_is_a_link(text: str) -> None:
    with pytest.raises(ForgedLink):
        ApprovalLinks(SECRET).read(BOTH, text, NOON)


def test_a_link_has_one_spelling_and_holds_no_address() -> None:
    token = link()
    assert len(token) == 63
    assert b"robin" not in base64.urlsafe_b64decode(token + "=").lower()
    for spelt in (f"{token}=", f" {token}", token[:-1], token.replace("_", "/").replace("-", "+") + "="):
        with pytest.raises(ForgedLink):
            ApprovalLinks(SECRET).read(BOTH, spelt, NOON)


def test_each_editor_has_another_link_and_each_has_another_form() -> None:
    links = ApprovalLinks(SECRET)
    found = [links.read(BOTH, link(address=one), NOON) for one in (ROBIN, SAM)]
    assert [one.editor.name for one in found] == ["Robin", "Sam"]
    assert len({form_subject(one) for one in found}) == 2


def test_a_link_of_somebody_who_is_no_editor_any_more_is_refused() -> None:
    with pytest.raises(FormerEditor):
        ApprovalLinks(SECRET).read(editors(SAM), link(), NOON)


def test_a_link_is_for_one_publication_and_for_no_other_purpose_of_the_same_secret() -> None:
    with pytest.raises(ForgedLink):
        ApprovalLinks(SECRET).read(editors(ROBIN, list_id="other.example.com"), link(), NOON)


def test_links_of_a_former_secret_work_and_those_of_a_strange_one_do_not() -> None:
    assert ApprovalLinks("the newest secret", SECRET).read(BOTH, link(), NOON).number == 11
    with pytest.raises(ForgedLink):
        ApprovalLinks("the newest secret", FORMER).read(BOTH, link(), NOON)
    assert SECRET not in repr(ApprovalLinks(SECRET))


def test_a_link_works_as_long_as_the_issue_may_go_out_and_a_late_one_for_a_day() -> None:
    assert expiry(ENDS, NOON) == ENDS
    assert expiry(NOON, NOON) == NOON + LATE
