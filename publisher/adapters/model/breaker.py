"""Lets an endpoint rest that fails again and again (pure; the time that comes in is monotonic).

closed     everybody may ask
open       nobody may, for a while
half open  one may, as a probe: an answer closes the breaker, a failure opens it for twice as long
"""

from __future__ import annotations

import threading
from typing import Final

FAILURES: Final = 3
"""How many attempts in a row have to fail."""
REST: Final = 30.0
"""Seconds of the first rest."""
LONGEST: Final = 900.0


class Breaker:
    """The circuit breaker of one endpoint; threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._rest = REST
        self._until: float | None = None
        self._probing = False

    def admits(self, now: float) -> bool:
        """Return whether the endpoint may be asked. Whoever is let in must say how it went."""
        with self._lock:
            if self._until is None:
                return True
            if now < self._until or self._probing:
                return False
            self._probing = True
            return True

    def rests(self, now: float) -> bool:
        """Return whether nobody may ask at that time, without taking the probe."""
        with self._lock:
            return self._until is not None and (now < self._until or self._probing)

    def unasked(self) -> None:
        """Give the probe back: whoever was let in did not ask."""
        with self._lock:
            self._probing = False

    def answered(self) -> None:
        """Close it: the endpoint replied, whatever it said."""
        with self._lock:
            self._failures, self._rest, self._until, self._probing = 0, REST, None, False

    def failed(self, now: float, asked_to_wait: float | None = None) -> None:
        """Count a failure, and open when there were enough of them in a row, or the endpoint asked for a rest."""
        with self._lock:
            self._failures += 1
            if self._probing:
                self._rest = min(2 * self._rest, LONGEST)
            elif self._failures < FAILURES and (asked_to_wait or 0.0) < REST:
                return
            self._until = now + min(max(self._rest, asked_to_wait or 0.0), LONGEST)
            self._probing = False
