"""The stores of readers and of erasures in memory, for tests of verbs and for trying the package out.

They ship, and pass the same contract tests as those in the database. One transaction runs at a time, as on SQLite.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from subscribers.address import hashed
from subscribers.address_state import AddressState, by_hash, by_mailbox
from subscribers.consent import AS_ASKED, Consent
from subscribers.emails import EmailState
from subscribers.errors import ImportOvertaken
from subscribers.history import AddressHistory, Happened
from subscribers.mailbox import mailbox_of, refuses_mailbox
from subscribers.outcome import RESUMED_WITHIN, Fates, ImportProgress, Outcome, ids_of
from subscribers.ports import Erasure
from subscribers.segments import Segment
from subscribers.subscriber import Email, Reason, State, Subscriber, Suppression

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Import:
    digest: str
    addresses: int
    begun: dt.datetime
    reached: ImportProgress


@dataclass(frozen=True, slots=True)
class KeptEmail:
    """A mail and its state. `subject_id` is its reader's, or None for an editor; `due` is None once it is final."""

    id: int
    subject_id: str | None
    email: Email
    since: dt.datetime
    due: dt.datetime | None
    reference: str = ""
    state: EmailState = EmailState.QUEUED
    attempt: int = 0
    sender: str | None = None
    reply: str = ""
    provider_id: str | None = None
    changed: dt.datetime | None = None


@dataclass(slots=True)
class Kept:
    """Everything in the store; readers and suppressions are keyed by canonical address, mails and erasures by id."""

    readers: dict[str, Subscriber] = field(default_factory=dict)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    former_ids: dict[str, str] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    happened: list[tuple[str, Happened]] = field(default_factory=list)
    emails: dict[int, KeptEmail] = field(default_factory=dict)
    erasures: dict[int, Erasure] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    imports: list[_Import] = field(default_factory=list)

    def copied(self) -> Kept:
        return Kept(
            dict(self.readers), dict(self.suppressions), dict(self.former_ids), list(self.consents), list(self.happened),
            dict(self.emails), dict(self.erasures), self.ids, list(self.imports),
        )  # fmt: skip

    def put(self, email: Email, subject_id: str | None, reference: str, now: dt.datetime) -> None:
        """Make a mail due."""
        id_ = next(self.ids)
        self.emails[id_] = KeptEmail(id_, subject_id, email, now, now, reference)

    def suppression(self, canonical: str) -> Suppression | None:
        """Return the suppression of an address, which may be known by its digest only."""
        known, digest = self.suppressions.get(canonical), self.suppressions.get(hashed(canonical))
        if digest is not None:
            known = by_hash(known, canonical, digest)
        mailbox = mailbox_of(canonical)
        others = [
            each
            for key, each in self.suppressions.items()
            if refuses_mailbox(each) and key != canonical and mailbox_of(key) == mailbox
        ]
        if "@" not in canonical or not others:
            return known
        return by_mailbox(known, canonical, min(others, key=lambda each: (each.at, each.canonical)))

    def emails_of(self, subject_id: str) -> Sequence[KeptEmail]:
        return [each for each in self.emails.values() if each.subject_id == subject_id]

    def add_erasure(self, gone: AddressHistory, now: dt.datetime) -> None:
        id_ = next(self.ids)
        self.erasures[id_] = Erasure(id_, now, gone)


class MemoryReaders:
    """A store of readers that ends with the process.

    `holds` says whether a reader is in a segment, as the database does in SQL; without it, segments cannot be used.
    """

    def __init__(self, holds: Callable[[Segment, Subscriber, dt.datetime], bool] | None = None) -> None:
        self._holds = holds
        self._kept = Kept()
        self._lock = threading.RLock()

    @property
    def emails(self) -> Sequence[tuple[str, Email]]:
        """The mails that became due, each with its reader's subject id, the oldest first."""
        return tuple((each.subject_id or "", each.email) for each in self._kept.emails.values())

    @property
    def readers(self) -> Sequence[Subscriber]:
        """All readers, in no order."""
        return tuple(self._kept.readers.values())

    def audience(
        self, now: dt.datetime, segment: Segment | None = None, *, paused: bool = False
    ) -> Sequence[Subscriber]:
        """Return all active readers who are not paused, or those of them in a segment; see recipients.audience."""
        with self._lock:
            active = [each for each in self._kept.readers.values() if each.state is State.ACTIVE]
            return [
                each for each in active if (paused or not each.paused(now)) and self._in_segment(segment, each, now)
            ]

    def suppressed(self, canonical: str, subject_id: str) -> bool:
        """Return whether mail that was begun to a reader at this address must stop; see adapters.suppression."""
        kept = self._kept
        here, elsewhere = kept.suppression(canonical), kept.former_ids.get(subject_id)
        left = any(each.subject_id == subject_id for each in kept.suppressions.values())
        return (here is not None and here.reason is not Reason.MOVED) or left or elsewhere in kept.suppressions

    @contextmanager
    def writing(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            kept = self._kept.copied()
            yield MemoryTransaction(kept)
            self._kept = kept

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            yield MemoryTransaction(self._kept)

    @property
    def elsewhere(self) -> bool:
        return False

    def give_way(self, since: float) -> None:
        """Do nothing: nobody waits for long."""

    def forget_networks(self, before: dt.datetime, limit: int) -> int:
        with self.writing() as transaction:
            kept = transaction.kept
            old = sorted((each for each in kept.consents if each.client and each.at < before), key=lambda each: each.at)
            gone = {id(each) for each in old[:limit]}
            kept.consents = [replace(each, client=None) if id(each) in gone else each for each in kept.consents]
            return len(gone)

    def _in_segment(self, segment: Segment | None, reader: Subscriber, now: dt.datetime) -> bool:
        if segment is None:
            return True
        assert self._holds is not None, "segments need MemoryReaders(holds=...)"
        return self._holds(segment, reader, now)


class MemoryErasures:
    """Implements subscribers.ports.Erasures over a store of readers in memory."""

    def __init__(self, readers: MemoryReaders) -> None:
        self._readers = readers

    def add(self, gone: AddressHistory, now: dt.datetime) -> None:
        with self._readers.writing() as transaction:
            transaction.kept.add_erasure(gone, now)

    def under_way(self) -> Sequence[Erasure]:
        with self._readers.reading() as transaction:
            kept = transaction.kept
            return [replace(each, returned=_returned(kept, each)) for each in kept.erasures.values()]

    def done(self, erasure: int) -> None:
        with self._readers.writing() as transaction:
            transaction.kept.erasures.pop(erasure, None)


def _returned(kept: Kept, gone: Erasure) -> dt.datetime | None:
    ids = gone.history.subject_ids
    return max((max(one.created, gone.asked) for one in kept.readers.values() if one.subject_id in ids), default=None)


class MemoryTransaction:
    """Readers within one transaction; see subscribers.ports.ReaderTransaction."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept

    def whose(self, subject_id: str) -> str | None:
        for reader in self.kept.readers.values():
            if reader.subject_id == subject_id:
                return reader.canonical
        if subject_id in self.kept.former_ids:
            return self.kept.former_ids[subject_id]
        suppressed = self.kept.suppressions.values()
        return next((each.canonical for each in suppressed if each.subject_id == subject_id), None)

    def held(self, subject_ids: Collection[str]) -> Mapping[str, str]:
        return {each: key for each in subject_ids if (key := self.whose(each)) is not None}

    def lock(self, canonicals: Collection[str]) -> bool:  # noqa: ARG002 - the transaction has the store to itself
        return False

    def states(self, canonicals: Collection[str], mailboxes: Collection[str] = ()) -> Mapping[str, AddressState]:
        kept = self.kept
        there = [*kept.readers, *(key for key, each in kept.suppressions.items() if refuses_mailbox(each))]
        keys = {*canonicals, *(key for key in there if mailboxes and mailbox_of(key) in mailboxes)}
        return {key: self._state(key) for key in keys}

    def _state(self, key: str) -> AddressState:
        suppression = self.kept.suppression(key)
        inferred = suppression is not None and key not in self.kept.suppressions
        return AddressState(key, self.kept.readers.get(key), suppression, inferred=inferred)

    def happened(self, canonical: str) -> Sequence[Happened]:
        return sorted((each for key, each in self.kept.happened if key == canonical), key=lambda each: each.at)

    def consents(self, subject_id: str) -> Sequence[Consent]:
        return sorted((each for each in self.kept.consents if each.subject_id == subject_id), key=lambda each: each.at)

    def address_history(self, state: AddressState) -> AddressHistory:
        key = state.canonical
        former = dict.fromkeys(each.former for each in self.happened(key) if each.former is not None)
        ids = [subject_id for subject_id, canonical in self.kept.former_ids.items() if canonical == key]
        subject_ids = dict.fromkeys([*(subject_id for subject_id, _ in ids_of(state)), *ids])
        return AddressHistory(key, tuple(each for each in former if each != key), tuple(subject_ids))

    def moved_to(self, canonical: str) -> str | None:
        moves = [(each.at, key) for key, each in self.kept.happened if each.former == canonical != key]
        there = [key for _, key in sorted(moves, key=lambda move: move[0]) if key in self.kept.readers]
        return self.kept.readers[there[-1]].address if there else None

    # Writing

    def begin_import(self, digest: str, name: str, addresses: int, now: dt.datetime) -> ImportProgress:  # noqa: ARG002 - nobody looks
        for each in reversed(self.kept.imports):
            fresh = each.begun > now - RESUMED_WITHIN and not each.reached.finished
            if (each.digest, each.addresses) == (digest, addresses) and fresh:
                return each.reached
        begun = ImportProgress(len(self.kept.imports), 0, {})
        self.kept.imports.append(_Import(digest, addresses, now, begun))
        return begun

    def save(self, outcome: Outcome, now: dt.datetime) -> None:
        kept, fates = self.kept, Fates(outcome.changed)
        for before, after in outcome.changed:
            _put(kept.readers, before.canonical, _in_order(after.subscriber))
            _put(kept.suppressions, before.canonical, after.suppression)
            if after.suppression is None:
                kept.suppressions.pop(hashed(before.canonical), None)
            for subject_id, canonical in ids_of(before):
                if subject_id not in fates.present and canonical not in outcome.expired:
                    kept.former_ids[subject_id] = canonical
        self._follow(fates)
        kept.happened = [(key, each) for key, each in kept.happened if key not in outcome.expired]
        for gone in outcome.deleted:
            bare = {key for key in gone.canonicals if key not in kept.readers}
            kept.happened = [(key, each) for key, each in kept.happened if key not in bare]
            kept.add_erasure(gone, now)
        for _, after in outcome.changed:
            if after.subscriber is not None:
                for email in after.emails:
                    kept.put(email, after.subscriber.subject_id, "", now)
        kept.happened += outcome.happened
        for subject_id, canonical in outcome.former_ids:
            kept.former_ids.setdefault(subject_id, canonical)
        for consent in outcome.consents:
            self._record(consent)
        if outcome.imported is not None:
            self._save_progress(outcome.imported)

    def _follow(self, fates: Fates) -> None:
        """Move consents, mails, histories and former ids to where their readers went."""
        kept = self.kept
        for was, heir in fates.joined:
            kept.consents = [
                replace(each, subject_id=heir.subject_id) if each.subject_id == was.subject_id else each
                for each in kept.consents
            ]
            for one in kept.emails_of(was.subject_id):
                kept.emails[one.id] = replace(one, subject_id=heir.subject_id)
        for was, reader in fates.kept:
            if was.canonical != reader.canonical:
                self._rename(was.canonical, reader.canonical)
        for was in fates.deleted:
            kept.consents = [each for each in kept.consents if each.subject_id != was.subject_id]
            for one in kept.emails_of(was.subject_id):
                del kept.emails[one.id]

    def _rename(self, was: str, now_is: str) -> None:
        kept = self.kept
        kept.happened = [(now_is if key == was else key, each) for key, each in kept.happened]
        kept.former_ids = {whose: now_is if key == was else key for whose, key in kept.former_ids.items()}

    def _record(self, consent: Consent) -> None:
        known = [each for each in self.consents(consent.subject_id) if each.course == consent.course]
        if consent.wording == AS_ASKED and known:
            consent = replace(consent, wording=known[-1].wording)
        self.kept.consents.append(consent)

    def _save_progress(self, progress: ImportProgress) -> None:
        mine = self.kept.imports[progress.id]
        if mine.reached.done != progress.before or mine.reached.finished:
            raise ImportOvertaken
        self.kept.imports[progress.id] = replace(mine, reached=progress)


def _in_order(reader: Subscriber | None) -> Subscriber | None:
    """Return a reader with their courses in the same order as from the database."""
    if reader is None or len(reader.courses) < 2:
        return reader
    return replace(reader, courses=tuple(sorted(reader.courses, key=lambda each: (each.started, each.path))))


def _put(kept: dict[str, Value], key: str, value: Value | None) -> None:
    if value is None:
        kept.pop(key, None)
    else:
        kept[key] = value
