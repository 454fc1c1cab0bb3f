"""The circuit breaker of the sign-up form: when hardly anybody confirms, somebody else is filling it in. Pure.

Sign-up forms are used to flood strangers' mailboxes with confirmation mails ("list bombing"). Honest readers confirm
within minutes, most of them. So when very few of many do, no further confirmation leaves for a while, and the editors
are told.

What keeps a good day from looking like a bad one: only mails that have left count, from when they left, and nobody is
counted before they had time to open theirs. What keeps a bad hour from hiding in a good day: the last hour is looked at
by itself as well.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

WINDOWS = (dt.timedelta(hours=1), dt.timedelta(hours=24))
"""Looked at are the sign-ups of each of these times ..."""
GRACE = dt.timedelta(minutes=15)
"""... but not the youngest, from so long ago to now: their readers have not opened the mail yet."""
LEAST = 100
"""Fewer sign-ups than this say nothing: even of a hundred, chance alone makes few of many."""
SHARE = 0.15
"""The breaker opens when a smaller share than this has confirmed. Of honest readers a third do in the first quarter of
an hour, and more than half in the end; with a third, chance takes a hundred below this once in some ten thousand."""
REST = dt.timedelta(hours=6)
"""How long it stays open; what was asked before it opened does not count against those who come after."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """The last time that it opened, because of `asked` sign-ups since `since` of which `confirmed` were confirmed.

    `told` is when the editors were told, None until then.
    """

    opened: dt.datetime
    until: dt.datetime
    since: dt.datetime
    asked: int
    confirmed: int
    told: dt.datetime | None = None

    def open(self, now: dt.datetime) -> bool:
        return now < self.until


def looked_at(last: Breaker | None, now: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield from when to when sign-ups count, the shortest time first: never what the last opening was about."""
    until = now - GRACE
    for window in WINDOWS:
        since = until - window
        yield (max(since, last.opened) if last is not None else since), until


def tripped(since: dt.datetime, asked: int, confirmed: int, now: dt.datetime) -> Breaker | None:
    """Return an open breaker when too few of those who asked `since` then confirmed.

    >>> noon = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    >>> tripped(noon, 200, 60, noon) is None
    True
    >>> tripped(noon, 200, 3, noon).until.hour
    18
    """
    if asked < LEAST or confirmed >= SHARE * asked:
        return None
    return Breaker(now, now + REST, since, asked, confirmed)
