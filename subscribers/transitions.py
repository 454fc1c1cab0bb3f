"""The transitions of an address: (state, event, now) -> state. Pure; change.py loads before and saves after.

    nobody ──SignUp──> pending ──Confirm──> active ──Leave──> unsubscribed (+ suppression)
       └────Enter (an editor)────────────────^                    │
                        pending <──SignUp, when the reason may be lifted

One rule is above all others: a reader who is suppressed or unsubscribed becomes active again only by their own
confirmed sign-up, by moving back to an address that they moved away from, or by undoing within an hour that they left.
After a refusal, a complaint or a hard bounce not even that is enough, unless an editor lifted the suppression first. A
pause ends by itself.

A Bounce or a complaint is a Leave, except for a soft bounce, which has to be one of several (bounces.py). Expire ends a
sign-up that nobody confirmed. AskToStay never takes anybody off by itself: that is LetGo, which an editor has to want.

moves.py joins two addresses of one person; courses.py says when the steps of a learning path come.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from subscribers.asks import Asks, asks_of, together
from subscribers.bounces import LIMIT, before_confirming, weight_after
from subscribers.courses import begun, enrolled, wished
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
)
from subscribers.subscriber import (
    LONGEST_PAUSE,
    BounceKind,
    Course,
    Email,
    EmailKind,
    Reason,
    State,
    Subscriber,
    Suppression,
)

UNDO = dt.timedelta(hours=1)
"""A reader who left can undo it in this time. Whoever holds a forwarded issue can, too, so it is short."""
BETWEEN_LINKS = dt.timedelta(hours=8)
"""A reader gets at most one mail with the link to their page in this time; the link is valid for longer."""
BETWEEN_ASKING_TO_STAY = dt.timedelta(weeks=26)
"""A reader is asked at most once in this time whether they still want to be mailed."""
BETWEEN_MOVES = dt.timedelta(hours=1)
"""A reader may ask to move once in this time: they can correct a typing error, but cannot flood anyone."""


@dataclass(frozen=True, slots=True)
class AddressState:
    """Everything that is known about one address: the reader, if there is one, and the suppression, if there is one.

    `emails` are the mails that became due by the event that led to this state; a loaded state has none. `inferred` says
    that the suppression is not the address's own: its digest is suppressed, or its mailbox refused mail to another address.
    """

    canonical: str
    subscriber: Subscriber | None = None
    suppression: Suppression | None = None
    emails: tuple[Email, ...] = ()
    inferred: bool = False

    @property
    def unknown(self) -> bool:
        """Whether nothing is known about the address."""
        return self.subscriber is None and self.suppression is None

    @property
    def not_liftable(self) -> bool:
        """Whether the address must not be mailed, even if the reader signs up again."""
        return self.suppression is not None and not self.suppression.reason.liftable

    @property
    def active(self) -> bool:
        """Whether there is a reader who may be mailed."""
        known = self.subscriber
        return known is not None and known.state is State.ACTIVE and self.suppression is None

    @property
    def moved_away(self) -> bool:
        """Whether the address is suppressed only because its reader moved to another one."""
        return self.suppression is not None and self.suppression.reason is Reason.MOVED

    def asks_with(self, others: Asks) -> Asks:
        """Return the confirmation mails that the mailbox did not answer; `others` has those to its other addresses."""
        return together((asks_of(self.subscriber, self.suppression), others))

    @property
    def open_to_moves(self) -> bool:
        """Whether a reader may move to this address."""
        return self.suppression is None or self.moved_away


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
            return _let_go(state, event, now)
        case Tag():
            return _tagged(state, event)
        case Leave():
            return _left(state, event, now)
        case Undo():
            return _undone(state, now)
        case Bounce():
            return _bounced(state, event, now)
        case Lift():
            return state if state.suppression is None else replace(state, suppression=None)
        case Expire():
            return _expired(state, event, now)
        case Forget():
            return _forgotten(_left(state, Leave(Reason.REMOVED), now), now)


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
    return replace(state, subscriber=replace(_with_course(known, replace(course, due=now)), seen=now))


def _stepped(state: AddressState, event: StepDue, now: dt.datetime) -> AddressState:
    known = state.subscriber
    course = known.course(event.path) if known is not None and state.active else None
    if known is None or course is None or course.due is None or course.due > now or known.paused(now):
        return state
    if course.sent >= event.steps:  # the path was shortened, or is gone
        return replace(state, subscriber=_with_course(known, replace(course, due=None, ended=now)))
    sent = course.sent + 1
    last = sent == event.steps
    gone = replace(
        course,
        sent=sent,
        due=None if last else now + dt.timedelta(days=course.every_days),
        ended=now if last else None,
    )
    email = Email(EmailKind.STEP, detail=f"{course.path} {sent} {course.every_days}")
    return replace(state, subscriber=_with_course(known, gone), emails=(email,))


def _with_course(known: Subscriber, course: Course) -> Subscriber:
    return replace(known, courses=tuple(course if each.path == course.path else each for each in known.courses))


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


def _let_go(state: AddressState, event: LetGo, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not state.active or known.asked_to_stay is None or known.paused(now):
        return state
    if known.asked_to_stay >= event.mailed_before or known.last_seen > known.asked_to_stay:
        return state
    return _left(state, Leave(Reason.REMOVED), now)


def _tagged(state: AddressState, event: Tag) -> AddressState:
    known = state.subscriber
    if known is None:
        return state
    tags = tuple(tag for tag in dict.fromkeys((*known.tags, *event.add)) if tag not in event.remove)
    return state if tags == known.tags else replace(state, subscriber=replace(known, tags=tags))


def _bounced(state: AddressState, event: Bounce, now: dt.datetime) -> AddressState:
    known, at = state.subscriber, min(event.at or now, now)
    if event.kind is BounceKind.COMPLAINT:
        return _left(state, Leave(Reason.COMPLAINED, at=at), now, event.words)
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
    return _left(state, Leave(Reason.BOUNCED, at=at), now, event.words)


def _expired(state: AddressState, event: Expire, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None:
        return state
    # The limit to confirmation mails counts on the reader's row, so it stays until they are forgiven.
    over = (known.asked or known.created) < event.before and asks_of(known).forgiven(now)
    if known.state is State.PENDING and over:
        if known.left is None:
            return AddressState(state.canonical, None, state.suppression)
        # A reader who left is still known as one, even if an editor lifted the suppression: no list brings them back.
        return replace(state, subscriber=replace(known, state=State.UNSUBSCRIBED, courses=_ended(known, now)))
    if known.moving_to is not None and known.moving_since is not None and known.moving_since < event.before:
        return replace(state, subscriber=replace(known, moving_to=None))
    return state


def _forgotten(left: AddressState, now: dt.datetime) -> AddressState:
    bare = left.suppression
    if bare is not None and bare.words:  # a server's words may repeat the reader's name
        left = replace(left, suppression=replace(bare, words=""))
    if left.subscriber is None or left.suppression is None:
        return left
    return replace(left, subscriber=None, suppression=replace(left.suppression, deleted=now))


def _left(state: AddressState, event: Leave, now: dt.datetime, words: str = "") -> AddressState:
    known, before = state.subscriber, state.suppression
    suppression = suppression_after(state, event.reason, event.at or now, words=words)
    if known is None or known.state is State.UNSUBSCRIBED:
        if known is not None and event.why and not known.left_why:
            known = replace(known, left_why=event.why)
        if known is not None and known.undo_until is not None and not event.own:
            known = replace(known, undo_until=None)  # the reader undoes their own leaving, and nothing else
        same = known is state.subscriber and suppression is before
        return state if same else AddressState(state.canonical, known, suppression)
    undo_until = now + UNDO if event.own and state.active else None
    gone = replace(
        known, state=State.UNSUBSCRIBED, left=now, left_why=event.why, undo_until=undo_until, moving_to=None,
        courses=_ended(known, now),
    )  # fmt: skip
    return AddressState(state.canonical, gone, suppression)


def can_undo(state: AddressState, now: dt.datetime) -> bool:
    """Return whether the reader left a short while ago, by themselves, and nothing else has spoken against them since."""
    known, bar = state.subscriber, state.suppression
    if known is None or bar is None or known.state is not State.UNSUBSCRIBED or known.undo_until is None:
        return False
    return now < known.undo_until and bar.reason is Reason.UNSUBSCRIBED and bar.at == known.left


def _undone(state: AddressState, now: dt.datetime) -> AddressState:
    known = state.subscriber
    if known is None or not can_undo(state, now):
        return state
    courses = tuple(_resumed(each, now) if each.ended == known.left else each for each in known.courses)
    back = replace(known, state=State.ACTIVE, left_why="", undo_until=None, seen=now, courses=courses)
    return AddressState(state.canonical, back)


def _resumed(course: Course, now: dt.datetime) -> Course:
    """Return a course that goes on where it was, a pace after its last step."""
    due = course.started + dt.timedelta(days=course.every_days * course.sent)
    return replace(course, ended=None, due=max(now, due))


def _ended(known: Subscriber, now: dt.datetime) -> tuple[Course, ...]:
    return tuple(each if each.ended else replace(each, due=None, ended=now) for each in known.courses)


def suppression_after(
    state: AddressState, reason: Reason, at: dt.datetime, given_id: str | None = None, words: str = ""
) -> Suppression:
    """Return the suppression of an address after one more reason: the graver reason counts.

    `given_id` is the id that leads to the address if nobody here has one; `words` are a mail server's.
    """
    known, before = state.subscriber, state.suppression
    subject_id = known.subject_id if known else (before.subject_id if before else None) or given_id
    if before is None:
        return Suppression(state.canonical, reason, at, subject_id, words)
    if reason.weight > before.reason.weight:
        return replace(before, reason=reason, at=at, subject_id=subject_id, words=words)
    if reason is before.reason and words and not before.words:
        before = replace(before, words=words)
    if before.subject_id is None and subject_id is not None:  # suppressed before the reader's first sign-up
        return replace(before, subject_id=subject_id)
    return before


def by_mailbox(known: Suppression | None, canonical: str, refusal: Suppression) -> Suppression:
    """Return the suppression of an address whose mailbox refused mail to another address."""
    return by_hash(known, canonical, replace(refusal, reason=Reason.REFUSED))


def by_hash(known: Suppression | None, canonical: str, digest: Suppression) -> Suppression:
    """Return the suppression of an address, of which the digest is suppressed too: the graver reason counts."""
    if known is not None and known.reason.weight >= digest.reason.weight:
        return known
    there = known or Suppression(canonical, digest.reason, digest.at)
    return replace(there, reason=digest.reason, at=digest.at, words="")


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
