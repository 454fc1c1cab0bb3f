"""The Clock port over the system's clocks."""

from __future__ import annotations

import datetime as dt
import time

_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # Linux's counts while the machine sleeps, too


class SystemClock:
    """The system's time."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def steady(self) -> float:
        return time.clock_gettime(_STEADY)
