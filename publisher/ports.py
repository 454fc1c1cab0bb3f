"""What the stages need of the world. The adapters room fulfils these; the contract tests say what each promises.

Every method may raise OutsideError; what else it may raise is said where it is declared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from publisher.errors import Problem
from publisher.issue import (
    Approval,
    Approved,
    DeliveryState,
    IsoWeek,
    Issue,
    LearningPath,
    Page,
    Passage,
    Piece,
)
from publisher.publication import Publication

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import AddressHistory, Segment


class Clock(Protocol):
    """Where `now` comes from, so that tests can say what time it is."""

    def now(self) -> dt.datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def steady(self) -> float:
        """Return the seconds since some fixed moment, by a clock that nobody can set."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """The Markdown of a file that cannot be used as it is; `line` is where `body` begins in the file."""

    path: Path
    line: int
    body: str


def no_picture(_path: Path) -> None:
    """Return the image of a content that has none."""


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that content/ held at one reading: an act takes one and never reads again.

    Files that could not be read are only in `problems`. `unread` holds what was legible of those, so that one run of
    `check` finds what is wrong in their text too. `declared` says on which line of publication.toml a key stands, for
    those that name other files: `welcome.issues`. `picture` returns the bytes of an image below content/, the same ones
    however often it is asked, None when there is none. `stamps` has the digest of each file, `hash` that of all of them:
    what is derived from a snapshot may be kept for as long as the hash is the same.
    """

    publication: Publication
    pieces: tuple[Piece, ...]
    issues: tuple[Issue, ...]
    paths: tuple[LearningPath, ...]
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
    unread: tuple[Text, ...] = ()
    declared: Mapping[str, int] = field(default_factory=dict)
    picture: Callable[[Path], bytes | None] = field(default=no_picture, repr=False, compare=False)
    stamps: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    hash: str = ""

    def issue(self, number: int) -> Issue | None:
        return next((issue for issue in self.issues if issue.number == number), None)


class ContentStore(Protocol):
    """The editors' files: content/ and what the editors keep beside it."""

    def read(self) -> Content:
        """Read all of content/. Raises ContentError when publication.toml itself cannot be used."""
        ...

    def write_issue(self, content: Content, number: int, text: str, *, expected: bytes | None) -> Content:
        """Write content/issues/NNNN.md at once or not at all, and return the snapshot with this file in it.

        `expected` is what the caller believes to be there (None: no file). Raises Refused when it is not.
        """
        ...

    def back_up(self, number: int) -> Path:
        """Copy an issue's file beside it (NNNN.md.bak, .bak2 ...) and return the copy's path."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found; a higher score is a better match, comparable within one search only."""

    passage: Passage
    score: float


class Retriever(Protocol):
    """Finds passages of published issues. Filters apply before ranking, never after."""

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        """Return at most `limit` hits, the best first, of passages dated earlier than `before`."""
        ...


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is asked for: a section about this week's topics, from these passages and nothing else."""

    section: str
    publication: str
    topics: tuple[str, ...]
    hits: tuple[Hit, ...]
    sentences: tuple[int, int] = (3, 6)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a writer proposes: (text, passage id, quotation) for each sentence, not yet checked, and what it cost."""

    sentences: tuple[tuple[str, str, str], ...]
    writer: str
    model: str | None = None
    tokens: int = 0


class Writer(Protocol):
    """Writes the drafted section's sentences."""

    def write(self, brief: Brief) -> Proposal:
        """Propose sentences. Raises WriterUnavailable (deadline, refusal, broken or truncated reply)."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender holds: all that is needed to make and hand over its message.

    `subject_id` is the subscriber's random public id, `address` the mailbox as the reader wrote it. `without` names the
    sections that they did not want when the audience was frozen. `attempt` counts from 1.
    """

    id: int
    subject_id: str
    address: str
    name: str
    attempt: int
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one hand-over ended; `state` is SENT, DEFERRED, FAILED, IN_DOUBT, SUPPRESSED or QUEUED (given back)."""

    delivery: int
    state: DeliveryState
    reply: str = ""
    next_attempt: dt.datetime | None = None
    counts: bool = True
    """Whether it costs the delivery one of its tries."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The ledger of one issue, added up: how many rows are in each state, and what they come to."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    next_attempt: dt.datetime | None = None

    @property
    def audience(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many rows are not final yet: queued, claimed, at_dot and deferred."""
        return sum(count for state, count in self.counts.items() if not state.final)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class Halt:
    """The server refuses an issue as a whole: in its words, how many times in a row, and until when it is left alone."""

    words: str
    times: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Mailing:
    """An approved issue on its way: its frozen message, and when sending began (the Date of every message)."""

    number: int
    digest: str
    subject: str
    message: bytes = field(repr=False)
    started: dt.datetime
    finished: dt.datetime | None
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class MailingEntry:
    """A mailing as the ledger lists it, without its message."""

    number: int
    digest: str
    subject: str
    started: dt.datetime
    finished: dt.datetime | None
    halt: Halt | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many readers wait for an issue until it is their own morning, and when the last of them gets it."""

    readers: int = 0
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one issue for one address: the last answer of its server, and when the row last changed."""

    number: int
    subject: str
    address: str
    state: DeliveryState
    reply: str
    changed: dt.datetime | None


DueInZone = Callable[[str], dt.datetime | None]
"""Says when an issue is due to the readers of a time zone; None for a zone that it does not know."""


class Ledger(Protocol):
    """Who got what: one row for each (issue, canonical address). The only truth about deliveries.

    All writes of one call are one transaction. A sender is one process's run of `send`; its id fences its writes:
    once another process has taken over its rows, at_dot() and record() of the old one change nothing.
    """

    def start(
        self,
        approved: Approved,
        now: dt.datetime,
        morning: DueInZone | None = None,
        segment: Segment | None = None,
    ) -> Mailing:
        """Freeze message and audience in one transaction, or return what was frozen before. Idempotent (I1, I9).

        With `segment` the audience is narrowed to it.

        A reader who named a time zone is due when `morning` says, if that is later than now; all others are at once.
        Raises Refused for an audience without readers: nothing is frozen then.
        """
        ...

    def discard_empty(self, number: int) -> bool:
        """Delete a mailing that has no delivery, so that it can start anew; False when it has one, or is not there."""
        ...

    def mailing(self, number: int) -> Mailing | None:
        """Return the issue's mailing, None while sending has not begun."""
        ...

    def mailings(self) -> Sequence[MailingEntry]:
        """Return every mailing that ever began, by number. An issue's file may be gone; its number is taken."""
        ...

    def sums(self, number: int) -> Sums: ...

    def waiting(self, number: int, now: dt.datetime) -> Waiting:
        """Return how many rows nobody has tried yet because they are due later than now."""
        ...

    def register(self, now: dt.datetime) -> str:
        """Register this process as a sender and return its id."""
        ...

    def heartbeat(self, sender: str, now: dt.datetime) -> bool:
        """Say that the sender lives; without it for LEASE its rows may be taken over. False: they were."""
        ...

    def release(self, sender: str) -> None:
        """Give back what the sender still holds unsent and forget it."""
        ...

    def recover(self, now: dt.datetime) -> int:
        """Take over from dead senders, in every issue: claimed -> queued, at_dot -> in_doubt. Return how many rows."""
        ...

    def living(self) -> frozenset[str]:
        """Return the senders that are registered."""
        ...

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        """Claim queued and due deferred rows, committed on return; suppressed ones become final instead (I7).

        An empty answer means that nothing is due now, or that the sender was taken for dead.
        """
        ...

    def commit(
        self, sender: str, outcomes: Sequence[Outcome], at_dot: Sequence[int], now: dt.datetime
    ) -> frozenset[int]:
        """Record outcomes and mark deliveries at_dot, in one transaction.

        Returns those of `at_dot` that may go ahead: still held by this sender, and not suppressed meanwhile.
        """
        ...

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        """Return those of these deliveries whose reader must not be mailed (any more)."""
        ...

    def forget(self, trail: AddressHistory, now: dt.datetime) -> int:
        """Take the name and address out of every row of one reader; what is still to be sent is suppressed.

        Returns how many rows could not be touched, because a sender has them in hand just now.
        """
        ...

    def halt(self, number: int, halt: Halt | None) -> None:
        """Write down that the server refuses the issue as a whole, or with None that it no longer does."""
        ...

    def finish(self, number: int, now: dt.datetime) -> bool:
        """Mark the mailing finished if no row is open; return whether it is finished."""
        ...

    def settle(self, number: int, address: str, state: DeliveryState, now: dt.datetime) -> bool:
        """An operator's word on an in_doubt row: SENT, or QUEUED to send it again. False when there is none."""
        ...

    def deliveries(self, number: int, state: DeliveryState | None = None) -> Iterable[tuple[str, DeliveryState, str]]:
        """Yield (address, state, last reply) of an issue's rows."""
        ...

    def received(self, trail: AddressHistory) -> Sequence[Received]:
        """Return what became of every issue for one reader, by number."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: `code` is SMTP's three digits; 0 stands for a connection that gave none.

    `step` is the command that it answers: mail, rcpt, data, or dot.
    """

    code: int
    text: str
    step: str = "dot"

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 400


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipient of one message, and its complete bytes: CRLF line ends, no line begins with a dot."""

    mail_from: str
    rcpt_to: str
    message: bytes = field(repr=False)
    name: str


class Connection(Protocol):
    """One open way to the mail server. Messages go over it one after the other."""

    def hand_over(self, envelope: Envelope) -> Reply:
        """Send all but the final dot. An accepted reply means that the dot may follow.

        Raises TransportUnavailable when the connection broke: nothing was accepted. IdleConnectionLost, when it was
        used before and the server said nothing to this message: then it broke before the message began.
        """
        ...

    def finish(self) -> Reply:
        """Write the final dot and read the answer. Code 0: it is not known whether the message was accepted.

        Raises TransportUnavailable when the connection was found broken before the dot: nothing was accepted.
        """
        ...

    def alive(self) -> bool:
        """Whether the server has neither hung up nor said anything since the last message, as far as one can see."""
        ...

    def abandon(self) -> None:
        """Drop the message whose dot was not written; the connection may be unusable afterwards."""
        ...

    def close(self) -> None: ...


class Courier(Protocol):
    """Opens connections to the one transport that is configured."""

    def connect(self) -> Connection:
        """Connect, secure and log in. Raises TransportUnavailable, or ConfigurationError (refused login, no TLS)."""
        ...


class Approvals(Protocol):
    """Which person approved which bytes of which issue."""

    def add(self, number: int, approval: Approval) -> None:
        """Record an approval; the same person and digest twice is one."""
        ...

    def of(self, number: int) -> Sequence[Approval]: ...


class WeekState(StrEnum):
    """How far the scheduler came with a week. After the last two it never looks at it again."""

    OPEN = "open"
    PROOFED = "proofed"
    """The proof went to the editors."""
    SENDING = "sending"
    SENT = "sent"
    MISSED = "missed"
    """Its window passed; the editors were told, and a person decides."""


@dataclass(frozen=True, slots=True)
class Week:
    """A week's issue as the scheduler sees it. One row for each (publication, ISO week) (I8)."""

    iso: IsoWeek
    due: dt.datetime
    state: WeekState
    number: int | None
    told: str | None


class Weeks(Protocol):
    """The weeks that the scheduler has seen, and how far each of them came."""

    def open(self, week: IsoWeek, due: dt.datetime) -> Week:
        """Return the week's row; make it when it is new. `due` is kept as it was at first."""
        ...

    def move(
        self, week: IsoWeek, before: WeekState, after: WeekState, *, number: int | None = None, told: str | None = None
    ) -> bool:
        """Change state if it is still `before`; False when another process was first."""
        ...

    def find(self, week: IsoWeek) -> Week | None: ...

    def unfinished(self) -> Sequence[Week]: ...

    def latest(self, week: IsoWeek) -> IsoWeek | None:
        """Return the last week up to this one that was ever opened."""
        ...

    def lock(self, name: str, seconds: float, now: dt.datetime) -> AbstractContextManager[bool]:
        """Hold a named lease; yields False when another living process holds it."""
        ...


File = tuple[str, bytes]
"""A path below the site's root, and what is in it."""


@dataclass(frozen=True, slots=True)
class SitePart:
    """A page with its pictures, or the files around the pages, not made yet.

    `name` is its path below the site's root. `made_from` is the digest of all that it depends on.
    """

    name: str
    made_from: str
    make: Callable[[], Iterator[File]]


class Site(Protocol):
    """The folder that the web server shows."""

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = (), everything: bool = False) -> int:
        """Write the files of all parts, each at once or not at all; return how many files there are.

        A part that was made from the same before is not made again, unless `everything` is. What is below a folder in
        `keep` (such as `issues/3/`) stays as it is.
        """
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail that is no issue: its subject and bodies, with slots for what differs from reader to reader."""

    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)


Progress = Callable[[Sums], None]
"""Told how far a send has come; called from the sender's own thread, a few times a second at most."""
