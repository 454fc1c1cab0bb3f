"""The records of deliveries in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.adapters.memory.ledger_rows import AT_ONCE, HELD, UNREACHED, WAITING, LedgerRows, MemoryDelivery
from publisher.issue import DeliveryState
from publisher.ports import ALL, REPLY_LENGTH, DeliveryEntry, Mailing, MailingEntry, OnItsWay, Received, Which

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory


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

    def left_out(self, number: int, now: dt.datetime) -> int:
        with self._rows.lock:
            return len(self._rows.left_out(number, now))

    def on_its_way(self, number: int, canonical: str) -> OnItsWay | None:
        with self._rows.lock:
            mailing = self._rows.mailings.get(number)
            if mailing is None:
                return None
            row = next((row for row in self._rows.of(number) if row.canonical == canonical), None)
            waits = row is not None and row.state is DeliveryState.QUEUED and row.due != AT_ONCE
            return OnItsWay(mailing.early_until is None, row is not None, row.due if row and waits else None)

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

    def find(self, number: int, which: Which = ALL) -> Iterator[DeliveryEntry]:
        with self._rows.lock:
            rows = sorted(self._rows.which(number, which), key=lambda row: row.canonical)
            found = [
                DeliveryEntry(row.address, row.state, row.reply, row.attempt, row.changed, row.due) for row in rows
            ]
        yield from found

    def settle(
        self,
        number: int,
        address: str | None,
        state: DeliveryState,
        now: dt.datetime,
        which: Which = ALL,
        why: str = "",
    ) -> int:
        if state not in (DeliveryState.SENT, DeliveryState.QUEUED):
            raise ValueError(f"an operator settles a delivery as sent or queued, not as {state}")
        with self._rows.lock:
            doubtful = self._rows.which(number, replace(which, state=DeliveryState.IN_DOUBT, address=address))
            again = state is DeliveryState.QUEUED
            word = "sent again" if again else "taken as sent"
            for row in doubtful:
                reply = f"{word}: {why}; before: {row.reply}" if why else row.reply
                row.end(state, reply[:REPLY_LENGTH], now if again else None, now)
            if doubtful and again:
                self._rows.change(number, finished=None)
            return len(doubtful)

    def discard_unreached(self, number: int) -> bool:
        with self._rows.lock:
            mailing, rows = self._rows.mailings.get(number), self._rows.of(number)
            if mailing is None or (rows and not mailing.finished) or any(row.state not in UNREACHED for row in rows):
                return False
            del self._rows.mailings[number]
            self._rows.deliveries[:] = [row for row in self._rows.deliveries if row.issue != number]
            return True

    def forget(self, history: AddressHistory, now: dt.datetime, begun_before: dt.datetime | None = None) -> int:
        with self._rows.lock:
            theirs = [
                row
                for row in self._theirs(history)
                if begun_before is None or self._rows.mailings[row.issue].started < begun_before
            ]
            for row in theirs:
                if row.state in WAITING:
                    row.end(DeliveryState.SUPPRESSED, "the reader was deleted", None, now)
                elif row.state not in HELD:
                    row.reply = ""
                if row.state not in HELD:
                    row.address = row.name = row.subject_id = ""
                    row.canonical, row.without, row.bounce = f"deleted-{row.id}", (), None
            return sum(row.state in HELD for row in theirs)

    def _theirs(self, history: AddressHistory) -> list[MemoryDelivery]:
        return [
            row
            for row in self._rows.deliveries
            if row.canonical in history.canonicals and row.subject_id in history.subject_ids
        ]


def _entry(mailing: Mailing) -> MailingEntry:
    return MailingEntry(
        mailing.number, mailing.digest, mailing.subject, mailing.started, mailing.finished, mailing.halt,
        mailing.early_until, mailing.pause,
    )  # fmt: skip
