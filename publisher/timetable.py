"""When the week's steps are due: local wall time in an IANA zone -> one UTC instant. Pure.

The instant is computed once for a week and then kept in the week's row, so that a changed zone or a new tz database
never moves a week that is already open.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

from publisher.issue import IsoWeek
from publisher.publication import Schedule, WeekMoment


def instant(week: IsoWeek, moment: WeekMoment, zone: str) -> dt.datetime:
    """Return the UTC instant of a weekday and local time of a week.

    A time that the clocks skip moves to the first one that exists; a time that comes twice means the first of the two.
    """
    local = dt.datetime.combine(week.day(moment.weekday), moment.time.replace(fold=0), zoneinfo.ZoneInfo(zone))
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

    That is their own morning, but never before the publication's hour. A name that is not a zone counts as the
    publication's.
    """
    sends = due(week, schedule)
    return max(due_for(zone, week, schedule) or sends, sends)


def next_arrival(zone: str, now: dt.datetime, schedule: Schedule) -> dt.datetime:
    """Return when the next issue comes to the readers in `zone`, if it is approved by then: now or later."""
    week = IsoWeek.of((now - dt.timedelta(days=2)).date())  # it may still be another day in the west, and another week
    while (moment := arrival(zone, week, schedule)) < now:
        week = week.next()
    return moment


def window_ends(due_utc: dt.datetime, schedule: Schedule) -> dt.datetime:
    """Return the latest moment at which a due issue may go out by itself."""
    return due_utc + dt.timedelta(hours=schedule.window_hours)


def current_week(schedule: Schedule, now: dt.datetime) -> IsoWeek:
    """Return the week whose issue is the next to go out: this one, until its send window has passed."""
    week = IsoWeek.of(now.astimezone(zoneinfo.ZoneInfo(schedule.zone)).date())
    return week if now <= window_ends(due(week, schedule), schedule) else week.next()
