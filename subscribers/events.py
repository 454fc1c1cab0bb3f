"""What can happen to one address: the events that `transitions.after` decides about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from subscribers.address import Address
from subscribers.asks import NOTHING_ASKED, Asks
from subscribers.consent import AS_ASKED, Wording
from subscribers.subscriber import BounceKind, Reason, Subscriber


@dataclass(frozen=True, slots=True)
class SignUp:
    """Someone entered this address in a form, from the network address `client`.

    `subject_id` is used if the address is new; `path` is a learning path that they want by mail, and `path_wording` the
    words beside its box. `others` are the confirmation mails to other addresses of the same mailbox; `change` fills it in, here and below.
    """

    address: Address
    source: str
    subject_id: str
    wording: Wording
    path: str | None = None
    client: str | None = None
    path_wording: Wording = AS_ASKED
    others: Asks = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class AskAgain:
    """The reader's confirmation link had expired, and they ask for another; `issued` is when the old one was made."""

    issued: dt.datetime
    others: Asks = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class Confirm:
    """The reader confirmed by the link in a confirmation mail; `issued` is when that link was made.

    `shown` are the learning paths that the page named above its button: no other one begins. None means all that wait.
    """

    issued: dt.datetime
    client: str | None = None
    shown: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class MailedLate:
    """The confirmation mail has left only now, because it had to wait for the mail server."""


@dataclass(frozen=True, slots=True)
class Enter:
    """An editor adds a reader and vouches for their consent."""

    address: Address
    name: str
    source: str
    subject_id: str
    wording: Wording


@dataclass(frozen=True, slots=True)
class Prefer:
    """The reader saved their page, with all their choices. `paths` maps learning paths to the days between steps.

    `wordings` are the words in which each path was offered, and `client` is the network address. `shown` is what the page
    showed when it was opened: only what differs from it was changed by this form, and applies.
    """

    without: tuple[str, ...] = ()
    zone: str | None = None
    paused_until: dt.datetime | None = None
    paths: Mapping[str, int] | None = None
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    client: str | None = None
    shown: Prefer | None = None

    def onto(self, reader: Subscriber) -> Prefer:
        """Return these choices as they apply to a reader who may have changed others since the page was opened."""
        if self.shown is None:
            return self
        was, present = self.shown, {each.path: each.every_days for each in reader.courses if each.ended is None}
        off, on = set(self.without) - set(was.without), set(was.without) - set(self.without)
        paths = self.paths
        if self.paths is not None:
            before = was.paths or {}
            changed = {each for each in {*self.paths, *before} if self.paths.get(each) != before.get(each)}
            merged = {path: days for path, days in present.items() if path not in changed}
            paths = merged | {path: days for path, days in self.paths.items() if path in changed}
        return replace(
            self,
            without=tuple(sorted({*reader.without, *off} - on)),
            zone=self.zone if self.zone != was.zone else reader.zone,
            paused_until=self.paused_until if self.paused_until != was.paused_until else reader.paused_until,
            paths=paths,
            shown=None,
        )


@dataclass(frozen=True, slots=True)
class NextStep:
    """The reader wants the next step of a course now."""

    path: str


@dataclass(frozen=True, slots=True)
class StepDue:
    """The next step of a course is due; its path has `steps` steps now."""

    path: str
    steps: int


@dataclass(frozen=True, slots=True)
class AskLink:
    """Someone asks for a mail to this reader with the link to their page."""


@dataclass(frozen=True, slots=True)
class AskMove:
    """The reader wants to be mailed at another address; `free` says whether that address may be asked."""

    address: Address
    free: bool


@dataclass(frozen=True, slots=True)
class AskedByMove:
    """A mail goes to this address and asks whether a reader may move to it.

    It counts as a confirmation mail, so that nobody can be flooded with either. `subject_id` is used if the address is
    new.
    """

    address: Address
    subject_id: str
    others: Asks = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class AskToStay:
    """An editor asks the reader whether they still want to be mailed, unless they were seen since `not_seen`."""

    not_seen: dt.datetime


@dataclass(frozen=True, slots=True)
class Stay:
    """The reader still wants to be mailed."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """An editor takes off a reader who was asked to stay, got that mail before a moment, and has not answered."""

    mailed_before: dt.datetime


@dataclass(frozen=True, slots=True)
class Tag:
    """An editor adds tags and removes others."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """The address gets no more mail: the reader left, was removed, bounced or complained.

    `why` is the reader's own reason; it is kept once for each time that they leave. `at` is since when the address must
    not be mailed; None means now. `own` says that the reader did it, and so may undo it for a while.
    """

    reason: Reason
    why: str = ""
    at: dt.datetime | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """The reader had left by mistake, and comes back by the same link."""

    client: str | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """Mail to this address came back, or was reported as spam; `words` are the mail server's.

    `at` is when that happened; None means now. `accepted` are the moments when mail to the address was accepted, as far
    as they are known and not long ago.
    """

    kind: BounceKind
    words: str = ""
    at: dt.datetime | None = None
    accepted: tuple[dt.datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoBounce:
    """An editor found that a bounce or a complaint of a moment was wrong, and says `why`.

    `taken` is when it suppressed the address, if it did: a reader whom it took off the list is on it again.
    """

    at: dt.datetime
    why: str = ""
    taken: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """An editor found that the suppression was wrong, and says `why`.

    The reader may sign up again, but is not put back on the list.
    """

    why: str = ""


@dataclass(frozen=True, slots=True)
class Expire:
    """Time is over for what the reader asked for before a moment and never confirmed: their sign-up, or their move.

    A reader who left is unsubscribed again; of anybody else, everything is deleted, and nothing is suppressed.
    """

    before: dt.datetime


@dataclass(frozen=True, slots=True)
class Forget:
    """Everything about the reader is deleted, except that they must not be mailed."""


Event = (
    SignUp
    | AskAgain
    | Confirm
    | MailedLate
    | Enter
    | Prefer
    | NextStep
    | StepDue
    | AskLink
    | AskMove
    | AskedByMove
    | AskToStay
    | Stay
    | LetGo
    | Tag
    | Leave
    | Undo
    | Bounce
    | UndoBounce
    | Lift
    | Expire
    | Forget
)
