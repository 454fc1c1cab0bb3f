"""What is known about one address, and what is left of several reasons not to mail it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from subscribers.asks import Asks, asks_of, together
from subscribers.immutable import dataclass
from subscribers.subscriber import Email, Reason, State, Subscriber, Suppression


@dataclass(frozen=True, slots=True)
class AddressState:
    """Everything that is known about one address: the reader, if there is one, and the suppression, if there is one.

    `emails` are the mails that became due by the event that led to this state; a loaded state has none. `inferred` says
    that the suppression is not the address's own: its digest is suppressed, or its mailbox refused mail to another address.
    """

    canonical: str
    subscriber: Subscriber | None = None
    suppression: Suppression | None = None
    emails: tuple[Email, ...] = ()
    inferred: bool = False

    @property
    def unknown(self) -> bool:
        """Whether nothing is known about the address."""
        return self.subscriber is None and self.suppression is None

    @property
    def not_liftable(self) -> bool:
        """Whether the address must not be mailed, even if the reader signs up again."""
        return self.suppression is not None and not self.suppression.reason.liftable

    @property
    def active(self) -> bool:
        """Whether there is a reader who may be mailed."""
        known = self.subscriber
        return known is not None and known.state is State.ACTIVE and self.suppression is None

    @property
    def moved_away(self) -> bool:
        """Whether the address is suppressed only because its reader moved to another one."""
        return self.suppression is not None and self.suppression.reason is Reason.MOVED

    def asks_with(self, others: Asks) -> Asks:
        """Return the confirmation mails that the mailbox did not answer; `others` has those to its other addresses."""
        return together((asks_of(self.subscriber, self.suppression), others))

    @property
    def open_to_moves(self) -> bool:
        """Whether a reader may move to this address."""
        return self.suppression is None or self.moved_away


def suppression_after(
    state: AddressState, reason: Reason, at: dt.datetime, given_id: str | None = None, words: str = ""
) -> Suppression:
    """Return the suppression of an address after one more reason: the graver reason counts.

    `given_id` is the id that leads to the address if nobody here has one; `words` are a mail server's.
    """
    known, before = state.subscriber, state.suppression
    subject_id = known.subject_id if known else (before.subject_id if before else None) or given_id
    if before is None:
        return Suppression(state.canonical, reason, at, subject_id, words)
    if reason.weight > before.reason.weight:
        return replace(before, reason=reason, at=at, subject_id=subject_id, words=words)
    if reason is before.reason and words and not before.words:
        before = replace(before, words=words)
    if before.subject_id is None and subject_id is not None:  # suppressed before the reader's first sign-up
        return replace(before, subject_id=subject_id)
    return before


def by_mailbox(known: Suppression | None, canonical: str, refusal: Suppression) -> Suppression:
    """Return the suppression of an address whose mailbox refused mail to another address."""
    return by_hash(known, canonical, replace(refusal, reason=Reason.REFUSED))


def by_hash(known: Suppression | None, canonical: str, digest: Suppression) -> Suppression:
    """Return the suppression of an address, of which the digest is suppressed too: the graver reason counts."""
    if known is not None and known.reason.weight >= digest.reason.weight:
        return known
    there = known or Suppression(canonical, digest.reason, digest.at)
    return replace(there, reason=digest.reason, at=digest.at, words="")
