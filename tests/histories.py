"""Random histories of two addresses: events, and a world in which they happen."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

from hypothesis import strategies as st

from subscribers import Address, BounceKind, Prefer, Reason, State
from subscribers.address import canonical
from subscribers.address_state import AddressState
from subscribers.asks import BETWEEN_CONFIRMATIONS, FORGIVEN_AFTER, NOTHING_ASKED, UNANSWERED_AT_MOST
from subscribers.departures import UNDO
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
from subscribers.moves import ConfirmMove, moved
from subscribers.subscriber import LONGEST_PAUSE, Email, EmailKind, Subscriber
from subscribers.transitions import (
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


def check_unanswered(asked: list[dt.datetime]) -> None:
    assert all(later - earlier >= BETWEEN_CONFIRMATIONS for earlier, later in pairwise(asked))
    for first, begin in enumerate(asked):
        for last, end in enumerate(asked[first:], start=first):
            assert last - first + 1 <= UNANSWERED_AT_MOST + (end - begin) // FORGIVEN_AFTER


def state(standing: AddressState) -> State | None:
    return standing.subscriber.state if standing.subscriber else None


def reader_of(standing: AddressState) -> Subscriber:
    assert standing.subscriber is not None
    return standing.subscriber


def enrolled(now: dt.datetime = NOW + 2 * HOUR) -> AddressState:
    return after(active(), Prefer(paths={"backend": 7}), now)
