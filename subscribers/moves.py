"""Moves: a reader changes their address, and confirms it from the new one. Two readers may become one. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from subscribers.address import Address, canonical
from subscribers.address_state import AddressState
from subscribers.asks import NOTHING_ASKED, Asks
from subscribers.events import AskedByMove, AskMove
from subscribers.subscriber import Email, EmailKind, Reason, Subscriber, Suppression
from subscribers.transitions import after, may_be_moved_to, second


@dataclass(frozen=True, slots=True)
class WishMove:
    """The reader wants to be mailed at another address. `subject_id` is used if nothing is known about that address.

    `others` are the confirmation mails to other addresses of the mailbox there.
    """

    address: Address
    subject_id: str
    others: Asks = NOTHING_ASKED


@dataclass(frozen=True, slots=True)
class ConfirmMove:
    """The reader confirmed the new address; `issued` is when the link in the mail to it was made."""

    issued: dt.datetime


Move = WishMove | ConfirmMove
"""The events that concern two addresses."""


def elsewhere(state: AddressState, event: Move) -> str | None:
    """Return the canonical address that an event concerns besides the reader's own, or None if there is no other."""
    if isinstance(event, WishMove):
        return event.address.canonical
    return canonical(state.subscriber.moving_to) if state.subscriber and state.subscriber.moving_to else None


def after_both(
    old: AddressState, new: AddressState, event: Move, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    """Return the states of a reader's old and new address after an event; the same objects if nothing changes."""
    return moved(old, new, event, now) if isinstance(event, ConfirmMove) else _asked(old, new, event, now)


def _asked(
    old: AddressState, new: AddressState, event: WishMove, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    asked = after(old, AskMove(event.address, free=may_be_moved_to(new, event.others, now)), now)
    if asked is old:
        return old, new
    return asked, after(new, AskedByMove(event.address, event.subject_id, event.others), now)


def moved(
    old: AddressState, new: AddressState, event: ConfirmMove, now: dt.datetime
) -> tuple[AddressState, AddressState]:
    """Return both addresses' states after a reader moved; the same objects if they may not move.

    A reader who is at the new address already is joined with this one, with their history, tags and courses. Nobody
    moves to or from an address that must not be mailed; one that a reader only moved away from is fine. The old address
    is suppressed, so that an old list cannot bring it back beside the new one, even after the reader has left.
    """
    known, there = old.subscriber, new.subscriber
    if known is None or known.moving_to is None or not old.active or not new.open_to_moves:
        return old, new
    if not of_this_wish(known, event.issued):
        return old, new
    if there is not None and there.left is not None and event.issued < second(there.left):
        return old, new  # the reader at the new address has unsubscribed since the link was mailed
    reader = replace(
        known, address=known.moving_to, canonical=canonical(known.moving_to), moving_to=None, moved=now, seen=now,
        bounces=0, bounced=None, confirmations=0,
    )  # fmt: skip
    if there is not None:
        reader = _joined(reader, there)
    tell = Email(EmailKind.MOVED, address=known.address)
    left_behind = Suppression(known.canonical, Reason.MOVED, now, None)
    return AddressState(old.canonical, suppression=left_behind), AddressState(new.canonical, reader, emails=(tell,))


def moved_before(reader: Subscriber, event: ConfirmMove) -> bool:
    """Return whether this same link has moved the reader already: pressing twice is fine."""
    since, when = reader.moving_since, reader.moved
    return since is not None and when is not None and when >= since and of_this_wish(reader, event.issued)


def of_this_wish(reader: Subscriber, issued: dt.datetime) -> bool:
    """Return whether a link belongs to the reader's last request to move. Links count in seconds; requests are further
    apart than that.
    """
    return reader.moving_since is not None and issued == second(reader.moving_since)


def _joined(reader: Subscriber, there: Subscriber) -> Subscriber:
    """Return one reader made of two: the earlier date of joining, the tags of both, the choices of the one who moves.

    `asked` and `confirmations` of the new address are not taken over: the move is the answer. Nor is a course that only
    a form asked for there: the button said nothing of it.
    """
    mine = {course.path for course in reader.courses}
    theirs = tuple(course for course in there.courses if course.path not in mine and not course.waits)
    return replace(
        reader,
        created=min(reader.created, there.created),
        name=reader.name or there.name,
        tags=tuple(dict.fromkeys((*reader.tags, *there.tags))),
        linked=_later(reader.linked, there.linked),
        left=_later(reader.left, there.left),
        courses=(*reader.courses, *theirs),
    )


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
