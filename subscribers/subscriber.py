"""The nouns: a subscriber, what state they are in, and why an address must not be mailed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a reader stands. Only ACTIVE readers are in the audience."""

    PENDING = "pending"
    """Asked to join and has not confirmed yet."""
    ACTIVE = "active"
    """Confirmed, or entered by an editor who has their consent."""
    UNSUBSCRIBED = "unsubscribed"
    """Gets nothing; the suppression of the address says why."""


class Reason(StrEnum):
    """Why an address is suppressed, from the weakest to the strongest."""

    UNSUBSCRIBED = "unsubscribed"
    """The reader left."""
    REMOVED = "removed"
    """An editor took them off the list, or their data was deleted."""
    BOUNCED = "bounced"
    """The mailbox does not exist: a hard bounce."""
    COMPLAINED = "complained"
    """The reader reported our mail as spam."""

    @property
    def liftable(self) -> bool:
        """Whether the reader's own confirmed sign-up ends it. What a mail server told us, a form cannot undo."""
        return self in (Reason.UNSUBSCRIBED, Reason.REMOVED)

    @property
    def weight(self) -> int:
        return tuple(Reason).index(self)


class Letter(StrEnum):
    """A mail that is due to one reader because of something that they did."""

    CONFIRMATION = "confirmation"
    WELCOME = "welcome"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be mailed. It outlives the subscriber.

    `subject_id` is kept so that links in old mail still reach a reader who was deleted and came back.
    """

    canonical: str
    reason: Reason
    at: dt.datetime
    subject_id: str | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A reader as the list knows them.

    `subject_id` is random and public: links and Message-IDs carry it instead of the address. `confirmations` counts the
    confirmation mails in the address's lifetime, `asked` is when the last of them became due. `letter` is due at
    `letter_due`; both are None when nothing is.
    """

    subject_id: str
    address: str
    canonical: str
    created: dt.datetime
    state: State
    name: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    confirmed: dt.datetime | None = None
    left: dt.datetime | None = None
    confirmations: int = 0
    asked: dt.datetime | None = None
    letter: Letter | None = None
    letter_due: dt.datetime | None = None
