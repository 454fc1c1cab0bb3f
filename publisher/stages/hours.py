"""The hours of an issue: until when it may go out by itself, and when it is whose morning."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from functools import partial

from publisher import timetable
from publisher.errors import Refused
from publisher.issue import IsoWeek
from publisher.ports import Content, DueInZone, Mailing, MailingEntry
from publisher.publication import Schedule
from publisher.stages.lookup import issue_of
from publisher.stages.ports import MailPorts

MOST_ZONES = 3
"""How many zones with the same morning are named."""


def morning(content: Content, number: int, now: dt.datetime) -> DueInZone | None:
    """Return what says when the readers in a time zone get the issue; None when its window is over."""
    week, schedule = issue_of(content, number).week, content.publication.schedule
    if now > timetable.window_ends(timetable.due(week, schedule), schedule):
        return None
    return partial(timetable.due_for, week=week, schedule=schedule)


def within_window(content: Content, number: int, now: dt.datetime, *, late: bool) -> None:
    """Raise Refused when the window of the issue is over, unless it may be late."""
    issue = issue_of(content, number)
    schedule = content.publication.schedule
    ends = timetable.window_ends(timetable.due(issue.week, schedule), schedule)
    if now > ends and not late:
        raise Refused(
            f"issue {number} was due in {issue.week}, and its window ended on {timetable.local(ends, schedule)}; "
            f"if it should still go out: pressroom send {number} --late"
        )


def before_its_hour(content: Content, number: int, mailing: Mailing | MailingEntry | None, now: dt.datetime) -> None:
    """Raise Refused where an issue cannot go to those alone whose morning comes early."""
    schedule = content.publication.schedule
    if not schedule.early_mornings:
        raise Refused(
            "readers in the east get issues with the others; to send in their own mornings, set "
            "schedule.early_mornings = true in publication.toml"
        )
    due = timetable.due(issue_of(content, number).week, schedule)
    if now >= due or (mailing and not mailing.early_until):
        why = f"its hour came on {timetable.local(due, schedule)}" if now >= due else "it is being sent to everybody"
        raise Refused(f"issue {number} cannot be sent early: {why}; to send or continue: pressroom send {number}")


def early_deadlines(ports: MailPorts, week: IsoWeek, now: dt.datetime) -> list[str]:
    """Return until when an approval reaches which readers in their own morning, in words; nothing without early ones."""
    schedule = ports.content.publication.schedule
    if not schedule.early_mornings:
        return []
    sends = timetable.due(week, schedule)
    by_moment: dict[dt.datetime, list[str]] = defaultdict(list)
    readers = ports.ledger.deliveries.zones(now)
    for zone in sorted(readers, key=lambda zone: (-readers[zone], zone)):
        if (own := timetable.arrival(zone, week, schedule)) < sends:
            by_moment[own].append(zone)
    return [_deadline(moment, zones, readers, schedule) for moment, zones in sorted(by_moment.items())]


def _deadline(moment: dt.datetime, zones: list[str], readers: Mapping[str, int], schedule: Schedule) -> str:
    count = sum(readers[zone] for zone in zones)
    others = len(zones) - MOST_ZONES
    where = [*zones[:MOST_ZONES], *([f"{others} more"] if others > 0 else [])]
    who = "1 reader" if count == 1 else f"{count:,} readers"
    return f"{timetable.local(moment, schedule)}: {who} in {', '.join(where)}"


def early_readers(ports: MailPorts, number: int, now: dt.datetime) -> int:
    """Return how many readers have had their own morning of an issue."""
    due = morning(ports.content, number, now)
    zones = ports.ledger.deliveries.zones(now) if due else {}
    return sum(readers for zone, readers in zones.items() if due and (own := due(zone)) and own <= now)


def take_in(ports: MailPorts, mailing: Mailing, now: dt.datetime, *, late: bool, early: bool) -> None:
    """Go on with an audience that began with early mornings: with those whose morning has come since, or with all others.

    Raises Refused when the window of the issue is over, unless it may be late.
    """
    content, number = ports.content, mailing.number
    due = morning(content, number, now)
    if not early:
        within_window(content, number, now, late=late)
        ports.ledger.deliveries.take_in(number, now, due)
    elif timetable.mornings(issue_of(content, number).week, content.publication.schedule, mailing.early_until, now):
        ports.ledger.deliveries.take_in(number, now, due, early=True)
