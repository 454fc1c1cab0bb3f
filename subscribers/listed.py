"""Imported rows: what a row of a list makes of an address. Pure.

A list adds its readers unless something here speaks against it, and removes those who have left according to it. Nobody
who left here, or must not be mailed, comes back by a list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from subscribers.address_state import AddressState, by_hash, suppression_after
from subscribers.consent import Wording
from subscribers.events import Enter, Leave, Tag
from subscribers.immutable import dataclass
from subscribers.restored import NOTHING_MORE, More, read_more
from subscribers.subscriber import Reason, State, Subscriber, Suppression
from subscribers.transitions import after

if TYPE_CHECKING:  # importing it loads the modules that read lists, which no change of a reader needs
    from subscribers.import_row import ImportRow


@dataclass(frozen=True, slots=True)
class Listed:
    """A list has a row for this address. `source` names the list; `subject_id` is used if the address is new."""

    row: ImportRow
    source: str
    subject_id: str
    wording: Wording

    @property
    def more(self) -> More:
        """What a row of our own export says besides its columns."""
        return read_more(self.row.more, self.row.subject_id or self.subject_id) if self.row.more else NOTHING_MORE

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids that lead to this address according to the list."""
        row = self.row
        return (row.subject_id, *row.former_ids) if row.subject_id else row.former_ids

    def with_free_ids(self, held: Mapping[str, str]) -> Listed:
        """Return the event without the id if it leads to another address here, and without former ids that lead anywhere."""
        row = self.row
        given = (
            row.subject_id
            if row.subject_id and held.get(row.subject_id, row.address.canonical) == row.address.canonical
            else None
        )
        return replace(
            self,
            row=row._replace(subject_id=given, former_ids=tuple(each for each in row.former_ids if each not in held)),
        )


def restored(before: AddressState, after: AddressState, event: object) -> More | None:
    """Return the consents and the history that a row of our own export brings to an address; None for anything else."""
    if not isinstance(event, Listed) or event.row.more is None or before.subscriber is not None:
        return None
    untold = before.unknown or before.inferred
    return event.more if after.subscriber is not None or untold else NOTHING_MORE


def former_ids(state: AddressState, event: Listed) -> Iterator[tuple[str, str]]:
    """Yield the ids of an imported row, with its address, that neither its reader nor its suppression has."""
    there = {each.subject_id for each in (state.subscriber, state.suppression) if each is not None}
    for subject_id in event.ids:
        if subject_id not in there:
            yield subject_id, state.canonical


class Became(StrEnum):
    """How an import counts an address."""

    NEW = "new"
    KNOWN = "known"
    SUPPRESSED = "suppressed"
    """A reader on the list who must not be mailed."""
    LEFT = "left"
    """A reader who left according to the list."""
    PENDING = "pending"
    """A new reader who never confirmed; only our own export has them."""


def became(before: AddressState, state: State, *, left: bool) -> Became:
    """Return how an import counts an address with the state `before`, which is in `state` or has left on the list."""
    if left or state is State.UNSUBSCRIBED:
        return Became.LEFT
    if before.suppression is not None:
        return Became.SUPPRESSED
    if before.subscriber is not None:
        return Became.KNOWN
    return Became.PENDING if state is State.PENDING else Became.NEW


def after_listed(state: AddressState, event: Listed, now: dt.datetime) -> AddressState:
    """Return the state after a row is imported; the same object if it changes nothing."""
    row = event.row
    if row.whole:
        return _restored(state, event, now)
    if row.leaving is not None:
        return _taken_off(state, event, row.leaving, now)
    if state.suppression is not None:
        return state
    if state.subscriber is None:
        return AddressState(state.canonical, _newcomer(event, row.state, now))
    if row.state is not State.ACTIVE:
        return state
    return _entered(state, event, now)


def _taken_off(state: AddressState, event: Listed, reason: Reason, now: dt.datetime) -> AddressState:
    row = event.row
    since = row.suppressed_at or row.left or now
    if reason is not Reason.MOVED:
        state = after(state, Leave(reason, at=since), now)
    elif state.active:
        return state  # they came back since the list was written
    suppression = suppression_after(state, reason, since, row.subject_id)
    return state if suppression is state.suppression else replace(state, suppression=suppression)


def _restored(state: AddressState, event: Listed, now: dt.datetime) -> AddressState:
    """Return the state after a row of our own export: an address that is new here becomes what it was there.

    The rows of one export, or of several at one time, have the same result in any order, and no effect a second time.
    """
    row, known = event.row, state.subscriber
    if known is None:
        return _restored_here(state, event, now)
    left = row.leaving is not None or row.state is State.UNSUBSCRIBED
    if not left:
        return state if row.state is State.PENDING else _entered(state, event, now)
    reason = row.leaving or Reason.UNSUBSCRIBED
    if known.state is State.UNSUBSCRIBED and row.leaving is None:
        return state
    if not state.active and state.suppression is not None and reason.weight <= state.suppression.reason.weight:
        return state
    if known.state is State.PENDING is row.state:  # they ask to come back, here and there
        since = row.suppressed_at or row.left or now
        return replace(state, suppression=suppression_after(state, reason, since))
    return _taken_off(state, event, reason, now)


def _restored_here(state: AddressState, event: Listed, now: dt.datetime) -> AddressState:
    """Restore a row at an address that has no reader here."""
    row, there = event.row, state.suppression
    own = None if state.inferred else there
    suppression, given = there, _suppression(row, event.more, now)
    if given is not None and (own is None or given.reason.weight > own.reason.weight):
        suppression = given
        if own is not None:
            suppression = replace(given, subject_id=own.subject_id or given.subject_id, deleted=own.deleted)
        elif there is not None:
            suppression = by_hash(given, state.canonical, there)
    reader = None
    if not row.bare and not _must_stay_away(state, event):
        reader = _newcomer(event, State.UNSUBSCRIBED if suppression and row.state is State.ACTIVE else row.state, now)
        if suppression is not None and own is None and "subject_id" not in event.more.suppression:
            suppression = replace(suppression, subject_id=reader.subject_id)
    same = suppression is there and reader is None
    return state if same else AddressState(state.canonical, reader, suppression)


def _must_stay_away(state: AddressState, event: Listed) -> bool:
    """Return whether a reader must not be restored: a suppressed address revives nobody, and what was deleted stays so."""
    there = state.suppression
    if there is None:
        return False
    return event.row.leaving is None or (
        there.deleted is not None and there.deleted != event.more.suppression.get("deleted")
    )


def _suppression(row: ImportRow, more: More, now: dt.datetime) -> Suppression | None:
    if row.leaving is None:
        return None
    given = {"subject_id": row.subject_id, **more.suppression}
    return Suppression(row.address.canonical, row.leaving, row.suppressed_at or row.left or now, **given)


def _entered(state: AddressState, event: Listed, now: dt.datetime) -> AddressState:
    row = event.row
    entered = after(state, Enter(row.address, row.name, event.source, event.subject_id, event.wording), now)
    return after(entered, Tag(add=row.tags), now) if entered.active else entered


def _newcomer(event: Listed, state: State, now: dt.datetime) -> Subscriber:
    row = event.row
    return Subscriber(
        subject_id=row.subject_id or event.subject_id,
        address=row.address.written,
        canonical=row.address.canonical,
        created=row.created or now,
        state=state,
        name=row.name,
        source=row.source or event.source,
        tags=row.tags,
        confirmed=row.confirmed,
        left=row.left,
        without=row.without,
        zone=row.zone,
        paused_until=row.paused_until,
        **event.more.reader,
    )


def merged(first: ImportRow, others: Iterable[ImportRow]) -> ImportRow:
    """Return one row for all rows of the same address: the first one, with the tags of all.

    If any row says that they left, they left. If some say that they are active and some that they never confirmed, they
    confirmed in between, and the first of those that say active is taken.
    """
    rows = (first, *others)
    state = state_of_all(row.state for row in rows if not row.bare or row is first)
    base = next((row for row in rows if row.state is state), first) if state is State.ACTIVE else first
    return base._replace(
        state=state,
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
        leaving=max((row.leaving for row in rows if row.leaving is not None), key=_weight, default=None),
        left=_latest(row.left for row in rows),
        suppressed_at=_latest(row.suppressed_at for row in rows),
        former_ids=tuple(dict.fromkeys(each for row in rows for each in row.former_ids)),
    )


def state_of_all(states: Iterable[State]) -> State:
    """Return the state of a reader whose rows have these states."""
    return min(states, key=_FIRST.index)


_FIRST = (State.UNSUBSCRIBED, State.ACTIVE, State.PENDING)
"""The states of the rows of one address, in the order in which they count."""


def _weight(reason: Reason) -> int:
    return reason.weight


def _latest(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
