"""The nouns: a subscriber, what state they are in, what they chose, and why an address must not be mailed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

LONGEST_PAUSE = dt.timedelta(weeks=52)


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

    MOVED = "moved"
    """The reader has their mail sent to another address now."""
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
        return self in (Reason.MOVED, Reason.UNSUBSCRIBED, Reason.REMOVED)

    @property
    def weight(self) -> int:
        return _WEIGHTS[self]


_WEIGHTS = {reason: weight for weight, reason in enumerate(Reason)}


class EmailKind(StrEnum):
    """What a mail beside the issues is for."""

    CONFIRMATION = "confirmation"
    """Asks for the press of a button after a sign-up."""
    WELCOME = "welcome"
    """Follows the first confirmation."""
    LINK = "link"
    """Brings the reader the way to their own page."""
    MOVE = "move"
    """Asks at a new address whether the subscription shall come there."""
    MOVED = "moved"
    """Tells the former address that it did."""
    STEP = "step"
    """The next step of a learning path."""
    PROOF = "proof"
    """Asks the editors for an approval."""
    NOTICE = "notice"
    """Tells the editors what they should know."""


@dataclass(frozen=True, slots=True)
class Email:
    """A mail that is due to one reader because of something that they did, or to an editor.

    `address` is given where it is not the reader's own (MOVE, MOVED). `detail` of a STEP is a path's slug, the step's
    number, counted from 1, and the days until the next one, as `backend 3 7`; of a WELCOME, a path that begins with it;
    of mail to editors, whatever the publisher makes it from.
    """

    kind: EmailKind
    address: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A learning path that comes by mail, a step at a time.

    `sent` counts the steps that went out. `due` is when the next one may go: None while the reader has not confirmed,
    and when it is over (`ended`).
    """

    path: str
    started: dt.datetime
    every_days: int = 7
    sent: int = 0
    due: dt.datetime | None = None
    ended: dt.datetime | None = None


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
    confirmation mails in the address's lifetime, `asked` is when the last of them became due.

    What they chose: `without` names the sections that they do not want, `zone` is an IANA time zone (None: the
    publication's), `paused_until` ends by itself. `left_why` is what they said when they last left. `seen` is when they last did something themselves, `linked` when a
    link to their page last became due. `moving_to` is a new address that waits to be confirmed; `moving_since` is when
    they last wished to move, and `moved` when they last did: links that were mailed before that are void.
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
    without: tuple[str, ...] = ()
    zone: str | None = None
    paused_until: dt.datetime | None = None
    seen: dt.datetime | None = None
    linked: dt.datetime | None = None
    moving_to: str | None = None
    moving_since: dt.datetime | None = None
    moved: dt.datetime | None = None
    courses: tuple[Course, ...] = ()
    left_why: str = ""

    def paused(self, now: dt.datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def course(self, path: str) -> Course | None:
        return next((course for course in self.courses if course.path == path), None)
