"""How many sign-ups are taken, for each client and in all. Kept in memory: one process serves the readers."""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets in the notation of the package `limits`; several are joined by a semicolon and all of them hold."""

    client: str = "6 per minute; 30 per hour"
    domain: str = "60 per minute; 600 per hour"
    everyone: str = "120 per minute; 2000 per hour"


class Budgets:
    """Counts sign-ups and says when there have been too many."""

    def __init__(self, limits: Limits) -> None:
        self._client = parse_many(limits.client)
        self._domain = parse_many(limits.domain)
        self._everyone = parse_many(limits.everyone)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def spend_visit(self, client: str) -> int:
        """Count one form from a client. Return 0, or after how many seconds to try again (at least 1)."""
        # The client's own budget comes first: who has none left does not use up everyone's.
        return self._spend(self._client, "client", network_of(client)) or self._spend(self._everyone, "everyone", "")

    def spend_domain(self, domain: str) -> int:
        """Count one confirmation to a mail domain. Return as `spend_visit` does."""
        return self._spend(self._domain, "domain", domain)

    def _spend(self, items: list[RateLimitItem], kind: str, key: str) -> int:
        wait = 0.0
        for item in items:
            if not self._limiter.hit(item, kind, key):
                reset = self._limiter.get_window_stats(item, kind, key).reset_time
                wait = max(wait, reset - time.time(), 1.0)
        return math.ceil(wait)


def network_of(client: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 that an IPv6 host may choose its addresses from.

    >>> network_of("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
