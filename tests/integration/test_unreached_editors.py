"""Editors whom no mail reaches, and issues that the mail server refuses: each is told once, and the week goes on."""

from __future__ import annotations

from publisher import pipeline
from publisher.issue import DeliveryState
from tests.scheduled import EDITORS, Office, told, weeks


def test_one_refused_editor_neither_repeats_the_proof_nor_stops_the_issue(office: Office) -> None:
    office.sink.unknown = ("robin@notes.example.com",)
    for minute in range(5):
        office.tick(f"2026-11-23T08:0{minute}")
    assert told(office, "[Proof]") == ["sam@notes.example.com"]
    (robin,) = office.app.act().outbox.unreached()
    assert (robin.address, robin.reply) == ("robin@notes.example.com", "550 5.1.1 no such user")
    pipeline.approve(office.app.act(), 11, "Sam")
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2


def test_editors_who_cannot_be_reached_are_named_in_the_next_mail_until_they_are(office: Office) -> None:
    office.sink.unknown = ("robin@notes.example.com",)
    office.tick("2026-11-23T08:00")
    office.tick("2026-11-26T07:00")  # not approved
    (notice,) = [m for m in office.mail() if "not sent" in str(m["Subject"])]
    words = " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "The last mail to robin@notes.example.com was refused" in words
    office.sink.unknown = ()
    office.tick("2026-11-27T07:01")  # missed
    assert told(office, "2026-W48") == sorted(EDITORS)
    assert office.app.act().outbox.unreached() == ()


def test_a_notice_that_reaches_no_editor_is_tried_again(office: Office) -> None:
    office.sink.unknown = tuple(EDITORS)
    (said,) = office.tick("2026-11-23T08:00")
    assert "no editor could be reached" in said
    office.sink.unknown = ()
    office.tick("2026-11-23T08:06")
    assert told(office, "[Proof]") == sorted(EDITORS)


def test_a_notice_that_was_given_up_leaves_when_the_server_is_back_and_the_week_ends(office: Office) -> None:
    office.sink.unknown = tuple(EDITORS)
    office.tick("2026-11-23T08:00")
    for day in (28, 29, 30):
        office.tick(f"2026-11-{day}T12:00")
    office.tick("2026-12-07T12:00")  # over a week after the first try: the notice of the missed week is too late
    office.sink.unknown = ()
    office.tick("2026-12-08T12:00")
    assert len(told(office, "The issue of 2026-W48 was not sent")) == len(EDITORS)
    assert "2026-W48" not in dict(weeks(office))


# A server that refuses the issue
def test_a_refused_issue_is_told_once_rests_and_goes_out_when_it_is_taken(office: Office) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.sink.no_issues = "554 5.7.1 blocked, see case 12345"
    office.tick("2026-11-26T07:00")
    assert told(office, "the mail server refuses it") == sorted(EDITORS)
    (notice, _) = [m for m in office.mail() if "refuses it" in str(m["Subject"])]
    assert "554 5.7.1 blocked, see case 12345" in " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "blocked, see case 12345" in pipeline.status(office.app.act(), 11)[0].next
    assert office.tick("2026-11-26T07:04") == []  # it rests for five minutes
    office.sink.no_issues = "554 5.7.1 blocked, see case 12346"
    assert office.tick("2026-11-26T07:05") == []
    assert len(told(office, "refuses it")) == len(EDITORS)
    office.sink.no_issues = ""
    assert office.tick("2026-11-26T07:19") == []
    assert told(office, "goes on") == []
    office.tick("2026-11-26T07:20")
    assert len(office.subjects(editors=False)) == 2
    office.tick("2026-11-26T07:21")
    assert told(office, "Issue 11 goes on") == sorted(EDITORS)
    sums = office.app.ledger.deliveries.sums(11, office.clock.now())
    assert (sums.audience, sums[DeliveryState.SENT]) == (2, 2)
