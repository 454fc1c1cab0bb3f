"""The transitions of an address: (state, event, now) -> state. Pure; change.py loads before and saves after.

    nobody ──SignUp──> pending ──Confirm──> active ──Leave──> unsubscribed (+ suppression)
       └────Enter (an editor)────────────────^                    │
                        pending <──SignUp, when the reason may be lifted

One rule is above all others: a reader who is suppressed or unsubscribed becomes active again only by their own
confirmed sign-up, by moving back to an address that they moved away from, by undoing within an hour that they left, or
because an editor undoes the bounce or complaint that took them off, which was wrong.
After a refusal, a complaint or a hard bounce not even that is enough, unless an editor lifted the suppression first. A
pause ends by itself.

A Bounce or a complaint is a Leave, except for a soft bounce, which has to be one of several (bounces.py). Expire ends a
sign-up that nobody confirmed. AskToStay never takes anybody off by itself: that is LetGo, which an editor has to want.

departures.py says how an address stops being mailed, moves.py joins two addresses of one person, and courses.py says
when the steps of a learning path come.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from subscribers.address_state import AddressState
from subscribers.asks import Asks
from subscribers.courses import begun, enrolled, step_of, stepped, wished, with_course
from subscribers.departures import bounce_undone, bounced, expired, forgotten, left, let_go, undone
from subscribers.events import (
    AskAgain,
    AskedByMove,
    AskLink,
    AskMove,
    AskToStay,
    Bounce,
    Confirm,
    Enter,
    Event,
    Expire,
    Forget,
    Leave,
    LetGo,
    Lift,
    MailedLate,
    NextStep,
    Prefer,
    SignUp,
    Stay,
    StepDue,
    Tag,
    Undo,
    UndoBounce,
)
from subscribers.subscriber import (
    LONGEST_PAUSE,
    Email,
    EmailKind,
    Reason,
    State,
    Subscriber,
)

BETWEEN_LINKS = dt.timedelta(hours=8)
"""A reader gets at most one mail with the link to their page in this time; the link is valid for longer."""
BETWEEN_ASKING_TO_STAY = dt.timedelta(weeks=26)
"""A reader is asked at most once in this time whether they still want to be mailed."""
BETWEEN_MOVES = dt.timedelta(hours=1)
"""A reader may ask to move once in this time: they can correct a typing error, but cannot flood anyone."""


def after(state: AddressState, event: Event, now: dt.datetime) -> AddressState:  # noqa: C901, PLR0912 - one line for each event
    """Return the state after an event; the same object if the event changes nothing."""
    match event:
        case SignUp():
            return _signed_up(state, event, now)
        case AskAgain():
            return _asked_again(state, event, now)
        case Confirm():
            return _confirmed(state, event, now)
        case MailedLate():
            return _mailed_late(state, now)
        case Enter():
            return _entered(state, event, now)
        case Prefer():
            return _preferred(state, event, now)
        case NextStep():
            return _hurried(state, event, now)
        case StepDue():
            return _stepped(state, event, now)
        case AskLink():
            return _linked(state, now)
        case AskMove():
            return _moving(state, event, now)
        case AskedByMove():
            return _asked_by_move(state, event, now)
        case AskToStay():
            return _asked_to_stay(state, event, now)
        case Stay():
            return _stayed(state, now)
        case LetGo():
            return let_go(state, event, now)
        case Tag():
            return _tagged(state, event)
        case Leave():
            return left(state, event, now)
        case Undo():
            return undone(state, now)
        case Bounce():
            return bounced(state, event, now)
        case UndoBounce():
            return bounce_undone(state, event, now)
        case Lift():
            return state if state.suppression is None else replace(state, suppression=None)
        case Expire():
            return expired(state, event, now)
        case Forget():
            return forgotten(left(state, Leave(Reason.REMOVED), now), now)


def second(moment: dt.datetime) -> dt.datetime:
    """Return a moment in whole seconds, as links hold it."""
    return moment.replace(microsecond=0)


def _long_ago(last: dt.datetime | None, gap: dt.timedelta, now: dt.datetime) -> bool:
    return last is None or now - last >= gap


def _signed_up(state: AddressState, event: SignUp, now: dt.datetime) -> AddressState:
    if state.not_liftable:
        return state
    if state.active:
        # The form does not prove who filled it in, so a reader who asks for a course only gets the link to their page.
        return _linked(state, now) if event.path else state
    known = state.subscriber or _stranger(state, event, now)
    courses = wished(known.courses, event.path, now)
    asks = state.asks_with(event.others)
    if not asks.allow(now):
        waits = state.subscriber is not None and known.state is State.PENDING and courses != known.courses
        return replace(state, subscriber=replace(known, courses=courses)) if waits else state
    asked = replace(known, address=event.address.written, source=event.source, courses=courses)
    return _asked(state, asked, asks, now)  # a suppression stays until they confirm


def _asked_again(state: AddressState, event: AskAgain, now: dt.datetime) -> AddressState:
    known = state.subscriber
    asks = state.asks_with(event.others)
    if known is None or known.state is not State.PENDING or state.not_liftable or not asks.allow(now):
        return state
    return state if _before_leaving(known, event.issued) else _asked(state, known, asks, now)


def _asked(state: AddressState, known: Subscriber, asks: Asks, now: dt.datetime) -> AddressState:
    asked = replace(known, state=State.PENDING, confirmations=asks.counted(now) + 1, asked=now)
    return replace(state, subscriber=asked, emails=(Email(EmailKind.CONFIRMATION),))


def _confirmed(state: AddressState, event: Confirm, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or known.state is not State.PENDING or state.not_liftable:
        return state
    if _before_leaving(known, event.issued):
        return state
    # A course that was asked for after the page was opened is dropped: nobody agreed to it.
    shown = event.shown
    courses = begun(tuple(each for each in known.courses if not each.waits or shown is None or each.path in shown), now)
    joined = replace(
        known,
        state=State.ACTIVE,
        confirmed=now,
        confirmations=0,
        seen=now,
        paused_until=None,
        courses=courses,
        bounces=0,
    )
    course = next((each.path for each in reversed(courses) if each.ended is None), "")
    return AddressState(state.canonical, joined, emails=(Email(EmailKind.WELCOME, detail=course),))


def _mailed_late(state: AddressState, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or known.state is not State.PENDING or known.asked == now:
        return state
    return replace(state, subscriber=replace(known, asked=now))


def _before_leaving(known: Subscriber, issued: dt.datetime) -> bool:
    """Return whether a link was made before the reader left; then it does not prove that they want to come back."""
    return known.left is not None and issued < second(known.left)


def _entered(state: AddressState, event: Enter, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if state.suppression is not None:
        return state
    if known is None:
        fresh = replace(_stranger(state, event, now), name=event.name, source=event.source, state=State.ACTIVE)
        return AddressState(state.canonical, fresh)
    if known.state is not State.PENDING or known.left is not None:
        return state  # the reader is active already, or left once and can only come back by their own confirmation
    # A course that only a form asked for does not begin: nobody confirmed that the reader filled it in.
    courses = tuple(course for course in known.courses if not course.waits)
    entered = replace(known, name=event.name or known.name, state=State.ACTIVE, courses=courses)
    return AddressState(state.canonical, entered)


def _preferred(state: AddressState, event: Prefer, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active:
        return state
    event = event.onto(known)
    until = event.paused_until
    if until is not None:
        until = min(until, now + LONGEST_PAUSE) if until > now else None
    chosen = replace(known, without=tuple(sorted(set(event.without))), zone=event.zone, paused_until=until)
    if event.paths is not None:
        chosen = replace(chosen, courses=enrolled(known.courses, event.paths, now))
    return state if chosen == known else replace(state, subscriber=replace(chosen, seen=now))


def _hurried(state: AddressState, event: NextStep, now: dt.datetime) -> AddressState:
    known = state.subscriber
    course = known.course(event.path) if known is not None and state.active else None
    if known is None or course is None or course.due is None or course.due <= now or not course.sent:
        return state
    return replace(state, subscriber=replace(with_course(known, replace(course, due=now)), seen=now))


def _stepped(state: AddressState, event: StepDue, now: dt.datetime) -> AddressState:
    known = state.subscriber
    course = known.course(event.path) if known is not None and state.active else None
    if known is None or course is None or course.due is None or course.due > now or known.paused(now):
        return state
    gone = stepped(course, event.steps, now)
    emails = (step_of(course, gone.sent),) if gone.sent > course.sent else state.emails
    return replace(state, subscriber=with_course(known, gone), emails=emails)


def _linked(state: AddressState, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or not _long_ago(known.linked, BETWEEN_LINKS, now):
        return state
    return replace(state, subscriber=replace(known, linked=now), emails=(Email(EmailKind.LINK),))


def _moving(state: AddressState, event: AskMove, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or event.address.canonical == known.canonical:
        return state
    if not _long_ago(known.moving_since, BETWEEN_MOVES, now):
        return state
    asked = replace(known, moving_to=event.address.written, moving_since=now, seen=now)
    # The reader's page and data look the same whether or not the mail is sent: they must not tell who is suppressed.
    emails = (Email(EmailKind.MOVE, address=event.address.written),) if event.free else ()
    return replace(state, subscriber=asked, emails=emails)


def may_be_moved_to(state: AddressState, others: Asks, now: dt.datetime) -> bool:
    """Return whether an address may be asked if a reader may move to it; `others` is of its mailbox's other addresses."""
    return state.open_to_moves and state.asks_with(others).allow(now)


def _asked_by_move(state: AddressState, event: AskedByMove, now: dt.datetime) -> AddressState:
    if not may_be_moved_to(state, event.others, now):
        return state
    known = state.subscriber or _stranger(state, event, now)
    count = state.asks_with(event.others).counted(now) + 1
    return replace(state, subscriber=replace(known, confirmations=count, asked=now))


def _asked_to_stay(state: AddressState, event: AskToStay, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or known.paused(now) or known.last_seen >= event.not_seen:
        return state
    if not _long_ago(known.asked_to_stay, BETWEEN_ASKING_TO_STAY, now):
        return state
    return replace(state, subscriber=replace(known, asked_to_stay=now), emails=(Email(EmailKind.STAY),))


def _stayed(state: AddressState, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or known.seen == now:
        return state
    return replace(state, subscriber=replace(known, seen=now))


def _tagged(state: AddressState, event: Tag) -> AddressState:
    known = state.subscriber
    if known is None:
        return state
    tags = tuple(tag for tag in dict.fromkeys((*known.tags, *event.add)) if tag not in event.remove)
    return state if tags == known.tags else replace(state, subscriber=replace(known, tags=tags))


def _stranger(state: AddressState, event: SignUp | Enter | AskedByMove, now: dt.datetime) -> Subscriber:
    """Return a reader who has done nothing yet.

    A reader who was deleted and comes back keeps the id in their old mail; links from before they left prove nothing.
    """
    former = state.suppression
    return Subscriber(
        subject_id=(former.subject_id if former is not None else None) or event.subject_id,
        address=event.address.written,
        canonical=event.address.canonical,
        created=now,
        state=State.PENDING,
        left=former.at if former is not None and not state.moved_away else None,
    )
