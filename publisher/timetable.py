"""When the week's steps are due: local wall time in an IANA zone -> one UTC instant. Pure.

The instant is computed once for a week and then kept in the week's row, so that a changed zone or a new tz database
never moves a week that is already open.
"""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from collections.abc import Collection

from publisher.issue import IsoWeek
from publisher.publication import Schedule, WeekMoment


@functools.lru_cache(maxsize=1000)
def clock(zone: str) -> zoneinfo.ZoneInfo:
    """Return a time zone. Python itself keeps only the eight that were used last, and reads the others from files again."""
    return zoneinfo.ZoneInfo(zone)


def instant(week: IsoWeek, moment: WeekMoment, zone: str) -> dt.datetime:
    """Return the UTC instant of a weekday and local time of a week.

    A time that the clocks skip moves to the first one that exists; a time that comes twice means the first of the two.
    """
    local = dt.datetime.combine(week.day(moment.weekday), moment.time.replace(fold=0), clock(zone))
    utc = local.astimezone(dt.UTC)
    if utc.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return utc
    # In a gap PEP 495's fold=0 reads the time with the offset before the change, fold=1 with the one after it;
    # the clocks change at the instant at which both offsets name the same moment.
    later = local.replace(fold=1).astimezone(dt.UTC)
    low, high = min(utc, later), max(utc, later)
    before = low.astimezone(local.tzinfo).utcoffset()
    while high - low > dt.timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(local.tzinfo).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def left_out(week: IsoWeek, moment: WeekMoment, zone: str) -> dt.time | None:
    """Return the time that stands in for one that the clocks skip in a week; None if they do not.

    >>> left_out(IsoWeek(2027, 12), WeekMoment(weekday=6, time=dt.time(2, 30)), "Europe/Berlin")
    datetime.time(3, 0)
    """
    local = instant(week, moment, zone).astimezone(clock(zone))
    shown = dt.datetime.combine(week.day(moment.weekday), moment.time)
    return None if local.replace(tzinfo=None) == shown else local.time()


def due(week: IsoWeek, schedule: Schedule) -> dt.datetime:
    """Return when the week's issue goes out, in UTC."""
    return instant(week, schedule.send, schedule.zone)


def due_for(zone: str, week: IsoWeek, schedule: Schedule) -> dt.datetime | None:
    """Return when the clock of a reader in `zone` shows the weekday and time of the week's issue.

    None for a name that is not a zone, or not any more.
    """
    try:
        return instant(week, schedule.send, zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def arrival(zone: str, week: IsoWeek, schedule: Schedule) -> dt.datetime:
    """Return when the week's issue comes to the readers in `zone`, if it is approved by then.

    That is their own morning, but without early mornings never before the publication's hour. A name that is not a zone
    counts as the publication's.
    """
    sends = due(week, schedule)
    own = due_for(zone, week, schedule) or sends
    return own if schedule.early_mornings else max(own, sends)


def next_arrival(zone: str, now: dt.datetime, schedule: Schedule) -> dt.datetime:
    """Return when the next issue comes to the readers in `zone`, if it is approved by then: now or later."""
    week = IsoWeek.of((now - dt.timedelta(days=2)).date())  # it may still be another day in the west, and another week
    while (moment := arrival(zone, week, schedule)) < now:
        week = week.next()
    return moment


def mornings(week: IsoWeek, schedule: Schedule, after: dt.datetime | None, until: dt.datetime) -> bool:
    """Say whether a morning before the publication's hour comes somewhere after one moment, and until another."""
    every = _early(week, schedule)
    return any((after is None or after < each) and each <= until for each in every)


@functools.lru_cache(maxsize=4)
def _early(week: IsoWeek, schedule: Schedule) -> frozenset[dt.datetime]:
    """Return the mornings of all zones that come before the publication's hour."""
    found = (due_for(zone, week, schedule) for zone in zoneinfo.available_timezones())
    return frozenset(each for each in found if each is not None and each < due(week, schedule))


def day_of(begun: dt.datetime, week: IsoWeek, schedule: Schedule) -> dt.date:
    """Return the day on which the week's issue went out, if sending began at a moment.

    Early mornings may come on the day before; the day is then that of the publication's hour.
    """
    sends = due(week, schedule)
    if schedule.early_mornings and min(_early(week, schedule), default=sends) <= begun < sends:
        begun = sends
    return begun.astimezone(clock(schedule.zone)).date()


def window_ends(due_utc: dt.datetime, schedule: Schedule) -> dt.datetime:
    """Return the latest moment at which a due issue may go out by itself."""
    return due_utc + dt.timedelta(hours=schedule.window_hours)


def current_week(schedule: Schedule, now: dt.datetime) -> IsoWeek:
    """Return the week whose issue is the next to go out: this one, until its send window has passed."""
    week = IsoWeek.of(now.astimezone(clock(schedule.zone)).date())
    return week if now <= window_ends(due(week, schedule), schedule) else week.next()


def unopened(opened: Collection[IsoWeek], week: IsoWeek, back: int) -> list[IsoWeek]:
    """Return the weeks up to this one that are missing among those that were opened, from the first one on.

    Of those that are more than `back` weeks ago there is nothing left to say.

    >>> [str(each) for each in unopened([IsoWeek(2026, 51), IsoWeek(2027, 1)], IsoWeek(2027, 2), 8)]
    ['2026-W52', '2026-W53', '2027-W02']
    """
    one = max(min(opened), IsoWeek.of(week.monday() - dt.timedelta(weeks=back)))
    missing = []
    while one <= week:
        if one not in opened:
            missing.append(one)
        one = one.next()
    return missing


def local(moment: dt.datetime, schedule: Schedule) -> str:
    """Return a moment on the publication's clock, as editors are told it.

    >>> local(dt.datetime(2026, 11, 26, 7, tzinfo=dt.UTC), Schedule(zone="Europe/Berlin"))
    'Thu 2026-11-26 08:00 Europe/Berlin'
    """
    return f"{moment.astimezone(clock(schedule.zone)):%a %Y-%m-%d %H:%M} {schedule.zone}"
