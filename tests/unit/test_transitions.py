"""Histories of addresses: whatever happens, in any order, a reader who left is mailed again only by their own act."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Address, BounceKind, Course, Prefer, Reason, State, Suppression
from subscribers.address import canonical
from subscribers.asks import BETWEEN_CONFIRMATIONS, FORGIVEN_AFTER, NOTHING_ASKED, UNANSWERED_AT_MOST, Asks
from subscribers.bounces import FORGOTTEN_AFTER, WEIGHT
from subscribers.courses import BETWEEN_STARTS
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
    SignUp,
    Stay,
    StepDue,
    Tag,
    Undo,
)
from subscribers.import_row import ImportRow
from subscribers.listed import Listed, after_listed
from subscribers.moves import ConfirmMove, moved, moved_before
from subscribers.subscriber import Email, EmailKind, Subscriber
from subscribers.transitions import (
    BETWEEN_LINKS,
    BETWEEN_MOVES,
    LONGEST_PAUSE,
    UNDO,
    AddressState,
    after,
    may_be_moved_to,
)
from tests.readers import DAY, NOW, WORDING

ADA = Address("Ada@example.com", "ada@example.com")
BOB = Address("bob@example.com", "bob@example.com")
UNKNOWN, UNKNOWN_BOB = AddressState(ADA.canonical), AddressState(BOB.canonical)
SIGN_UP = SignUp(ADA, "form /", "A" * 22, WORDING)
ENTER = Enter(ADA, "Ada", "cli", "B" * 22, WORDING)
CONFIRMATION = Email(EmailKind.CONFIRMATION)
FORGET = Forget()
HOUR = dt.timedelta(hours=1)
STEPS_OF_A_PATH = 3


def leave(reason: Reason = Reason.UNSUBSCRIBED) -> Leave:
    return Leave(reason)


def active() -> AddressState:
    return replace(after(after(UNKNOWN, SIGN_UP, NOW), Confirm(NOW), NOW + HOUR), emails=())


@dataclass(frozen=True)
class Step:
    """One event of a random history, `wait` after the last one; if it uses a link, the link is `age` old."""

    kind: str
    address: Address
    wait: dt.timedelta
    age: dt.timedelta
    reason: Reason
    path: str | None
    days: int
    pause: dt.timedelta | None
    bounce: BounceKind


KINDS = [
    "sign up", "ask again", "confirm", "enter", "prefer", "next step", "step due", "ask link", "ask move",
    "confirm move", "tag", "leave", "leave by themselves", "undo", "lift", "forget", "mailed late", "bounce", "expire", "listed", "ask to stay",
    "stay", "let go",
]  # fmt: skip
STEPS = st.builds(
    Step,
    st.sampled_from(KINDS),
    st.sampled_from([ADA, BOB]),
    st.sampled_from([dt.timedelta(0), dt.timedelta(milliseconds=700), HOUR, 25 * HOUR, 30 * DAY]),
    st.sampled_from([dt.timedelta(0), HOUR, 26 * HOUR]),
    st.sampled_from(list(Reason)),
    st.sampled_from([None, "backend", "rust"]),
    st.sampled_from([-5, 0, 1, 7, 10**12]),
    st.sampled_from([None, -DAY, HOUR, 21 * DAY, 10_000 * DAY]),
    st.sampled_from(list(BounceKind)),
)


def together(*kinds: str) -> st.SearchStrategy[list[Step]]:
    """Steps in an order that makes sense, which chance rarely finds."""

    def after_first(first: Step, kind: str) -> Step:
        return replace(first, kind=kind, wait=HOUR / 2 if kind == "undo" else HOUR, age=dt.timedelta(0))

    return STEPS.map(lambda first: [replace(first, kind=kinds[0]), *(after_first(first, kind) for kind in kinds[1:])])


def histories(longest: int) -> st.SearchStrategy[list[Step]]:
    some = st.one_of(
        STEPS.map(lambda step: [step]),
        STEPS.map(lambda step: [step]),
        together("sign up", "confirm"),
        together("ask move", "confirm move"),
        together("sign up", "confirm", "ask move", "confirm move"),
        together("prefer", "step due", "next step", "step due"),
        together("leave", "lift", "enter"),
        together("sign up", "confirm", "leave by themselves", "undo"),
        together("enter", "prefer", "step due", "leave by themselves", "undo", "step due"),
        together("leave by themselves", "leave", "undo"),
        together("leave by themselves", "lift", "leave", "undo"),
        together("bounce", "lift", "sign up", "confirm"),
        together("sign up", "confirm", "ask to stay", "let go", "sign up"),
        together("enter", "ask to stay", "stay", "let go"),
        together("leave", "sign up", "expire", "lift", "expire", "listed"),
        together("leave", "lift", "sign up", "expire", "listed"),
    )
    return st.lists(some, max_size=longest).map(lambda parts: [step for part in parts for step in part])


def listed(step: Step, now: dt.datetime) -> Listed:
    """Return a row of a list: of a reader, or of somebody who left for the step's reason if it asks for a path."""
    left = {"leaving": step.reason, "left": now - step.age, "state": State.UNSUBSCRIBED} if step.path else {}
    row = ImportRow(1, step.address, whole=step.days == 1, **left)  # type: ignore[arg-type]  # its fields
    return Listed(row, "list", f"L{step.address.canonical[0]}{now:%y%m%d%H%M%S%f}", WORDING)


def event_of(step: Step, now: dt.datetime) -> Event | ConfirmMove | Listed:
    issued = (now - step.age).replace(microsecond=0)
    by_kind: dict[str, Event | ConfirmMove | Listed] = {
        "sign up": SignUp(
            step.address, "form /", f"{step.address.canonical[0]}{now:%y%m%d%H%M%S%f}", WORDING, step.path
        ),
        "ask again": AskAgain(issued),
        "confirm": Confirm(issued),
        "enter": Enter(step.address, "Name", "cli", f"{step.address.canonical[0]}{now:%y%m%d%H%M%S%f}", WORDING),
        "prefer": Prefer(
            ("news",) if step.path else (),
            "Europe/Berlin",
            now + step.pause if step.pause else None,
            {step.path: step.days} if step.path else None,
        ),
        "next step": NextStep(step.path or "backend"),
        "step due": StepDue(step.path or "backend", STEPS_OF_A_PATH),
        "ask link": AskLink(),
        "ask move": AskMove(other(step.address), free=True),
        "confirm move": ConfirmMove(issued),
        "tag": Tag(("vip",), ("old",)),
        "leave": Leave(step.reason, step.path or ""),
        "leave by themselves": Leave(Reason.UNSUBSCRIBED, step.path or "", own=True),
        "undo": Undo("192.0.2.7"),
        "lift": Lift(),
        "forget": Forget(),
        "mailed late": MailedLate(),
        "bounce": Bounce(step.bounce, "550 5.1.1 no", now - step.age),
        "expire": Expire(now - step.age),
        "listed": listed(step, now),
        "ask to stay": AskToStay(now - step.age),
        "stay": Stay(),
        "let go": LetGo(now - step.age),
    }
    return by_kind[step.kind]


def decided(state: AddressState, event: Event | Listed, now: dt.datetime) -> AddressState:
    """Return the state after an event that concerns one address."""
    return after_listed(state, event, now) if isinstance(event, Listed) else after(state, event, now)


def other(address: Address) -> Address:
    return BOB if address == ADA else ADA


@dataclass
class World:
    """Two addresses and what became of them, and every mail with its time and its address."""

    now: dt.datetime = NOW
    standings: dict[Address, AddressState] = field(default_factory=lambda: {ADA: UNKNOWN, BOB: UNKNOWN_BOB})
    emails: list[tuple[dt.datetime, Address, Email]] = field(default_factory=list)
    steps: dict[tuple[str, str, dt.datetime], list[str]] = field(default_factory=lambda: defaultdict(list))
    readers: dict[str, Subscriber] = field(default_factory=dict)
    signed_up_since_leaving: set[Address] = field(default_factory=set)
    forgotten: dict[Address, list[dt.datetime]] = field(default_factory=lambda: {ADA: [], BOB: []})
    left_by_themselves: dict[Address, dt.datetime] = field(default_factory=dict)
    """When whoever has not been spoken against since pressed the button that unsubscribes."""
    owed: dict[Address, set[str]] = field(default_factory=lambda: {ADA: set(), BOB: set()})
    """What has to happen before an address that is gone may be mailed again: an editor lifts, they sign up, they confirm."""
    answered: dict[Address, list[dt.datetime]] = field(default_factory=lambda: {ADA: [], BOB: []})

    def take(self, step: Step) -> None:
        self.now += step.wait
        event = event_of(step, self.now)
        before = dict(self.standings)
        here, there = step.address, other(step.address)
        if isinstance(event, ConfirmMove):
            known = before[here].subscriber
            if known is not None and known.moving_since is not None and not step.age:
                event = ConfirmMove(known.moving_since.replace(microsecond=0))  # the link of the last request to move
            old, new = moved(before[here], before[there], event, self.now)
            assert (old is before[here]) == (new is before[there])
            self._changed(here, before[here], old, event)
            self._changed(there, before[there], new, event)
        elif isinstance(event, AskMove):
            free = may_be_moved_to(before[there], NOTHING_ASKED, self.now)
            old = after(before[here], replace(event, free=free), self.now)
            self._changed(here, before[here], old, event)
            if old is not before[here]:
                asked = AskedByMove(there, f"q{self.now:%y%m%d%H%M%S%f}")
                self._changed(there, before[there], after(before[there], asked, self.now), asked)
        else:
            self._changed(here, before[here], decided(before[here], event, self.now), event)

    def _changed(
        self, address: Address, was: AddressState, now_is: AddressState, event: Event | ConfirmMove | Listed
    ) -> None:
        self.standings[address] = replace(now_is, emails=())
        if now_is is was:
            return
        if isinstance(event, Leave | Forget):
            self.signed_up_since_leaving.discard(address)
        if isinstance(event, SignUp | AskAgain) and CONFIRMATION in now_is.emails:
            self.signed_up_since_leaving.add(address)
        if isinstance(event, Confirm):
            self.answered[address].append(self.now)
        if isinstance(event, Forget):
            self.forgotten[address].append(self.now)
            self.readers.clear()
            self.steps.clear()
        if isinstance(event, Leave) and event.own and was.active:
            self.left_by_themselves[address] = self.now
        elif now_is.suppression != was.suppression and not isinstance(event, Undo):
            self.left_by_themselves.pop(address, None)
        self._check_what_is_owed(address, was, now_is, event)
        self._check_activity(address, was, now_is, event)
        self._check_times(now_is)
        for email in now_is.emails:
            self._check_email(address, was, now_is, email)

    def _check_what_is_owed(
        self, address: Address, was: AddressState, now_is: AddressState, event: Event | ConfirmMove | Listed
    ) -> None:
        """Keep count, without looking at readers, of what has to happen before an address is in an audience again."""
        owed = self.owed[address]
        left = isinstance(event, Leave | Forget | Bounce | LetGo | Listed) and now_is.suppression != was.suppression
        if left and now_is.suppression is not None:
            # A list may say of somebody who is just confirming that they moved away from there: their own act counts.
            asks = state(now_is) is State.PENDING and now_is.moved_away
            owed |= {"confirm"} | (set() if asks else {"sign up"}) | ({"lift"} if now_is.not_liftable else set())
        elif isinstance(event, Lift):
            owed.discard("lift")
            if now_is.subscriber is None or now_is.subscriber.left is None:
                owed.clear()  # nobody has left who could come back
        elif CONFIRMATION in now_is.emails:
            assert "lift" not in owed
            owed.discard("sign up")
        elif isinstance(event, ConfirmMove) and now_is.active:
            assert "lift" not in owed
            owed.clear()
        elif isinstance(event, Undo):
            assert self.now < self.left_by_themselves.pop(address) + UNDO
            owed.clear()
        elif isinstance(event, Confirm) and now_is.active:
            assert owed <= {"confirm"}
            owed.clear()
        assert not (now_is.active and owed), f"{owed} before {address} is mailed again"

    def _check_activity(
        self, address: Address, was: AddressState, now_is: AddressState, event: Event | ConfirmMove | Listed
    ) -> None:
        left = was.subscriber.left if was.subscriber is not None else None
        only_moved = was.moved_away and left is None  # the reader who comes here now never left
        departed = (was.suppression is not None and not only_moved) or state(was) is State.UNSUBSCRIBED
        if state(now_is) is State.ACTIVE and state(was) is not State.ACTIVE and departed:
            if isinstance(event, ConfirmMove):  # they left, an editor lifted it, and then they pressed a newer link
                assert was.open_to_moves
                assert left is not None
                assert event.issued >= left.replace(microsecond=0)
            elif isinstance(event, Undo):
                assert was.suppression is not None
                assert was.suppression.reason is Reason.UNSUBSCRIBED
            else:
                assert isinstance(event, Confirm)
                assert address in self.signed_up_since_leaving
                assert was.suppression is None or was.suppression.reason.liftable
        if state(now_is) is State.ACTIVE:
            assert now_is.suppression is None
        if was.suppression is not None and now_is.suppression is None:
            moved_back = isinstance(event, ConfirmMove) and was.suppression.reason is Reason.MOVED
            assert moved_back or isinstance(event, Confirm | Lift | Undo)
        if was.suppression and now_is.suppression:
            assert now_is.suppression.reason.weight >= was.suppression.reason.weight
        if state(now_is) is State.UNSUBSCRIBED and not isinstance(event, Lift | AskedByMove):
            assert was.suppression is None or now_is.suppression is not None

    def _check_times(self, now_is: AddressState) -> None:
        reader = now_is.subscriber
        if reader is None:
            return
        before = self.readers.get(reader.subject_id)
        self.readers[reader.subject_id] = reader
        for each in fields(reader):
            value = getattr(reader, each.name)
            if not isinstance(value, dt.datetime):
                continue
            if each.name == "paused_until":
                assert value <= self.now + LONGEST_PAUSE
                continue
            if each.name == "undo_until":
                assert value <= self.now + UNDO
                continue
            assert value <= self.now
            former = getattr(before, each.name) if before is not None else None
            if former is not None and each.name != "created":
                assert value >= former
        for course in reader.courses:
            assert 0 <= course.sent <= STEPS_OF_A_PATH
            assert 1 <= course.every_days <= 366
            assert course.due is None or (course.ended is None and state(now_is) is not State.UNSUBSCRIBED)
            assert course.due is not None or course.ended is not None or state(now_is) is State.PENDING
        assert len({course.path for course in reader.courses}) == len(reader.courses)

    def _check_email(self, address: Address, was: AddressState, now_is: AddressState, email: Email) -> None:
        reader = now_is.subscriber
        assert reader is not None
        assert not now_is.not_liftable
        if email.kind is EmailKind.CONFIRMATION:
            assert reader.state is State.PENDING
        else:
            assert now_is.active
        if email.kind is EmailKind.STEP:
            path, _, number = email.detail.partition(" ")
            course = reader.course(path)
            assert course is not None
            assert not reader.paused(self.now)
            assert was.active
            sent = self.steps[reader.subject_id, path, course.started]
            former = was.subscriber.course(path) if was.subscriber is not None else None
            if (
                not sent and former is not None
            ):  # a course that came from a joined reader has its history under another id
                sent += [str(number) for number in range(1, former.sent + 1)]
            sent.append(number.split()[0])
            assert sent == [str(n) for n in range(1, len(sent) + 1)]
            assert len(sent) <= STEPS_OF_A_PATH
        if email.address is not None:
            target = next(each for each in (ADA, BOB) if each.canonical == canonical(email.address))
            assert self.standings[target].open_to_moves
            address = target
        self.emails.append((self.now, address, email))

    def mailed(self, address: Address, *kinds: EmailKind) -> list[dt.datetime]:
        """Return when mails of these kinds went to an address since its reader was last deleted."""
        since = max(self.forgotten[address], default=NOW)
        return [at for at, to, email in self.emails if to == address and email.kind in kinds and at >= since]


def history(steps: list[Step]) -> World:
    world = World()
    for step in steps:
        world.take(step)
    return world


@settings(deadline=None, max_examples=600)
@given(histories(30))
def test_in_every_history_readers_come_back_only_by_their_own_act_and_mail_goes_only_where_it_may(
    steps: list[Step],
) -> None:
    world = history(steps)  # which asserts after each step; see World._changed
    for standing in world.standings.values():
        assert standing.active == (state(standing) is State.ACTIVE), "active and suppressed at once"


@settings(deadline=None, max_examples=300)
@given(histories(60))
def test_in_every_history_an_address_that_does_not_answer_gets_one_confirmation_mail_a_day_and_then_one_a_month(
    steps: list[Step],
) -> None:
    # Whoever is deleted, by themselves or after weeks without a confirmation, is a stranger again.
    world = history([step for step in steps if step.kind not in ("forget", "confirm move", "expire")])
    for address in (ADA, BOB):
        asked = world.mailed(address, EmailKind.CONFIRMATION, EmailKind.MOVE)
        for since, until in pairwise([NOW - DAY, *world.answered[address], world.now + DAY]):
            check_unanswered([at for at in asked if since <= at < until])


def check_unanswered(asked: list[dt.datetime]) -> None:
    assert all(later - earlier >= BETWEEN_CONFIRMATIONS for earlier, later in pairwise(asked))
    for first, begin in enumerate(asked):
        for last, end in enumerate(asked[first:], start=first):
            assert last - first + 1 <= UNANSWERED_AT_MOST + (end - begin) // FORGIVEN_AFTER


@settings(deadline=None, max_examples=200)
@given(histories(60))
def test_in_every_history_a_link_is_mailed_at_most_once_in_eight_hours(steps: list[Step]) -> None:
    # After a reader moved away or was deleted, another reader may have the same address, with links of their own.
    world = history([step for step in steps if step.kind not in ("forget", "confirm move")])
    for address in (ADA, BOB):
        assert all(
            later - earlier >= BETWEEN_LINKS for earlier, later in pairwise(world.mailed(address, EmailKind.LINK))
        )


@settings(deadline=None, max_examples=400)
@given(histories(20), STEPS)
def test_in_every_history_repeating_an_event_changes_nothing(steps: list[Step], last: Step) -> None:
    world = history(steps)
    event = event_of(last, world.now)
    if isinstance(event, ConfirmMove):
        old, new = moved(world.standings[last.address], world.standings[other(last.address)], event, world.now)
        assert moved(old, new, event, world.now + HOUR) == (old, new)
        return
    once = replace(decided(world.standings[last.address], event, world.now), emails=())
    assert decided(once, event, world.now) is once


@settings(deadline=None, max_examples=400)
@given(histories(20), histories(20), st.booleans())
def test_joining_any_two_addresses_loses_no_suppression_and_makes_nobody_active_who_left(
    of_ada: list[Step], of_bob: list[Step], older: bool
) -> None:
    world = history([replace(step, address=ADA) for step in of_ada] + [replace(step, address=BOB) for step in of_bob])
    old, new = world.standings[ADA], world.standings[BOB]
    if old.subscriber is None:
        return
    wished = replace(old.subscriber, moving_to=BOB.written, moving_since=world.now)
    old = replace(old, subscriber=wished)
    issued = (world.now - (DAY if older else dt.timedelta(0))).replace(microsecond=0)
    gone, joined = moved(old, new, ConfirmMove(issued), world.now + HOUR)
    if old.suppression or not new.open_to_moves or older or state(old) is not State.ACTIVE:
        assert (gone, joined) == (old, new)
        return
    assert gone == AddressState(ADA.canonical, suppression=Suppression(ADA.canonical, Reason.MOVED, world.now + HOUR))
    assert joined.suppression is None
    reader = joined.subscriber
    assert reader is not None
    assert (reader.state, reader.canonical, reader.subject_id) == (State.ACTIVE, BOB.canonical, wished.subject_id)
    there = new.subscriber
    if there is not None:
        assert reader.confirmations == 0, "the button was pressed in that mailbox"
        assert set(reader.tags) == {*wished.tags, *there.tags}
        began = [course for course in there.courses if not course.waits]
        assert {course.path for course in reader.courses} == {course.path for course in (*wished.courses, *began)}
    assert moved_before(reader, ConfirmMove(issued))
    assert not moved_before(reader, ConfirmMove(issued - DAY))


def state(standing: AddressState) -> State | None:
    return standing.subscriber.state if standing.subscriber else None


def reader_of(standing: AddressState) -> Subscriber:
    assert standing.subscriber is not None
    return standing.subscriber


def bounced(state: AddressState, kind: BounceKind, at: dt.datetime, *accepted: dt.datetime) -> AddressState:
    return after(state, Bounce(kind, "552 5.2.2 mailbox full", at, accepted), at)


def test_a_hard_bounce_and_a_complaint_count_at_once_and_keep_the_servers_words() -> None:
    for kind, reason in ((BounceKind.HARD, Reason.BOUNCED), (BounceKind.COMPLAINT, Reason.COMPLAINED)):
        gone = after(active(), Bounce(kind, "550 5.1.1 no such user", NOW + DAY), NOW + 2 * DAY)
        words = "550 5.1.1 no such user"
        assert gone.suppression == Suppression(ADA.canonical, reason, NOW + DAY, SIGN_UP.subject_id, words)
        assert state(gone) is State.UNSUBSCRIBED
        assert after(gone, SIGN_UP, NOW + 60 * DAY) is gone


def test_a_bounce_does_not_replace_a_refusal_so_lifting_the_one_never_lifts_the_other() -> None:
    refused = after(active(), leave(Reason.REFUSED), NOW + DAY)
    assert after(refused, Bounce(BounceKind.HARD, "550 5.1.1 no such user"), NOW + 2 * DAY) is refused
    gone = after(after(active(), Bounce(BounceKind.HARD), NOW + DAY), leave(Reason.REFUSED), NOW + 2 * DAY)
    assert gone.suppression is not None
    assert gone.suppression.reason is Reason.REFUSED


def test_a_mailbox_that_is_full_for_five_weekly_issues_is_suppressed_at_the_fifth() -> None:
    standing = active()
    for week in range(1, 5):
        standing = bounced(standing, BounceKind.SOFT, NOW + 7 * week * DAY)
        assert standing.active
    gone = bounced(standing, BounceKind.SOFT, NOW + 35 * DAY)
    assert gone.suppression is not None
    assert (gone.suppression.reason, gone.suppression.words) == (Reason.BOUNCED, "552 5.2.2 mailbox full")


def test_daily_mail_to_a_mailbox_that_is_full_for_three_weeks_suppresses_nobody() -> None:
    standing = active()
    for day in range(1, 22):
        standing = bounced(standing, BounceKind.SOFT, NOW + day * DAY)
    assert standing.active


def test_a_mail_that_was_accepted_since_takes_back_half_of_a_soft_bounce() -> None:
    standing, sent = active(), list[dt.datetime]()
    for week in range(1, 9):  # as with a server of our own that accepts everything and reports the bounce a day later
        sent.append(NOW + 7 * week * DAY)
        standing = bounced(standing, BounceKind.SOFT, sent[-1] + DAY, *sent)
        assert standing.active
    assert not bounced(standing, BounceKind.SOFT, NOW + 64 * DAY, *sent, NOW + 63 * DAY).active


def test_every_second_issue_that_arrives_keeps_a_reader_for_ever_longer_than_none() -> None:
    standing, sent = active(), list[dt.datetime]()
    for week in range(1, 20):
        at = NOW + 7 * week * DAY
        if week % 3:
            sent.append(at)
        else:
            standing = bounced(standing, BounceKind.SOFT, at, *sent)
    assert reader_of(standing).bounces == WEIGHT  # two that arrived outweigh one that did not


def test_soft_bounces_are_forgotten_after_a_time_and_by_a_confirmation() -> None:
    twice = bounced(bounced(active(), BounceKind.SOFT, NOW + 7 * DAY), BounceKind.SOFT, NOW + 14 * DAY)
    assert reader_of(twice).bounces == 2 * WEIGHT
    assert reader_of(bounced(twice, BounceKind.SOFT, NOW + 15 * DAY + FORGOTTEN_AFTER)).bounces == WEIGHT
    back = after(
        after(after(twice, leave(), NOW + 15 * DAY), SIGN_UP, NOW + 16 * DAY), Confirm(NOW + 16 * DAY), NOW + 17 * DAY
    )
    assert (back.active, reader_of(back).bounces) == (True, 0)


def test_a_bounce_from_before_the_reader_confirmed_says_nothing() -> None:
    standing = active()
    for kind in (BounceKind.HARD, BounceKind.SOFT):
        assert after(standing, Bounce(kind, "550 5.1.1", NOW), NOW + DAY) is standing


def test_a_soft_bounce_of_a_stranger_or_of_somebody_who_left_changes_nothing() -> None:
    for standing in (UNKNOWN, after(active(), leave(), NOW + DAY)):
        assert bounced(standing, BounceKind.SOFT, NOW + 2 * DAY) is standing


def test_a_deleted_reader_leaves_no_words_of_a_server_behind() -> None:
    gone = after(after(active(), Bounce(BounceKind.HARD, "550 5.1.1 Ada is gone"), NOW + DAY), FORGET, NOW + 2 * DAY)
    assert gone.suppression is not None
    assert (gone.suppression.reason, gone.suppression.words, gone.subscriber) == (Reason.BOUNCED, "", None)


def test_a_reader_is_let_go_only_after_they_were_asked_and_did_nothing() -> None:
    later = NOW + 400 * DAY
    assert after(active(), LetGo(later), later) == active()
    asked = replace(after(active(), AskToStay(NOW + 300 * DAY), NOW + 300 * DAY), emails=())
    assert after(asked, AskToStay(later), later) is asked  # at most once in half a year
    assert after(asked, LetGo(NOW + 300 * DAY), later) is asked
    gone = after(asked, LetGo(NOW + 301 * DAY), later)
    assert gone.suppression is not None
    assert gone.suppression.reason is Reason.REMOVED
    for answer in (Stay(), Prefer(zone="Europe/Berlin")):
        stays = after(asked, answer, NOW + 310 * DAY)
        assert after(stays, LetGo(later), later) is stays


def test_a_sign_up_that_nobody_confirmed_expires_and_leaves_nothing() -> None:
    waiting = replace(after(UNKNOWN, SIGN_UP, NOW), emails=())
    assert after(waiting, Expire(NOW), NOW + 30 * DAY) is waiting
    assert after(waiting, Expire(NOW + HOUR), NOW + 30 * DAY) == UNKNOWN


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12), st.sampled_from([3, 30, 90]))
def test_however_short_the_retention_is_it_does_not_reset_the_limit_of_confirmation_mails(
    gaps: list[int], days: int
) -> None:
    kept, swept, now = UNKNOWN, UNKNOWN, NOW
    for gap in gaps:
        now += gap * DAY
        swept = after(swept, Expire(now - days * DAY), now)
        kept, swept = (after(replace(each, emails=()), SIGN_UP, now) for each in (kept, swept))
        assert kept.emails == swept.emails


def test_a_reader_who_left_and_did_not_confirm_again_is_somebody_who_left_when_the_sign_up_expires() -> None:
    again = after(after(after(active(), leave(), NOW + DAY), Lift(), NOW + DAY), SIGN_UP, NOW + 2 * DAY)
    expired = after(again, Expire(NOW + 3 * DAY), NOW + 33 * DAY)
    assert state(expired) is State.UNSUBSCRIBED
    assert after(expired, ENTER, NOW + 34 * DAY) is expired


def test_a_move_that_nobody_confirmed_is_taken_back() -> None:
    asked = after(active(), AskMove(BOB, free=True), NOW + DAY)
    expired = after(asked, Expire(NOW + 2 * DAY), NOW + 30 * DAY)
    assert (expired.active, reader_of(expired).moving_to) == (True, None)


def test_a_confirmation_link_from_before_the_reader_left_does_not_bring_them_back() -> None:
    left = after(active(), leave(), NOW + 2 * HOUR)
    assert after(left, Confirm(NOW), NOW + 3 * HOUR) is left
    again = after(left, SIGN_UP, NOW + 25 * HOUR)
    assert state(again) is State.PENDING
    assert after(again, Confirm(NOW), NOW + 26 * HOUR) is again
    back = after(again, Confirm(NOW + 25 * HOUR), NOW + 26 * HOUR)
    assert state(back) is State.ACTIVE
    assert back.suppression is None


def test_an_active_reader_who_signs_up_again_changes_nothing() -> None:
    standing = active()
    assert after(standing, SIGN_UP, NOW + 30 * DAY) is standing


def test_neither_a_complaint_nor_a_hard_bounce_is_lifted_by_signing_up() -> None:
    for reason in (Reason.COMPLAINED, Reason.BOUNCED):
        standing = after(active(), leave(reason), NOW + DAY)
        assert after(standing, SIGN_UP, NOW + 30 * DAY) is standing


def test_a_complaint_after_a_new_sign_up_prevents_its_confirmation() -> None:
    again = after(after(active(), leave(), NOW + DAY), SIGN_UP, NOW + 2 * DAY)
    kept_away = after(again, leave(Reason.COMPLAINED), NOW + 2 * DAY)
    assert after(kept_away, Confirm(NOW + 2 * DAY), NOW + 2 * DAY) is kept_away


def test_a_deleted_reader_who_comes_back_keeps_the_id_in_their_old_mail() -> None:
    first = active()
    gone = after(first, FORGET, NOW + DAY)
    assert gone.subscriber is None
    assert gone.suppression is not None
    back = after(gone, replace(SIGN_UP, subject_id="C" * 22), NOW + 2 * DAY)
    assert back.subscriber is not None
    assert first.subscriber is not None
    assert back.subscriber.subject_id == first.subscriber.subject_id


def test_a_due_mail_is_dropped_when_the_reader_leaves() -> None:
    pending = after(UNKNOWN, SIGN_UP, NOW)
    assert pending.emails == (CONFIRMATION,)
    assert after(pending, leave(), NOW).emails == ()


# Confirmation mails to an address


def asked_by_form(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, SIGN_UP, now)


def asked_again(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, AskAgain(now) if standing.subscriber else SIGN_UP, now)


def asked_by_move(standing: AddressState, now: dt.datetime) -> AddressState:
    return after(standing, AskedByMove(ADA, "C" * 22), now)


def asked_either_way(standing: AddressState, now: dt.datetime) -> AddressState:
    return (asked_by_form if (now - NOW).days % 2 else asked_by_move)(standing, now)


@pytest.mark.parametrize("ask", [asked_by_form, asked_again, asked_by_move, asked_either_way])
def test_an_address_that_never_answers_gets_five_confirmation_mails_and_then_one_a_month(
    ask: Callable[[AddressState, dt.datetime], AddressState],
) -> None:
    standing = five_times(ask)
    last, second = dt.timedelta(days=UNANSWERED_AT_MOST), dt.timedelta(seconds=1)
    for month in (1, 2, 3):
        again = NOW + last + month * FORGIVEN_AFTER
        assert ask(standing, again - second) is standing
        asked = ask(standing, again)
        assert asked is not standing
        standing = replace(asked, emails=())
    quiet = ask(standing, NOW + last + 3 * FORGIVEN_AFTER + 1_000 * DAY)
    assert reader_of(quiet).confirmations == 1, "all is forgiven"


def five_times(ask: Callable[[AddressState, dt.datetime], AddressState]) -> AddressState:
    standing = UNKNOWN
    for number in range(1, UNANSWERED_AT_MOST + 1):
        asked = ask(standing, NOW + number * BETWEEN_CONFIRMATIONS)
        assert reader_of(asked).confirmations == number
        standing = replace(asked, emails=())
    return standing


def test_who_confirms_is_asked_again_at_once_when_they_come_back_and_counts_from_the_beginning() -> None:
    standing, now = five_times(asked_by_form), NOW + UNANSWERED_AT_MOST * DAY
    for _ in range(2 * UNANSWERED_AT_MOST):  # whoever comes and goes is no stranger
        confirmed = replace(after(standing, Confirm(now), now + HOUR), emails=())
        assert reader_of(confirmed).confirmations == 0
        left = after(confirmed, leave(), now + 2 * HOUR)
        now += 3 * HOUR
        back = after(left, SIGN_UP, now)
        assert (back.emails, reader_of(back).confirmations) == ((CONFIRMATION,), 1)
        standing = replace(back, emails=())
        assert after(standing, SIGN_UP, now + HOUR) is standing, "a stranger gets no more of it than before"


@pytest.mark.parametrize("ask", [SIGN_UP, AskAgain(NOW), AskedByMove(ADA, "C" * 22)])
def test_no_address_is_asked_if_another_of_its_mailbox_was_and_no_reader_is_made_of_it(ask: Event) -> None:
    today = Asks(NOW, 1)
    for state_before in (UNKNOWN, after(UNKNOWN, SIGN_UP, NOW - 2 * DAY)):
        standing = replace(state_before, emails=())
        event = replace(ask, others=today)  # type: ignore[arg-type]
        assert after(standing, event, NOW + HOUR) is standing
        if not (isinstance(ask, AskAgain) and standing.subscriber is None):
            later = after(standing, event, NOW + DAY)
            assert (later is not standing, reader_of(later).confirmations) == (True, 2), (
                "it counts what the mailbox got"
            )
    wish = replace(SIGN_UP, path="backend", others=today)
    assert after(UNKNOWN, wish, NOW + HOUR) is UNKNOWN


def test_whoever_refused_all_mail_is_not_asked_at_any_address_of_the_mailbox() -> None:
    assert after(UNKNOWN, replace(SIGN_UP, others=Asks(refused=True)), NOW + 1_000 * DAY) is UNKNOWN
    refused = after(after(UNKNOWN, SIGN_UP, NOW), leave(Reason.REFUSED), NOW + HOUR)
    assert after(refused, SIGN_UP, NOW + 1_000 * DAY) is refused


# Coming back


def test_a_link_from_before_the_reader_was_deleted_does_not_bring_them_back() -> None:
    gone = after(after(UNKNOWN, SIGN_UP, NOW), FORGET, NOW + HOUR)
    again = after(gone, SIGN_UP, NOW + 2 * HOUR)  # by anyone
    assert after(again, Confirm(NOW), NOW + 3 * HOUR) is again
    assert after(again, Confirm(NOW + 2 * HOUR), NOW + 3 * HOUR).active


def test_a_reader_who_was_suppressed_before_signing_up_keeps_the_id_in_their_mail() -> None:
    cleaned = after(UNKNOWN, leave(), NOW)
    asked = after(cleaned, SIGN_UP, NOW + HOUR)
    gone = after(asked, FORGET, NOW + 2 * HOUR)
    assert gone.suppression is not None
    assert gone.suppression.subject_id == SIGN_UP.subject_id


# Pauses


def test_a_pause_ends_by_itself_and_is_never_longer_than_a_year() -> None:
    paused = after(active(), Prefer(paused_until=NOW + 9_999 * DAY), NOW + DAY)
    reader = reader_of(paused)
    assert reader.paused(NOW + DAY + LONGEST_PAUSE - HOUR)
    assert not reader.paused(NOW + DAY + LONGEST_PAUSE)
    assert reader_of(after(paused, Prefer(paused_until=NOW), NOW + 2 * DAY)).paused_until is None


# Courses


def enrolled(now: dt.datetime = NOW + 2 * HOUR) -> AddressState:
    return after(active(), Prefer(paths={"backend": 7}), now)


def test_a_course_chosen_at_sign_up_begins_when_the_reader_confirms() -> None:
    wished = after(UNKNOWN, replace(SIGN_UP, path="backend"), NOW)
    assert reader_of(wished).courses == (Course("backend", started=NOW),)
    begun = reader_of(after(wished, Confirm(NOW), NOW + HOUR)).courses
    assert begun == (Course("backend", started=NOW + HOUR, due=NOW + HOUR),)


def test_a_course_that_only_a_form_asked_for_does_not_begin_when_an_editor_adds_the_reader() -> None:
    entered = after(after(UNKNOWN, replace(SIGN_UP, path="backend"), NOW), ENTER, NOW + HOUR)
    assert (state(entered), reader_of(entered).courses) == (State.ACTIVE, ())


def test_a_course_chosen_while_the_confirmation_waits_is_not_forgotten() -> None:
    pending = after(UNKNOWN, SIGN_UP, NOW)
    wished = after(pending, replace(SIGN_UP, path="backend"), NOW + HOUR)
    assert wished.emails == pending.emails  # one mail is enough
    assert reader_of(wished).course("backend") is not None
    assert after(replace(wished, emails=()), replace(SIGN_UP, path="backend"), NOW + HOUR).emails == ()


def test_a_reader_who_comes_back_for_an_ended_course_gets_it_from_the_first_step() -> None:
    left = after(enrolled(), leave(), NOW + DAY)
    again = after(left, replace(SIGN_UP, path="backend"), NOW + 2 * DAY)
    back = after(again, Confirm(NOW + 2 * DAY), NOW + 3 * DAY)
    assert reader_of(back).courses == (Course("backend", started=NOW + 3 * DAY, due=NOW + 3 * DAY),)


def test_a_course_comes_a_step_a_week_and_then_ends() -> None:
    standing, now = enrolled(), NOW + 2 * HOUR
    for number in (1, 2, 3):
        standing = after(standing, StepDue("backend", 3), now)
        [email] = standing.emails
        assert (email.kind, email.detail.split()[:2]) == (EmailKind.STEP, ["backend", str(number)])
        standing = replace(standing, emails=())
        assert after(standing, StepDue("backend", 3), now + 6 * DAY) is standing
        now += 7 * DAY
    [course] = reader_of(standing).courses
    assert (course.sent, course.due, course.ended) == (3, None, now - 7 * DAY)


def test_no_step_comes_during_a_pause_or_after_leaving_and_a_course_whose_path_is_gone_ends() -> None:
    paused = after(enrolled(), Prefer(paused_until=NOW + 9 * DAY, paths={"backend": 7}), NOW + 3 * HOUR)
    assert after(paused, StepDue("backend", 3), NOW + 8 * DAY) is paused
    assert after(paused, StepDue("backend", 3), NOW + 9 * DAY).emails != ()
    gone = after(enrolled(), leave(), NOW + DAY)
    assert after(gone, StepDue("backend", 3), NOW + 2 * DAY) is gone
    ended = after(enrolled(), StepDue("backend", 0), NOW + DAY)
    assert (ended.emails, reader_of(ended).courses[0].ended) == ((), NOW + DAY)


def test_the_next_step_can_be_requested_early_but_the_first_cannot() -> None:
    first = replace(after(enrolled(), StepDue("backend", 3), NOW + 3 * HOUR), emails=())
    hurried = after(first, NextStep("backend"), NOW + 4 * HOUR)
    assert reader_of(hurried).courses[0].due == NOW + 4 * HOUR
    stopped = after(first, Prefer(paths={}), NOW + 5 * HOUR)
    again = after(stopped, Prefer(paths={"backend": 7}), NOW + 6 * HOUR)
    [course] = reader_of(again).courses
    assert (course.sent, course.due) == (0, NOW + 5 * HOUR + BETWEEN_STARTS)
    assert after(again, NextStep("backend"), NOW + 7 * HOUR) is again  # otherwise, two presses would send two steps


def test_a_new_pace_counts_from_the_last_step() -> None:
    first = replace(after(enrolled(), StepDue("backend", 3), NOW + 3 * HOUR), emails=())
    slower = after(first, Prefer(paths={"backend": 14}), NOW + DAY)
    assert reader_of(slower).courses[0].due == NOW + 3 * HOUR + 14 * DAY


# Moves


def moving(now: dt.datetime = NOW + 2 * HOUR) -> AddressState:
    return replace(after(active(), AskMove(BOB, free=True), now), emails=())


def test_a_reader_moves_with_everything_and_the_former_address_is_told() -> None:
    event = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    there = after(UNKNOWN_BOB, replace(SIGN_UP, address=BOB, subject_id="C" * 22, path="rust"), NOW)
    old, new = moved(moving(), there, event, NOW + 3 * HOUR)
    assert old == AddressState(ADA.canonical, suppression=Suppression(ADA.canonical, Reason.MOVED, NOW + 3 * HOUR))
    reader = reader_of(new)
    assert (reader.address, reader.subject_id, reader.state) == (BOB.written, "A" * 22, State.ACTIVE)
    assert reader.courses == (), "a form asked for the course there, and the button of the move said nothing of it"
    assert new.emails == (Email(EmailKind.MOVED, address=ADA.written),)


def test_an_editor_cannot_add_an_address_that_its_reader_moved_away_from_but_the_reader_can_come_back() -> None:
    event = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    old, _ = moved(moving(), UNKNOWN_BOB, event, NOW + 3 * HOUR)
    assert after(old, ENTER, NOW + DAY) is old
    assert may_be_moved_to(old, NOTHING_ASKED, NOW + DAY)
    bob = after(UNKNOWN_BOB, replace(ENTER, address=BOB, subject_id="B" * 22), NOW)
    bob = after(bob, AskMove(ADA, free=True), NOW + 4 * HOUR)
    gone, back = moved(bob, old, ConfirmMove((NOW + 4 * HOUR).replace(microsecond=0)), NOW + 5 * HOUR)
    assert (gone.subscriber, gone.suppression and gone.suppression.reason) == (None, Reason.MOVED)
    assert (reader_of(back).canonical, back.active, reader_of(back).left) == (ADA.canonical, True, None)
    asked = after(old, replace(SIGN_UP, subject_id="C" * 22), NOW + DAY)
    assert (state(asked), asked.suppression) == (State.PENDING, old.suppression)
    assert after(asked, Confirm((NOW + DAY).replace(microsecond=0)), NOW + DAY).active


def test_a_link_of_an_earlier_request_or_from_before_the_mailbox_left_moves_nothing() -> None:
    first = ConfirmMove((NOW + 2 * HOUR).replace(microsecond=0))
    again = replace(after(moving(), AskMove(BOB, free=True), NOW + 4 * HOUR), emails=())
    assert moved(again, UNKNOWN_BOB, first, NOW + 5 * HOUR) == (again, UNKNOWN_BOB)
    there = after(UNKNOWN_BOB, replace(SIGN_UP, address=BOB), NOW)
    lifted = after(after(there, Leave(Reason.UNSUBSCRIBED), NOW + 3 * HOUR), Lift(), NOW + 3 * HOUR)
    assert moved(moving(), lifted, first, NOW + 4 * HOUR) == (moving(), lifted)


def test_a_request_to_move_mails_at_most_once_an_hour_and_only_an_address_that_may_be_mailed() -> None:
    waiting = moving()
    soon = NOW + 2 * HOUR + BETWEEN_MOVES
    assert after(waiting, AskMove(BOB, free=True), soon - dt.timedelta(seconds=1)) is waiting
    # The request is kept even if the address may not be asked: the page must not tell which addresses are suppressed.
    unfree = after(waiting, AskMove(BOB, free=False), soon)
    assert (reader_of(unfree).moving_to, unfree.emails) == (BOB.written, ())
    assert after(waiting, AskMove(ADA, free=True), soon) is waiting
    assert after(waiting, AskMove(BOB, free=True), soon).emails == (Email(EmailKind.MOVE, address=BOB.written),)


def test_a_mail_about_a_move_counts_as_a_confirmation_mail_of_its_address() -> None:
    asked = after(UNKNOWN_BOB, AskedByMove(BOB, "Q" * 22), NOW)
    assert state(asked) is State.PENDING
    assert not may_be_moved_to(asked, NOTHING_ASKED, NOW + 23 * HOUR)
    assert after(asked, replace(SIGN_UP, address=BOB), NOW + HOUR) is asked
    assert may_be_moved_to(asked, NOTHING_ASKED, NOW + DAY)
    kept_away = after(asked, Leave(Reason.UNSUBSCRIBED), NOW)
    assert not may_be_moved_to(kept_away, NOTHING_ASKED, NOW + 9 * DAY)


# What editors do


def test_a_lifted_suppression_puts_nobody_back() -> None:
    lifted = after(after(active(), leave(Reason.BOUNCED), NOW + DAY), Lift(), NOW + 2 * DAY)
    assert (lifted.suppression, state(lifted)) == (None, State.UNSUBSCRIBED)
    assert after(lifted, ENTER, NOW + 3 * DAY) is lifted
    assert state(after(lifted, SIGN_UP, NOW + 3 * DAY)) is State.PENDING


def test_each_tag_is_kept_once_and_in_order() -> None:
    tagged = after(after(active(), Tag(("a", "b", "a")), NOW), Tag(("c", "b"), ("a",)), NOW)
    assert reader_of(tagged).tags == ("b", "c")
    assert after(UNKNOWN, Tag(("a",)), NOW) == UNKNOWN


# Undoing


def left_by_themselves(now: dt.datetime, state_before: AddressState | None = None) -> AddressState:
    return after(state_before or active(), Leave(Reason.UNSUBSCRIBED, "oops", own=True), now)


def test_who_left_by_mistake_comes_back_with_everything_and_a_course_goes_on_where_it_was() -> None:
    first = replace(after(enrolled(), StepDue("backend", 3), NOW + 3 * HOUR), emails=())
    paused = after(first, Prefer(("news",), "Asia/Tokyo", NOW + 20 * DAY, {"backend": 7}), NOW + 4 * HOUR)
    left = left_by_themselves(NOW + DAY, paused)
    back = after(left, Undo(), NOW + DAY + HOUR / 2)
    assert (back.active, back.emails) == (True, ())
    was, reader = reader_of(paused), reader_of(back)
    assert replace(reader, seen=was.seen, left=was.left, courses=()) == replace(was, courses=())
    [course] = reader.courses
    assert (course.sent, course.ended, course.due) == (1, None, NOW + 2 * HOUR + 7 * DAY)


@pytest.mark.parametrize(
    "then",
    [
        [], [leave(Reason.COMPLAINED)], [leave(Reason.REFUSED)], [leave(Reason.REMOVED)], [Lift()], [Lift(), leave()],
        [FORGET], [leave()],
    ],
)  # fmt: skip
def test_nobody_undoes_what_is_an_hour_old_or_more_than_their_own_leaving(then: list[Event]) -> None:
    standing = left_by_themselves(NOW + DAY)
    for event in then:
        standing = after(standing, event, NOW + DAY + HOUR / 4)
    late = NOW + DAY + (HOUR / 2 if then else UNDO)
    assert after(standing, Undo(), late) is standing


@pytest.mark.parametrize("event", [leave(), leave(Reason.REMOVED), Bounce(BounceKind.HARD)])
def test_what_an_editor_or_a_server_did_is_not_undone_by_a_link(event: Event) -> None:
    gone = after(active(), event, NOW + DAY)
    assert after(gone, Undo(), NOW + DAY) is gone


def test_who_never_confirmed_undoes_nothing() -> None:
    gone = left_by_themselves(NOW + DAY, replace(after(UNKNOWN, SIGN_UP, NOW), emails=()))
    assert after(gone, Undo(), NOW + DAY) is gone


# Two pages open at once

CHOICES = st.builds(
    Prefer,
    st.lists(st.sampled_from(["concept", "project", "question"]), unique=True).map(lambda some: tuple(sorted(some))),
    st.sampled_from([None, "Europe/Berlin", "Asia/Tokyo"]),
    st.sampled_from([None, NOW + 9 * DAY, NOW + 30 * DAY]),
    st.dictionaries(st.sampled_from(["backend", "rust", "data"]), st.sampled_from([3, 7, 14])),
)


def chosen_by(standing: AddressState) -> Prefer:
    reader = reader_of(standing)
    paths = {each.path: each.every_days for each in reader.courses if each.ended is None}
    return Prefer(reader.without, reader.zone, reader.paused_until, paths)


@settings(deadline=None, max_examples=300)
@given(CHOICES, CHOICES, CHOICES)
def test_of_two_pages_that_were_open_at_once_both_apply_and_the_later_wins_only_where_both_changed_the_same(
    at_first: Prefer, one: Prefer, other: Prefer
) -> None:
    begun = after(active(), at_first, NOW + HOUR)
    shown = chosen_by(begun)
    once = after(begun, replace(one, shown=shown), NOW + 2 * HOUR)
    assert chosen_by(once) == one, "alone, a form applies as it is"
    both = chosen_by(after(once, replace(other, shown=shown), NOW + 3 * HOUR))
    for section in ("concept", "project", "question"):
        was, first, later = ((section in each.without) for each in (shown, one, other))
        assert (section in both.without) == (later if later != was else first)
    assert both.zone == (other.zone if other.zone != shown.zone else one.zone)
    assert both.paused_until == (other.paused_until if other.paused_until != shown.paused_until else one.paused_until)
    for path in ("backend", "rust", "data"):
        was_, first_, later_ = ((each.paths or {}).get(path) for each in (shown, one, other))
        assert (both.paths or {}).get(path) == (later_ if later_ != was_ else first_)
