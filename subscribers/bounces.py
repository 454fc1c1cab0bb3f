"""Bounces: what a reader's address suffers when mail to it comes back, and when that is enough. Pure.

A hard bounce and a complaint count at once. Soft bounces are weighed: each adds WEIGHT, each mail that was accepted
since then takes 1 away, and LIMIT is enough. A mailbox that refuses every weekly issue is suppressed at the fifth. If
our own server accepts everything and reports the bounce later, it is the ninth, because the acceptance said little.
"""

from __future__ import annotations

import datetime as dt

from subscribers.events import Bounce
from subscribers.subscriber import Subscriber

WEIGHT = 2
LIMIT = 10
BETWEEN_BOUNCES = dt.timedelta(days=6)
"""At most one soft bounce counts in this time, so that daily mail to a mailbox that is full for a holiday is not enough;
and the same bounce, reported twice, counts once."""
FORGOTTEN_AFTER = dt.timedelta(days=60)
"""After this time without a soft bounce, the earlier ones no longer count."""


def weight_after(reader: Subscriber, bounce: Bounce, at: dt.datetime) -> int | None:
    """Return the weight of a reader's soft bounces after one more at a moment; None if this one does not count."""
    last = reader.bounced
    if last is None or at - last > FORGOTTEN_AFTER:
        return WEIGHT
    if at - last < BETWEEN_BOUNCES:
        return None
    taken = sum(last < moment < at for moment in bounce.accepted)
    return max(0, reader.bounces - taken) + WEIGHT


def before_confirming(reader: Subscriber, at: dt.datetime) -> bool:
    """Return whether the reader has confirmed since a bounce: then their mailbox exists."""
    return reader.confirmed is not None and reader.confirmed > at
