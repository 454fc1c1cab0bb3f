"""The ledgers that the contract is tested on, each with the readers of its audience."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from publisher.adapters.database import database_ledger
from publisher.adapters.database.tables import delivery, mailing
from publisher.adapters.memory import LedgerRows, memory_ledger
from publisher.issue import DeliveryState
from publisher.ports import Ledger, Mailing
from subscribers import AddressHistory, MemoryReaders, Reason, State, Subscriber, Suppression, canonical, new_subject_id
from subscribers.adapters.readers import DatabaseReaders
from subscribers.adapters.store import Store
from subscribers.address_state import AddressState
from subscribers.outcome import Outcome
from subscribers.ports import ReaderStore
from tests.mailroom import NOON

S = DeliveryState
READERS = [f"reader{number}@example.com" for number in range(6)]
LATER = NOON + dt.timedelta(seconds=30)


@dataclass(frozen=True)
class LedgerCase:
    """A ledger, its readers, and access to what its ports do not show."""

    ledger: Ledger
    readers: ReaderStore
    rows: Callable[[], Sequence[Any]]
    """Return every row as it is stored: id, subject_id, address, canonical, name."""
    close_without_readers: Callable[[int], None]
    """Store a mailing without deliveries, as an old release did, when an empty audience was not refused."""

    def join(self, *addresses: str, without: Sequence[str] = (), zone: str | None = None) -> None:
        """Add active readers."""
        for index, address in enumerate(addresses):
            self._save(address, Subscriber(
                new_subject_id(), address, canonical(address), NOON, State.ACTIVE, f"Reader {index}", confirmed=NOON,
                without=tuple(without), zone=zone,
            ))  # fmt: skip

    def change(self, address: str, **changes: Any) -> None:
        """Change a reader's choices."""
        before = self._state(address)
        assert before.subscriber is not None
        self._save(address, dataclasses.replace(before.subscriber, **changes))

    def suppress(self, address: str, subject_id: str | None = None) -> None:
        """Suppress an address."""
        before = self._state(address)
        left = Suppression(before.canonical, Reason.UNSUBSCRIBED, NOON, subject_id)
        with self.readers.writing() as readers:
            readers.save(Outcome([(before, dataclasses.replace(before, suppression=left))]), NOON)

    def suppress_digest(self, digest: str, reason: Reason) -> None:
        """Suppress an address by its digest, as a list does that names no addresses."""
        left = AddressState(digest, suppression=Suppression(digest, reason, NOON))
        with self.readers.writing() as readers:
            readers.save(Outcome([(AddressState(digest), left)]), NOON)

    def move(self, address: str, to: str) -> None:
        """Let a reader be at another address from now on."""
        old, new = self._state(address), self._state(to)
        assert old.subscriber is not None
        reader = dataclasses.replace(old.subscriber, address=to, canonical=canonical(to))
        left = Suppression(old.canonical, Reason.MOVED, NOON, None)
        pairs = [
            (old, dataclasses.replace(old, subscriber=None, suppression=left)),
            (new, dataclasses.replace(new, subscriber=reader)),
        ]
        with self.readers.writing() as readers:
            readers.save(Outcome(pairs), NOON)

    def history_of(self, present: str, *former: str) -> AddressHistory:
        """Return the address history of a reader who had all of these addresses."""
        theirs = {row.subject_id for row in self.rows() if row.canonical in (present, *former)}
        return AddressHistory(present, former, tuple(theirs))

    def _state(self, address: str) -> AddressState:
        key = canonical(address)
        with self.readers.reading() as readers:
            return readers.states([key])[key]

    def _save(self, address: str, reader: Subscriber) -> None:
        before = self._state(address)
        with self.readers.writing() as readers:
            readers.save(Outcome([(before, dataclasses.replace(before, subscriber=reader))]), NOON)


def in_memory() -> LedgerCase:
    readers = MemoryReaders()
    rows = LedgerRows(readers)

    def close_without_readers(number: int) -> None:
        rows.mailings[number] = Mailing(number, "d", "s", b"", NOON, NOON)

    return LedgerCase(memory_ledger(rows), readers, lambda: list(rows.deliveries), close_without_readers)


def in_database(engine: sa.Engine) -> LedgerCase:
    def rows() -> Sequence[Any]:
        with engine.connect() as connection:
            return list(connection.execute(sa.select(delivery)))

    def close_without_readers(number: int) -> None:
        with engine.begin() as connection:
            connection.execute(
                mailing.insert().values(
                    number=number, digest="d", subject="s", message=b"", started=NOON, finished=NOON
                )
            )

    return LedgerCase(database_ledger(engine), DatabaseReaders(Store(engine)), rows, close_without_readers)


def claimed_ids(ledger: Ledger, sender: str, limit: int = 10, now: dt.datetime = NOON) -> list[int]:
    return [row.id for row in ledger.deliveries.claim(7, sender, limit, now)]
