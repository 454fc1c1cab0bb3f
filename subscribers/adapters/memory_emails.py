"""The store of mail in memory, over the store of readers in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from subscribers.adapters.memory import KeptEmail, MemoryReaders, MemoryTransaction
from subscribers.address_state import AddressState
from subscribers.emails import RULES, EmailEnd, EmailEntry, EmailState, Found
from subscribers.subscriber import Email, EmailKind, Subscriber, Suppression

_WAITING = (EmailState.QUEUED, EmailState.DEFERRED)
_HELD = (EmailState.CLAIMED, EmailState.AT_DOT)


class MemoryEmails:
    """A store of mail that ends with the process."""

    def __init__(self, readers: MemoryReaders) -> None:
        self._readers = readers

    @contextmanager
    def writing(self) -> Iterator[MemoryEmailRows]:
        with self._readers.writing() as transaction:
            yield MemoryEmailRows(transaction)

    @contextmanager
    def reading(self) -> Iterator[MemoryEmailRows]:
        with self._readers.reading() as transaction:
            yield MemoryEmailRows(transaction)


class MemoryEmailRows:
    """The mails within one transaction; see subscribers.ports.EmailTransaction."""

    def __init__(self, transaction: MemoryTransaction) -> None:
        self._transaction = transaction
        self._emails = transaction.kept.emails

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        return self._transaction.states(canonicals)

    def suppressions(self, canonicals: Collection[str]) -> Mapping[str, Suppression]:
        states = self._transaction.states(canonicals)
        return {key: state.suppression for key, state in states.items() if state.suppression is not None}

    def put(self, kind: EmailKind, addresses: Sequence[str], detail: str, reference: str, now: dt.datetime) -> None:
        for address in addresses:
            mine = f"{reference} {address}"
            known = next((each for each in self._emails.values() if each.reference == mine), None)
            if known is None:
                self._transaction.kept.put(Email(kind, address, detail), None, mine, now)
            elif known.state in _WAITING:
                self._write(known, email=replace(known.email, detail=detail))
            elif known.state is EmailState.SUPPRESSED:
                anew = replace(known.email, detail=detail)
                self._write(known, email=anew, state=EmailState.QUEUED, since=now, due=now)

    def due(self, now: dt.datetime, limit: int, lowest: int) -> Sequence[Found]:
        ready = [each for each in self._ready(now) if _priority(each) <= lowest]
        ready.sort(key=lambda each: (_priority(each), each.due, each.id))
        return list(map(self._found, ready[:limit]))

    def of(self, ids: Collection[int]) -> Sequence[Found]:
        return [self._found(self._emails[each]) for each in ids if each in self._emails]

    def claim(self, ids: Sequence[int], sender: str) -> None:
        for each in ids:
            self._write(self._emails[each], state=EmailState.CLAIMED, sender=sender)

    def hold(self, until: Mapping[int, dt.datetime]) -> None:
        for each, moment in until.items():
            self._write(self._emails[each], due=moment)

    def give_up(self, ids: Collection[int], why: str, now: dt.datetime) -> None:
        for each in ids:
            if self._emails[each].sender is None:
                self._write(self._emails[each], state=EmailState.SUPPRESSED, reply=why, due=None, changed=now)

    def end(self, ends: Sequence[EmailEnd], sender: str, now: dt.datetime) -> None:
        for each in ends:
            mine = self._emails.get(each.id)
            if mine is not None and mine.sender == sender:
                tries = mine.attempt + int(each.state is not EmailState.QUEUED)
                later = None if each.state.final else each.due or now
                ended = {"state": each.state, "reply": each.reply, "provider_id": each.provider_id}
                self._write(mine, **ended, due=later, attempt=tries, sender=None, changed=now)

    def mark(self, ids: Collection[int], sender: str) -> frozenset[int]:
        held = {each for each in ids if each in self._emails and self._emails[each].sender == sender}
        for each in held:
            self._write(self._emails[each], state=EmailState.AT_DOT)
        return frozenset(held)

    def give_back(self, sender: str, why: str, now: dt.datetime) -> None:
        for each in list(self._emails.values()):
            if each.sender == sender and each.state is EmailState.CLAIMED:
                self._write(each, state=EmailState.QUEUED, sender=None)
            elif each.sender == sender:
                self._write(each, state=EmailState.IN_DOUBT, sender=None, due=None, changed=now, reply=why)

    def holders(self) -> frozenset[str]:
        return frozenset(each.sender for each in self._emails.values() if each.sender is not None)

    def count(self, now: dt.datetime) -> int:
        return len(self._ready(now))

    def told(self, reference: str) -> Sequence[EmailEntry]:
        found = [each for each in self._to_editors() if each.reference == f"{reference} {each.email.address}"]
        return _entries(found)

    def unreached(self) -> Sequence[EmailEntry]:
        tried = [each for each in self._to_editors() if each.attempt]
        last = {each.email.address: each for each in sorted(tried, key=lambda each: each.id)}
        return _entries([each for each in last.values() if each.state is not EmailState.SENT])

    def sweep(self, before: Mapping[EmailKind, dt.datetime]) -> None:
        for each in list(self._emails.values()):
            if each.due is None and each.changed is not None and each.changed < before[each.email.kind]:
                del self._emails[each.id]

    def _ready(self, now: dt.datetime) -> list[KeptEmail]:
        waiting = [each for each in self._emails.values() if each.state in _WAITING]
        at_once = [each for each in waiting if each.due == each.since and not each.attempt]
        return [each for each in waiting if each in at_once or (each.due is not None and each.due <= now)]

    def _to_editors(self) -> list[KeptEmail]:
        return [each for each in self._emails.values() if each.reference]

    def _found(self, kept: KeptEmail) -> Found:
        reader = None if kept.subject_id is None else self._reader(kept.subject_id)
        return Found(kept.id, kept.email, kept.since, reader, kept.reference, kept.attempt + 1)

    def _reader(self, subject_id: str) -> Subscriber:
        readers = self._transaction.kept.readers.values()
        return next(each for each in readers if each.subject_id == subject_id)

    def _write(self, kept: KeptEmail, **changes: object) -> None:
        self._emails[kept.id] = replace(kept, **changes)  # type: ignore[arg-type]  # the callers name its fields


def _priority(kept: KeptEmail) -> int:
    return RULES[kept.email.kind].priority


def _entries(found: Sequence[KeptEmail]) -> Sequence[EmailEntry]:
    entries = [
        EmailEntry(each.email.address or "", each.state, each.reply, each.since, each.provider_id) for each in found
    ]
    return tuple(sorted(entries, key=lambda each: each.address))
