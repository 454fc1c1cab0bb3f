"""How an address stops being mailed, and how a reader undoes that. Pure; transitions.py says which event leads here."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from subscribers.address_state import AddressState, suppression_after
from subscribers.asks import asks_of
from subscribers.bounces import BETWEEN_BOUNCES, LIMIT, WEIGHT, before_confirming, weight_after
from subscribers.courses import ended, resumed
from subscribers.events import Bounce, Expire, Leave, LetGo, UndoBounce
from subscribers.subscriber import BounceKind, Reason, State

UNDO = dt.timedelta(hours=1)
"""A reader who left can undo it in this time. Whoever holds a forwarded issue can, too, so it is short."""


_BY_MAIL = (Reason.BOUNCED, Reason.COMPLAINED)


def left(state: AddressState, event: Leave, now: dt.datetime, words: str = "") -> AddressState:
    known, before = state.subscriber, state.suppression
    suppression = suppression_after(state, event.reason, event.at or now, words=words)
    if known is None or known.state is State.UNSUBSCRIBED:
        if known is not None and event.why and not known.left_why:
            known = replace(known, left_why=event.why)
        if known is not None and known.undo_until is not None and not event.own:
            known = replace(known, undo_until=None)  # the reader undoes their own leaving, and nothing else
        if known is not None and event.own and before is not None and before.reason in _BY_MAIL:
            known = replace(known, left=now)  # to undo the bounce would bring them back otherwise
        same = known is state.subscriber and suppression is before
        return state if same else AddressState(state.canonical, known, suppression)
    undo_until = now + UNDO if event.own and state.active else None
    gone = replace(
        known, state=State.UNSUBSCRIBED, left=now, left_why=event.why, undo_until=undo_until, moving_to=None,
        courses=ended(known, now),
    )  # fmt: skip
    return AddressState(state.canonical, gone, suppression)


def bounced(state: AddressState, event: Bounce, now: dt.datetime) -> AddressState:
    known, at = state.subscriber, min(event.at or now, now)
    if event.kind is BounceKind.COMPLAINT:
        return left(state, Leave(Reason.COMPLAINED, at=at), now, event.words)
    if known is not None and before_confirming(known, at):
        return state
    if event.kind is BounceKind.SOFT:
        if known is None or known.state is State.UNSUBSCRIBED:
            return state
        weight = weight_after(known, event, at)
        if weight is None:
            return state
        state = replace(state, subscriber=replace(known, bounces=weight, bounced=at))
        if weight < LIMIT:
            return state
    return left(state, Leave(Reason.BOUNCED, at=at), now, event.words)


def bounce_undone(state: AddressState, event: UndoBounce, now: dt.datetime) -> AddressState:
    known, bar = state.subscriber, state.suppression
    if bar is None or bar.reason not in (Reason.BOUNCED, Reason.COMPLAINED):
        if known is None or known.bounced != event.at:
            return state
        lighter = replace(known, bounces=max(0, known.bounces - WEIGHT), bounced=event.at - BETWEEN_BOUNCES)
        return replace(state, subscriber=lighter)
    if bar.at != event.at or event.taken is None:  # something else suppressed it
        return state
    if known is None:
        return replace(state, suppression=replace(bar, reason=Reason.REMOVED, words="") if bar.deleted else None)
    if known.left != event.taken:  # they had left by themselves
        left_before = replace(bar, reason=Reason.UNSUBSCRIBED, at=known.left or bar.at, words="")
        return replace(state, suppression=left_before)
    courses = tuple(resumed(each, now) if each.ended == known.left else each for each in known.courses)
    back = replace(known, state=State.ACTIVE, left_why="", bounces=0, bounced=None, courses=courses)
    return AddressState(state.canonical, back)


def let_go(state: AddressState, event: LetGo, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or known.asked_to_stay is None or known.paused(now):
        return state
    if known.asked_to_stay >= event.mailed_before or known.last_seen > known.asked_to_stay:
        return state
    return left(state, Leave(Reason.REMOVED), now)


def expired(state: AddressState, event: Expire, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None:
        return state
    # The limit to confirmation mails counts on the reader's row, so it stays until they are forgiven.
    over = (known.asked or known.created) < event.before and asks_of(known).forgiven(now)
    if known.state is State.PENDING and over:
        if known.left is None:
            return AddressState(state.canonical, None, state.suppression)
        # A reader who left is still known as one, even if an editor lifted the suppression: no list brings them back.
        return replace(state, subscriber=replace(known, state=State.UNSUBSCRIBED, courses=ended(known, now)))
    if known.moving_to is not None and known.moving_since is not None and known.moving_since < event.before:
        return replace(state, subscriber=replace(known, moving_to=None))
    return state


def forgotten(left: AddressState, now: dt.datetime) -> AddressState:
    bare = left.suppression
    if bare is not None and bare.words:  # a server's words may repeat the reader's name
        left = replace(left, suppression=replace(bare, words=""))
    if left.subscriber is None or left.suppression is None:
        return left
    return replace(left, subscriber=None, suppression=replace(left.suppression, deleted=now))


def can_undo(state: AddressState, now: dt.datetime) -> bool:
    """Return whether the reader left a short while ago, by themselves, and nothing else has spoken against them since."""
    known, bar = state.subscriber, state.suppression
    if known is None or bar is None or known.state is not State.UNSUBSCRIBED or known.undo_until is None:
        return False
    return now < known.undo_until and bar.reason is Reason.UNSUBSCRIBED and bar.at == known.left


def undone(state: AddressState, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not can_undo(state, now):
        return state
    courses = tuple(resumed(each, now) if each.ended == known.left else each for each in known.courses)
    back = replace(known, state=State.ACTIVE, left_why="", undo_until=None, seen=now, courses=courses)
    return AddressState(state.canonical, back)
