"""Imported rows: what a row of a list makes of an address. Pure.

A list adds its readers unless something here speaks against it, and removes those who have left according to it. Nobody
who left here, or must not be mailed, comes back by a list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from subscribers.consent import Wording
from subscribers.events import Enter, Leave, Tag
from subscribers.subscriber import Reason, State, Subscriber
from subscribers.transitions import AddressState, after, suppression_after

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
    def ids(self) -> tuple[str, ...]:
        """The ids that lead to this address according to the list."""
        return (*((self.row.subject_id,) if self.row.subject_id else ()), *self.row.former_ids)

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
    if left:
        return Became.LEFT
    if before.suppression is not None:
        return Became.SUPPRESSED
    if before.subscriber is not None:
        return Became.KNOWN
    return Became.PENDING if state is State.PENDING else Became.NEW


def after_listed(state: AddressState, event: Listed, now: dt.datetime) -> AddressState:
    """Return the state after a row is imported; the same object if it changes nothing."""
    row = event.row
    if row.leaving is not None:
        return _taken_off(state, event, row.leaving, now)
    if state.suppression is not None:
        return state
    if state.subscriber is None:
        return AddressState(state.canonical, _newcomer(event, row.state, now))
    if row.state is not State.ACTIVE:
        return state
    entered = after(state, Enter(row.address, row.name, event.source, event.subject_id, event.wording), now)
    return after(entered, Tag(add=row.tags), now) if entered.active else entered


def _taken_off(state: AddressState, event: Listed, reason: Reason, now: dt.datetime) -> AddressState:
    row = event.row
    since = row.suppressed_at or row.left or now
    if row.whole and state.unknown:  # our own list also restores the rows of readers who left
        there = State.UNSUBSCRIBED if row.state is State.ACTIVE else row.state
        state = AddressState(state.canonical, _newcomer(event, there, now))
    elif reason is not Reason.MOVED:
        state = after(state, Leave(reason, at=since), now)
    elif state.active:
        return state  # they came back since the list was written
    suppression = suppression_after(state, reason, since, row.subject_id)
    return state if suppression is state.suppression else replace(state, suppression=suppression)


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
    )


def merged(first: ImportRow, others: Iterable[ImportRow]) -> ImportRow:
    """Return one row for all rows of the same address: the first one, with the tags of all.

    If any row says that they left, they left.
    """
    rows = (first, *others)
    return first._replace(
        tags=tuple(dict.fromkeys(tag for row in rows for tag in row.tags)),
        leaving=max((row.leaving for row in rows if row.leaving is not None), key=_weight, default=None),
        left=_latest(row.left for row in rows),
        suppressed_at=_latest(row.suppressed_at for row in rows),
        former_ids=tuple(dict.fromkeys(each for row in rows for each in row.former_ids)),
    )


def _weight(reason: Reason) -> int:
    return reason.weight


def _latest(moments: Iterable[dt.datetime | None]) -> dt.datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
