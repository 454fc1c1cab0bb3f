"""A week with early mornings, on the wire: who gets the issue when, until when it can be approved, and what editors are told."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from publisher import pipeline
from publisher.adapters.database.tables import delivery
from publisher.errors import Refused
from publisher.ports import WeekState
from subscribers import Reason, Wording
from subscribers.adapters import tables
from tests.integration.test_choices import live_in, mailed
from tests.scheduled import Office

ADA, GRACE = "ada@example.com", "grace@example.com"
REMINDED = "2026-W48: reminded 2 of the editors to approve issue 11"


def set_early(office: Office, value: str = "true") -> None:
    path = office.folder / "content" / "publication.toml"
    path.write_text(path.read_text().replace("[schedule]\n", f"[schedule]\nearly_mornings = {value}\n"))


def add(office: Office, address: str, zone: str | None = None) -> None:
    office.app.subscribers.editors.add(address, source="test", wording=Wording("test"), now=office.clock.now())
    if zone:
        live_in(office, {address: zone})


@pytest.fixture
def early(office: Office) -> Office:
    """An office whose Ada lives in Tokyo, on the Monday of issue 11, and the issue is assembled."""
    set_early(office)
    live_in(office, {ADA: "Asia/Tokyo"})
    office.tick("2026-11-23T08:00")
    return office


def proof_of(office: Office) -> str:
    """Return what the proof says to every editor above the issue; each has a link of their own in it."""
    (text,) = {
        re.sub(r"/approve/\S+", "", " ".join(mail.get_body(("plain",)).get_content().split("=" * 72)[0].split()))  # type: ignore[union-attr]
        for mail in office.mail()
        if str(mail["Subject"]).startswith("[Proof]")
    }
    return text


def test_an_issue_goes_east_in_the_morning_there_and_to_all_others_at_its_hour(early: Office) -> None:
    pipeline.approve(early.app.act(), 11, "Robin")
    early.app.proofs.clear()
    assert early.tick("2026-11-25T22:58") == []  # renders once, to see whether anybody has to be reminded
    rendered = dict(early.app.proofs)
    assert early.tick("2026-11-25T22:59") == []
    assert dict(early.app.proofs) == rendered, (
        "it is morning in Kiritimati, but nobody lives there: nothing is rendered"
    )
    assert early.tick("2026-11-25T23:00") == ["2026-W48: issue 11 went to 1 in their own early morning"]
    assert mailed(early) == [ADA]
    assert (early.folder / "site" / "issues" / "11" / "index.html").exists(), "the mail links to it"
    (standing,) = pipeline.status(early.app.act(), 11)
    assert (standing.state, standing.next) == (
        "sending",
        "went to readers whose own morning came early; to all others on Thu 2026-11-26 08:00 Europe/Berlin",
    )
    assert early.tick("2026-11-26T06:59") == []
    assert early.tick("2026-11-26T07:00") == ["2026-W48: issue 11 was sent to 2"]
    assert mailed(early) == [ADA, GRACE]
    issue = early.app.act().content.issue(11)
    assert issue is not None
    assert issue.published == dt.date(2026, 11, 26), "Wednesday in Berlin was only Ada's Thursday"
    dates = {str(m["To"].addresses[0].addr_spec): m["Date"].datetime for m in early.mail() if m["List-Unsubscribe"]}
    assert dates == {
        ADA: dt.datetime(2026, 11, 25, 23, tzinfo=dt.UTC),
        GRACE: dt.datetime(2026, 11, 26, 7, tzinfo=dt.UTC),
    }


def test_a_late_approval_reaches_at_once_whoever_has_had_their_morning(early: Office) -> None:
    add(early, "kiri@example.com", "Pacific/Kiritimati")
    add(early, "delhi@example.com", "Asia/Kolkata")
    assert [early.tick(moment) for moment in ("2026-11-25T18:00", "2026-11-26T00:00")] == [[REMINDED], []]
    assert mailed(early) == []
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-26T00:30")
    assert mailed(early) == [ADA, "kiri@example.com"]
    early.tick("2026-11-26T02:30")
    assert mailed(early) == [ADA, "delhi@example.com", "kiri@example.com"]
    early.tick("2026-11-26T07:00")
    assert mailed(early) == [ADA, "delhi@example.com", GRACE, "kiri@example.com"]


def test_an_approval_after_its_hour_reaches_everybody_at_once(early: Office) -> None:
    for moment in ("2026-11-25T23:00", "2026-11-26T06:59"):
        assert early.tick(moment) == [REMINDED]
    assert mailed(early) == []
    assert early.tick("2026-11-26T07:00") == ["2026-W48: told the editors: Issue 11 is due and was not sent"]
    pipeline.approve(early.app.act(), 11, "Robin")
    assert early.tick("2026-11-26T09:00") == ["2026-W48: issue 11 was sent to 2"]
    assert mailed(early) == [ADA, GRACE]


def test_whoever_signs_up_between_the_mornings_gets_the_issue_with_the_others(early: Office) -> None:
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T23:00")
    add(early, "osaka@example.com", "Asia/Tokyo")
    add(early, "delhi@example.com", "Asia/Kolkata")
    add(early, "bonn@example.com")
    early.tick("2026-11-25T23:01")
    assert mailed(early) == [ADA]
    early.tick("2026-11-26T02:30")
    assert mailed(early) == [ADA, "delhi@example.com"]
    early.tick("2026-11-26T07:00")
    assert mailed(early) == [ADA, "bonn@example.com", "delhi@example.com", GRACE, "osaka@example.com"]


def test_who_leaves_or_pauses_before_their_morning_gets_nothing(early: Office) -> None:
    add(early, "left@example.com", "Asia/Tokyo")
    add(early, "paused@example.com", "Asia/Tokyo")
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T20:00")
    early.app.subscribers.editors.suppress("left@example.com", Reason.COMPLAINED, now=early.clock.now())
    with early.app.engine.begin() as connection:
        paused = tables.subscriber.update().where(tables.subscriber.c.address == "paused@example.com")
        connection.execute(paused.values(paused_until=dt.datetime(2026, 12, 20, tzinfo=dt.UTC)))
    early.tick("2026-11-25T23:00")
    early.tick("2026-11-26T07:00")
    assert mailed(early) == [ADA, GRACE]


def test_without_the_option_nobody_gets_it_before_its_hour(office: Office) -> None:
    live_in(office, {ADA: "Asia/Tokyo"})
    office.tick("2026-11-23T08:00")
    assert "in their own morning" not in proof_of(office)
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-25T23:00") == []
    assert mailed(office) == []
    with pytest.raises(Refused, match=r"set schedule\.early_mornings = true"):
        pipeline.send(office.app.act(), 11, early=True)


def test_where_nobody_lives_east_nothing_begins_before_its_hour(office: Office) -> None:
    set_early(office)
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-26T06:00") == []
    assert office.app.ledger.records.entry(11) is None, "it may still be edited and approved again"
    assert office.tick("2026-11-26T07:00") == ["2026-W48: issue 11 was sent to 2"]


def test_the_proof_says_until_when_an_approval_reaches_whom(office: Office) -> None:
    set_early(office)
    live_in(office, {ADA: "Asia/Tokyo", GRACE: "America/New_York"})
    for zone in ("Asia/Seoul", "Asia/Chita", "Asia/Jayapura", "Pacific/Palau", "Pacific/Kiritimati"):
        add(office, f"{zone.partition('/')[2].lower()}@example.com", zone)
    office.tick("2026-11-23T08:00")
    said = proof_of(office)
    assert "It goes out on Thu 2026-11-26 08:00 Europe/Berlin if it is approved by then." in said
    assert "Some readers get it before that, in their own morning" in said
    assert "- by Wed 2026-11-25 19:00 Europe/Berlin: 1 reader in Pacific/Kiritimati" in said
    five = "5 readers in Asia/Chita, Asia/Jayapura, Asia/Seoul, 2 more"
    assert f"- by Thu 2026-11-26 00:00 Europe/Berlin: {five}" in said
    assert "New_York" not in said


def test_a_second_process_and_a_crash_between_the_mornings_mail_nobody_twice(early: Office) -> None:
    add(early, "delhi@example.com", "Asia/Kolkata")
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T23:00")
    with early.process() as other:
        early.clock.set("2026-11-26T02:30")
        pipeline.send(other.act(), 11, early=True)
        assert early.tick() == []
    early.clock.set("2026-11-26T07:00")
    with early.process() as other:
        pipeline.send(other.act(), 11)
        early.tick()
    assert mailed(early) == [ADA, "delhi@example.com", GRACE]
    with early.app.engine.connect() as connection:
        rows = connection.execute(sa.select(delivery.c.canonical, delivery.c.attempt)).all()
    assert sorted(rows) == [(ADA, 1), ("delhi@example.com", 1), (GRACE, 1)]


def test_a_scheduler_that_was_down_at_its_hour_asks_a_person_once_the_window_is_over(early: Office) -> None:
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T23:00")
    assert early.tick("2026-11-27T07:01") == ["2026-W48: told the editors: The issue of 2026-W48 was not sent"]
    notice = next(m for m in early.mail() if str(m["Subject"]).endswith("was not sent"))
    said = " ".join(notice.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert "Readers in the east got it in their own morning; nobody else has it yet." in said
    assert "pressroom send 11 --late" in said
    with pytest.raises(Refused, match="its window ended"):
        pipeline.send(early.app.act(), 11)
    assert pipeline.would_send(early.app.act(), 11, late=True).readers == 1
    pipeline.send(early.app.act(), 11, late=True)
    assert mailed(early) == [ADA, GRACE]


def test_by_hand_it_goes_early_to_whom_it_is_morning_or_to_everybody(early: Office) -> None:
    pipeline.approve(early.app.act(), 11, "Robin")
    early.clock.set("2026-11-25T20:00")
    with pytest.raises(Refused, match="no reader's own morning has come"):
        pipeline.send(early.app.act(), 11, early=True)
    early.clock.set("2026-11-25T23:00")
    assert pipeline.would_send(early.app.act(), 11, early=True).readers == 1
    assert pipeline.send(early.app.act(), 11, early=True).audience == 1
    with pytest.raises(Refused, match="leave out --early or --to"):
        pipeline.send(early.app.act(), 11, early=True, to="tag = beta")
    assert pipeline.would_send(early.app.act(), 11).readers == 1
    pipeline.send(early.app.act(), 11)
    assert mailed(early) == [ADA, GRACE]
    with pytest.raises(Refused, match="was already sent"):
        pipeline.send(early.app.act(), 11, early=True)


def test_an_edit_between_the_mornings_changes_no_byte_and_asks_for_no_approval(early: Office) -> None:
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T23:00")
    issue = early.app.act().content.issue(11)
    assert issue is not None
    path = early.folder / issue.path
    path.write_text(path.read_text().replace(issue.title, "Another title"))
    early.tick("2026-11-26T07:00")
    assert early.subjects(editors=False) == [issue.title] * 2


def test_the_option_may_be_taken_back_between_the_mornings(early: Office) -> None:
    add(early, "delhi@example.com", "Asia/Kolkata")
    pipeline.approve(early.app.act(), 11, "Robin")
    early.tick("2026-11-25T23:00")
    path = early.folder / "content" / "publication.toml"
    path.write_text(path.read_text().replace("early_mornings = true\n", ""))
    assert early.tick("2026-11-26T02:30") == []
    early.tick("2026-11-26T07:00")
    assert mailed(early) == [ADA, "delhi@example.com", GRACE]
    week = next(iter(early.app.act().weeks.unfinished()), None)
    assert week is None or week.state is not WeekState.SENDING
