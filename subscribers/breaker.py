"""The circuit breaker of the sign-up form: when hardly anybody confirms, somebody else is filling it in. Pure.

Sign-up forms are used to flood strangers' mailboxes with confirmation mails ("list bombing"). Honest readers confirm
within minutes, most of them. So when very few of many do, no further confirmation leaves for a while, and the editors
are told.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

WINDOW = dt.timedelta(hours=24)
"""Looked at are sign-ups of this time before now ..."""
GRACE = dt.timedelta(minutes=15)
"""... but not the youngest: their readers have not opened the mail yet."""
LEAST = 100
"""Fewer sign-ups than this say nothing."""
SHARE = 0.1
"""The breaker opens when a smaller share than this has confirmed."""
REST = dt.timedelta(hours=6)
"""How long it stays open; what was asked before it opened does not count against those who come after."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """The last time that it opened. `told` is when the editors were told, None until then."""

    opened: dt.datetime
    until: dt.datetime
    asked: int
    confirmed: int
    told: dt.datetime | None = None

    def open(self, now: dt.datetime) -> bool:
        return now < self.until


def looked_at(last: Breaker | None, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return from when to when sign-ups count: not what the breaker's last opening was about."""
    since = now - WINDOW
    return (max(since, last.opened) if last is not None else since), now - GRACE


def tripped(asked: int, confirmed: int, now: dt.datetime) -> Breaker | None:
    """Return an open breaker when too few of those who asked confirmed.

    >>> tripped(200, 150, dt.datetime(2026, 11, 26, tzinfo=dt.UTC)) is None
    True
    >>> tripped(200, 3, dt.datetime(2026, 11, 26, tzinfo=dt.UTC)).until.hour
    6
    """
    if asked < LEAST or confirmed >= SHARE * asked:
        return None
    return Breaker(now, now + REST, asked, confirmed)
