"""A limit on how fast mail leaves, kept by all processes together: see ports.Rates."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from publisher.ports import Rates

_PORTION_SECONDS = 0.5
"""How much of the time to come a process takes at once: the database is asked twice a second, and not for each message."""
_LATE_SECONDS = 1.0
"""How late a moment may be used that a process has taken; after that it is lost, so that no burst makes up for it."""
SOON_SECONDS = 1.0
"""How long a connection waits at most for the moment of a domain with a limit of its own."""
PUT_OFF_SECONDS = 3_600.0
"""How long mail to such a domain is put off at most, before it is looked at again."""


class OwnRates:
    """Implements ports.Rates for the threads of one process, where no other sends."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._free: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, name: str, interval: float, count: int, within: float) -> float:
        with self._lock:
            now = self._monotonic()
            moment = max(now, self._free.get(name, now))
            if moment - now <= within:
                self._free[name] = moment + count * interval
            return moment - now


class DomainLimiter:
    """The limit of one receiving domain. Nobody waits for it: what comes too early is put off, and others go first."""

    def __init__(
        self, domain: str, per_minute: int, rates: Rates, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.why = f"at most {per_minute:,} a minute go to {domain}"
        self._limiter = RateLimiter(per_minute, rates, f"to {domain}", monotonic=monotonic)
        self._monotonic = monotonic
        self._last = 0.0
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take the next free moment if it comes within SOON_SECONDS; return how many seconds away it is."""
        return self._limiter.reserve(SOON_SECONDS)

    def put_off(self, delay: float) -> float:
        """Return in how many seconds one more message has its turn, if the next free moment is `delay` seconds away.

        What was put off before has earlier turns, as far as this process did it. It is not later than in PUT_OFF_SECONDS:
        until then the limit may have changed.
        """
        with self._lock:
            now = self._monotonic()
            self._last = min(max(self._last, now + delay) + self._limiter.interval, now + PUT_OFF_SECONDS)
            return self._last - now


class RateLimiter:
    """Spaces hand-overs evenly, so that no more than `per_minute` begin in any minute; 0 means no limit."""

    def __init__(
        self,
        per_minute: int,
        rates: Rates,
        name: str = "all",
        domains: Mapping[str, int] = MappingProxyType({}),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`domains` has the messages a minute to receiving domains, each by its name in small letters."""
        self._domains = {domain: DomainLimiter(domain, most, rates, monotonic) for domain, most in domains.items()}
        self._interval = 60.0 / per_minute if per_minute else 0.0
        self._rates = rates
        self._name = name
        self._monotonic = monotonic
        self._next = 0.0
        self._left = 0
        self._dry_until = self._rests_until = 0.0
        self._lock = threading.Lock()

    def to(self, address: str) -> DomainLimiter | None:
        """Return the limit of an address's domain, None where it has none of its own."""
        return self._domains.get(address.rpartition("@")[2].lower()) if self._domains else None

    @property
    def interval(self) -> float:
        """Seconds from one message to the next; 0.0 without a limit."""
        return self._interval

    @property
    def rests(self) -> bool:
        return self._rests_until > self._monotonic()

    def rest(self, seconds: float) -> None:
        """Let nothing begin for so long, because the server wants that."""
        self._rests_until = max(self._rests_until, self._monotonic() + seconds)

    def reserve(self, within: float = math.inf) -> float:
        """Take the next free moment, if it comes within so many seconds, and return how many seconds away it is."""
        rest = max(0.0, self._rests_until - self._monotonic())
        if not self._interval:
            return rest
        with self._lock:
            now = self._monotonic()
            while self._left and self._next < now - _LATE_SECONDS:
                self._use()
            if not self._left and now + within < self._dry_until:
                return self._dry_until - now
            if not self._left and not self._taken(within):
                return self._dry_until - self._monotonic()
            return max(rest, self._use() - now)

    def _use(self) -> float:
        moment = self._next
        self._next += self._interval
        self._left -= 1
        return moment

    def _taken(self, within: float) -> bool:
        portion = max(1, int(_PORTION_SECONDS / self._interval))
        delay = self._rates.take(self._name, self._interval, portion, within)
        # The clock is read after the answer: on its way it got later, never earlier.
        moment = self._monotonic() + delay
        if delay > within:
            self._dry_until = moment
            return False
        self._next, self._left = moment, portion
        return True
