"""The contracts of approvals, weeks and leases, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.adapters.database import DatabaseApprovals, DatabaseWeeks
from publisher.adapters.memory import MemoryApprovals, MemoryWeeks
from publisher.issue import Approval, IsoWeek
from publisher.ports import ApprovalRecord, Approvals, How, Occasion, ShownIssue, Verdict, Weeks, WeekState
from tests.conftest import empty_database
from tests.mailroom import NOON, ROOT, database

W48, W49 = IsoWeek(2026, 48), IsoWeek(2026, 49)
LATER = NOON + dt.timedelta(hours=1)


@dataclass(frozen=True)
class Kept:
    """A store of approvals and weeks; `weeks` returns those of a publication."""

    approvals: Approvals
    weeks: Callable[[str], Weeks]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    if request.param == "memory":
        found = MemoryWeeks()
        yield Kept(MemoryApprovals(), lambda _publication: found)
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield Kept(DatabaseApprovals(engine), lambda publication: DatabaseWeeks(engine, publication))
        engine.dispose()


@pytest.fixture
def weeks(kept: Kept) -> Weeks:
    return kept.weeks("notes")


def test_weeks_are_kept_when_the_publications_list_id_is_changed(kept: Kept) -> None:
    before, after, week = kept.weeks("notes"), kept.weeks("renamed"), IsoWeek(2026, 48)
    opened = before.open(week, NOON)
    assert after.open(week, LATER) == after.find(week) == opened
    assert [one.iso for one in after.unfinished()] == list(after.opened(week)) == [week]
    assert after.move(week, WeekState.OPEN, WeekState.PROOFED, number=7)
    assert [(one.iso, one.number) for one in before.unfinished()] == [(week, 7)]


def test_the_same_approval_twice_counts_once(kept: Kept) -> None:
    approvals = kept.approvals
    robin, sam = Approval("Robin", NOON, "d1"), Approval("Sam", LATER, "d1")
    for approval in (robin, sam, Approval("Robin", LATER, "d1"), Approval("Robin", LATER, "d2")):
        approvals.add(7, approval, How.SHELL)
    assert list(approvals.of(7)) == [robin, Approval("Robin", LATER, "d2"), sam]
    assert list(approvals.of(8)) == []
    assert [(one.person, one.digest, one.at) for one in approvals.record(7)] == [
        ("Robin", "d1", NOON), ("Sam", "d1", LATER), ("Robin", "d2", LATER),
    ]  # fmt: skip


def test_a_withdrawn_approval_does_not_count_and_the_record_keeps_all_of_it(kept: Kept) -> None:
    approvals = kept.approvals
    robin, again = Approval("Robin", NOON, "d1"), Approval("Robin", LATER, "d1")
    approvals.add(7, robin, How.LINK)
    assert not approvals.withdraw(7, Approval("Sam", LATER, "d1"), How.LINK)
    assert not approvals.withdraw(7, Approval("Robin", LATER, "d2"), How.LINK)
    assert not approvals.withdraw(8, again, How.LINK)
    assert approvals.withdraw(7, again, How.SHELL)
    assert not approvals.withdraw(7, again, How.SHELL)
    assert list(approvals.of(7)) == []
    approvals.add(7, again, How.LINK)
    approvals.add(8, robin, How.LINK)
    assert list(approvals.of(7)) == [again]
    assert list(approvals.record(7)) == [
        ApprovalRecord(7, "d1", "Robin", NOON, Verdict.APPROVED, How.LINK),
        ApprovalRecord(7, "d1", "Robin", LATER, Verdict.WITHDRAWN, How.SHELL),
        ApprovalRecord(7, "d1", "Robin", LATER, Verdict.APPROVED, How.LINK),
    ]
    assert [one.number for one in approvals.record()] == [7, 7, 7, 8]


def test_what_was_proofed_and_approved_is_kept_and_only_what_differs_is_added(kept: Kept) -> None:
    def shown(digest: str, occasion: Occasion = Occasion.PROOF, number: int = 7) -> ShownIssue:
        return ShownIssue(number, occasion, digest, NOON, b"---\n\xff", b"Subject: x\0" + digest.encode())

    approvals = kept.approvals
    assert approvals.last_shown(7, Occasion.PROOF) is None
    for one in (shown("a"), shown("b"), shown("a"), shown("a"), shown("c", number=8), shown("b", Occasion.APPROVAL)):
        approvals.keep(one)
    assert approvals.last_shown(7, Occasion.PROOF) == shown("a")
    assert approvals.last_shown(7, Occasion.PROOF, but="a") == shown("b")
    assert approvals.last_shown(8, Occasion.PROOF, but="c") is None
    assert approvals.last_shown(7, Occasion.APPROVAL) == shown("b", Occasion.APPROVAL)
    assert approvals.record() == ()


def test_a_week_is_opened_once_and_keeps_its_moment(weeks: Weeks) -> None:
    first = weeks.open(W48, NOON)
    assert (first.iso, first.due, first.state, first.number) == (W48, NOON, WeekState.OPEN, None)
    assert weeks.open(W48, LATER) == first
    assert [week.iso for week in weeks.unfinished()] == [W48]


def test_only_the_first_of_two_moves_a_week(weeks: Weeks) -> None:
    weeks.open(W48, NOON)
    weeks.open(W49, LATER)
    assert weeks.move(W48, WeekState.OPEN, WeekState.PROOFED, number=11)
    assert not weeks.move(W48, WeekState.OPEN, WeekState.PROOFED, number=12)
    assert weeks.move(W48, WeekState.PROOFED, WeekState.SENT, told="on time")
    found = weeks.open(W48, NOON)
    assert (found.state, found.number, found.told) == (WeekState.SENT, 11, "on time")
    assert [week.iso for week in weeks.unfinished()] == [W49]


def test_a_week_waits_for_its_report_three_days_until_it_is_reported(weeks: Weeks) -> None:
    weeks.open(W49, LATER)
    weeks.open(W48, NOON)
    days = dt.timedelta(days=3)
    assert [[week.iso for week in weeks.to_report(now)] for now in (LATER, NOON + days, LATER + days)] == [
        [], [W48], [W48, W49],
    ]  # fmt: skip
    weeks.move(W48, WeekState.OPEN, WeekState.SENT)
    weeks.reported(W49)
    assert [week.state for week in weeks.to_report(LATER + days)] == [WeekState.SENT]


def test_a_lease_has_one_holder_at_a_time(weeks: Weeks) -> None:
    with (
        weeks.lock("tick", 60, NOON) as first,
        weeks.lock("tick", 60, NOON) as second,
        weeks.lock("other", 60, NOON) as other,
    ):
        assert (first, second, other) == (True, False, True)
    with weeks.lock("tick", 60, NOON) as again:
        assert again


def test_an_expired_lease_is_taken_over_and_not_given_back_twice(weeks: Weeks) -> None:
    with weeks.lock("tick", 60, NOON) as first, weeks.lock("tick", 60, LATER) as second:
        assert (first, second) == (True, True)
        with weeks.lock("tick", 60, LATER) as third:
            assert not third


def test_the_weeks_that_were_opened_are_in_order_and_not_after_the_given_one(weeks: Weeks) -> None:
    assert weeks.opened(W48) == ()
    for week in (W49, W48, IsoWeek(2027, 2)):
        weeks.open(week, NOON)
    assert (weeks.opened(W48), weeks.opened(W49.next()), weeks.find(W49.next())) == ((W48,), (W48, W49), None)


def test_a_week_keeps_why_it_is_held_and_one_that_was_opened_for_that_is_opened(weeks: Weeks) -> None:
    weeks.open(W48, NOON)
    weeks.open(W49, LATER)
    assert weeks.move(W49, WeekState.OPEN, WeekState.OPEN, why="wrong numbers")
    found = weeks.find(W49)
    assert found
    assert (found.why, found.held) == ("wrong numbers", True)
    assert weeks.opened(W49) == (W48, W49)
    assert weeks.move(W49, WeekState.OPEN, WeekState.SKIPPED, why="holidays")
    assert [week.iso for week in weeks.unfinished()] == [W48]
    assert weeks.move(W48, WeekState.OPEN, WeekState.PROOFED, number=11, why="wrong numbers")
    assert weeks.opened(W49) == (W48, W49)


def test_a_lease_that_a_wrong_clock_took_for_years_does_not_hold_anyone_up(weeks: Weeks) -> None:
    with weeks.lock("tick", 60, NOON + dt.timedelta(days=400)) as wrong, weeks.lock("tick", 60, NOON) as right:
        assert (wrong, right) == (True, True)


def test_the_lease_of_a_dead_process_is_free(database_url: str) -> None:
    code = (
        "import os, sys, datetime as dt; from publisher.adapters.database import *\n"
        "from subscribers.database import open_engine\n"
        "weeks = DatabaseWeeks(open_engine(sys.argv[1]), 'notes')\n"
        "with weeks.lock('tick', 3600, dt.datetime.fromisoformat(sys.argv[2])) as held: os._exit(0 if held else 1)\n"
    )
    weeks = DatabaseWeeks(database(database_url), "notes")
    subprocess.run([sys.executable, "-c", code, database_url, NOON.isoformat()], check=True, cwd=ROOT)
    with weeks.lock("tick", 60, NOON) as held:
        assert held
