"""The scheduler's weeks and named leases, in memory."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from publisher.issue import IsoWeek
from publisher.ports import FINISHED, REPORT_AFTER, Week, WeekState


class MemoryWeeks:
    """Implements ports.Weeks for one publication."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._weeks: dict[IsoWeek, Week] = {}
        self._report_due: dict[IsoWeek, dt.datetime] = {}
        self._leases: dict[str, tuple[object, dt.datetime]] = {}

    def open(self, week: IsoWeek, due: dt.datetime) -> Week:
        with self._mutex:
            if week not in self._weeks:
                self._weeks[week] = Week(week, due, WeekState.OPEN, None, None)
                self._report_due[week] = due + REPORT_AFTER
            return self._weeks[week]

    def move(
        self,
        week: IsoWeek,
        before: WeekState,
        after: WeekState,
        *,
        number: int | None = None,
        told: str | None = None,
        why: str | None = None,
    ) -> bool:
        with self._mutex:
            found = self._weeks.get(week)
            if found is None or found.state is not before:
                return False
            number = found.number if number is None else number
            told = found.told if told is None else told
            self._weeks[week] = replace(
                found, state=after, number=number, told=told, why=found.why if why is None else why
            )
            return True

    def find(self, week: IsoWeek) -> Week | None:
        return self._weeks.get(week)

    def unfinished(self) -> Sequence[Week]:
        found = [week for week in self._weeks.values() if week.state not in FINISHED]
        return tuple(sorted(found, key=lambda week: week.due))

    def to_report(self, now: dt.datetime) -> Sequence[Week]:
        found = [self._weeks[iso] for iso, moment in self._report_due.items() if moment <= now]
        return tuple(sorted(found, key=lambda week: week.due))

    def reported(self, week: IsoWeek) -> None:
        self._report_due.pop(week, None)

    def opened(self, week: IsoWeek) -> Sequence[IsoWeek]:
        return tuple(sorted(each for each in self._weeks if each <= week))

    @contextmanager
    def lock(self, name: str, seconds: float, now: dt.datetime) -> Iterator[bool]:
        holder = object()
        held = self._take(name, holder, now + dt.timedelta(seconds=seconds), now)
        try:
            yield held
        finally:
            with self._mutex:
                if self._leases.get(name, (None, None))[0] is holder:
                    del self._leases[name]

    def _take(self, name: str, holder: object, until: dt.datetime, now: dt.datetime) -> bool:
        with self._mutex:
            _, ends = self._leases.get(name, (None, now))
            if now < ends < until + dt.timedelta(days=1):  # what ends later was taken by a wrong clock
                return False
            self._leases[name] = (holder, until)
            return True
