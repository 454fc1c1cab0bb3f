"""How many sign-ups are accepted: for each client and the networks around it, each mail domain and mailbox, and in all.

They are counted in memory, or in Redis when several processes serve the same readers. When Redis is down, each process
counts for itself: a form that works beats one that counts exactly.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError as LimitsConfigurationError
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from publisher.errors import ConfigurationError
from publisher.publication import SignUps

_log = logging.getLogger(__name__)

_TIERS = ((64, 1), (56, 2), (48, 4))
"""The IPv6 networks that a client is in, by the length of their prefix, and how many times its budget each of them has:
a /64 is one link, and providers give one household a /56 or a /48 (RFC 6177).
"""
_TOKEN_SECONDS = 25 * 3600
"""How long a form's token is remembered: longer than it is valid."""


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
        client = parse_many(limits.client)
        self._networks = {times: [_multiplied(item, times) for item in client] for _, times in _TIERS}
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
            or self._spend_networks(networks_of(client))
            or self._spend(self._everyone, "everyone", "")
        )

    def spend_domain(self, domain: str) -> int:
        """Count one confirmation to a mail domain. Return as `spend_visit` does."""
        return self._spend(self._domain, "domain", domain)

    def spend_address(self, mailbox: str) -> int:
        """Count one form for a mailbox, whoever sent it. Return as `spend_visit` does."""
        return self._spend(self._address, "address", _hashed(mailbox))

    def spend_token(self, token: str, mailbox: str) -> bool:
        """Use a form's token for a mailbox; return whether it may be used. It is good once, or again for the same one."""
        try:
            return _used(self._limiter.storage, token, mailbox)
        except StorageError as error:
            self._warn(error)
            return _used(self._alone.storage, token, mailbox)

    def _spend_networks(self, networks: Sequence[tuple[str, int]]) -> int:
        # The narrowest first: a client with nothing left does not use up what its neighbours have.
        for network, times in networks:
            if wait := self._spend(self._networks[times], "client", network):
                return wait
        return 0

    def _spend(self, items: list[RateLimitItem], kind: str, key: str, *, only_ask: bool = False) -> int:
        try:
            return _wait(self._limiter, items, (kind, key), only_ask=only_ask)
        except StorageError as error:
            self._warn(error)
            return _wait(self._alone, items, (kind, key), only_ask=only_ask)

    def _warn(self, error: StorageError) -> None:
        _log.warning("Redis does not answer, so sign-ups are counted in this process: %s", error.storage_error)


def _multiplied(item: RateLimitItem, times: int) -> RateLimitItem:
    return type(item)(item.amount * times, item.multiples, item.namespace)


def _used(storage: Storage, token: str, mailbox: str) -> bool:
    key = f"token/{_hashed(token)}"
    mine = f"{key}/{_hashed(mailbox)}"
    if storage.incr(key, _TOKEN_SECONDS) == 1:
        storage.incr(mine, _TOKEN_SECONDS)
        return True
    return storage.get(mine) > 0  # pressed twice


def _hashed(text: str) -> str:
    """Return what is kept instead of an address: more people may be able to read Redis than may see the list."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


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


def networks_of(client: str) -> list[tuple[str, int]]:
    """Return the networks that a client counts for, the narrowest first, each with how many clients' budgets it has.

    >>> networks_of("192.0.2.7")
    [('192.0.2.7', 1)]
    >>> networks_of("2001:db8:1:2:3:4:5:6")
    [('2001:db8:1:2::/64', 1), ('2001:db8:1::/56', 2), ('2001:db8:1::/48', 4)]
    """
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return [("unknown", 1)]
    if not isinstance(address, ipaddress.IPv6Address):
        return [(str(address), 1)]
    if address.ipv4_mapped:
        return [(str(address.ipv4_mapped), 1)]
    return [(str(ipaddress.ip_network((address, length), strict=False)), times) for length, times in _TIERS]
