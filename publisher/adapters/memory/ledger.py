"""The ledger in memory: the same four ports as the database's, over rows that one lock guards.

A sender here is a thread of this process, so only its lease tells that it is dead.
"""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher.errors import Refused
from publisher.issue import Approved, DeliveryState
from publisher.ports import (
    LEASE,
    Bounced,
    Claimed,
    DueInZone,
    Halt,
    Ledger,
    Mailing,
    MailingEntry,
    Outcome,
    Received,
    Sums,
    Waiting,
)
from subscribers import BounceKind, canonical

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory, MemoryReaders, Segment

_AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_HELD = (DeliveryState.CLAIMED, DeliveryState.AT_DOT)


def memory_ledger(rows: LedgerRows, lease: dt.timedelta = LEASE) -> Ledger:
    """Return the ledger that is kept in these rows."""
    return Ledger(MemorySenders(rows, lease), MemoryDeliveries(rows), MemoryDeliveryRecords(rows), MemoryBounces(rows))


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
    bounce: BounceKind | None = None
    bounce_told: dt.datetime | None = None

    def end(self, state: DeliveryState, reply: str, due: dt.datetime | None, now: dt.datetime) -> None:
        """Make it final, or let it wait until `due`; in both cases no sender holds it any more."""
        self.state, self.reply, self.due, self.changed, self.sender = state, reply, due, now, None


@dataclass(slots=True)
class LedgerRows:
    """Everything that the four ports share; audiences are of these readers."""

    readers: MemoryReaders
    lock: threading.RLock = field(default_factory=threading.RLock)
    mailings: dict[int, Mailing] = field(default_factory=dict)
    deliveries: list[MemoryDelivery] = field(default_factory=list)
    beats: dict[str, dt.datetime] = field(default_factory=dict)

    def of(self, number: int) -> list[MemoryDelivery]:
        return [row for row in self.deliveries if row.issue == number]

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


class MemorySenders:
    """Implements ports.Senders."""

    def __init__(self, rows: LedgerRows, lease: dt.timedelta) -> None:
        self._rows = rows
        self._lease = lease

    def register(self, now: dt.datetime) -> str:
        sender = str(uuid.uuid4())
        with self._rows.lock:
            self._rows.beats[sender] = now
        return sender

    def heartbeat(self, sender: str, now: dt.datetime) -> bool:
        with self._rows.lock:
            if sender not in self._rows.beats:
                return False
            self._rows.beats[sender] = now
            return True

    def release(self, sender: str) -> None:
        with self._rows.lock:
            self._rows.give_back(sender)

    def forget(self, sender: str) -> None:
        with self._rows.lock:
            self._rows.beats.pop(sender, None)

    def recover(self, now: dt.datetime) -> int:
        with self._rows.lock:
            dead = [sender for sender, beat in self._rows.beats.items() if beat + self._lease < now]
            return sum(map(self._rows.give_back, dead))

    def living(self) -> frozenset[str]:
        with self._rows.lock:
            return frozenset(self._rows.beats)


class MemoryDeliveries:
    """Implements ports.Deliveries."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def start(
        self,
        approved: Approved,
        now: dt.datetime,
        morning: DueInZone | None = None,
        segment: Segment | None = None,
    ) -> Mailing:
        rows, number, now = self._rows, approved.number, now.astimezone(dt.UTC)
        with rows.lock:
            if number in rows.mailings:
                return rows.mailings[number]
            readers = rows.readers.audience(now, segment)
            if not readers:
                raise Refused(f"nobody would get issue {number}: its audience has no active reader")
            for id_, reader in enumerate(readers, len(rows.deliveries) + 1):
                due = morning(reader.zone) if morning and reader.zone else None
                due = due if due is not None and due > now else _AT_ONCE
                rows.deliveries.append(
                    MemoryDelivery(
                        id_,
                        number,
                        reader.subject_id,
                        reader.address,
                        reader.canonical,
                        reader.name,
                        reader.without,
                        due,
                    )
                )
            rows.mailings[number] = Mailing(number, approved.digest, approved.subject, approved.message, now, None)
            return rows.mailings[number]

    def mailing(self, number: int) -> Mailing | None:
        return self._rows.mailings.get(number)

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        with self._rows.lock:
            if sender not in self._rows.beats:
                return []  # taken for dead meanwhile: rows under this name would never be recovered
            claimed: list[Claimed] = []
            ready = [row for row in self._rows.of(number) if row.state in _WAITING and row.due and row.due <= now]
            for row in sorted(ready, key=lambda row: row.due or now):
                if len(claimed) == limit:
                    break
                if self._rows.unwanted(row):
                    row.end(DeliveryState.SUPPRESSED, row.reply, None, now)
                    continue
                row.state, row.sender = DeliveryState.CLAIMED, sender
                claimed.append(Claimed(row.id, row.subject_id, row.address, row.name, row.attempt + 1, row.without))
            return claimed

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        with self._rows.lock:
            return frozenset(row.id for row in self._rows.deliveries if row.id in ids and self._rows.unwanted(row))

    def commit(
        self, sender: str, outcomes: Sequence[Outcome], at_dot: Sequence[int], now: dt.datetime
    ) -> frozenset[int]:
        with self._rows.lock:
            mine = {row.id: row for row in self._rows.deliveries if row.sender == sender}
            for outcome in outcomes:
                row = mine.pop(outcome.delivery, None)
                if row is not None:
                    final = outcome.state.final
                    row.end(outcome.state, outcome.reply, None if final else outcome.next_attempt or now, now)
                    row.attempt += int(final or outcome.counts)
                    row.bounce = outcome.bounce if final else None
            marked = [mine[id_] for id_ in at_dot if id_ in mine and not self._rows.unwanted(mine[id_])]
            for row in marked:
                row.state = DeliveryState.AT_DOT
            return frozenset(row.id for row in marked)

    def sums(self, number: int, now: dt.datetime) -> Sums:
        with self._rows.lock:
            rows = self._rows.of(number)
            soonest = min((row.due for row in rows if row.due and row.state in _WAITING), default=None)
            ahead = [row.due for row in rows if row.state is DeliveryState.QUEUED and row.due and row.due > now]
            return Sums(Counter(row.state for row in rows), soonest, Waiting(len(ahead), max(ahead, default=None)))

    def halt(self, number: int, halt: Halt | None) -> None:
        with self._rows.lock:
            self._rows.mailings[number] = replace(self._rows.mailings[number], halt=halt)

    def finish(self, number: int, now: dt.datetime) -> bool:
        with self._rows.lock:
            mailing = self._rows.mailings.get(number)
            if mailing is None or any(row.due for row in self._rows.of(number)):
                return mailing is not None and mailing.finished is not None
            self._rows.mailings[number] = replace(mailing, finished=mailing.finished or now)
            return True


class MemoryDeliveryRecords:
    """Implements ports.DeliveryRecords."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def entries(self) -> Sequence[MailingEntry]:
        with self._rows.lock:
            return tuple(_entry(mailing) for _, mailing in sorted(self._rows.mailings.items()))

    def entry(self, number: int) -> MailingEntry | None:
        mailing = self._rows.mailings.get(number)
        return None if mailing is None else _entry(mailing)

    def of(self, number: int, state: DeliveryState | None = None) -> Iterator[tuple[str, DeliveryState, str]]:
        with self._rows.lock:
            rows = [row for row in self._rows.of(number) if state in (None, row.state)]
            found = [(row.address, row.state, row.reply) for row in sorted(rows, key=lambda row: row.canonical)]
        yield from found

    def received(self, history: AddressHistory) -> Sequence[Received]:
        with self._rows.lock:
            rows = sorted(self._theirs(history), key=lambda row: (row.issue, row.canonical))
            return tuple(
                Received(
                    row.issue, self._rows.mailings[row.issue].subject, row.address, row.state, row.reply, row.changed
                )
                for row in rows
            )

    def settle(self, number: int, address: str, state: DeliveryState, now: dt.datetime) -> bool:
        if state not in (DeliveryState.SENT, DeliveryState.QUEUED):
            raise ValueError(f"an operator settles a delivery as sent or queued, not as {state}")
        with self._rows.lock:
            key = canonical(address)
            for row in self._rows.of(number):
                if row.canonical == key and row.state is DeliveryState.IN_DOUBT:
                    again = state is DeliveryState.QUEUED
                    row.end(state, row.reply, now if again else None, now)
                    if again:
                        self._rows.mailings[number] = replace(self._rows.mailings[number], finished=None)
                    return True
            return False

    def discard_empty(self, number: int) -> bool:
        with self._rows.lock:
            return not self._rows.of(number) and self._rows.mailings.pop(number, None) is not None

    def forget(self, history: AddressHistory, now: dt.datetime, begun_before: dt.datetime | None = None) -> int:
        with self._rows.lock:
            theirs = [
                row
                for row in self._theirs(history)
                if begun_before is None or self._rows.mailings[row.issue].started < begun_before
            ]
            for row in theirs:
                if row.state in _WAITING:
                    row.end(DeliveryState.SUPPRESSED, "the reader was deleted", None, now)
                if row.state not in _HELD:
                    row.address = row.name = row.subject_id = ""
                    row.canonical, row.without, row.bounce = f"deleted-{row.id}", (), None
            return sum(row.state in _HELD for row in theirs)

    def _theirs(self, history: AddressHistory) -> list[MemoryDelivery]:
        return [
            row
            for row in self._rows.deliveries
            if row.canonical in history.canonicals and row.subject_id in history.subject_ids
        ]


class MemoryBounces:
    """Implements ports.Bounces."""

    def __init__(self, rows: LedgerRows) -> None:
        self._rows = rows

    def untold(self, limit: int, before: dt.datetime) -> Sequence[Bounced]:
        with self._rows.lock:
            found = [
                Bounced(row.id, row.issue, row.canonical, row.bounce, row.reply, row.changed)
                for row in sorted(self._rows.deliveries, key=lambda row: (row.issue, row.id))
                if row.bounce is not None and row.bounce_told is None and row.changed is not None
                and (self._rows.mailings[row.issue].finished or row.changed < before)
            ]  # fmt: skip
            return found[:limit]

    def counts(self, number: int, kind: BounceKind) -> Mapping[str, int]:
        with self._rows.lock:
            return Counter(row.canonical.rpartition("@")[2] for row in self._rows.of(number) if row.bounce is kind)

    def ended(self, number: int, domain: str = "") -> int:
        with self._rows.lock:
            ended = [row for row in self._rows.of(number) if row.state in (DeliveryState.SENT, DeliveryState.FAILED)]
            return sum(not domain or row.canonical.endswith(f"@{domain}") for row in ended)

    def accepted(self, canonicals: Sequence[str], since: dt.datetime) -> Mapping[str, Sequence[dt.datetime]]:
        found: defaultdict[str, list[dt.datetime]] = defaultdict(list)
        with self._rows.lock:
            for row in self._rows.deliveries:
                if (
                    row.canonical in canonicals
                    and row.state is DeliveryState.SENT
                    and row.changed
                    and row.changed >= since
                ):
                    found[row.canonical].append(row.changed)
        return found

    def tell(self, deliveries: Sequence[int], now: dt.datetime) -> None:
        with self._rows.lock:
            for row in self._rows.deliveries:
                if row.id in deliveries:
                    row.bounce_told = now


def _entry(mailing: Mailing) -> MailingEntry:
    return MailingEntry(
        mailing.number, mailing.digest, mailing.subject, mailing.started, mailing.finished, mailing.halt
    )
