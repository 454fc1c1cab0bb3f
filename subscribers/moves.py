"""A reader goes from one address to another, confirmed at the new one; what stood there is joined. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from subscribers.address import Address, canonical
from subscribers.courses import begun
from subscribers.subscriber import Email, EmailKind, Reason, Subscriber, Suppression
from subscribers.transitions import AddressState, AskedByMove, AskMove, after, may_be_moved_to, second


@dataclass(frozen=True, slots=True)
class WishMove:
    """The reader wants to be mailed at another address. `subject_id` is used when nothing is known about that one."""

    address: Address
    subject_id: str


@dataclass(frozen=True, slots=True)
class ConfirmMove:
    """The button behind the mail to the new address was pressed; `issued` is when its link was made."""

    issued: dt.datetime


Move = WishMove | ConfirmMove
"""What happens to two addresses at once."""


def elsewhere(state: AddressState, event: Move) -> str | None:
    """Return the canonical address that an event is about besides the reader's own; None if they wish for no other."""
    if isinstance(event, WishMove):
        return event.address.canonical
    return canonical(state.subscriber.moving_to) if state.subscriber and state.subscriber.moving_to else None


def after_both(
    old: AddressState, new: AddressState, event: Move, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    """Return the states of a reader's address and of another after an event; the same objects if nothing changes."""
    return moved(old, new, event, now) if isinstance(event, ConfirmMove) else _asked(old, new, event, now)


def _asked(
    old: AddressState, new: AddressState, event: WishMove, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    asked = after(old, AskMove(event.address, free=may_be_moved_to(new, now)), now)
    if asked is old:
        return old, new
    return asked, after(new, AskedByMove(event.address, event.subject_id), now)


def moved(
    old: AddressState, new: AddressState, event: ConfirmMove, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    """Return both addresses' states after a reader moved from one to the other; the same objects if they may not.

    What stood at the new address before is joined: its history, tags and courses. Whoever of the two must not be
    mailed, the reader that comes out must not be mailed either, and both suppressions stay. The address that was left is
    suppressed, or an old list would bring it back beside the new one, even after the reader has left there.
    """
    known, there = old.subscriber, new.subscriber
    if known is None or known.moving_to is None or not old.active or not new.open_to_moves:
        return old, new
    if not _of_this_wish(known, event.issued):
        return old, new
    if there is not None and there.left is not None and event.issued < second(there.left):
        return old, new  # whoever reads that mailbox has left since the link was mailed
    reader = replace(
        known, address=known.moving_to, canonical=canonical(known.moving_to), moving_to=None, moved=now, seen=now
    )
    if there is not None:
        reader = _joined(reader, there, now)
    tell = Email(EmailKind.MOVED, address=known.address)
    left_behind = Suppression(known.canonical, Reason.MOVED, now, None)
    return AddressState(old.canonical, suppression=left_behind), AddressState(new.canonical, reader, letters=(tell,))


def moved_before(reader: Subscriber, event: ConfirmMove) -> bool:
    """Say whether this very link has moved the reader already: pressing twice is fine."""
    since, when = reader.moving_since, reader.moved
    return since is not None and when is not None and when >= since and _of_this_wish(reader, event.issued)


def _of_this_wish(reader: Subscriber, issued: dt.datetime) -> bool:
    """Whether a link belongs to the reader's last wish to move; wishes are further apart than the second links count in."""
    return reader.moving_since is not None and issued == second(reader.moving_since)


def _joined(reader: Subscriber, there: Subscriber, now: dt.datetime) -> Subscriber:
    """Return one reader of two: whoever came first, what either was given; what the one who moves chose.

    When the new address was asked is not taken over: it was about the move, and the answer to that is the move.
    """
    mine = {course.path for course in reader.courses}
    theirs = tuple(course for course in there.courses if course.path not in mine)
    return replace(
        reader,
        created=min(reader.created, there.created),
        name=reader.name or there.name,
        tags=tuple(dict.fromkeys((*reader.tags, *there.tags))),
        confirmations=max(reader.confirmations, there.confirmations),
        linked=_later(reader.linked, there.linked),
        left=_later(reader.left, there.left),
        courses=(*reader.courses, *begun(theirs, now)),
    )


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
