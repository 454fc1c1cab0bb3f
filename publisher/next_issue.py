"""When the next issue comes to one reader, as their page says it: by the timetable, and by how far this week's issue is. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from publisher import timetable
from publisher.issue import IsoWeek
from publisher.ports import OnItsWay
from publisher.publication import Schedule

_LAST_MORNING = dt.timedelta(hours=27)
"""How long after the publication's hour it may still be somebody's morning, and an hour more."""


class WeekIssue(NamedTuple):
    """The issue of a week; `out`: its file says that it was published."""

    number: int
    out: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What decides when issues come to a reader. `on_its_way` says how far an issue is for them, by its number; `skipped`,
    whether a week has no issue.
    """

    schedule: Schedule
    zone: str
    paused_until: dt.datetime | None
    weeks: Mapping[IsoWeek, WeekIssue]
    on_its_way: Callable[[int], OnItsWay | None]
    skipped: Callable[[IsoWeek], bool] = lambda _week: False

    def next_issue(self, now: dt.datetime) -> dt.datetime:
        """Return when the next issue is due.

        That may be past: an issue that was not approved by then comes as soon as it is.
        """
        longest = max(_LAST_MORNING, dt.timedelta(hours=self.schedule.window_hours))
        week = IsoWeek.of((now - longest).date())
        while (found := self._due(week, now)) is None:
            week = week.next()
        return found

    def _due(self, week: IsoWeek, now: dt.datetime) -> dt.datetime | None:
        """Return when a week's issue is due, None if it no longer comes to this reader."""
        sends, own = timetable.due(week, self.schedule), timetable.arrival(self.zone, week, self.schedule)
        open_until = timetable.window_ends(sends, self.schedule)
        if now > max(sends + _LAST_MORNING, open_until) or self.skipped(week):
            return None
        issue = self.weeks.get(week)
        state = self.on_its_way(issue.number) if issue else None
        if state and state.waits_until and state.waits_until >= now:
            return state.waits_until
        if state.taken_in or state.frozen if state else issue and issue.out:
            return None
        if state and own < now:
            own = sends  # their zone was taken in before they were there, so they come with all others
        if self.paused_until and self.paused_until > now:
            if self.paused_until > sends:
                return None
            own = own if self.paused_until <= own else sends
        late = issue is not None and state is None and now <= open_until
        return own if late or max(own, sends) >= now else None
