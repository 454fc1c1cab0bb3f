"""The clock, and how far the scheduler came with each week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from publisher.issue import IsoWeek


class Clock(Protocol):
    """Where `now` comes from, so that tests can say what time it is."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def steady(self) -> float:
        """Return the seconds since some fixed moment, by a clock that nobody can set."""
        ...


REPORT_AFTER = dt.timedelta(days=3)
"""How long after an issue was due the editors are told how it did."""


class WeekState(StrEnum):
    """How far the scheduler came with a week. After the last three it never looks at it again."""

    OPEN = "open"
    PROOFED = "proofed"
    """The proof went to the editors."""
    SENDING = "sending"
    SENT = "sent"
    MISSED = "missed"
    """Its window passed; the editors were told, and a person decides."""
    SKIPPED = "skipped"
    """A person said that it has no issue."""


FINISHED = (WeekState.SENT, WeekState.MISSED, WeekState.SKIPPED)
"""The states after which the scheduler never looks at a week again."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week's issue as the scheduler sees it. One row for each (publication, ISO week) (I8).

    `why` is a person's reason for holding or skipping it; empty: neither.
    """

    iso: IsoWeek
    due: dt.datetime
    state: WeekState
    number: int | None
    told: str | None
    why: str = ""

    @property
    def held(self) -> bool:
        """Whether its issue waits until a person reopens the week."""
        return bool(self.why) and self.state not in FINISHED


class Weeks(Protocol):
    """The weeks that the scheduler has seen, and how far each of them came."""

    def open(self, week: IsoWeek, due: dt.datetime) -> Week:
        """Return the week's row; make it when it is new. `due` is kept as it was at first."""
        ...

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
        """Change state if it is still `before`; False when another process was first."""
        ...

    def find(self, week: IsoWeek) -> Week | None: ...

    def unfinished(self) -> Sequence[Week]: ...

    def to_report(self, now: dt.datetime) -> Sequence[Week]:
        """Return the weeks of whose issues the editors are to be told now, from REPORT_AFTER their hour on."""
        ...

    def reported(self, week: IsoWeek) -> None:
        """Write down that the editors are not to be told (again) how a week's issue did."""
        ...

    def opened(self, week: IsoWeek) -> Sequence[IsoWeek]:
        """Return the weeks up to this one that were ever opened, by the scheduler or by a person, in their order."""
        ...

    def lock(self, name: str, seconds: float, now: dt.datetime) -> AbstractContextManager[bool]:
        """Hold a named lease; yields False when another living process holds it."""
        ...
