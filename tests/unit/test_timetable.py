"""Local wall time becomes one moment in UTC, even if the clocks jump, repeat an hour or skip a day."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import publisher
from publisher.issue import IsoWeek
from publisher.publication import Schedule, WeekMoment
from publisher.timetable import (
    arrival,
    current_week,
    day_of,
    due,
    due_for,
    instant,
    mornings,
    next_arrival,
    window_ends,
)

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
    "America/St_Johns", "Africa/Casablanca", "Asia/Tehran", "Europe/Dublin", "Antarctica/Troll",
)  # fmt: skip


def at(day: str, time: str, zone: str) -> str:
    date, clock = dt.date.fromisoformat(day), dt.time.fromisoformat(time)
    return f"{instant(IsoWeek.of(date), WeekMoment(weekday=date.weekday(), time=clock), zone):%Y-%m-%d %H:%M:%S}"


@pytest.mark.parametrize(
    ("day", "time", "zone", "utc"),
    [
        ("2026-11-26", "08:00", "Europe/Berlin", "2026-11-26 07:00:00"),
        ("2026-07-02", "08:00", "Europe/Berlin", "2026-07-02 06:00:00"),
        ("2026-03-29", "01:59", "Europe/Berlin", "2026-03-29 00:59:00"),
        ("2026-03-29", "02:00", "Europe/Berlin", "2026-03-29 01:00:00"),  # skipped: the first time that exists is 03:00
        ("2026-03-29", "02:59", "Europe/Berlin", "2026-03-29 01:00:00"),
        ("2026-03-29", "03:00", "Europe/Berlin", "2026-03-29 01:00:00"),
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25 00:30:00"),  # it occurs twice: the first one counts
        ("2026-10-25", "03:00", "Europe/Berlin", "2026-10-25 02:00:00"),
        ("2026-03-08", "02:30", "America/New_York", "2026-03-08 07:00:00"),
        ("2026-11-01", "01:30", "America/New_York", "2026-11-01 05:30:00"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03 15:30:00"),  # half an hour is skipped
        ("2026-10-04", "02:30", "Australia/Lord_Howe", "2026-10-03 15:30:00"),
        ("2026-04-05", "01:45", "Australia/Lord_Howe", "2026-04-04 14:45:00"),
        ("2011-12-30", "08:00", "Pacific/Apia", "2011-12-30 10:00:00"),  # the day that Samoa did not have
        ("2011-12-29", "23:59", "Pacific/Apia", "2011-12-30 09:59:00"),
        ("2011-12-31", "00:00", "Pacific/Apia", "2011-12-30 10:00:00"),
        ("2026-11-26", "08:00", "Asia/Kolkata", "2026-11-26 02:30:00"),
    ],
)
def test_a_local_time_is_one_instant(day: str, time: str, zone: str, utc: str) -> None:
    assert at(day, time, zone) == utc


@given(
    st.sampled_from(ZONES), st.integers(0, 6), st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)),
)  # fmt: skip
def test_weeks_come_one_after_the_other(zone: str, weekday: int, time: dt.time, day: dt.date) -> None:
    week, moment = IsoWeek.of(day), WeekMoment(weekday=weekday, time=time)
    first, second = instant(week, moment, zone), instant(week.next(), moment, zone)
    assert first.tzinfo is dt.UTC
    assert dt.timedelta(days=5) < second - first < dt.timedelta(days=9)
    wall = first.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    assert wall >= dt.datetime.combine(week.day(weekday), time), "never before what the clock on the wall says"


@pytest.mark.parametrize(
    ("zone", "week", "utc"),
    [
        ("Europe/Berlin", "2026-W48", "2026-11-26 07:00"),
        ("Asia/Tokyo", "2026-W48", "2026-11-25 23:00"),  # before the publication's own hour: then it is due at once
        ("America/Los_Angeles", "2026-W48", "2026-11-26 16:00"),
        ("Pacific/Pago_Pago", "2026-W48", "2026-11-26 19:00"),
        ("Pacific/Kiritimati", "2026-W48", "2026-11-25 18:00"),
        ("America/Los_Angeles", "2026-W10", "2026-03-05 16:00"),  # America changes its clocks on the 8th,
        ("America/Los_Angeles", "2026-W11", "2026-03-12 15:00"),  # Europe on the 29th
    ],
)
def test_a_readers_own_morning_is_the_scheduled_hour_on_their_clock(zone: str, week: str, utc: str) -> None:
    schedule = Schedule(zone="Europe/Berlin")
    assert f"{due_for(zone, IsoWeek.parse(week), schedule):%Y-%m-%d %H:%M}" == utc


def test_a_morning_that_the_readers_clock_skips_or_repeats() -> None:
    sunday = Schedule.model_validate({"zone": "Europe/Berlin", "send": "sun 02:30"})
    assert due_for("America/New_York", IsoWeek(2026, 10), sunday) == dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC)
    at_one = Schedule.model_validate({"zone": "Europe/Berlin", "send": "sun 01:30"})
    assert due_for("America/New_York", IsoWeek(2026, 44), at_one) == dt.datetime(2026, 11, 1, 5, 30, tzinfo=dt.UTC)


@given(st.sampled_from(ZONES), st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1)))
def test_no_morning_is_more_than_a_day_and_a_few_hours_from_the_publications(zone: str, day: dt.date) -> None:
    schedule = Schedule(zone="Europe/Berlin")
    theirs = due_for(zone, IsoWeek.of(day), schedule)
    assert theirs is not None
    assert abs(theirs - due(IsoWeek.of(day), schedule)) < dt.timedelta(hours=27)


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/passwd", "x" * 300, "a\0b", "UTC\n"]
)
def test_a_name_that_is_not_a_time_zone_has_no_morning(zone: str) -> None:
    assert due_for(zone, IsoWeek(2026, 48), Schedule()) is None


EARLY = Schedule(zone="Europe/Berlin", early_mornings=True)
LATE = Schedule(zone="Europe/Berlin")
W48 = IsoWeek(2026, 48)


@pytest.mark.parametrize(
    ("zone", "early", "late"),
    [
        ("Pacific/Kiritimati", "2026-11-25 18:00", "2026-11-26 07:00"),
        ("Asia/Tokyo", "2026-11-25 23:00", "2026-11-26 07:00"),
        ("Europe/Berlin", "2026-11-26 07:00", "2026-11-26 07:00"),
        ("America/New_York", "2026-11-26 13:00", "2026-11-26 13:00"),
        ("Mars/Olympus", "2026-11-26 07:00", "2026-11-26 07:00"),
    ],
)
def test_an_issue_comes_in_a_readers_own_morning_and_before_its_hour_only_with_early_mornings(
    zone: str, early: str, late: str
) -> None:
    assert (f"{arrival(zone, W48, EARLY):%Y-%m-%d %H:%M}", f"{arrival(zone, W48, LATE):%Y-%m-%d %H:%M}") == (
        early,
        late,
    )


@given(
    st.sampled_from(ZONES), st.sampled_from(ZONES), st.booleans(), st.integers(0, 6), st.integers(0, 23),
    st.integers(632_000_000, 2_208_000_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC)),
)  # fmt: skip
def test_the_next_issue_is_the_first_that_is_still_to_come(
    zone: str, home: str, early: bool, weekday: int, hour: int, now: dt.datetime
) -> None:
    plan = Schedule.model_construct(
        zone=home, send=WeekMoment(weekday=weekday, time=dt.time(hour)), window_hours=24, early_mornings=early
    )
    found = next_arrival(zone, now, plan)
    weeks = [IsoWeek.of((now + dt.timedelta(days=days)).date()) for days in range(-14, 21, 7)]
    assert found == min(moment for week in weeks if (moment := arrival(zone, week, plan)) >= now)


def test_mornings_before_the_publications_hour_are_found_between_two_moments() -> None:
    first = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)
    second, hour = dt.timedelta(seconds=1), dt.timedelta(hours=1)
    assert not mornings(W48, EARLY, None, first - second)
    assert mornings(W48, EARLY, None, first)
    assert not mornings(W48, EARLY, first, first + hour / 6)
    assert mornings(W48, EARLY, first, first + hour)
    sends = due(W48, EARLY)
    assert not mornings(W48, EARLY, sends - second, sends + 12 * hour), "later ones are not early"


def test_an_issue_that_began_in_early_mornings_is_dated_on_its_own_day() -> None:
    tokyo = arrival("Asia/Tokyo", W48, EARLY)
    assert day_of(tokyo, W48, EARLY) == day_of(due(W48, EARLY), W48, EARLY) == dt.date(2026, 11, 26)
    assert day_of(tokyo - dt.timedelta(days=1), W48, EARLY) == dt.date(2026, 11, 25), "by hand, before its day"
    assert day_of(tokyo - dt.timedelta(hours=2), W48, LATE) == dt.date(2026, 11, 25)


def test_a_year_with_53_weeks_and_the_turn_of_the_year() -> None:
    assert str(IsoWeek(2026, 52).next()) == "2026-W53"
    assert str(IsoWeek(2026, 53).next()) == "2027-W01"
    assert IsoWeek.of(dt.date(2027, 1, 3)) == IsoWeek(2026, 53)
    assert IsoWeek.of(dt.date(2024, 12, 30)) == IsoWeek(2025, 1)
    assert at("2026-12-31", "08:00", "UTC") == "2026-12-31 08:00:00"
    assert IsoWeek(2026, 53).day(6) == dt.date(2027, 1, 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2025-W53", "2025 has weeks W01 to W52"), ("2026-W54", "2026 has weeks W01 to W53"), ("2026-W00", "does not exist"),
        ("2026-48", "is not an ISO week"), ("2026-W4", "is not an ISO week"), ("٢٠٢٦-W48", "is not an ISO week"),
        ("0000-W01", "is not between"), ("9999-W52", "is not between"), ("", "is not an ISO week"),
    ],
)  # fmt: skip
def test_a_week_that_does_not_exist_is_reported(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        IsoWeek.parse(text)


def test_the_current_week_is_this_one_until_its_window_has_passed() -> None:
    schedule = Schedule(zone="Europe/Berlin", window_hours=24)
    week = IsoWeek(2026, 48)
    sends = due(week, schedule)
    assert sends == dt.datetime(2026, 11, 26, 7, tzinfo=dt.UTC)
    assert window_ends(sends, schedule) == dt.datetime(2026, 11, 27, 7, tzinfo=dt.UTC)
    second = dt.timedelta(seconds=1)
    assert current_week(schedule, sends - dt.timedelta(days=3)) == week
    assert current_week(schedule, sends + dt.timedelta(hours=24)) == week
    assert current_week(schedule, sends + dt.timedelta(hours=24) + second) == week.next()


def test_the_week_begins_when_it_does_in_the_publications_zone() -> None:
    sunday_evening = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
    assert current_week(Schedule(zone="Europe/Berlin"), sunday_evening) == IsoWeek(2026, 48)
    late = Schedule.model_validate({"zone": "UTC", "assemble": "mon 09:00", "send": "sun 23:00"})
    assert current_week(late, sunday_evening) == IsoWeek(2026, 47)


def test_what_editors_are_told_is_on_the_publications_clock() -> None:
    root = Path(publisher.__file__).parent
    in_utc = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"%M(:%S)?\} UTC", path.read_text(encoding="utf-8"))
    }
    # backups are named by UTC, and the log is in UTC; all else says `timetable.local`
    assert in_utc == {"cli/moving.py", "moving/uncertain.py", "scheduler.py"}
