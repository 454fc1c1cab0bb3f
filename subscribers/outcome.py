"""What one transaction writes, and what became of readers by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscribers.consent import Consent
from subscribers.history import AddressHistory, Happened
from subscribers.transitions import AddressState

RESUMED_WITHIN = dt.timedelta(days=7)
"""An import that stopped longer ago begins anew."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: `done` of the file's addresses, in their order, and how many of them became what.

    `before` is how many were done when that was last written.
    """

    id: int
    done: int
    counts: Mapping[str, int]
    before: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that one transaction writes: each address's state before and after, once, and what follows from it.

    A reader whose id is at another address afterwards has moved; one whose address has another reader afterwards was
    joined with that one; one whose id is nowhere was deleted, and is among `deleted`. `happened` are histories' new
    entries, each with the address that it is kept under. The letters of a state become due. `imported` is how far an
    import is with this. `former_ids` lead to an address too, each with the address, unless they lead anywhere already.
    """

    changed: Sequence[tuple[AddressState, AddressState]]
    consents: Sequence[Consent] = ()
    happened: Sequence[tuple[str, Happened]] = ()
    deleted: Sequence[AddressHistory] = ()
    imported: ImportProgress | None = None
    former_ids: Sequence[tuple[str, str]] = ()


class Fates:
    """What became of readers, told from their ids and addresses."""

    def __init__(self, changed: Sequence[tuple[AddressState, AddressState]]) -> None:
        before = {was.subject_id: was for each, _ in changed if (was := each.subscriber) is not None}
        after = {reader.subject_id: reader for _, each in changed if (reader := each.subscriber) is not None}
        there = {reader.canonical: reader for reader in after.values()}
        self.fresh = [reader for reader in after.values() if reader.subject_id not in before]
        self.kept = [(before[key], reader) for key, reader in after.items() if key in before and before[key] != reader]
        gone = [was for was in before.values() if was.subject_id not in after]
        self.joined = [(was, there[was.canonical]) for was in gone if was.canonical in there]
        self.deleted = [was for was in gone if was.canonical not in there]
        self.with_courses = [(before.get(key), reader) for key, reader in after.items() if reader.courses]
        self.present = {*after, *(subject_id for _, each in changed for subject_id, _ in ids_of(each))}


def ids_of(state: AddressState) -> list[tuple[str, str]]:
    """Return the public ids that lead to an address, each with the address."""
    holders = (state.subscriber, state.suppression)
    return [(each.subject_id, each.canonical) for each in holders if each is not None and each.subject_id is not None]
