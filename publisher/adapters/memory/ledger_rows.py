"""The rows of the ledger in memory, which its ports share."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from publisher.issue import DeliveryState
from publisher.numbers import corrected
from publisher.ports import Decided, Mailing, Which
from subscribers import canonical

if TYPE_CHECKING:  # only named here
    from subscribers import BounceKind, MemoryReaders, Segment, Subscriber

AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
HELD = (DeliveryState.CLAIMED, DeliveryState.AT_DOT)
REACHED = (DeliveryState.SENT, DeliveryState.IN_DOUBT)
UNREACHED = (DeliveryState.FAILED, DeliveryState.SUPPRESSED)


@dataclass(slots=True)
class MemoryDelivery:
    """A row. `due` is None once it is final; `attempt` counts the tries whose end was recorded."""

    id: int
    issue: int
    subject_id: str
    address: str
    canonical: str
    name: str
    without: tuple[str, ...]
    due: dt.datetime | None
    state: DeliveryState = DeliveryState.QUEUED
    attempt: int = 0
    sender: str | None = None
    reply: str = ""
    changed: dt.datetime | None = None
    dated: dt.datetime | None = None
    bounce: BounceKind | None = None
    bounce_told: dt.datetime | None = None
    bounce_returned: dt.datetime | None = None

    def end(self, state: DeliveryState, reply: str, due: dt.datetime | None, now: dt.datetime) -> None:
        """Make it final, or let it wait until `due`; in both cases no sender holds it any more."""
        self.state, self.reply, self.due, self.changed, self.sender = state, reply, due, now, None


@dataclass(slots=True)
class LedgerRows:
    """Everything that the ports share; audiences are of these readers."""

    readers: MemoryReaders
    lock: threading.RLock = field(default_factory=threading.RLock)
    mailings: dict[int, Mailing] = field(default_factory=dict)
    deliveries: list[MemoryDelivery] = field(default_factory=list)
    returned: list[Decided] = field(default_factory=list)
    beats: dict[str, dt.datetime] = field(default_factory=dict)
    since: dict[str, dt.datetime] = field(default_factory=dict)
    speeds: dict[str, int] = field(default_factory=dict)

    def of(self, number: int) -> list[MemoryDelivery]:
        return [row for row in self.deliveries if row.issue == number]

    def audience(self, number: int, now: dt.datetime, segment: Segment | None = None) -> Sequence[Subscriber]:
        """Return whom an issue or a correction would reach now; see adapters.database.freeze."""
        issue = corrected(number)
        if issue is None:
            return self.readers.audience(now, segment)
        have_it = {row.subject_id for row in self.of(issue) if row.state in REACHED}
        return [each for each in self.readers.audience(now, segment, paused=True) if each.subject_id in have_it]

    def left_out(self, number: int, now: dt.datetime) -> list[Subscriber]:
        """Return the readers who are not in an issue's audience, also not at a former address."""
        there = {key for row in self.of(number) for key in (row.canonical, row.subject_id)}
        return [each for each in self.audience(number, now) if not {each.canonical, each.subject_id} & there]

    def unwanted(self, row: MemoryDelivery) -> bool:
        return self.readers.suppressed(row.canonical, row.subject_id)

    def give_back(self, sender: str) -> int:
        """Free everything that a sender holds, and forget the sender; a message at its dot may have gone out."""
        held = [row for row in self.deliveries if row.sender == sender]
        for row in held:
            row.sender = None
            if row.state is DeliveryState.CLAIMED:
                row.state = DeliveryState.QUEUED
            else:
                row.state, row.due = DeliveryState.IN_DOUBT, None
                row.reply = "the sender ended between the final dot and the server's answer"
        self.beats.pop(sender, None)
        return len(held)

    def paused(self, number: int) -> bool:
        mailing = self.mailings.get(number)
        return mailing is not None and mailing.pause is not None

    def change(self, number: int, **values: Any) -> None:
        self.mailings[number] = replace(self.mailings[number], **values)

    def which(self, number: int, which: Which) -> list[MemoryDelivery]:
        key = None if which.address is None else canonical(which.address)
        return [
            row
            for row in self.of(number)
            if which.state in (None, row.state)
            and which.reply.lower() in row.reply.lower()
            and row.canonical.endswith(f"@{which.domain.lower()}" if which.domain else "")
            and key in (None, row.canonical)
        ]
