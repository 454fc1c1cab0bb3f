"""What happened to a reader, in words for editors, found by comparing two standings. Pure.

Acts of consent are not here: they have their own record, with the words that were agreed to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from subscribers.address import canonical
from subscribers.subscriber import Course, State, Subscriber
from subscribers.transitions import AddressState

DETAIL_LENGTH = 500
MOVED = "moved"
_UNSEEN = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000)}
_BLANK = dict.fromkeys(_UNSEEN, " ")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: `what` is a word to filter by, `detail` says more."""

    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """A change with its time, as it was kept."""

    at: dt.datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AddressHistory:
    """Where mail to one reader went, and under which ids. Another reader may have one of the former addresses now.

    `former` are the canonical addresses that they moved away from, each once, the oldest first.
    """

    present: str
    former: tuple[str, ...]
    subject_ids: tuple[str, ...]

    @property
    def canonicals(self) -> tuple[str, ...]:
        return (self.present, *self.former)


def former_addresses(history: Iterable[Happened], present: str) -> tuple[str, ...]:
    """Return the canonical addresses that a reader at `present` moved away from, each once, the oldest first."""
    moves = [happened.detail.partition(" to ")[0] for happened in history if happened.what == MOVED]
    return tuple(each for each in dict.fromkeys(map(canonical, moves)) if each != present)


def changes(before: AddressState, after: AddressState) -> Iterator[Change]:
    """Yield what a transition changed for the reader, in the order in which one would tell it."""
    if after.suppression != before.suppression:
        if after.suppression is not None:
            yield Change("suppressed", after.suppression.reason.value)
        elif not (after.active and not before.active):  # else the confirmation says it
            yield Change("unsuppressed")
    was, now = before.subscriber, after.subscriber
    if was is None or now is None:
        return
    if was.state is not now.state and now.state is State.UNSUBSCRIBED and after.suppression == before.suppression:
        yield Change("unsubscribed")
    if now.linked != was.linked:
        yield Change("asked for link")
    if now.moving_to is not None and now.moving_since != was.moving_since:
        yield Change("asked to move", now.moving_to)
    if now.canonical != was.canonical:
        yield Change(MOVED, f"{was.address} to {now.address}")
    if now.tags != was.tags:
        yield Change("tagged", _difference(was.tags, now.tags))
    if now.state is State.ACTIVE:
        yield from _choices(was, now)


def _choices(was: Subscriber, now: Subscriber) -> Iterator[Change]:
    if now.without != was.without:
        yield Change("sections", f"without {', '.join(now.without)}" if now.without else "all")
    if now.zone != was.zone:
        yield Change("time zone", now.zone or "the publication's")
    if now.paused_until != was.paused_until and was.state is State.ACTIVE:
        yield Change("paused", f"until {now.paused_until:%Y-%m-%d}") if now.paused_until else Change("resumed")
    for course in now.courses:
        yield from _course(was.course(course.path), course)


def _course(was: Course | None, now: Course) -> Iterator[Change]:
    if now.due is not None and (was is None or was.due is None):
        yield Change("course", f"{now.path}: begun")
    elif was is not None and now.every_days != was.every_days:
        yield Change("course", f"{now.path}: every {now.every_days} days")
    if was is not None and now.sent > was.sent:
        yield Change("course", f"{now.path}: step {now.sent}")
    if now.ended is not None and (was is None or was.ended is None):
        yield Change("course", f"{now.path}: ended")


def _difference(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    gone = [f"-{tag}" for tag in before if tag not in after]
    return " ".join([*(f"+{tag}" for tag in after if tag not in before), *gone])


def plain(text: str, length: int) -> str:
    r"""Return a text that somebody typed as one line that every database and terminal can hold, cut to a length.

    >>> plain("too\n many\0mails", 8)
    'too many'
    """
    return " ".join(text.translate(_BLANK).split())[:length].rstrip()
