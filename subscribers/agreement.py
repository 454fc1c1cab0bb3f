"""Acts of consent: which ones an event proves, found by comparing an address's state before and after it. Pure.

The newsletter and each course are agreed to apart, in words of their own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from subscribers.address_state import AddressState
from subscribers.consent import AS_ASKED, Act, Consent
from subscribers.events import Confirm, Enter, Prefer, SignUp, Undo
from subscribers.listed import Listed
from subscribers.subscriber import Course, State, Subscriber


def agreed(before: AddressState, after: AddressState, event: object, now: dt.datetime) -> Iterator[Consent]:
    """Yield the acts by which the reader consented in an event, or for which an editor vouches."""
    reader = after.subscriber
    if after is before or reader is None:
        return
    whose = reader.subject_id
    match event:
        case Listed():
            if after.active and not before.active:
                yield from _listed(whose, event, now)
        case SignUp() if reader.state is State.PENDING:
            yield Consent(whose, Act.ASKED, now, event.source, event.wording, event.client)
            if event.path in _new(before.subscriber, reader):
                yield Consent(whose, Act.ASKED, now, event.source, event.path_wording, event.client, event.path)
        case Confirm():
            for course in ("", *_begun(before.subscriber, reader)):
                yield Consent(whose, Act.CONFIRMED, now, reader.source, AS_ASKED, event.client, course)
        case Undo():
            yield Consent(whose, Act.RETURNED, now, "leaving page", AS_ASKED, event.client)
        case Prefer():
            for course in _new(before.subscriber, reader):
                words = event.wordings.get(course, AS_ASKED)
                yield Consent(whose, Act.CHOSEN, now, "own page", words, event.client, course)
        case Enter():
            yield Consent(whose, Act.ENTERED, now, event.source, event.wording)


def _listed(whose: str, event: Listed, now: dt.datetime) -> Iterator[Consent]:
    row = event.row
    if row.asked is not None:
        yield Consent(whose, Act.ASKED, row.asked, event.source, event.wording, row.asked_from)
    if row.confirmed is not None:
        yield Consent(whose, Act.CONFIRMED, row.confirmed, event.source, event.wording, row.confirmed_from)
    yield Consent(whose, Act.ENTERED, now, event.source, event.wording)


def _under_way(course: Course | None) -> bool:
    return course is not None and course.ended is None


def _new(before: Subscriber | None, reader: Subscriber) -> list[str]:
    """Return the learning paths that the reader asked for in an event: they neither waited nor were under way before."""
    return [
        each.path
        for each in reader.courses
        if _under_way(each) and not _under_way(before.course(each.path) if before else None)
    ]


def _begun(before: Subscriber | None, reader: Subscriber) -> list[str]:
    """Return the learning paths that waited for an event, and began by it."""
    waited = {each.path for each in before.courses if each.waits} if before else set()
    return [each.path for each in reader.courses if each.path in waited and not each.waits]
