"""The ledger: who got what. One row for each (issue, canonical address); the only truth about deliveries.

Six ports, by who asks: Senders, the processes that hand mail over; Deliveries, one issue's way from the freeze to its
end; DeliveryRecords, what editors and operators want to know and to settle; Decisions, how they intervene; Bounces, what the list of
readers has to learn; ReturnedMail (returned.py), what came back after a delivery had ended. All writes of one call are one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from publisher.issue import Approved, DeliveryState
from publisher.ports.returned import ReturnedMail

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import AddressHistory, BounceKind, Segment


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender holds: all that is needed to make and hand over its message.

    `subject_id` is the subscriber's random public id, `address` the mailbox as the reader wrote it. `without` names the
    sections that they did not want when the audience was frozen. `attempt` counts from 1. `dated` is the Date of the
    message; None: when sending began.
    """

    id: int
    subject_id: str
    address: str
    name: str
    attempt: int
    without: tuple[str, ...] = ()
    dated: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one hand-over ended; `state` is SENT, DEFERRED, FAILED, IN_DOUBT, SUPPRESSED or QUEUED (given back).

    `counts` says whether it costs the delivery one of its tries. `bounce` is what the end says about the recipient's
    address, if it says anything.
    """

    delivery: int
    state: DeliveryState
    reply: str = ""
    next_attempt: dt.datetime | None = None
    counts: bool = True
    bounce: BounceKind | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many readers wait for an issue until it is their own morning, and when the last of them gets it."""

    readers: int = 0
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """The ledger of one issue, added up: how many rows are in each state, and what they come to."""

    counts: Mapping[DeliveryState, int] = field(default_factory=dict)
    next_attempt: dt.datetime | None = None
    waiting: Waiting = Waiting()

    @property
    def audience(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """How many rows are not final yet: queued, claimed, at_dot and deferred."""
        return sum(count for state, count in self.counts.items() if not state.final)

    @property
    def reached(self) -> int:
        """How many readers have the issue, or may have it."""
        return self[DeliveryState.SENT] + self[DeliveryState.IN_DOUBT]

    def __getitem__(self, state: DeliveryState) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class Halt:
    """The server refuses an issue as a whole: in its words, how many times in a row, and until when it is left alone."""

    words: str
    times: int
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Pause:
    """A person has paused an issue that is being sent: since when, and why."""

    since: dt.datetime
    why: str


@dataclass(frozen=True, slots=True)
class Mailing:
    """An approved issue on its way: its frozen message, and when sending began.

    `early_until` is set while its audience has only readers whose own morning came before the publication's hour: up to
    which moment they were taken in.
    """

    number: int
    digest: str
    subject: str
    message: bytes = field(repr=False)
    started: dt.datetime
    finished: dt.datetime | None
    halt: Halt | None = None
    early_until: dt.datetime | None = None
    pause: Pause | None = None
    sample_digest: str = ""
    """The digest of a copy as the process makes it that began or last resumed the mailing; empty while nobody said."""


@dataclass(frozen=True, slots=True)
class MailingEntry:
    """A mailing as the records list it, without its message."""

    number: int
    digest: str
    subject: str
    started: dt.datetime
    finished: dt.datetime | None
    halt: Halt | None = None
    early_until: dt.datetime | None = None
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Which:
    """Which deliveries of an issue are meant; each part narrows them.

    `reply` stands in the last answer of the server, in any case of letters. `domain` is that of the address.
    """

    state: DeliveryState | None = None
    reply: str = ""
    domain: str = ""
    address: str | None = None


ALL = Which()


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """A delivery as the records list it. `tries` counts those that ended; `due` is when it is tried next, None if never.

    `changed` is None while nothing has become of it.
    """

    address: str
    state: DeliveryState
    reply: str
    tries: int
    changed: dt.datetime | None
    due: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many deliveries were cancelled, and how many a sender has in hand just now, which end as they end."""

    deliveries: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one issue for one address: the last answer of its server, and when the row last changed."""

    number: int
    subject: str
    address: str
    state: DeliveryState
    reply: str
    changed: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Bounced:
    """A delivery that ended with a bounce, in the words of its server."""

    delivery: int
    issue: int
    canonical: str
    kind: BounceKind
    reply: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """How far an issue that is being sent, or was, is for one address.

    `frozen`: its audience is. `taken_in`: the address is in it. `waits_until`: when nobody has tried it yet because it is
    due then.
    """

    frozen: bool
    taken_in: bool
    waits_until: dt.datetime | None = None


DueInZone = Callable[[str], dt.datetime | None]
"""Says when an issue is due to the readers of a time zone; None for a zone that it does not know."""


REPLY_LENGTH = 500
"""Characters of a server's answer that are kept."""
LEASE = dt.timedelta(seconds=60)
"""How long after its last heartbeat a sender counts as dead whose process nobody can see."""


@dataclass(frozen=True, slots=True)
class SenderAtWork:
    """A sender as people see it. `per_minute` is None before its first heartbeat, `since` for one of an old release."""

    machine: str
    process: int
    since: dt.datetime | None
    heartbeat: dt.datetime
    per_minute: int | None


class Senders(Protocol):
    """The processes that hand mail over. A sender is one process's run.

    Its id fences its writes: once another process has taken over its rows, `Deliveries.commit` of the old one changes
    nothing.
    """

    def register(self, now: dt.datetime) -> str:
        """Register this process as a sender and return its id."""
        ...

    def heartbeat(self, sender: str, now: dt.datetime, per_minute: int | None = None) -> bool:
        """Say that the sender lives; without it for LEASE its rows may be taken over. False: they were.

        `per_minute` is how fast its messages are accepted, for people.
        """
        ...

    def at_work(self) -> Sequence[SenderAtWork]:
        """Return the senders that are registered, the first one first."""
        ...

    def release(self, sender: str) -> None:
        """Give back what the sender still holds unsent and forget it."""
        ...

    def forget(self, sender: str) -> None:
        """Forget a sender that has claimed no deliveries; none is looked for, however many wait."""
        ...

    def keep_sample_digest(self, number: int, sample_digest: str) -> None:
        """Write down what a copy of a mailing has to be like, wherever it is made; see Mailing.sample_digest."""
        ...

    def due(self, number: int, now: dt.datetime) -> bool:
        """Return whether an issue that is not paused has a delivery that waits and is due. Quick, however many wait."""
        ...

    def recover(self, now: dt.datetime) -> int:
        """Take over from dead senders, in every issue: claimed -> queued, at_dot -> in_doubt. Return how many rows."""
        ...

    def living(self) -> frozenset[str]:
        """Return the senders that are registered."""
        ...


class Deliveries(Protocol):
    """An issue's way to its readers."""

    def start(
        self,
        approved: Approved,
        now: dt.datetime,
        morning: DueInZone | None = None,
        segment: Segment | None = None,
        *,
        early: bool = False,
    ) -> Mailing:
        """Freeze message and audience in one transaction, or return what was frozen before. Idempotent (I1, I9).

        With `segment` the audience is narrowed to it. That of a correction (publisher.numbers) are the readers who have
        its issue, or may have it; with `early`, `take_in` goes on with those who get it later.

        A reader who named a time zone is due when `morning` says, if that is later than now; all others are at once.
        With `early`, the audience begins with those whose morning has come, and `take_in` goes on with it. Raises Refused
        for an audience without readers: nothing is frozen then.
        """
        ...

    def take_in(self, number: int, now: dt.datetime, morning: DueInZone | None, *, early: bool = False) -> None:
        """Go on with an audience that began with early mornings, in one transaction; change no other.

        With `early`, those are added whose morning has come since; without, everybody who is not there yet, as `start`
        does it, and the audience is frozen. Nobody is added twice, also not at another address (I1).
        """
        ...

    def zones(self, now: dt.datetime) -> Mapping[str, int]:
        """Return how many of the readers whom an issue would reach now have named each time zone."""
        ...

    def mailing(self, number: int) -> Mailing | None:
        """Return the issue's mailing with its frozen message, None while sending has not begun."""
        ...

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        """Claim queued and due deferred rows, committed on return; suppressed ones become final instead (I7).

        An empty answer means that nothing is due now, that the issue is paused, or that the sender was taken for dead.
        """
        ...

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        """Return those of these deliveries whose reader must not be mailed (any more)."""
        ...

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),
    ) -> frozenset[int]:
        """Record outcomes, and mark deliveries at_dot, in one transaction.

        Those `refused` were not accepted, and it is not known yet whether that is about them: none of them is at_dot any
        more, and the sender still has them.

        Returns those of `at_dot` that may go ahead: still held by this sender, not suppressed meanwhile, and not paused.
        """
        ...

    def sums(self, number: int, now: dt.datetime) -> Sums:
        """Add up an issue's rows. `waiting` are those that nobody has tried yet because they are due later than now."""
        ...

    def halt(self, number: int, halt: Halt | None) -> None:
        """Write down that the server refuses the issue as a whole, or with None that it no longer does."""
        ...

    def finish(self, number: int, now: dt.datetime) -> bool:
        """Mark the mailing finished, and no longer paused, if its audience is frozen and no row is open; return whether it is."""
        ...


class DeliveryRecords(Protocol):
    """What became of every issue, for editors and operators."""

    def entries(self) -> Sequence[MailingEntry]:
        """Return every mailing that ever began, by number. An issue's file may be gone; its number is taken."""
        ...

    def entry(self, number: int) -> MailingEntry | None:
        """Return one issue's mailing, None while sending has not begun."""
        ...

    def left_out(self, number: int, now: dt.datetime) -> int:
        """Return how many readers an issue or a correction would reach now who are not in its audience, begun or not."""
        ...

    def on_its_way(self, number: int, canonical: str) -> OnItsWay | None:
        """Return how far an issue is for the reader at an address, None while sending has not begun."""
        ...

    def of(self, number: int, state: DeliveryState | None = None) -> Iterable[tuple[str, DeliveryState, str]]:
        """Yield (address, state, last reply) of an issue's rows."""
        ...

    def received(self, history: AddressHistory) -> Sequence[Received]:
        """Return what became of every issue for one reader, by number."""
        ...

    def find(self, number: int, which: Which = ALL) -> Iterable[DeliveryEntry]:
        """Yield an issue's deliveries by address."""
        ...

    def settle(
        self,
        number: int,
        address: str | None,
        state: DeliveryState,
        now: dt.datetime,
        which: Which = ALL,
        why: str = "",
    ) -> int:
        """Take an operator's word on an in_doubt row, or on all for None: SENT, or QUEUED to send it again.

        `which` narrows them; their `state` and `address` are given already. `why` is kept before the row's last reply.
        Returns how many rows changed.
        """
        ...

    def discard_unreached(self, number: int) -> bool:
        """Delete a mailing that has no delivery, or is finished and reached no reader, so that it can start anew.

        Returns False for any other, and when there is none.
        """
        ...

    def forget(self, history: AddressHistory, now: dt.datetime, begun_before: dt.datetime | None = None) -> int:
        """Take the name and address out of every row of one reader; what is still to be sent is suppressed.

        With `begun_before`, only in issues whose sending began before that moment. Returns how many rows could not be touched, because a sender has them in hand just now.
        """
        ...


class Decisions(Protocol):
    """What a person decides of an issue's deliveries while it is being sent, or when it was."""

    def retry(self, number: int, which: Which, now: dt.datetime) -> int:
        """Queue failed deliveries again, with all their tries before them. Return how many."""
        ...

    def pause(self, number: int, why: str, now: dt.datetime) -> bool:
        """Let no message of an issue begin until `resume`, and none that has begun end; False if none is being sent (I10)."""
        ...

    def resume(self, number: int) -> bool:
        """Let a paused issue go on; False if it was not paused."""
        ...

    def cancel(self, number: int, why: str, now: dt.datetime) -> Cancelled | None:
        """End all deliveries of an issue that still wait as suppressed, and pause it for what is in hand.

        Returns None if no issue of this number is being sent.
        """
        ...

    def paused(self, number: int) -> bool:
        """Return whether an issue is paused."""
        ...


class Bounces(Protocol):
    """The bounces among the deliveries. Each is written with the end of its row, and stays untold until `tell`."""

    def untold(self, limit: int, before: dt.datetime) -> Sequence[Bounced]:
        """Return bounces that the list of readers was not told of, by issue.

        They are of issues that are finished, or from before a moment. What came back is from before it, or a complaint.
        """
        ...

    def counts(self, number: int, kind: BounceKind) -> Mapping[str, int]:
        """Return how many bounces of a kind an issue has had, told or not, by mail domain."""
        ...

    def ended(self, number: int) -> Mapping[str, int]:
        """Return how many deliveries of an issue were sent or have failed, by mail domain."""
        ...

    def accepted(self, canonicals: Sequence[str], since: dt.datetime) -> Mapping[str, Sequence[dt.datetime]]:
        """Return when deliveries to these addresses were accepted since a moment; addresses without any are left out."""
        ...

    def tell(self, deliveries: Sequence[int], now: dt.datetime) -> None:
        """Write down that the list of readers knows of these bounces."""
        ...


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one publication: its ports, over the same rows."""

    senders: Senders
    deliveries: Deliveries
    records: DeliveryRecords
    decisions: Decisions
    bounces: Bounces
    returned: ReturnedMail


Progress = Callable[[Sums], None]
"""Told how far a send has come; called from the sender's own thread, a few times a second at most."""
