"""Clocks that are wrong, are set, or differ from the database's: nothing is decided by them, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from publisher import mail_round, pipeline, scheduler
from publisher.app import App
from publisher.errors import TransportUnavailable
from subscribers import Wording
from subscribers.database import open_engine, server_time
from tests.scheduled import EDITORS, Office, told, weeks


@pytest.mark.parametrize("by", [{"days": 3}, {"days": 365}, {"days": -1}, {"hours": 2}])
def test_a_tick_with_a_wrong_clock_decides_nothing_and_says_so_once(office: Office, by: dict[str, int]) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.tick("2026-11-26T06:00")
    before = weeks(office)
    office.clock.jump(**by)
    for _ in range(3):
        (said,) = office.tick()
        assert "clock was set" in said
        mail_round.round_of_mail(office.app.act())
    assert told(office, "The clock was set") == sorted(EDITORS)
    assert weeks(office) == before
    office.clock.jump(**{unit: -number for unit, number in by.items()})
    office.tick("2026-11-26T07:00")
    assert len(office.subjects(editors=False)) == 2
    assert told(office, "was not sent") == []
    office.tick()
    assert told(office, "The clock is trusted again") == sorted(EDITORS)


@pytest.mark.parametrize("by", [{"days": 3}, {"minutes": -6}])
def test_while_the_databases_clock_differs_nothing_is_decided_and_the_mail_of_a_form_stays_due(
    office: Office, monkeypatch: pytest.MonkeyPatch, by: dict[str, int]
) -> None:
    right = office.clock.now()
    monkeypatch.setattr(App, "database_time", lambda _: right)
    office.clock.set((right + dt.timedelta(**by)).strftime("%Y-%m-%dT%H:%M"))  # as the machine booted
    for _ in range(2):
        (said,) = office.tick()
        assert "nothing is done until the two agree" in said
    assert told(office, "Two clocks differ") == sorted(EDITORS)
    assert weeks(office) == []
    office.app.subscribers.sign_ups.sign_up(
        "new@example.com", source="form", wording=Wording("test"), now=office.clock.now()
    )
    assert mail_round.hand_over(office.app.act(), threading.Event(), lambda: False) == 0
    office.clock.set(right.strftime("%Y-%m-%dT%H:%M"))
    act = office.process().act()  # the clock was set right before this process began
    assert mail_round.hand_over(act, threading.Event(), lambda: False) == 1


def test_a_server_of_a_database_tells_its_time_and_a_file_has_none(database_url: str) -> None:
    engine = open_engine(database_url)
    time = server_time(engine)
    engine.dispose()
    if database_url.startswith("sqlite"):
        assert time is None
    else:
        assert time is not None
        assert abs(dt.datetime.now(dt.UTC) - time) < dt.timedelta(minutes=1)


def test_a_clock_that_was_set_right_is_believed_after_a_quarter_of_an_hour(office: Office) -> None:
    office.tick("2026-11-22T12:00")
    office.clock.jump(days=1)
    office.tick()
    office.tick("2026-11-23T12:14")
    assert told(office, "[Proof]") == []
    office.tick("2026-11-23T12:15")
    assert told(office, "[Proof]") == sorted(EDITORS)


def test_editors_who_cannot_be_reached_while_the_clock_is_wrong_are_told_once_of_it(office: Office) -> None:
    office.tick("2026-11-26T06:00")
    office.clock.jump(hours=2)
    office.sink.unknown = tuple(EDITORS)
    for minute in range(4):
        with pytest.raises(TransportUnavailable):
            office.tick(f"2026-11-26T08:0{minute}")
    office.sink.unknown = ()
    office.tick("2026-11-26T08:10")
    assert told(office, "The clock was set") == sorted(EDITORS)


def test_no_mail_is_given_up_as_too_late_by_a_clock_that_was_set(office: Office) -> None:
    office.tick("2026-11-26T06:00")
    readers = office.app.subscribers
    readers.sign_ups.sign_up("new@example.com", source="form", wording=Wording("test"), now=office.clock.now())
    office.clock.jump(days=3)
    office.tick()  # tells the editors
    assert told(office, "The clock was set") == sorted(EDITORS)
    pipeline.post(office.app.act())  # as after a form
    office.clock.jump(days=-3)
    office.tick("2026-11-26T06:01")
    mail_round.round_of_mail(office.app.act())
    assert len([mail for mail in office.mail() if "new@example.com" in str(mail["To"])]) == 1


@pytest.mark.parametrize("wrong", ["2026-11-29T07:00", "2027-11-26T07:00"])
def test_a_process_that_began_with_a_wrong_clock_leaves_no_week_that_is_missed_for_good(
    office: Office, wrong: str
) -> None:
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    with office.process() as other:
        office.clock.set(wrong)
        scheduler.tick(other.act())
    office.clock.set("2026-11-26T07:00")
    office.app = office.process()
    office.tick()
    assert len(office.subjects(editors=False)) == 2
    office.tick("2026-11-30T08:00")
    assert ("2026-W49", "proofed") in weeks(office)


def test_pokes_come_by_a_clock_that_nobody_can_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from apscheduler.schedulers import base
    from apscheduler.triggers import date

    class Set(dt.datetime):
        back = dt.timedelta()

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime.now(tz) - cls.back

    monkeypatch.setattr(base, "datetime", Set)
    monkeypatch.setattr(date, "datetime", Set)
    monkeypatch.setattr(scheduler, "TICK_SECONDS", 0.05)
    poked = threading.Semaphore(0)
    stop = scheduler.start(poked.release, lambda: None)
    try:
        for back in (0, 3600, -3600, 86_400):
            Set.back = dt.timedelta(seconds=back)
            for _ in range(3):
                assert poked.acquire(timeout=5.0)
    finally:
        stop()


def test_whoever_wakes_the_scheduler_is_served_before_the_clock_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "HASTE_SECONDS", 0)
    poked, woken = threading.Semaphore(0), threading.Event()
    stop = scheduler.start(poked.release, lambda: None, woken)
    try:
        assert poked.acquire(timeout=5.0)
        woken.set()
        assert poked.acquire(timeout=5.0)
    finally:
        stop()
