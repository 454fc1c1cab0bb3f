"""A week whose issue is sent by workers: the scheduler begins it and ends it, once, and tells the editors what workers learn."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from publisher import pipeline, scheduler
from publisher.errors import MailRefused, Refused
from publisher.issue import IsoWeek
from tests.scheduled import EDITORS, Office, told


def begun(office: Office) -> str:
    """Let the scheduler begin the issue, and be told to stop before its first message; return the issue's title."""
    office.tick("2026-11-23T08:00")
    pipeline.approve(office.app.act(), 11, "Robin")
    office.clock.set("2026-11-26T07:00")
    stop = threading.Event()
    stop.set()
    scheduler.tick(office.app.act(), stop)
    assert office.subjects(editors=False) == []
    issue = office.app.act().content.issue(11)
    assert issue is not None
    return issue.title


def test_workers_send_it_and_the_scheduler_stamps_it_once(office: Office) -> None:
    title, worker = begun(office), office.process()
    assert list(pipeline.to_work_on(worker.act_to_work())) == [11]
    sums = pipeline.work(worker.act_to_work(), 11)
    assert sums is not None
    assert sums.open == 0
    assert office.subjects(editors=False) == [title] * 2
    path = office.folder / "content" / "issues" / "0011.md"
    assert "published:" not in path.read_text()
    office.tick("2026-11-26T07:01")
    assert office.app.act().content.issue(11).published == dt.date(2026, 11, 26)  # type: ignore[union-attr]
    stamped = path.read_bytes()
    assert office.tick("2026-11-26T07:02") == []
    assert path.read_bytes() == stamped
    assert list(pipeline.to_work_on(worker.act_to_work())) == []
    assert office.subjects(editors=False) == [title] * 2


def test_the_editors_are_told_once_that_the_server_refused_it_to_a_worker(office: Office) -> None:
    title, worker = begun(office), office.process()
    office.sink.no_issues = "550 5.7.1 you are blocked"
    with pytest.raises(MailRefused):
        pipeline.work(worker.act_to_work(), 11)
    assert list(pipeline.to_work_on(worker.act_to_work())) == []
    for minute in (1, 2, 3):
        office.tick(f"2026-11-26T07:0{minute}")
    assert told(office, "waits") == sorted(EDITORS)
    office.sink.no_issues = ""
    office.clock.set("2026-11-26T07:10")
    assert list(pipeline.to_work_on(worker.act_to_work())) == [11]
    pipeline.work(worker.act_to_work(), 11)
    office.tick("2026-11-26T07:11")
    assert office.subjects(editors=False) == [title] * 2
    assert told(office, "waits") == sorted(EDITORS)


def test_a_held_week_keeps_workers_from_what_waits(office: Office) -> None:
    begun(office)
    pipeline.hold_week(office.app.act(), IsoWeek.parse("2026-W48"), "the numbers are wrong")
    with pytest.raises(Refused, match="held with its week"):
        pipeline.work(office.process().act_to_work(), 11)
    assert office.subjects(editors=False) == []
