"""The circuit breaker of the sign-up form: if hardly anyone confirms, someone is entering strangers' addresses. Pure.

Attackers use sign-up forms to flood strangers' mailboxes with confirmation mails ("list bombing"). Most honest readers
confirm within minutes. So if many sign up and very few confirm, no further confirmation mail leaves for a while, and
the editors are told.

A good day must not look like a bad one: only mails that have left count, from the time when they left, and a sign-up
counts only after its reader has had time to open the mail. A bad hour must not hide in a good day: the last hour is
also looked at by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

WINDOWS = (dt.timedelta(hours=1), dt.timedelta(hours=24))
"""The periods whose sign-ups are looked at, each by itself."""
GRACE = dt.timedelta(minutes=15)
"""Sign-ups younger than this do not count: their readers may not have opened the mail yet."""
LEAST = 100
"""Fewer sign-ups than this prove nothing: the share of a small number varies too much by chance."""
SHARE = 0.15
"""The breaker opens if a smaller share than this has confirmed. A third of honest readers confirm within a quarter of
an hour, and more than half in the end. With a third, a hundred sign-ups fall below this share by chance about once in
ten thousand times."""
REST = dt.timedelta(hours=6)
"""How long the breaker stays open. Sign-ups from before it opened do not count again afterwards."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """The last opening of the breaker: of `asked` sign-ups since `since`, only `confirmed` were confirmed.

    `told` is when the editors were told, or None until then.
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
    """Yield the (since, until) of each period that counts, the shortest first, without what led to the last opening."""
    until = now - GRACE
    for window in WINDOWS:
        since = until - window
        yield (max(since, last.opened) if last is not None else since), until


def tripped(since: dt.datetime, asked: int, confirmed: int, now: dt.datetime) -> Breaker | None:
    """Return an open breaker if too few of the sign-ups since `since` were confirmed, else None.

    >>> noon = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    >>> tripped(noon, 200, 60, noon) is None
    True
    >>> tripped(noon, 200, 3, noon).until.hour
    18
    """
    if asked < LEAST or confirmed >= SHARE * asked:
        return None
    return Breaker(now, now + REST, since, asked, confirmed)
