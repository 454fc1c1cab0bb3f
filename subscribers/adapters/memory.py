"""The store of readers in memory, for tests of verbs and for trying the package out.

It ships, and passes the same contract tests as the one in the database. One transaction runs at a time, as on SQLite.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from subscribers.consent import AS_ASKED, Consent
from subscribers.errors import ImportOvertaken
from subscribers.history import AddressHistory, Happened
from subscribers.outcome import RESUMED_WITHIN, Fates, ImportProgress, Outcome, ids_of
from subscribers.subscriber import Email, Subscriber, Suppression
from subscribers.transitions import AddressState

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Import:
    digest: str
    addresses: int
    begun: dt.datetime
    reached: ImportProgress


@dataclass(slots=True)
class _Kept:
    """Everything in the store; readers and suppressions are keyed by canonical address."""

    readers: dict[str, Subscriber] = field(default_factory=dict)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    former_ids: dict[str, str] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    happened: list[tuple[str, Happened]] = field(default_factory=list)
    letters: list[tuple[str, Email]] = field(default_factory=list)
    imports: list[_Import] = field(default_factory=list)

    def copied(self) -> _Kept:
        return _Kept(
            dict(self.readers), dict(self.suppressions), dict(self.former_ids), list(self.consents), list(self.happened),
            list(self.letters), list(self.imports),
        )  # fmt: skip


class MemoryReaders:
    """A store of readers that ends with the process."""

    def __init__(self) -> None:
        self._kept = _Kept()
        self._lock = threading.RLock()

    @property
    def letters(self) -> Sequence[tuple[str, Email]]:
        """The mails that became due, each with its reader's subject id, the oldest first."""
        return tuple(self._kept.letters)

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

    def give_way(self, since: float) -> None:
        """Do nothing: nobody waits for long."""


class MemoryTransaction:
    """Readers within one transaction; see subscribers.ports.ReaderTransaction."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept

    def whose(self, subject_id: str) -> str | None:
        for reader in self._kept.readers.values():
            if reader.subject_id == subject_id:
                return reader.canonical
        if subject_id in self._kept.former_ids:
            return self._kept.former_ids[subject_id]
        suppressed = self._kept.suppressions.values()
        return next((each.canonical for each in suppressed if each.subject_id == subject_id), None)

    def held(self, subject_ids: Collection[str]) -> Mapping[str, str]:
        return {each: key for each in subject_ids if (key := self.whose(each)) is not None}

    def lock(self, canonicals: Collection[str]) -> None:
        """Do nothing: the transaction has the store to itself."""

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        kept = self._kept
        return {key: AddressState(key, kept.readers.get(key), kept.suppressions.get(key)) for key in set(canonicals)}

    def happened(self, canonical: str) -> Sequence[Happened]:
        return sorted((each for key, each in self._kept.happened if key == canonical), key=lambda each: each.at)

    def consents(self, subject_id: str) -> Sequence[Consent]:
        return sorted((each for each in self._kept.consents if each.subject_id == subject_id), key=lambda each: each.at)

    def address_history(self, state: AddressState) -> AddressHistory:
        key = state.canonical
        former = dict.fromkeys(each.former for each in self.happened(key) if each.former is not None)
        ids = [subject_id for subject_id, canonical in self._kept.former_ids.items() if canonical == key]
        subject_ids = dict.fromkeys([*(subject_id for subject_id, _ in ids_of(state)), *ids])
        return AddressHistory(key, tuple(each for each in former if each != key), tuple(subject_ids))

    def moved_to(self, canonical: str) -> str | None:
        moves = [(each.at, key) for key, each in self._kept.happened if each.former == canonical != key]
        there = [key for _, key in sorted(moves, key=lambda move: move[0]) if key in self._kept.readers]
        return self._kept.readers[there[-1]].address if there else None

    # Writing

    def begin_import(self, digest: str, name: str, addresses: int, now: dt.datetime) -> ImportProgress:  # noqa: ARG002 - nobody looks
        for each in reversed(self._kept.imports):
            fresh = each.begun > now - RESUMED_WITHIN and not each.reached.finished
            if (each.digest, each.addresses) == (digest, addresses) and fresh:
                return each.reached
        begun = ImportProgress(len(self._kept.imports), 0, {})
        self._kept.imports.append(_Import(digest, addresses, now, begun))
        return begun

    def save(self, outcome: Outcome, now: dt.datetime) -> None:  # noqa: ARG002 - a letter is not posted from here
        kept, fates = self._kept, Fates(outcome.changed)
        for before, after in outcome.changed:
            _put(kept.readers, before.canonical, _in_order(after.subscriber))
            _put(kept.suppressions, before.canonical, after.suppression)
            for subject_id, canonical in ids_of(before):
                if subject_id not in fates.present:
                    kept.former_ids[subject_id] = canonical
        self._follow(fates)
        for gone in outcome.deleted:
            bare = {key for key in gone.canonicals if key not in kept.readers}
            kept.happened = [(key, each) for key, each in kept.happened if key not in bare]
        for _, after in outcome.changed:
            if after.subscriber is not None:
                kept.letters += [(after.subscriber.subject_id, letter) for letter in after.letters]
        kept.happened += outcome.happened
        for subject_id, canonical in outcome.former_ids:
            kept.former_ids.setdefault(subject_id, canonical)
        for consent in outcome.consents:
            self._record(consent)
        if outcome.imported is not None:
            self._save_progress(outcome.imported)

    def _follow(self, fates: Fates) -> None:
        """Move consents, mails, histories and former ids to where their readers went."""
        kept = self._kept
        for was, heir in fates.joined:
            kept.consents = [
                replace(each, subject_id=heir.subject_id) if each.subject_id == was.subject_id else each
                for each in kept.consents
            ]
            kept.letters = [(heir.subject_id if whose == was.subject_id else whose, one) for whose, one in kept.letters]
        for was, reader in fates.kept:
            if was.canonical != reader.canonical:
                self._rename(was.canonical, reader.canonical)
        for was in fates.deleted:
            kept.consents = [each for each in kept.consents if each.subject_id != was.subject_id]
            kept.letters = [(whose, one) for whose, one in kept.letters if whose != was.subject_id]

    def _rename(self, was: str, now_is: str) -> None:
        kept = self._kept
        kept.happened = [(now_is if key == was else key, each) for key, each in kept.happened]
        kept.former_ids = {whose: now_is if key == was else key for whose, key in kept.former_ids.items()}

    def _record(self, consent: Consent) -> None:
        known = self.consents(consent.subject_id)
        if consent.wording == AS_ASKED and known:
            consent = replace(consent, wording=known[-1].wording)
        self._kept.consents.append(consent)

    def _save_progress(self, progress: ImportProgress) -> None:
        mine = self._kept.imports[progress.id]
        if mine.reached.done != progress.before or mine.reached.finished:
            raise ImportOvertaken
        self._kept.imports[progress.id] = replace(mine, reached=progress)


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
