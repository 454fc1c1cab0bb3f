"""A reader's history, in words for editors, found by comparing an address's state before and after an event. Pure.

Acts of consent are not part of it: they have their own record, with the words that the reader agreed to (consent.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from subscribers.address_state import AddressState
from subscribers.events import AskToStay, Bounce, Leave, LetGo, Lift, Stay, UndoBounce
from subscribers.subscriber import BounceKind, Course, State, Subscriber

DETAIL_LENGTH = 500
MOVED = "moved"
SUPPRESSED = "suppressed"
WHY, WHY_LIFTED = "why", "why lifted"
"""The reader's own words, and the editor's: nobody may take one for the other."""
BOUNCE_UNDONE = "bounce undone"
_ASKED_TO_STAY = {AskToStay: "asked to stay", Stay: "wants to stay", LetGo: "gave no answer"}
_UNSEEN = {*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000)}
_BLANK = dict.fromkeys(_UNSEEN, " ")


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry of a history: `what` is a word to filter by, `detail` says more.

    For a move, `former` is the canonical address that the reader moved away from.
    """

    at: dt.datetime
    what: str
    detail: str = ""
    former: str | None = None


@dataclass(frozen=True, slots=True)
class AddressHistory:
    """The addresses and ids that mail to one reader has gone to. Another reader may have a former address by now.

    `former` are the canonical addresses that the reader moved away from, each once, the oldest first.
    """

    present: str
    former: tuple[str, ...]
    subject_ids: tuple[str, ...]

    @property
    def canonicals(self) -> tuple[str, ...]:
        return (self.present, *self.former)


def told(before: AddressState, after: AddressState, event: object, now: dt.datetime) -> Iterator[Happened]:
    """Yield the entries of an event: what it changed for the reader, in the order of a report, and the reason given."""
    if after is before:
        return
    for what, detail, former in _changes(before, after):
        yield Happened(now, what, detail[:DETAIL_LENGTH], former)
    known, was = after.subscriber, before.subscriber
    if (silence := _ASKED_TO_STAY.get(type(event))) is not None:
        yield Happened(now, silence)
    if isinstance(event, Bounce):
        what = "complaint" if event.kind is BounceKind.COMPLAINT else f"{event.kind.value} bounce"
        yield Happened(min(event.at or now, now), what, event.words[:DETAIL_LENGTH])
    if isinstance(event, UndoBounce):
        yield Happened(now, BOUNCE_UNDONE, event.why[:DETAIL_LENGTH])
    if isinstance(event, Leave) and known is not None and known.left_why and (was is None or not _same(was, known)):
        yield Happened(now, WHY, known.left_why)
    if isinstance(event, Lift) and event.why:
        yield Happened(now, WHY_LIFTED, event.why[:DETAIL_LENGTH])


def _same(was: Subscriber, now: Subscriber) -> bool:
    return (was.left, was.left_why) == (now.left, now.left_why)


_Told = tuple[str, str, str | None]


def _changes(before: AddressState, after: AddressState) -> Iterator[_Told]:
    if after.suppression != before.suppression:
        if after.suppression is not None:
            yield SUPPRESSED, after.suppression.reason.value, None
        elif not (after.active and not before.active):  # otherwise the act of consent records it
            yield "unsuppressed", "", None
    was, now = before.subscriber, after.subscriber
    if was is None or now is None:
        return
    if was.state is not now.state and now.state is State.UNSUBSCRIBED and after.suppression == before.suppression:
        yield "unsubscribed", "", None
    if now.linked != was.linked:
        yield "asked for link", "", None
    if now.moving_to is not None and now.moving_since != was.moving_since:
        yield "asked to move", now.moving_to, None
    if now.canonical != was.canonical:
        yield MOVED, f"{was.address} to {now.address}", was.canonical
    if now.tags != was.tags:
        yield "tagged", _difference(was.tags, now.tags), None
    if now.state is State.ACTIVE:
        for what, detail in _choices(was, now):
            yield what, detail, None


def _choices(was: Subscriber, now: Subscriber) -> Iterator[tuple[str, str]]:
    if now.without != was.without:
        yield "sections", f"without {', '.join(now.without)}" if now.without else "all"
    if now.zone != was.zone:
        yield "time zone", now.zone or "the publication's"
    if now.paused_until != was.paused_until and was.state is State.ACTIVE:
        yield ("paused", f"until {now.paused_until:%Y-%m-%d}") if now.paused_until else ("resumed", "")
    for course in now.courses:
        for detail in _course(was.course(course.path), course):
            yield "course", f"{course.path}: {detail}"


def _course(was: Course | None, now: Course) -> Iterator[str]:
    if now.due is not None and (was is None or was.due is None):
        yield "begun"
    elif was is not None and now.every_days != was.every_days:
        yield f"every {now.every_days} days"
    if was is not None and now.sent > was.sent:
        yield f"step {now.sent}"
    if now.ended is not None and (was is None or was.ended is None):
        yield "ended"


def _difference(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    gone = [f"-{tag}" for tag in before if tag not in after]
    return " ".join([*(f"+{tag}" for tag in after if tag not in before), *gone])


def plain(text: str, length: int) -> str:
    r"""Return typed text as one line without control characters, cut to `length` characters.

    >>> plain("too\n many\0mails", 8)
    'too many'
    """
    return " ".join(text.translate(_BLANK).split())[:length].rstrip()
