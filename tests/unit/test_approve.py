"""An approval binds a person to the exact bytes; nothing else may be sent."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.approve import approve, approved, by_hand, command, digest_of, missing
from publisher.errors import ContentError, Problem, Refused, Severity
from publisher.issue import Approval
from publisher.publication import ApprovalRule, Editor, Publication
from tests.press import PUBLICATION

NOW = dt.datetime(2026, 11, 25, 10, 0, tzinfo=dt.UTC)


def publication(people: int = 1, editors: tuple[str, ...] = ("Robin", "Sam"), *, shell: bool = True) -> Publication:
    return PUBLICATION.model_copy(
        update={
            "approval": ApprovalRule(people=people, shell=shell),
            "editors": tuple(Editor(name=name, address=f"{name.lower()}@notes.example.com") for name in editors),
        }
    )


def by(name: str, digest: str = "d1", hour: int = 10) -> Approval:
    return Approval(name, NOW.replace(hour=hour), digest)


def finding(severity: Severity) -> Problem:
    return Problem(Path("content/issues/0001.md"), 3, "something", "fix it", severity)


@given(st.binary(), st.binary(), st.binary(min_size=1))
def test_any_extra_byte_in_the_file_or_the_message_changes_the_digest(
    source: bytes, message: bytes, more: bytes
) -> None:
    digests = {digest_of(source, message), digest_of(source + more, message), digest_of(source, message + more)}
    assert len(digests) == 3


def test_moving_bytes_from_the_file_to_the_message_changes_the_digest() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")


def test_an_editor_is_named_as_the_publication_spells_them() -> None:
    assert approve(publication(), "  rOBIN ", "d1", [], NOW) == Approval("Robin", NOW, "d1")


def test_someone_who_is_not_an_editor_cannot_approve() -> None:
    with pytest.raises(
        Refused, match=r"'Mallory' is not an editor of this publication; publication\.toml names Robin, Sam"
    ):
        approve(publication(), "Mallory", "d1", [], NOW)


def test_errors_of_the_pre_flight_block_and_warnings_do_not() -> None:
    assert approve(publication(), "Sam", "d1", [finding(Severity.WARNING)], NOW).by == "Sam"
    with pytest.raises(ContentError) as raised:
        approve(publication(), "Sam", "d1", [finding(Severity.WARNING), finding(Severity.ERROR)], NOW)
    assert raised.value.problems == (finding(Severity.ERROR),)


def send(of: Publication, *approvals: Approval) -> tuple[str, ...]:
    return tuple(given.by for given in approved(of, 4, "Subject", "d1", b"message", approvals).approvals)


def test_an_issue_that_nobody_approved_cannot_be_sent() -> None:
    with pytest.raises(Refused, match="issue 4 needs the approval of one person: pressroom approve 4 --by NAME"):
        send(publication())


def test_an_edit_voids_the_approval_and_the_message_names_the_approver() -> None:
    with pytest.raises(Refused, match="changed after Sam approved it on Wed 2026-11-25 11:00 UTC;"):
        send(publication(), by("Robin", "d0"), by("Sam", "d0", 11))


def test_undoing_an_edit_makes_the_approval_valid_again() -> None:
    assert send(publication(), by("Robin", "d1"), by("Robin", "d0", 11)) == ("Robin",)


def test_two_approvals_have_to_come_from_two_people() -> None:
    rule = publication(people=2)
    with pytest.raises(Refused, match=r"one more person \(approved by Robin\)"):
        send(rule, by("Robin"), by("Robin", hour=11))
    with pytest.raises(Refused, match=r"one more person \(approved by Robin\)"):
        send(rule, by("Robin"), by("Sam", "d0"))
    assert send(rule, by("Robin"), by("Sam")) == ("Robin", "Sam")
    assert missing(rule, "d1", []) == 2


def test_the_approval_of_a_former_editor_does_not_count() -> None:
    rule = publication(people=2, editors=("Robin", "Kim"))
    with pytest.raises(Refused, match=r"one more person \(approved by Robin\)"):
        send(rule, by("Robin"), by("Sam"))
    assert send(rule, by("Robin"), by("Sam"), by("Kim")) == ("Robin", "Kim")
    with pytest.raises(Refused, match="needs the approval of one person: "):
        send(publication(editors=("Robin",)), by("Sam", "d0"))


def test_where_names_by_hand_do_not_count_nothing_asks_for_them() -> None:
    linked = publication(shell=False)
    with pytest.raises(Refused, match=r"needs the approval of one person: press the button in its proof"):
        send(linked)
    with pytest.raises(Refused, match=r"the button in the proof.*approval\.shell = true in content/publication\.toml"):
        by_hand(linked, 4)
    by_hand(publication(), 4)
    assert [command(one, 4) for one in (linked, publication())] == [
        "pressroom proof 4",
        "pressroom approve 4 --by NAME",
    ]
