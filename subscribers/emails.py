"""All mail except the issues: the rules of each kind, and whether a mail is still wanted (pure).

A mail's row is written in the transaction that causes it. It holds no token and no text: the mail is built when the row
is claimed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from subscribers.address_state import AddressState
from subscribers.subscriber import BounceKind, Email, EmailKind, State, Subscriber


class EmailState(StrEnum):
    """The state of a mail. The last four are final."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    AT_DOT = "at_dot"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    """Not allowed, no longer wanted, or too late."""
    IN_DOUBT = "in_doubt"

    @property
    def final(self) -> bool:
        return self in (EmailState.SENT, EmailState.FAILED, EmailState.SUPPRESSED, EmailState.IN_DOUBT)


@dataclass(frozen=True, slots=True)
class EmailRules:
    """The rules of one kind of mail.

    `may_get` says whether an address in a given state may get it. `patience` is how long after becoming due it is given
    up. `kept` is how long its row is kept after it ended. A lower `priority` goes first. If it is unknown whether the
    server accepted the mail, it is sent again if `repeats`, and is in doubt otherwise.
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


def _may_confirm(there: AddressState) -> bool:
    """A reader who left may be asked to confirm a new sign-up; a bounce or a complaint cannot be undone by a form."""
    return not there.not_liftable


def _asked_to_move(there: AddressState) -> bool:
    return there.open_to_moves and there.subscriber is not None


def _moved_away(there: AddressState) -> bool:
    return there.open_to_moves


def _editor(_there: AddressState) -> bool:
    """Editors get it whatever their state as readers is."""
    return True


@dataclass(frozen=True, slots=True)
class Found:
    """A row of the outbox. `since` is when it became due, `reader` is None for mail to an editor, and `attempt` is the
    number of the next attempt, from 1.
    """

    id: int
    email: Email
    since: dt.datetime
    reader: Subscriber | None
    reference: str
    attempt: int


@dataclass(frozen=True, slots=True)
class EmailEnd:
    """How one hand-over ended. `due` is when a DEFERRED mail is tried again. `provider_id` is how the mail server calls a
    mail that it accepted, if its reply says so. `since` is when the mail became due, if the caller knows.
    `bounce` is what a final refusal says about the address, if it says anything.
    """

    id: int
    state: EmailState
    reply: str = ""
    due: dt.datetime | None = None
    provider_id: str | None = None
    since: dt.datetime | None = None
    bounce: BounceKind | None = None


@dataclass(frozen=True, slots=True)
class EmailEntry:
    """The state of one mail to an editor."""

    address: str
    state: EmailState
    reply: str
    since: dt.datetime
    provider_id: str | None = None


_DAY, _WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
_WAITED_FOR, _EDITORS, _SOON, _ANY_TIME = range(4)

RULES: Mapping[EmailKind, EmailRules] = {
    EmailKind.CONFIRMATION: EmailRules(_may_confirm, _DAY, 4 * _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.LINK: EmailRules(_unsuppressed, _DAY, _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.MOVE: EmailRules(_asked_to_move, _DAY, _WEEK, _WAITED_FOR, repeats=True),
    EmailKind.MOVED: EmailRules(_moved_away, _DAY, _WEEK, _SOON, repeats=False),
    EmailKind.WELCOME: EmailRules(_unsuppressed, _DAY, 4 * _WEEK, _SOON, repeats=False),
    EmailKind.STEP: EmailRules(_unsuppressed, _WEEK, 4 * _WEEK, _ANY_TIME, repeats=False),
    EmailKind.STAY: EmailRules(_unsuppressed, _WEEK, 26 * _WEEK, _ANY_TIME, repeats=False),
    EmailKind.PROOF: EmailRules(_editor, _WEEK, 13 * _WEEK, _EDITORS, repeats=True),
    EmailKind.NOTICE: EmailRules(_editor, _WEEK, 13 * _WEEK, _EDITORS, repeats=True),
}

URGENT = _SOON
"""Mail up to this priority overtakes an issue that is being sent; steps of courses do not."""
LATE = dt.timedelta(minutes=1)
"""A confirmation mail that waited longer counts as asked for at the time when it left."""


def held(email: Email, reader: Subscriber | None, now: dt.datetime) -> dt.datetime | None:
    """Return until when a mail has to wait, or None: steps of courses wait for the end of the reader's pause."""
    return reader.paused_until if reader is not None and email.kind is EmailKind.STEP and reader.paused(now) else None


def wanted(email: Email, reader: Subscriber | None, since: dt.datetime, now: dt.datetime) -> bool:
    """Return whether a mail is still wanted: its reason still holds, and it is not too late."""
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
    if email.kind is EmailKind.STAY:
        return reader.state is State.ACTIVE and reader.last_seen <= since
    if email.kind is EmailKind.MOVE:
        return reader.state is State.ACTIVE and reader.moving_to == email.address and reader.moving_since == since
    # A MOVED mail goes to the former address, even if the reader has unsubscribed since.
    return email.kind is EmailKind.MOVED or reader.state is State.ACTIVE
