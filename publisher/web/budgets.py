"""How many sign-ups are accepted: for each client, mail domain and address, and in all.

They are counted in memory, or in Redis when several processes serve the same readers. When Redis is down, each process
counts for itself: a form that works beats one that counts exactly.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError as LimitsConfigurationError
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from publisher.errors import ConfigurationError
from publisher.publication import SignUps

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets in the notation of the package `limits`; several are joined by semicolons, and all of them apply."""

    client: str = "6 per minute; 30 per hour"
    address: str = "5 per hour; 10 per day"
    domain: str = "60 per minute; 600 per hour"
    everyone: str = "120 per minute; 2000 per hour"

    @classmethod
    def of(cls, signup: SignUps) -> Limits:
        return cls(signup.per_client, signup.per_address, signup.per_domain, signup.in_all)


class Budgets:
    """Counts sign-ups and says when there have been too many. `redis_url` is None for memory."""

    def __init__(self, limits: Limits, redis_url: str | None = None) -> None:
        self.hold_to(limits)
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._limiter = self._alone if redis_url is None else SlidingWindowCounterRateLimiter(_redis(redis_url))
        self.remote = redis_url is not None

    def hold_to(self, limits: Limits) -> None:
        """Count against these limits from now on; what was spent stays spent."""
        if getattr(self, "limits", None) == limits:
            return
        self._client = parse_many(limits.client)
        self._address = parse_many(limits.address)
        self._domain = parse_many(limits.domain)
        self._everyone = parse_many(limits.everyone)
        self.limits = limits

    def spend_visit(self, client: str) -> int:
        """Count one form from a client. Return 0, or after how many seconds to try again (at least 1)."""
        # The client's own budget is spent before everyone's: a client with none left does not use up that of others. But
        # when everyone's is used up, no client is counted any more: whoever has a million networks would fill the memory.
        return (
            self._spend(self._everyone, "everyone", "", only_ask=True)
            or self._spend(self._client, "client", network_of(client))
            or self._spend(self._everyone, "everyone", "")
        )

    def spend_domain(self, domain: str) -> int:
        """Count one confirmation to a mail domain. Return as `spend_visit` does."""
        return self._spend(self._domain, "domain", domain)

    def spend_address(self, canonical: str) -> int:
        """Count one form for an address, whoever sent it. Return as `spend_visit` does."""
        # More people may be able to read Redis than may see the list.
        return self._spend(self._address, "address", hashlib.sha256(canonical.encode()).hexdigest()[:32])

    def _spend(self, items: list[RateLimitItem], kind: str, key: str, *, only_ask: bool = False) -> int:
        try:
            return _wait(self._limiter, items, (kind, key), only_ask=only_ask)
        except StorageError as error:
            _log.warning("Redis does not answer, so sign-ups are counted in this process: %s", error.storage_error)
            return _wait(self._alone, items, (kind, key), only_ask=only_ask)


def _wait(
    limiter: SlidingWindowCounterRateLimiter, items: list[RateLimitItem], key: tuple[str, str], *, only_ask: bool
) -> int:
    wait = 0.0
    for item in items:
        if not (limiter.test if only_ask else limiter.hit)(item, *key):
            reset = limiter.get_window_stats(item, *key).reset_time
            wait = max(wait, reset - time.time(), 1.0)
    return math.ceil(wait)


def _redis(url: str) -> Storage:
    options: dict[str, str | float] = {"key_prefix": "pressroom", "socket_timeout": 1, "socket_connect_timeout": 1}
    try:
        storage = storage_from_string(url, wrap_exceptions=True, **options)
    except LimitsConfigurationError:  # these words may repeat the URL, with a password in it
        raise ConfigurationError(
            "PRESSROOM_REDIS_URL needs the package redis; run: pip install 'pressroom[redis]'"
        ) from None
    except ValueError:
        raise ConfigurationError("PRESSROOM_REDIS_URL has a parameter that redis cannot read; fix it") from None
    assert isinstance(storage, Storage), "the synchronous storage of a redis:// URL"
    return storage


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
