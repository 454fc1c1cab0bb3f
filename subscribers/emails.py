"""All mail but the issues: what each kind may do, and whether one still makes sense (pure).

A row becomes due in the transaction that causes it. It holds no token and no text: the mail is made when it is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.subscriber import Email, EmailKind, State, Subscriber
from subscribers.transitions import AddressState


class EmailState(StrEnum):
    """How far a mail came. The last four are final."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    AT_DOT = "at_dot"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    """No longer wanted, or too late to make sense, or not allowed."""
    IN_DOUBT = "in_doubt"

    @property
    def final(self) -> bool:
        return self in (EmailState.SENT, EmailState.FAILED, EmailState.SUPPRESSED, EmailState.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class EmailRules:
    """What holds for one kind.

    `may_get`: whether what is known about an address lets it go there. `patience`: when it is given up, from when it
    became due. `kept`: how long the row is kept after its end. `priority`: the lower, the sooner. `repeats`: it is sent
    again when nobody knows whether it was accepted; else it is in doubt then.
    """

    may_get: Callable[[AddressState], bool]
    patience: dt.timedelta
    kept: dt.timedelta
    priority: int
    repeats: bool

    @property
    def to_editors(self) -> bool:
        return self.may_get is _editor


def _unsuppressed(there: AddressState) -> bool:
    return there.suppression is None


def _not_barred(there: AddressState) -> bool:
    """Who left is asked to confirm that they come back; what a mail server told us, no form undoes."""
    return not there.barred


def _asked_to_move(there: AddressState) -> bool:
    return there.open_to_moves and there.subscriber is not None


def _moved_away(there: AddressState) -> bool:
    return there.open_to_moves


def _editor(_there: AddressState) -> bool:
    """Whether an editor gets it does not depend on what they get as a reader."""
    return True


@dataclass(frozen=True, slots=True)
class Found:
    """A row: the mail, since when it is due, whose it is (None: an editor's), and which try the next one is, from 1."""

    id: int
    email: Email
    since: dt.datetime
    reader: Subscriber | None
    reference: str
    attempt: int


@dataclass(frozen=True, slots=True)
class EmailEntry:
    """What became of one mail to an editor so far."""

    address: str
    state: EmailState
    reply: str
    since: dt.datetime


_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
_WAITED_FOR, _EDITORS, _SOON, _ANY_TIME = range(4)

RULES: Mapping[EmailKind, EmailRules] = {
    EmailKind.CONFIRMATION: EmailRules(_not_barred, _DAY, 4 * _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.LINK: EmailRules(_unsuppressed, _DAY, _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.MOVE: EmailRules(_asked_to_move, _DAY, _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.MOVED: EmailRules(_moved_away, _DAY, _WEEK, _SOON, repeats=False),
    EmailKind.WELCOME: EmailRules(_unsuppressed, _DAY, 4 * _WEEK, _SOON, repeats=False),
    EmailKind.STEP: EmailRules(_unsuppressed, _WEEK, 4 * _WEEK, _ANY_TIME, repeats=False),
    EmailKind.PROOF: EmailRules(_editor, _WEEK, 13 * _WEEK, _EDITORS, repeats=True),
    EmailKind.NOTICE: EmailRules(_editor, _WEEK, 13 * _WEEK, _EDITORS, repeats=True),
}

URGENT = _SOON
"""Up to this priority a mail overtakes an issue that is under way; steps of courses do not."""
LATE = dt.timedelta(minutes=1)
"""A confirmation mail that waited for longer counts as asked for when it left."""


def held(email: Email, reader: Subscriber | None, now: dt.datetime) -> dt.datetime | None:
    """Return until when a mail has to wait: nobody gets a step in a pause, also not one that was late already."""
    return reader.paused_until if reader is not None and email.kind is EmailKind.STEP and reader.paused(now) else None


def wanted(email: Email, reader: Subscriber | None, since: dt.datetime, now: dt.datetime) -> bool:
    """Say whether a mail's cause still stands: who left meanwhile gets nothing more, and nobody gets old news."""
    patience = RULES[email.kind].patience
    if reader is None:
        return now - since <= patience
    if email.kind is EmailKind.STEP:
        course = reader.course(email.detail.partition(" ")[0])
        stopped = course is None or (course.ended is not None and course.ended > since)
        waited = now - max(since, reader.paused_until or since)
        return reader.state is State.ACTIVE and not stopped and waited <= patience
    if now - since > patience:
        return False
    if email.kind is EmailKind.CONFIRMATION:
        return reader.state is State.PENDING
    if email.kind is EmailKind.MOVE:
        return reader.state is State.ACTIVE and reader.moving_to == email.address and reader.moving_since == since
    # The last word to a former address goes there although the reader has left it.
    return email.kind is EmailKind.MOVED or reader.state is State.ACTIVE
