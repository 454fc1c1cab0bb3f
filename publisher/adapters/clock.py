"""The Clock port over the system's clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """What time it is here."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)
