"""A person holds a week, skips it, or opens it again, and the scheduler does as they say."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import pipeline, scheduler, timetable
from publisher.errors import Refused
from publisher.issue import Approved, IsoWeek
from publisher.next_issue import Outlook
from publisher.ports import WeekState
from subscribers import Wording
from tests.publication import FakeClock, MemoryApp, example, variables

W48, W49 = IsoWeek(2026, 48), IsoWeek(2026, 49)


class Room:
    """A publication in memory at noon before its week, with a reader, and the mail that left."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.mail = FakeClock(), folder / "mail"
        self.clock.set("2026-11-22T12:00")
        place, outside = example(folder / "news"), variables("smtp://127.0.0.1:9")
        self.app = MemoryApp(place, self.clock, outside, transport=f"file:{self.mail}")
        now = self.clock.now()
        self.app.sign_ups.sign_up("ada@example.com", source="form", wording=Wording("test"), now=now)
        self.app.sign_ups.confirm(self.app.keyring.confirm(self.app.readers.readers[0].subject_id, now), now=now)
        pipeline.post(self.app.act())

    def tick(self, moment: str) -> dict[str, str]:
        """Let it be a moment; return the mails of it, by their subjects, as text."""
        before = set(self.mail.glob("*.eml"))
        self.clock.set(moment)
        scheduler.tick(self.app.act())
        fresh = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in set(self.mail.glob("*.eml")) - before)  # fmt: skip
        return {str(one["Subject"]): " ".join(one.get_body(("plain",)).get_content().split()) for one in fresh}  # type: ignore[union-attr]

    def state(self, week: IsoWeek) -> WeekState | None:
        found = self.app.act().weeks.find(week)
        return found.state if found else None


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    with made.app:
        yield made


def test_a_held_week_is_proofed_and_not_sent_until_it_is_reopened(room: Room) -> None:
    pipeline.hold_week(room.app.act(), W48, "wrong\n numbers")
    (proof,) = [text for subject, text in room.tick("2026-11-23T08:00").items() if subject.startswith("[Proof]")]
    assert "but not while 2026-W48 is held («wrong numbers»)," in proof
    reminder = room.tick("2026-11-25T07:00")["Issue 11 waits for your approval"]
    assert "held («wrong numbers»)" in reminder
    assert "pressroom week 2026-W48 --reopen" in reminder
    pipeline.approve(room.app.act(), 11, "Robin")
    told = room.tick("2026-11-26T07:00")
    assert list(told) == ["Issue 11 is held and was not sent"]
    assert room.tick("2026-11-26T07:01") == {}
    for send in (pipeline.send, pipeline.would_send):
        with pytest.raises(Refused, match=r"issue 11 is held .*: pressroom week 2026-W48 --reopen"):
            send(room.app.act(), 11, late=True)
    (status,) = pipeline.status(room.app.act(), 11)
    assert (status.held, status.next.endswith("pressroom week 2026-W48 --reopen")) == ("wrong numbers", True)
    pipeline.reopen_week(room.app.act(), W48)
    issue = room.app.act().content.issue(11)
    assert issue
    assert list(room.tick("2026-11-26T07:02")) == [issue.title]


def test_a_week_that_is_still_held_when_its_window_ends_is_missed_and_the_editors_hear_of_it(room: Room) -> None:
    pipeline.hold_week(room.app.act(), W48, "wrong numbers")
    room.app.act().weeks.move(W48, WeekState.OPEN, WeekState.PROOFED, number=11)
    told = room.tick("2026-11-27T07:01")["The issue of 2026-W48 was not sent"]
    assert "The week was held: «wrong numbers»." in told
    assert room.state(W48) is WeekState.MISSED


def test_a_wrong_clock_does_not_end_a_hold(room: Room) -> None:
    weeks = room.app.act().weeks
    pipeline.hold_week(room.app.act(), W48, "wrong numbers")
    weeks.move(W48, WeekState.OPEN, WeekState.MISSED, number=11)
    room.tick("2026-11-23T07:00")
    found = weeks.find(W48)
    assert found
    assert (found.state, found.held) == (WeekState.PROOFED, True)


def test_a_skipped_week_has_no_issue_and_no_alarm_and_may_be_reopened_in_time(room: Room) -> None:
    pipeline.skip_week(room.app.act(), W48, "holidays")
    for moment in ("2026-11-23T08:00", "2026-11-26T07:00", "2026-11-26T23:00"):
        assert room.tick(moment) == {}
    assert (room.app.act().content.issue(11), room.state(W48)) == (None, WeekState.SKIPPED)
    assert pipeline.reopen_week(room.app.act(), W48).state is WeekState.OPEN
    pipeline.skip_week(room.app.act(), W48, "holidays")
    room.clock.set("2026-11-28T07:00")
    with pytest.raises(Refused, match="pressroom assemble --week 2026-W48"):
        pipeline.reopen_week(room.app.act(), W48)


def test_a_skipped_week_takes_no_pieces_and_its_reason_is_in_the_queue(room: Room) -> None:
    before = pipeline.queue(room.app.act()).weeks
    pipeline.skip_week(room.app.act(), W48, "holidays")
    pipeline.hold_week(room.app.act(), W49, "wrong numbers")
    after = pipeline.queue(room.app.act()).weeks
    assert (after[0].week, after[0].places, after[0].skipped) == (W48, (), "holidays")
    assert after[1].held == "wrong numbers"
    picked = [[place.piece for place in week.places if place.filling == "would be picked"] for week in (before[0], after[1])]  # fmt: skip
    assert picked[0]
    assert set(picked[0]) <= set(picked[1])


def test_a_readers_page_names_no_week_that_is_skipped(room: Room) -> None:
    act, schedule = room.app.act(), room.app.act().publication.schedule
    pipeline.skip_week(act, W48, "holidays")
    outlook = Outlook(schedule, schedule.zone, None, {}, lambda _number: None, lambda week: pipeline.skipped(act, week))
    assert outlook.next_issue(room.clock.now()) == timetable.due(W49, schedule)


def test_what_went_out_is_not_skipped_and_what_is_over_is_not_held(room: Room) -> None:
    act = room.app.act()
    with pytest.raises(Refused, match="is over"):
        pipeline.hold_week(act, IsoWeek(2026, 40), "too late")
    with pytest.raises(Refused, match="say why"):
        pipeline.hold_week(act, W48, "  ")
    act.weeks.open(W48, room.clock.now())
    with pytest.raises(Refused, match="neither held, skipped nor missed: it is open"):
        pipeline.reopen_week(act, W48)
    room.app.ledger.deliveries.start(Approved(11, "d", "Subject", b"m", ()), room.clock.now())
    act.weeks.move(W48, WeekState.OPEN, WeekState.SENDING, number=11)
    with pytest.raises(Refused, match=r"being sent; .*--hold"):
        pipeline.skip_week(act, W48, "holidays")
    assert pipeline.hold_week(act, W48, "stop").held
    act.weeks.move(W48, WeekState.SENDING, WeekState.SENT)
    for verb in (pipeline.hold_week, pipeline.skip_week):
        with pytest.raises(Refused):
            verb(act, W48, "stop")


def test_weeks_in_which_nothing_ran_are_told_whatever_a_person_decided_of_the_weeks_around_them(room: Room) -> None:
    room.tick("2026-11-22T12:00")
    pipeline.skip_week(room.app.act(), W48, "holidays")
    pipeline.hold_week(room.app.act(), IsoWeek(2026, 51), "a look ahead")
    pipeline.reopen_week(room.app.act(), IsoWeek(2026, 51))
    told = room.tick("2026-12-14T12:00")
    missed = [f"The issue of {week} was not sent" for week in (W49, W49.next())]
    assert sorted(subject for subject in told if subject.startswith("The issue of")) == missed


def test_a_week_whose_issue_went_out_before_its_hour_is_neither_held_nor_told_how(room: Room) -> None:
    room.tick("2026-11-23T08:00")
    pipeline.approve(room.app.act(), 11, "Robin")
    pipeline.send(room.app.act(), 11)
    with pytest.raises(Refused, match=r"went out on .* nothing to hold; if it was wrong: pressroom correct 11$"):
        pipeline.hold_week(room.app.act(), W48, "wrong numbers")
    with pytest.raises(Refused, match=r"went out or is being sent$"):
        pipeline.skip_week(room.app.act(), W48, "wrong numbers")


def test_an_issue_that_is_paused_while_it_is_being_sent_goes_on_by_itself_once_it_is_resumed(room: Room) -> None:
    room.tick("2026-11-23T08:00")
    pipeline.approve(room.app.act(), 11, "Robin")
    room.clock.set("2026-11-26T06:59")
    with pytest.raises(Refused, match="not being sent, so there is nothing to pause"):
        pipeline.pause(room.app.act(), 11, "too early")
    room.app.ledger.deliveries.start(pipeline.approved(room.app.act(), 11), room.clock.now())
    pipeline.pause(room.app.act(), 11, "wrong\n link")
    told = room.tick("2026-11-26T07:00")
    assert list(told) == ["Issue 11 is paused"]
    assert "«wrong link»" in told["Issue 11 is paused"]
    assert "pressroom deliveries resume 11" in told["Issue 11 is paused"]
    assert room.tick("2026-11-26T07:01") == {}
    (status,) = pipeline.status(room.app.act(), 11)
    assert status.next == "paused («wrong link»); to go on: pressroom deliveries resume 11"
    pipeline.resume(room.app.act(), 11)
    told = room.tick("2026-11-26T07:02")
    assert [subject for subject in told if "Issue 11" in subject] == ["Issue 11 goes on"]
    assert len(told) == 2, "and the issue itself"
    assert room.state(W48) is WeekState.SENT


def test_a_cancelled_issue_ends_its_week_and_the_editors_are_told_that_it_reached_nobody(room: Room) -> None:
    room.tick("2026-11-23T08:00")
    pipeline.approve(room.app.act(), 11, "Robin")
    room.clock.set("2026-11-26T07:00")
    room.app.ledger.deliveries.start(pipeline.approved(room.app.act(), 11), room.clock.now())
    assert pipeline.cancel(room.app.act(), 11, "the wrong issue").deliveries == 1
    assert list(room.tick("2026-11-26T07:01")) == ["Issue 11 reached nobody"]
    assert room.state(W48) is WeekState.SENT
