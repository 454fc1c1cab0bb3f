"""What readers chose, on the wire: their sections, their own morning, and the same bytes after a crash."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import hashlib
import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher import pipeline, scheduler
from publisher.adapters.database import database_ledger
from publisher.adapters.database.tables import delivery
from publisher.adapters.smtp import SmtpCourier, SmtpUrl
from publisher.adapters.smtp_sink import Sink
from publisher.deliver import dispatch
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Ledger, Mailing, Sums, Waiting
from publisher.publication import Delivering
from subscribers.adapters import tables
from tests.integration.test_kill import kill_at_random
from tests.mailroom import (
    NOON,
    SECTIONS,
    add_readers,
    approved,
    database,
    message_builder,
    oracle,
    sectioned_message,
)
from tests.publication import FakeClock
from tests.scheduled import Office

pytestmark = pytest.mark.both_databases

CHOICES = {
    "all@example.com": [],
    "one@example.com": ["project", "question"],
    "other@example.com": ["concept", "not-in-this-issue"],
    "none@example.com": ["concept", "project", "question"],
}


def chosen(url: str, choices: dict[str, list[str]]) -> tuple[Ledger, Mailing]:
    """Return a ledger in which the mailing of an issue with sections to these readers has begun."""
    engine = database(url)
    for address, without in choices.items():
        add_readers(engine, [address], without=without)
    ledger = database_ledger(engine)
    return ledger, ledger.deliveries.start(approved(7, sectioned_message()), NOON)


def send(ledger: Ledger, mailing: Mailing, url: str, clock: FakeClock) -> Sums:
    return dispatch(
        mailing, ledger, SmtpCourier(SmtpUrl.parse(url)), message_builder().issue(mailing),
        policy=Delivering(connections=2), clock=clock,
    )  # fmt: skip


def delivered(sink: Sink) -> dict[str, list[str]]:
    """Return for each recipient the bodies of their mail, the text first."""
    found = {}
    for path in sink.folder.glob("*.eml"):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        found[str(message["To"].addresses[0].addr_spec)] = [part.get_content() for part in message.iter_parts()]  # type: ignore[attr-defined]
    return found


def test_each_reader_gets_just_the_sections_they_chose_in_both_bodies(database_url: str, tmp_path: Path) -> None:
    ledger, mailing = chosen(database_url, CHOICES)
    with Sink(tmp_path / "mail") as sink:
        sums = send(ledger, mailing, sink.url, FakeClock())
        mail = delivered(sink)
    assert set(mail) == set(CHOICES) - {"none@example.com"}
    for address, bodies in mail.items():
        wanted = {section.upper() for section in SECTIONS} - {section.upper() for section in CHOICES[address]}
        for body in bodies:
            assert {section.upper() for section in SECTIONS if section.upper() in body} == wanted
            assert "https://notes.example.com/preferences/" in body
            assert "PRESSROOMFIELD" not in body
            assert "\x00" not in body
    assert (sums[DeliveryState.SENT], sums[DeliveryState.SUPPRESSED], sums.open) == (3, 1, 0)
    (nobody,) = ledger.records.of(7, DeliveryState.SUPPRESSED)
    assert nobody == (
        "none@example.com", DeliveryState.SUPPRESSED, "nothing that this reader chose is in this issue"
    )  # fmt: skip


def test_kill_and_resume_change_no_byte_of_what_each_reader_chose(database_url: str, tmp_path: Path) -> None:
    kinds = [[], ["concept"], ["project", "question"], ["concept", "question"], list(SECTIONS)]
    choices = {f"reader{number}@example.com": kinds[number % 5] for number in range(120)}
    ledger, mailing = chosen(database_url, choices)
    with oracle(tmp_path, "--delay", "0.004") as server:
        engine = database(database_url)
        kill_at_random(database_url, server, kills=2, seed=os.getpid())
        with engine.begin() as connection:  # what readers choose from now on is for the next issue
            connection.execute(tables.subscriber.update().values(without=["concept"]))
        for _ in range(5):
            if not settle_as_unsent(ledger):
                break
            kill_at_random(database_url, server, kills=0, seed=0)
        seen = server.events("seen")
    wanted = {address for address, without in choices.items() if set(without) != set(SECTIONS)}
    for event in seen:
        assert event["sha"] == expected(engine, mailing)[event["to"]]
    missing = wanted - {event["to"] for event in seen}
    assert not missing, [row for row in ledger.records.of(7) if row[0] in missing]
    assert {event["to"] for event in seen} == wanted
    assert ledger.deliveries.sums(7, NOON)[DeliveryState.SUPPRESSED] == len(choices) - len(wanted)


def settle_as_unsent(ledger: Ledger) -> int:
    """Do what an operator does who sees that nothing in doubt arrived; return how many rows are open now."""
    now = dt.datetime.now(dt.UTC)
    ledger.senders.recover(now)
    for address, _, _ in list(ledger.records.of(7, DeliveryState.IN_DOUBT)):
        assert ledger.records.settle(7, address, DeliveryState.QUEUED, now)
    return ledger.deliveries.sums(7, NOON).open


def expected(engine: sa.Engine, mailing: Mailing) -> dict[str, str]:
    """Return the hash of each reader's message, made anew from what the ledger froze."""
    build, found = message_builder().issue(mailing), {}
    with engine.connect() as connection:
        for row in connection.execute(delivery.select()):
            envelope = build(Claimed(row.id, row.subject_id, row.address, row.name, 1, tuple(row.without)))
            if envelope is not None:
                found[row.address] = hashlib.sha256(envelope.message).hexdigest()
    return found


def test_a_reader_in_a_later_zone_gets_the_issue_in_their_own_morning(database_url: str, tmp_path: Path) -> None:
    engine = database(database_url)
    add_readers(engine, ["here@example.com"])
    add_readers(engine, ["west@example.com"], zone="America/New_York", without=["project"])
    ledger, clock, morning = database_ledger(engine), FakeClock(), NOON + dt.timedelta(hours=1)
    mailing = ledger.deliveries.start(approved(7, sectioned_message()), NOON, lambda _zone: morning)
    with Sink(tmp_path / "mail") as sink:
        assert dict(send(ledger, mailing, sink.url, clock).counts) == {DeliveryState.SENT: 1, DeliveryState.QUEUED: 1}
        assert set(delivered(sink)) == {"here@example.com"}
        clock.time = morning - dt.timedelta(seconds=31)
        assert send(ledger, mailing, sink.url, clock).open == 1
        clock.time = morning
        assert send(ledger, mailing, sink.url, clock).open == 0
        assert set(delivered(sink)) == {"here@example.com", "west@example.com"}
    finished = ledger.deliveries.mailing(7)
    assert finished is not None
    assert finished.finished == morning


def live_in(office: Office, zones: dict[str, str]) -> None:
    with office.app.engine.begin() as connection:
        for address, zone in zones.items():
            reader = tables.subscriber.update().where(tables.subscriber.c.address == address)
            connection.execute(reader.values(zone=zone))


def test_the_week_goes_on_until_the_last_reader_had_their_morning(office: Office) -> None:
    live_in(office, {"grace@example.com": "America/Los_Angeles"})
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-26T07:00") == ["2026-W48: issue 11, 1 deliveries are not final yet"]
    assert set(mailed(office)) == {"ada@example.com"}
    assert (office.folder / "site" / "issues" / "11" / "index.html").exists()
    page = office.folder / "site" / "index.html"
    page.unlink()  # while nothing is due, a tick builds no pages and says nothing
    assert office.tick("2026-11-26T07:01") == []
    assert office.tick("2026-11-26T15:59") == []
    assert not page.exists()
    (standing,) = pipeline.status(office.app.act(), 11)
    assert (standing.state, standing.next) == (
        "sending",
        "1 wait for the hour in their own time zone, the last until Thu 2026-11-26 17:00 Europe/Berlin",
    )
    assert office.app.ledger.deliveries.sums(11, office.clock.now()).waiting == Waiting(
        1, dt.datetime(2026, 11, 26, 16, tzinfo=dt.UTC)
    )
    assert office.tick("2026-11-26T16:00") == ["2026-W48: issue 11 was sent to 2"]
    assert mailed(office) == ["ada@example.com", "grace@example.com"]
    issue = office.app.act().content.issue(11)
    assert issue is not None
    assert issue.published == dt.date(2026, 11, 26)
    assert page.exists()
    assert office.tick("2026-11-26T16:01") == []


def test_a_reader_to_the_east_gets_it_with_the_others(office: Office) -> None:
    live_in(office, {"ada@example.com": "Asia/Tokyo", "grace@example.com": "Mars/Olympus"})
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    assert office.tick("2026-11-26T07:00") == ["2026-W48: issue 11 was sent to 2"]


def test_a_late_issue_waits_for_nobody_s_morning(office: Office) -> None:
    live_in(office, {"ada@example.com": "Pacific/Pago_Pago"})
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-27T07:01")  # the window is over: the editors are told
    assert pipeline.send(office.app.act(), 11, late=True).open == 0
    assert mailed(office) == ["ada@example.com", "grace@example.com"]


def test_two_processes_that_come_for_the_last_morning_send_it_once(office: Office) -> None:
    live_in(office, {"grace@example.com": "America/Los_Angeles"})
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-26T07:00")
    office.clock.set("2026-11-26T16:00")
    with office.process() as other:
        pipeline.send(office.app.act(), 11)
        assert scheduler.tick(other.act()) == ["2026-W48: issue 11 was sent"]
    assert mailed(office) == ["ada@example.com", "grace@example.com"]


def mailed(office: Office) -> list[str]:
    """Return the readers who got the issue, once for each message."""
    return sorted(str(mail["To"].addresses[0].addr_spec) for mail in office.mail() if mail["List-Unsubscribe"])
