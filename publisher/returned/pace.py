"""When the mailbox is read next (pure)."""

from __future__ import annotations

from dataclasses import dataclass

EVERY = 120.0
"""Seconds from one reading to the next."""
WAITS = (120.0, 600.0, 3_600.0, 21_600.0)
"""Seconds to wait after the first, second … failure in a row: a server locks out whoever tries a wrong password often."""


@dataclass(slots=True)
class Pace:
    """Keeps one process from reading a mailbox too often; moments are those of a monotonic clock, in seconds."""

    due: float = 0.0
    failures: int = 0

    def ended(self, now: float, *, well: bool) -> None:
        """Note that a reading ended, and how."""
        self.failures = 0 if well else self.failures + 1
        self.due = now + (EVERY if well else WAITS[min(self.failures, len(WAITS)) - 1])
