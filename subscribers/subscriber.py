"""The nouns of this package: a subscriber, their state and choices, their mail, and suppressions."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from subscribers.immutable import dataclass

LONGEST_PAUSE = dt.timedelta(weeks=52)
SOURCE_LENGTH = 200
"""The longest source that is kept, in characters."""


class State(StrEnum):
    """The state of a reader. Only ACTIVE readers are in the audience."""

    PENDING = "pending"
    """Signed up, but has not confirmed yet."""
    ACTIVE = "active"
    """Confirmed, or added by an editor who has their consent."""
    UNSUBSCRIBED = "unsubscribed"
    """Gets no mail; the suppression of the address says why."""


class Reason(StrEnum):
    """Why an address is suppressed, from the weakest to the strongest."""

    MOVED = "moved"
    """The reader moved to another address."""
    UNSUBSCRIBED = "unsubscribed"
    """The reader left."""
    REMOVED = "removed"
    """An editor took them off the list, or their data was deleted."""
    BOUNCED = "bounced"
    """Mail does not arrive there: a hard bounce, or soft ones for weeks."""
    REFUSED = "refused"
    """Whoever reads this mailbox never wants to be written to again, not even to be asked."""
    COMPLAINED = "complained"
    """The reader reported our mail as spam."""

    @property
    def liftable(self) -> bool:
        """Whether the reader's own confirmed sign-up lifts it. A form cannot undo a bounce, a refusal or a complaint."""
        return self in (Reason.MOVED, Reason.UNSUBSCRIBED, Reason.REMOVED)

    @property
    def of_mailbox(self) -> bool:
        """Whether it holds for every address of the mailbox (mailbox.py), not only for the one that was mailed."""
        return self in (Reason.REFUSED, Reason.COMPLAINED)

    @property
    def weight(self) -> int:
        return _WEIGHTS[self]


_WEIGHTS = {reason: weight for weight, reason in enumerate(Reason)}


class BounceKind(StrEnum):
    """What a mail server, a provider or a report says about an address that we mailed."""

    HARD = "hard"
    """The mailbox does not exist."""
    SOFT = "soft"
    """The mailbox could not take the mail this time: it is full, switched off, or refuses without saying why."""
    COMPLAINT = "complaint"
    """The reader reported our mail as spam."""


class EmailKind(StrEnum):
    """The kinds of mail other than issues."""

    CONFIRMATION = "confirmation"
    """Asks a reader who signed up to confirm."""
    WELCOME = "welcome"
    """Greets a reader who has just confirmed."""
    LINK = "link"
    """Brings a reader the link to their page."""
    MOVE = "move"
    """Asks a new address whether the reader may move to it."""
    MOVED = "moved"
    """Tells the former address that the reader moved."""
    STEP = "step"
    """The next step of a learning path."""
    STAY = "stay"
    """Asks a reader who was not seen for long whether they still want to be mailed."""
    PROOF = "proof"
    """Asks the editors to approve an issue."""
    NOTICE = "notice"
    """Tells the editors something that they should know."""


@dataclass(frozen=True, slots=True)
class Email:
    """A mail that is due to a reader, or to an editor.

    `address` is given if it is not the reader's own (MOVE, MOVED). The `detail` of a STEP is a path's slug, the step's
    number, counted from 1, and the days until the next step, such as `backend 3 7`; that of a WELCOME is a path that
    begins with it; that of mail to editors is anything that the publisher makes it from.
    """

    kind: EmailKind
    address: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A learning path that a reader gets by mail, one step at a time.

    `sent` counts the steps that were sent. `due` is when the next one may be sent; it is None while the reader has not
    confirmed, and after the course has ended.
    """

    path: str
    started: dt.datetime
    every_days: int = 7
    sent: int = 0
    due: dt.datetime | None = None
    ended: dt.datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether it begins when its reader confirms."""
        return self.due is None and self.ended is None


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be mailed. It outlives the subscriber.

    `subject_id` is kept so that the links in old mail still work for a reader who was deleted and comes back. `words`
    are the mail server's, after a bounce or a complaint. `deleted` is when the reader was last deleted; None if nobody
    was: an older list does not bring their data back.
    """

    canonical: str
    reason: Reason
    at: dt.datetime
    subject_id: str | None = None
    words: str = ""
    deleted: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A reader on the list.

    `subject_id` is random and public: links contain it instead of the address. `confirmations` counts the confirmation
    mails to this mailbox that nobody answered; `asked` is when the last of them became due to this address (asks.py).

    Their choices: `without` names the sections that they do not want, `zone` is an IANA time zone (None: the
    publication's), and `paused_until` is when their pause ends. `left_why` is the reason that they gave when they last
    left, and `undo_until` is until when they can undo it. `seen` is when they last did something themselves, `linked` when a mail with the link to their page last
    became due. `bounces` is the weight of the soft bounces that still count, and `bounced` when the last one came that
    counted (see bounces.py). `asked_to_stay` is when a mail became due that asks whether they still want to be mailed.
    `moving_to` is a new address that is not confirmed yet, `moving_since` when they last asked to move, and
    `moved` when they last moved: links to their page from before that do not work.
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
    undo_until: dt.datetime | None = None
    bounces: int = 0
    bounced: dt.datetime | None = None
    asked_to_stay: dt.datetime | None = None

    def paused(self, now: dt.datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    @property
    def last_seen(self) -> dt.datetime:
        """When they last did something themselves, as far as it is known; else when they came."""
        return max(each for each in (self.created, self.confirmed, self.seen) if each is not None)

    def course(self, path: str) -> Course | None:
        return next((course for course in self.courses if course.path == path), None)
