"""A limit on how fast mail leaves, shared by all connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class RateLimiter:
    """Spaces hand-overs evenly, so that no more than `per_minute` begin in any minute; 0 means no limit."""

    def __init__(self, per_minute: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._monotonic = monotonic
        self._next = monotonic()
        self._rests = False
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next free moment and return how many seconds away it is."""
        if not self._interval and not self._rests:
            return 0.0
        with self._lock:
            now = self._monotonic()
            moment = max(now, self._next)
            self._next = moment + self._interval
            self._rests = moment > now
            return moment - now

    def rest(self, seconds: float) -> None:
        """Let nothing begin for so long, because the server wants that."""
        with self._lock:
            self._next = max(self._next, self._monotonic() + seconds)
            self._rests = True
