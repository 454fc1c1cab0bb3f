"""The ledger in memory: the same five ports as the database's, over rows that one lock guards.

A sender here is a thread of this process, so only its lease tells that it is dead.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.adapters.memory.bounces import MemoryBounces
from publisher.adapters.memory.decisions import MemoryDecisions
from publisher.adapters.memory.delivery_records import MemoryDeliveryRecords
from publisher.adapters.memory.ledger_rows import AT_ONCE, WAITING, LedgerRows, MemoryDelivery
from publisher.adapters.memory.returned import MemoryReturnedMail
from publisher.errors import Refused
from publisher.issue import Approved, DeliveryState
from publisher.numbers import named
from publisher.ports import (
    LEASE,
    Claimed,
    DueInZone,
    Halt,
    Ledger,
    Mailing,
    Outcome,
    SenderAtWork,
    Sums,
    Waiting,
)

if TYPE_CHECKING:  # only named here
    from subscribers import Segment, Subscriber


def memory_ledger(rows: LedgerRows, lease: dt.timedelta = LEASE) -> Ledger:
    """Return the ledger that is kept in these rows."""
    return Ledger(
        MemorySenders(rows, lease),
        MemoryDeliveries(rows),
        MemoryDeliveryRecords(rows),
        MemoryDecisions(rows),
        MemoryBounces(rows),
        MemoryReturnedMail(rows),
    )


class MemorySenders:
    """Implements ports.Senders."""

    def __init__(self, rows: LedgerRows, lease: dt.timedelta) -> None:
        self._rows = rows
        self._lease = lease

    def register(self, now: dt.datetime) -> str:
        sender = str(uuid.uuid4())
        with self._rows.lock:
            self._rows.beats[sender] = self._rows.since[sender] = now
        return sender

    def heartbeat(self, sender: str, now: dt.datetime, per_minute: int | None = None) -> bool:
        with self._rows.lock:
            if sender not in self._rows.beats:
                return False
            self._rows.beats[sender] = now
            if per_minute is not None:
                self._rows.speeds[sender] = per_minute
            return True

    def at_work(self) -> Sequence[SenderAtWork]:
        with self._rows.lock:
            return [
                SenderAtWork(
                    socket.gethostname(), os.getpid(), self._rows.since[sender], beat, self._rows.speeds.get(sender)
                )
                for sender, beat in self._rows.beats.items()
            ]

    def release(self, sender: str) -> None:
        with self._rows.lock:
            self._rows.give_back(sender)

    def forget(self, sender: str) -> None:
        with self._rows.lock:
            self._rows.beats.pop(sender, None)

    def keep_sample_digest(self, number: int, sample_digest: str) -> None:
        with self._rows.lock:
            self._rows.mailings[number] = replace(self._rows.mailings[number], sample_digest=sample_digest)

    def due(self, number: int, now: dt.datetime) -> bool:
        with self._rows.lock:
            waiting = (row for row in self._rows.of(number) if row.state in WAITING and row.due)
            return not self._rows.paused(number) and any(row.due <= now for row in waiting if row.due)

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
        *,
        early: bool = False,
    ) -> Mailing:
        rows, number, now = self._rows, approved.number, now.astimezone(dt.UTC)
        with rows.lock:
            if number in rows.mailings:
                return rows.mailings[number]
            readers = rows.audience(number, now, segment)
            chosen = [each for each in readers if not (early and morning) or _come(each, morning, now)]
            self._add(number, chosen, now, morning, None)
            if not rows.of(number):
                raise Refused(f"nobody would get {named(number)}: its audience has no active reader")
            rows.mailings[number] = Mailing(
                number,
                approved.digest,
                approved.subject,
                approved.message,
                now,
                None,
                early_until=now if early else None,
            )
            return rows.mailings[number]

    def take_in(self, number: int, now: dt.datetime, morning: DueInZone | None, *, early: bool = False) -> None:
        rows, now = self._rows, now.astimezone(dt.UTC)
        with rows.lock:
            after = rows.mailings[number].early_until
            if after is None:
                return
            others = rows.left_out(number, now)
            self._add(
                number,
                [each for each in others if not (early and morning) or _come(each, morning, now, after)],
                now,
                morning,
                now,
            )
            until = max(after, now) if early else None
            rows.mailings[number] = replace(rows.mailings[number], early_until=until)

    def zones(self, now: dt.datetime) -> Mapping[str, int]:
        with self._rows.lock:
            return Counter(reader.zone for reader in self._rows.readers.audience(now) if reader.zone)

    def _add(
        self,
        number: int,
        readers: Sequence[Subscriber],
        now: dt.datetime,
        morning: DueInZone | None,
        begun: dt.datetime | None,
    ) -> None:
        for id_, reader in enumerate(readers, len(self._rows.deliveries) + 1):
            due = morning(reader.zone) if morning and reader.zone else None
            later = due if due is not None and due > now else None
            self._rows.deliveries.append(
                MemoryDelivery(
                    id_, number, reader.subject_id, reader.address, reader.canonical, reader.name, reader.without,
                    later or AT_ONCE, dated=later or begun,
                )
            )  # fmt: skip

    def mailing(self, number: int) -> Mailing | None:
        return self._rows.mailings.get(number)

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        with self._rows.lock:
            if sender not in self._rows.beats or self._rows.paused(number):
                return []  # taken for dead meanwhile: rows under this name would never be recovered
            claimed: list[Claimed] = []
            ready = [row for row in self._rows.of(number) if row.state in WAITING and row.due and row.due <= now]
            for row in sorted(ready, key=lambda row: row.due or now):
                if len(claimed) == limit:
                    break
                if self._rows.unwanted(row):
                    row.end(DeliveryState.SUPPRESSED, row.reply, None, now)
                    continue
                row.state, row.sender = DeliveryState.CLAIMED, sender
                claimed.append(
                    Claimed(row.id, row.subject_id, row.address, row.name, row.attempt + 1, row.without, row.dated)
                )
            return claimed

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        with self._rows.lock:
            return frozenset(row.id for row in self._rows.deliveries if row.id in ids and self._rows.unwanted(row))

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),
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
            for id_ in refused:
                if id_ in mine and mine[id_].state is DeliveryState.AT_DOT:
                    mine[id_].state = DeliveryState.CLAIMED
            marked = [
                mine[id_]
                for id_ in at_dot
                if id_ in mine and not self._rows.unwanted(mine[id_]) and not self._rows.paused(mine[id_].issue)
            ]
            for row in marked:
                row.state = DeliveryState.AT_DOT
            return frozenset(row.id for row in marked)

    def sums(self, number: int, now: dt.datetime) -> Sums:
        with self._rows.lock:
            rows = self._rows.of(number)
            soonest = min((row.due for row in rows if row.due and row.state in WAITING), default=None)
            ahead = [row.due for row in rows if row.state is DeliveryState.QUEUED and row.due and row.due > now]
            return Sums(Counter(row.state for row in rows), soonest, Waiting(len(ahead), max(ahead, default=None)))

    def halt(self, number: int, halt: Halt | None) -> None:
        with self._rows.lock:
            self._rows.mailings[number] = replace(self._rows.mailings[number], halt=halt)

    def finish(self, number: int, now: dt.datetime) -> bool:
        with self._rows.lock:
            mailing = self._rows.mailings.get(number)
            if mailing is None or mailing.early_until or any(row.due for row in self._rows.of(number)):
                return mailing is not None and mailing.finished is not None
            self._rows.mailings[number] = replace(mailing, finished=mailing.finished or now, pause=None)
            return True


def _come(reader: Subscriber, morning: DueInZone | None, now: dt.datetime, after: dt.datetime | None = None) -> bool:
    due = morning(reader.zone) if morning and reader.zone else None
    return due is not None and due <= now and (after is None or after < due)
