"""The only writer of readers: it loads, lets a transition decide, and saves, in one transaction.

    change(store, who, event, now)             changes one address, or a reader and the address that they move to
    change_all(store, [(who, event), …], now)  makes many changes in one transaction, one after the other

`who` says how to find a reader, and what must hold before anything happens to them: ByAddress, KnownAddress, ByLink or
ByPage. `transitions.after`, `listed.after_listed` and `moves.after_both` decide. What follows from a decision is found
by comparing the states before and after, and is written with it: the history (history.py), acts of consent
(agreement.py) and the mails that become due.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from subscribers.address_state import AddressState
from subscribers.database import DatabaseCollided, begun_anew
from subscribers.decided import Decided
from subscribers.events import AskAgain, Bounce, Event, Forget, Leave, SignUp
from subscribers.history import AddressHistory
from subscribers.immutable import dataclass
from subscribers.listed import Listed, after_listed, former_ids
from subscribers.mailbox import mailbox_of
from subscribers.moves import Move, WishMove, after_both, elsewhere
from subscribers.outcome import ImportProgress
from subscribers.ports import ReaderStore, ReaderTransaction
from subscribers.subscriber import BounceKind
from subscribers.transitions import after
from subscribers.who import NOWHERE, ByAddress, KnownAddress, Who

Happening = Event | Listed | Move
"""The events that can happen to readers: to one address, by a row of a list, or to two addresses at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """The states before and after an event; the same object twice if it changed nothing.

    For a move, both are the reader's: `before` at the old address, `after` at the new one. For a deletion, `history`
    has the addresses and ids that mail to the reader has gone to.
    """

    before: AddressState
    after: AddressState
    history: AddressHistory | None = None

    @property
    def nobody(self) -> bool:
        """Whether nobody has the link's id."""
        return self.before is NOWHERE

    @property
    def happened(self) -> bool:
        return self.after is not self.before


Imported = Callable[[Sequence[Change]], ImportProgress]


def change(store: ReaderStore, who: Who, event: Happening, now: dt.datetime) -> Change:
    """Apply one event to a reader; return what it changed. It is committed on return, and may be repeated.

    Raises the errors of `who`, and DatabaseError.
    """
    return change_all(store, [(who, event)], now)[0]


def change_all(
    store: ReaderStore, events: Sequence[tuple[Who, Happening]], now: dt.datetime, imported: Imported | None = None
) -> Sequence[Change]:
    """Apply events one after the other in one transaction, because each commit waits for the disk, however small it is.

    `imported` returns the progress of an import from its changes; it is written in the same transaction.
    """
    if not events and imported is None:
        return []
    return begun_anew(_once)(store, events, now, imported)


def _once(
    store: ReaderStore, events: Sequence[tuple[Who, Happening]], now: dt.datetime, imported: Imported | None
) -> Sequence[Change]:
    with store.writing() as readers:
        keys = _locked(readers, events)
        mailboxes = _mailboxes(events, keys)
        found = readers.states(_present(keys), mailboxes)
        decided = Decided(found, dict(found), _by_mailbox(found) if mailboxes else {})
        events = _with_free_ids(readers, events)
        changes = []
        for (who, event), (key, other) in zip(events, keys, strict=True):
            if key is None:
                changes.append(Change(NOWHERE, NOWHERE))
                continue
            who.check(readers, decided.now_is[key])
            changes.append(_decide(readers, decided, key, other, event, now))
            if mailboxes and _may_refuse(event):
                decided.refuse(key, now)
        progress = imported(changes) if imported is not None else None
        if decided.emails or decided.former_ids or progress is not None:
            deleted = [each.history for each in changes if each.history is not None]
            readers.save(decided.outcome(deleted, progress), now)
        return changes


def _locked(readers: ReaderTransaction, events: Sequence[tuple[Who, Happening]]) -> _Keys:
    """Lock the mailboxes of all events' addresses; return each event's address, and the second one that it concerns, if
    any.
    """
    keys = [_concerned(readers, who, event) for who, event in events]
    if not readers.lock(_present(keys)):
        return keys
    for (who, event), pair in zip(events, keys, strict=True):
        if not isinstance(who, _FIXED) and _concerned(readers, who, event) != pair:
            raise DatabaseCollided("the reader moved to another address at the same time; try again")
    return keys


_Keys = Sequence[tuple[str | None, str | None]]
# Tuples, because a union is made anew for each of an import's rows.
_ASKING = (SignUp, AskAgain, WishMove)
"""Events that may ask a mailbox to confirm."""
_FIXED = (ByAddress, KnownAddress)
"""Ways to find a reader that lead to the same address at all times."""


def _present(keys: _Keys) -> set[str]:
    return {key for pair in keys for key in pair if key is not None}


def _mailboxes(events: Sequence[tuple[Who, Happening]], keys: _Keys) -> set[str]:
    """Return the mailboxes that events may ask to confirm, or may refuse mail for."""
    concerned = (
        (event, there if isinstance(event, WishMove) else key)
        for (_, event), (key, there) in zip(events, keys, strict=True)
        if isinstance(event, _ASKING) or _may_refuse(event)
    )
    return {mailbox_of(key) for event, key in concerned if key is not None}


def _may_refuse(event: Happening) -> bool:
    """Return whether an event may refuse mail for a whole mailbox."""
    match event:
        case Listed(row):
            return row.leaving is not None and row.leaving.of_mailbox
        case Leave():
            return event.reason.of_mailbox
        case Bounce():
            return event.kind is BounceKind.COMPLAINT
    return False


def _by_mailbox(canonicals: Iterable[str]) -> Mapping[str, Collection[str]]:
    found = defaultdict[str, list[str]](list)
    for each in canonicals:
        found[mailbox_of(each)].append(each)
    return found


def _concerned(readers: ReaderTransaction, who: Who, event: Happening) -> tuple[str | None, str | None]:
    key = who.find(readers)
    if key is None or not isinstance(event, Move):
        return key, None
    return key, elsewhere(readers.states([key])[key], event)


def _with_free_ids(
    readers: ReaderTransaction, events: Sequence[tuple[Who, Happening]]
) -> Sequence[tuple[Who, Happening]]:
    """Return the events; drop the ids of rows of a list that lead to another address already."""
    given = {each for _, event in events if isinstance(event, Listed) for each in event.ids}
    if not given:
        return events
    held = readers.held(given)
    return [(who, event.with_free_ids(held) if isinstance(event, Listed) else event) for who, event in events]


Asking = TypeVar("Asking", bound=Event | Move)


def _with_others(event: Asking, decided: Decided, key: str) -> Asking:
    """Return the event; if it may ask a mailbox to confirm, with what its other addresses were asked."""
    if isinstance(event, SignUp | AskAgain | WishMove):
        return replace(event, others=decided.others(key))
    return event


def _decide(
    readers: ReaderTransaction, decided: Decided, key: str, other: str | None, event: Happening, now: dt.datetime
) -> Change:
    before = decided.now_is[key]
    if not isinstance(event, Move):
        if isinstance(event, Listed):
            state = after_listed(before, event, now)
            if event.ids:
                decided.former_ids += former_ids(state, event)
        else:
            state = after(before, _with_others(event, decided, key), now)
        if state is before:
            return Change(before, before)
        history = readers.address_history(before) if isinstance(event, Forget) and before.subscriber else None
        decided.note(before, state, event, now)
        return Change(before, state, history)
    if other is None or other == key:
        return Change(before, before)
    there = decided.now_is[other]
    left, arrived = after_both(before, there, _with_others(event, decided, other), now)
    if left is before:
        return Change(before, before)
    moved = left.subscriber is None
    if moved:  # the history belongs to the reader, at their new address
        decided.now_is[key] = left
        decided.emails[key] = ()
        decided.note(replace(there, subscriber=before.subscriber), arrived, event, now)
        return Change(before, arrived)
    decided.note(before, left, event, now)
    if arrived is not there:
        decided.note(there, arrived, event, now)
    return Change(before, left)
