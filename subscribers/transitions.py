"""What may follow what: (standing, event, now) -> standing. Pure; the lifecycle loads before and saves after.

    nobody ──SignUp──> pending ──Confirm──> active ──Leave──> unsubscribed (+ suppression)
       └────Enter (an editor)────────────────^                    │
                        pending <──SignUp, when the reason may be lifted

The one rule above all: who is suppressed or unsubscribed becomes active by their own confirmed sign-up and by nothing
else, and not even by that after a complaint or a hard bounce.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from subscribers.address import Address
from subscribers.subscriber import Letter, Reason, State, Subscriber, Suppression

BETWEEN_CONFIRMATIONS = dt.timedelta(hours=24)
"""At most one confirmation mail for an address in this time ..."""
CONFIRMATIONS_IN_A_LIFETIME = 5
"""... and so many ever, whoever fills in the form how often."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is known about one address: the reader, if there is one, and whether it must not be mailed."""

    subscriber: Subscriber | None = None
    suppression: Suppression | None = None

    @property
    def barred(self) -> bool:
        """Whether not even the reader's own sign-up lets us mail them again."""
        return self.suppression is not None and not self.suppression.reason.liftable


@dataclass(frozen=True, slots=True)
class SignUp:
    """Someone typed this address into a form. `subject_id` is used when the address is new."""

    address: Address
    source: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class Confirm:
    """The reader pressed the button behind a confirmation mail; `issued` is when its link was made."""

    issued: dt.datetime


@dataclass(frozen=True, slots=True)
class Enter:
    """An editor adds a reader and answers for their consent."""

    address: Address
    name: str
    source: str
    subject_id: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The address gets no more mail: the reader left, was removed, bounced or complained."""

    canonical: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Forget:
    """Everything about the reader is deleted, but for the fact that they must not be mailed."""

    canonical: str


Event = SignUp | Confirm | Enter | Leave | Forget


def after(standing: Standing, event: Event, now: dt.datetime) -> Standing:
    """Return the standing after an event; the same object when the event changes nothing."""
    match event:
        case SignUp():
            return _signed_up(standing, event, now)
        case Confirm():
            return _confirmed(standing, event, now)
        case Enter():
            return _entered(standing, event, now)
        case Leave():
            return _left(standing, event, now)
        case Forget():
            left = _left(standing, Leave(event.canonical, Reason.REMOVED), now)
            return replace(left, subscriber=None)


def may_be_asked(subscriber: Subscriber, now: dt.datetime) -> bool:
    """Say whether one more confirmation mail may go to this address."""
    if subscriber.confirmations >= CONFIRMATIONS_IN_A_LIFETIME:
        return False
    return subscriber.asked is None or now - subscriber.asked >= BETWEEN_CONFIRMATIONS


def _signed_up(standing: Standing, event: SignUp, now: dt.datetime) -> Standing:
    if standing.barred:
        return standing
    known = standing.subscriber or _stranger(standing, event, now)
    if known.state is State.ACTIVE or not may_be_asked(known, now):
        return standing
    asked = replace(
        known,
        address=event.address.written,
        source=event.source,
        state=State.PENDING,
        confirmations=known.confirmations + 1,
        asked=now,
        letter=Letter.CONFIRMATION,
        letter_due=now,
    )
    return replace(standing, subscriber=asked)  # a suppression stays until they confirm


def _confirmed(standing: Standing, event: Confirm, now: dt.datetime) -> Standing:
    known = standing.subscriber
    if known is None or known.state is not State.PENDING or standing.barred:
        return standing
    # A link from before they left proves nothing about wanting to come back. Links count in whole seconds.
    if known.left is not None and event.issued < known.left.replace(microsecond=0):
        return standing
    return Standing(replace(known, state=State.ACTIVE, confirmed=now, letter=Letter.WELCOME, letter_due=now))


def _entered(standing: Standing, event: Enter, now: dt.datetime) -> Standing:
    known = standing.subscriber
    if standing.suppression is not None:
        return standing
    if known is None:
        fresh = replace(_stranger(standing, event, now), name=event.name, source=event.source, state=State.ACTIVE)
        return Standing(fresh)
    if known.state is not State.PENDING:
        return standing
    return Standing(replace(known, name=event.name or known.name, state=State.ACTIVE, letter=None, letter_due=None))


def _left(standing: Standing, event: Leave, now: dt.datetime) -> Standing:
    known, before = standing.subscriber, standing.suppression
    subject_id = known.subject_id if known else before.subject_id if before else None
    suppression = before
    if before is None or event.reason.weight > before.reason.weight:
        suppression = Suppression(event.canonical, event.reason, now, subject_id)
    if known is None or known.state is State.UNSUBSCRIBED:
        return standing if suppression is before else Standing(known, suppression)
    gone = replace(known, state=State.UNSUBSCRIBED, left=now, letter=None, letter_due=None)
    return Standing(gone, suppression)


def _stranger(standing: Standing, event: SignUp | Enter, now: dt.datetime) -> Subscriber:
    """Return a reader who has done nothing yet. Who was deleted and comes back keeps the id that old mail carries."""
    former = standing.suppression.subject_id if standing.suppression else None
    return Subscriber(
        subject_id=former or event.subject_id,
        address=event.address.written,
        canonical=event.address.canonical,
        created=now,
        state=State.PENDING,
    )
