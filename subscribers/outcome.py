"""Outcomes: what one transaction writes, and what became of the readers in it."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from subscribers.address_state import AddressState
from subscribers.consent import Consent
from subscribers.history import AddressHistory, Happened

RESUMED_WITHIN = dt.timedelta(days=7)
"""How long after its beginning an interrupted import can be resumed; after that, it starts over."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: `done` of the file's addresses, in their order, and `counts` of what became of them.

    `before` is the value of `done` that was written last.
    """

    id: int
    done: int
    counts: Mapping[str, int]
    before: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one transaction writes: the states of each address before and after, and what follows from them.

    If a reader's id is at another address afterwards, they moved; if their address has another reader afterwards, they
    were joined with that one; if their id is nowhere, they were deleted and are among `deleted`. `happened` are new
    entries of histories, each with the address that it belongs to. The `emails` of a state become due. `imported` is
    the progress of an import. `expired` are the addresses whose reader never confirmed and is deleted: nothing else is
    kept of them. `former_ids` are pairs of an id and the address that it should lead to, unless it leads
    to one already.
    """

    changed: Sequence[tuple[AddressState, AddressState]]
    consents: Sequence[Consent] = ()
    happened: Sequence[tuple[str, Happened]] = ()
    deleted: Sequence[AddressHistory] = ()
    imported: ImportProgress | None = None
    former_ids: Sequence[tuple[str, str]] = ()
    expired: Sequence[str] = ()


class Fates:
    """What became of readers, worked out from their ids and addresses."""

    def __init__(self, changed: Sequence[tuple[AddressState, AddressState]]) -> None:
        before = {was.subject_id: was for each, _ in changed if (was := each.subscriber) is not None}
        after = {reader.subject_id: reader for _, each in changed if (reader := each.subscriber) is not None}
        there = {reader.canonical: reader for reader in after.values()}
        self.fresh = [reader for reader in after.values() if reader.subject_id not in before]
        self.kept = [(before[key], reader) for key, reader in after.items() if key in before and before[key] != reader]
        gone = [was for was in before.values() if was.subject_id not in after]
        self.joined = [(was, there[was.canonical]) for was in gone if was.canonical in there]
        self.deleted = [was for was in gone if was.canonical not in there]
        courses = ((before.get(key), reader) for key, reader in after.items())
        self.with_courses = [(was, now_is) for was, now_is in courses if now_is.courses or (was and was.courses)]
        self._readers, self._changed = after, changed

    @functools.cached_property
    def present(self) -> Collection[str]:
        """The public ids that readers and suppressions have afterwards; an import of new readers never asks."""
        return {*self._readers, *(subject_id for _, each in self._changed for subject_id, _ in ids_of(each))}


def ids_of(state: AddressState) -> list[tuple[str, str]]:
    """Return the public ids of an address's reader and suppression, each with the address."""
    holders = (state.subscriber, state.suppression)
    return [(each.subject_id, each.canonical) for each in holders if each is not None and each.subject_id is not None]
