"""Notices when the clock is wrong (pure): decisions made at a wrong time can often not be undone."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from publisher.ports import Clock

TOLERANCE = dt.timedelta(seconds=60)
"""How far a clock may be corrected between two looks, as time servers do."""
DATABASE_TOLERANCE = dt.timedelta(minutes=5)
"""How far this machine's clock may be from the database server's."""
HOLD_SECONDS = 15 * 60.0
"""After this long the new time is believed: a jump that nobody takes back was a correction."""


@dataclass(frozen=True, slots=True)
class Jump:
    """By how much the clock went wrong, or was set right; negative if it was set back. `since` is the last trusted time."""

    by: dt.timedelta
    since: dt.datetime

    def __str__(self) -> str:
        seconds = abs(round(self.by.total_seconds()))
        return f"{'forward' if self.by > dt.timedelta() else 'back'} by {dt.timedelta(seconds=seconds)}"


@dataclass(frozen=True, slots=True)
class Apart:
    """How far this machine's clock is ahead of the database server's; negative if it is behind."""

    by: dt.timedelta

    def __str__(self) -> str:
        seconds = abs(round(self.by.total_seconds()))
        return f"{dt.timedelta(seconds=seconds)} {'ahead of' if self.by > dt.timedelta() else 'behind'} the database's"


class Clocks(Protocol):
    """What a look at the clocks needs."""

    @property
    def clock(self) -> Clock: ...
    @property
    def clock_watch(self) -> ClockWatch: ...
    def database_time(self) -> dt.datetime | None:
        """Return the time by the database server's clock; None where there is no other clock than this machine's."""
        ...


def doubt_of(ports: Clocks) -> Jump | Apart | None:
    """Return why the time cannot be trusted now, None if it can. Asks the database; raises DatabaseUnavailable."""
    return ports.clock_watch.look(ports.clock.now(), ports.clock.steady(), ports.database_time())


class ClockWatch:
    """Compares the wall clock with one that nobody can set, from look to look, and with the database server's.

    Threads may share it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._apart = False
        self._trusted: tuple[dt.datetime, float] | None = None
        self._since: float | None = None
        self.told = ""
        """As what the editors were told of the present doubt, or of one that is over; nothing when they know of neither."""

    def look(self, now: dt.datetime, steady: float, database: dt.datetime | None = None) -> Jump | Apart | None:
        """Return what makes `now` doubtful; `steady` are seconds since some fixed moment, `database` is its own time.

        A jump is believed after a while. Two clocks that differ are not: a machine that started with a wrong clock
        has no earlier time to compare it with.
        """
        with self._lock:
            jump = self._jump(now, steady)
            if database is None:
                return jump
            apart = None if abs(now - database) <= DATABASE_TOLERANCE else Apart(now - database)
            if apart and not self._apart and not jump:
                self.told = ""
            self._apart = apart is not None
            return jump or apart

    def _jump(self, now: dt.datetime, steady: float) -> Jump | None:
        moment, then = self._trusted or (now, steady)
        by = (now - moment) - dt.timedelta(seconds=steady - then)
        if self._since is None and abs(by) > TOLERANCE:
            self._since, self.told = steady, ""
        if abs(by) <= TOLERANCE or (self._since is not None and steady - self._since >= HOLD_SECONDS):
            self._trusted, self._since = (now, steady), None
            return None
        return Jump(by, moment)
