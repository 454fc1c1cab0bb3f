"""When what comes back says something of us, and not of single readers (pure).

Complaints: Gmail and Yahoo want fewer than 0.1 % of mail reported, and refuse whoever is above 0.3 % (support.google.com,
answer 81126; senders.yahooinc.com). One angry reader of a small list is none of that, so a few are needed as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WARN, HOLD = 0.001, 0.003
"""Shares of an issue's readers who complained, above which the editors are warned, and sending is held."""
COMPLAINTS_TO_WARN, COMPLAINTS_TO_HOLD = 2, 3
BLOCKED = 10
BLOCKED_SHARE = 0.1
"""Sending is held when at least BLOCKED, and more than this share, of an issue's mail to a domain or to all was blocked."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Too many of a kind: `cause` is blocked, complaints or warning; `domain` is "" for all of them."""

    cause: str
    count: int
    sent: int
    domain: str = ""

    @property
    def holds(self) -> bool:
        return self.cause != "warning"

    @property
    def percent(self) -> str:
        return f"{100 * self.count / max(1, self.sent):.2f} %"


def blocked(came_back: Mapping[str, int], sent: Mapping[str, int]) -> Wave | None:
    """Return the wave of an issue's mail that was blocked, by mail domain; None while it may be about single mails."""
    everybody = Wave("blocked", sum(came_back.values()), sum(sent.values()))
    domains = [Wave("blocked", count, sent.get(domain, 0), domain) for domain, count in sorted(came_back.items())]
    return next((wave for wave in (everybody, *domains) if _too_many(wave)), None)


def _too_many(wave: Wave) -> bool:
    return wave.count >= BLOCKED and wave.count > BLOCKED_SHARE * wave.sent


def complained(count: int, sent: int) -> Wave | None:
    """Return the wave of complaints about an issue; None while they are as few as they may be.

    >>> complained(3, 1_000), complained(4, 1_000)
    (Wave(cause='warning', count=3, sent=1000, domain=''), Wave(cause='complaints', count=4, sent=1000, domain=''))
    """
    if count >= COMPLAINTS_TO_HOLD and count > HOLD * sent:
        return Wave("complaints", count, sent)
    if count >= COMPLAINTS_TO_WARN and count > WARN * sent:
        return Wave("warning", count, sent)
    return None
