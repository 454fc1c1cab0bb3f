"""How often a mailbox is asked to confirm, whoever fills in the form. Pure.

One mail a day, and five that nobody answered; one of them is forgiven for each thirty days in which no other came, and
all when somebody confirms. So a form cannot be used to flood a stranger, and strangers cannot keep anyone out for good.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from subscribers.subscriber import Subscriber, Suppression

BETWEEN_CONFIRMATIONS = dt.timedelta(hours=24)
"""A mailbox gets at most one confirmation mail in this time, unless the one before was answered."""
UNANSWERED_AT_MOST = 5
"""A mailbox gets at most this many confirmation mails that nobody answers."""
FORGIVEN_AFTER = dt.timedelta(days=30)
"""One of them stops counting each time that this passes without another."""


@dataclass(frozen=True, slots=True)
class Asks:
    """The confirmation mails to a mailbox: `count` of them by the time of the `last` one, which is None if the last was
    answered.

    `answered` is when its owner last confirmed. `refused` says that they never want to be asked again.
    """

    last: dt.datetime | None = None
    count: int = 0
    answered: dt.datetime | None = None
    refused: bool = False

    def counted(self, now: dt.datetime) -> int:
        """Return how many of the mails still count."""
        return max(0, self.count - (now - self.last) // FORGIVEN_AFTER) if self.last else 0

    def forgiven(self, now: dt.datetime) -> bool:
        """Return whether none of the mails counts any more, so that they may be forgotten."""
        return self.last is None or now - self.last >= FORGIVEN_AFTER * min(self.count, UNANSWERED_AT_MOST)

    def free(self, now: dt.datetime) -> dt.datetime | None:
        """Return from when on the mailbox may be asked again; None if it may be asked now, or never if `refused`."""
        if self.last is None:
            return None
        full = self.count >= UNANSWERED_AT_MOST
        until = self.last + (FORGIVEN_AFTER * (self.count - UNANSWERED_AT_MOST + 1) if full else BETWEEN_CONFIRMATIONS)
        return until if now < until else None

    def allow(self, now: dt.datetime) -> bool:
        """Return whether one more confirmation mail may go there."""
        return not self.refused and self.free(now) is None


NOTHING_ASKED = Asks()


def asks_of(reader: Subscriber | None, suppression: Suppression | None = None) -> Asks:
    """Return what one address of a mailbox was asked and answered."""
    refused = suppression is not None and suppression.reason.of_mailbox
    if reader is None:
        return Asks(refused=refused)
    return Asks(reader.asked, reader.confirmations, reader.confirmed, refused)


def together(all_asks: Iterable[Asks]) -> Asks:
    """Return what a mailbox did not answer, at any of its addresses. Each mail counted those before it."""
    found = tuple(all_asks)
    answered = max((each.answered for each in found if each.answered is not None), default=None)
    open_ = [each for each in found if each.count and each.last and (answered is None or each.last >= answered)]
    latest = max(open_, key=_last, default=Asks())
    return replace(latest, answered=answered, refused=any(each.refused for each in found))


def _last(asks: Asks) -> dt.datetime:
    assert asks.last is not None
    return asks.last
