"""Notices when somebody sets the clock (pure): decisions made at a wrong time can often not be undone."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

TOLERANCE = dt.timedelta(seconds=60)
"""How far a clock may be corrected between two looks, as time servers do."""
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


class ClockWatch:
    """Compares the wall clock with one that nobody can set, from look to look. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._trusted: tuple[dt.datetime, float] | None = None
        self._since: float | None = None
        self.told = False
        """Whether the editors know of the present jump."""

    def look(self, now: dt.datetime, steady: float) -> Jump | None:
        """Return the jump that makes `now` doubtful; `steady` are seconds since some fixed moment."""
        with self._lock:
            moment, then = self._trusted or (now, steady)
            by = (now - moment) - dt.timedelta(seconds=steady - then)
            if self._since is None and abs(by) > TOLERANCE:
                self._since, self.told = steady, False
            if abs(by) <= TOLERANCE or (self._since is not None and steady - self._since >= HOLD_SECONDS):
                self._trusted, self._since = (now, steady), None
                return None
            return Jump(by, moment)
