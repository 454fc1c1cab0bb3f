"""Histories of one address: whatever happens in whatever order, who left is mailed again only by their own act."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import Address, Reason, State
from subscribers.subscriber import Kind, Letter
from subscribers.transitions import (
    BETWEEN_CONFIRMATIONS,
    CONFIRMATIONS_IN_A_LIFETIME,
    Confirm,
    Enter,
    Event,
    Forget,
    Leave,
    SignUp,
    Standing,
    after,
)
from tests.readers import DAY, NOW

ADA = Address("Ada@example.com", "ada@example.com")
SIGN_UP = SignUp(ADA, "form /", "A" * 22)
ENTER = Enter(ADA, "Ada", "cli", "B" * 22)
CONFIRMATION = Letter(Kind.CONFIRMATION)
FORGET = Forget(ADA.canonical)
HOUR = dt.timedelta(hours=1)


def leave(reason: Reason = Reason.UNSUBSCRIBED) -> Leave:
    return Leave(ADA.canonical, reason)


def active() -> Standing:
    return after(after(Standing(), SIGN_UP, NOW), Confirm(NOW), NOW + HOUR)


@dataclass(frozen=True)
class Step:
    """One event of a random history, `wait` after the one before; a confirmation uses a link `age` old."""

    kind: str
    wait: dt.timedelta
    age: dt.timedelta
    reason: Reason


STEPS = st.builds(
    Step,
    st.sampled_from(["sign up", "confirm", "enter", "leave", "forget"]),
    st.sampled_from([dt.timedelta(0), HOUR, 25 * HOUR, 30 * DAY]),
    st.sampled_from([dt.timedelta(0), HOUR, 26 * HOUR]),
    st.sampled_from(list(Reason)),
)


def event_of(step: Step, now: dt.datetime) -> Event:
    match step.kind:
        case "sign up":
            return SIGN_UP
        case "confirm":
            return Confirm(now - step.age)
        case "enter":
            return ENTER
        case "leave":
            return leave(step.reason)
        case _:
            return FORGET


@settings(deadline=None, max_examples=400)
@given(st.lists(STEPS, max_size=25))
def test_in_every_history_who_is_suppressed_becomes_active_only_by_their_own_confirmed_sign_up(
    steps: list[Step],
) -> None:
    now, standing = NOW, Standing()
    signed_up_since_leaving = False
    for step in steps:
        now += step.wait
        event = event_of(step, now)
        before, standing = standing, after(standing, event, now)
        if isinstance(event, Leave | Forget):
            signed_up_since_leaving = False
        if isinstance(event, SignUp) and standing is not before:
            signed_up_since_leaving = True
        became_active = _state(standing) is State.ACTIVE and _state(before) is not State.ACTIVE
        if became_active and before.suppression is not None:
            assert isinstance(event, Confirm)
            assert signed_up_since_leaving
            assert before.suppression.reason.liftable
        if _state(standing) is State.ACTIVE:
            assert standing.suppression is None
        if before.suppression is not None and standing.suppression is None:
            assert isinstance(event, Confirm)
        if before.suppression and standing.suppression:
            assert standing.suppression.reason.weight >= before.suppression.reason.weight
        if _state(standing) is State.UNSUBSCRIBED:
            assert standing.suppression is not None


@settings(deadline=None, max_examples=200)
@given(st.lists(STEPS.filter(lambda step: step.kind != "forget"), max_size=60))
def test_in_every_history_there_is_at_most_one_confirmation_a_day_and_five_in_all(steps: list[Step]) -> None:
    now, standing = NOW, Standing()
    asked: list[dt.datetime] = []
    for step in steps:
        now += step.wait
        before, standing = standing, after(standing, event_of(step, now), now)
        if standing is not before and CONFIRMATION in standing.letters:
            asked.append(now)
    assert len(asked) <= CONFIRMATIONS_IN_A_LIFETIME
    assert all(later - earlier >= BETWEEN_CONFIRMATIONS for earlier, later in pairwise(asked))


@settings(deadline=None, max_examples=200)
@given(st.lists(STEPS, max_size=15), STEPS.filter(lambda step: step.kind != "sign up"))
def test_in_every_history_the_same_event_twice_is_the_same_as_once(steps: list[Step], last: Step) -> None:
    now, standing = NOW, Standing()
    for step in steps:
        now += step.wait
        standing = after(standing, event_of(step, now), now)
    once = after(standing, event_of(last, now), now)
    assert replace(after(once, event_of(last, now), now + HOUR), letters=()) == replace(once, letters=())


def test_a_confirmation_link_from_before_the_reader_left_does_not_bring_them_back() -> None:
    left = after(active(), leave(), NOW + 2 * HOUR)
    assert after(left, Confirm(NOW), NOW + 3 * HOUR) is left
    again = after(left, SIGN_UP, NOW + 25 * HOUR)
    assert _state(again) is State.PENDING
    assert after(again, Confirm(NOW), NOW + 26 * HOUR) is again
    back = after(again, Confirm(NOW + 25 * HOUR), NOW + 26 * HOUR)
    assert _state(back) is State.ACTIVE
    assert back.suppression is None


def test_an_active_reader_who_signs_up_again_changes_nothing() -> None:
    standing = active()
    assert after(standing, SIGN_UP, NOW + 30 * DAY) is standing


def test_neither_a_complaint_nor_a_hard_bounce_is_lifted_by_signing_up() -> None:
    for reason in (Reason.COMPLAINED, Reason.BOUNCED):
        standing = after(active(), leave(reason), NOW + DAY)
        assert after(standing, SIGN_UP, NOW + 30 * DAY) is standing


def test_a_complaint_after_a_new_sign_up_stops_its_confirmation() -> None:
    again = after(after(active(), leave(), NOW + DAY), SIGN_UP, NOW + 2 * DAY)
    barred = after(again, leave(Reason.COMPLAINED), NOW + 2 * DAY)
    assert after(barred, Confirm(NOW + 2 * DAY), NOW + 2 * DAY) is barred


def test_who_was_deleted_and_comes_back_keeps_the_id_that_old_mail_carries() -> None:
    first = active()
    gone = after(first, FORGET, NOW + DAY)
    assert gone.subscriber is None
    assert gone.suppression is not None
    back = after(gone, replace(SIGN_UP, subject_id="C" * 22), NOW + 2 * DAY)
    assert back.subscriber is not None
    assert first.subscriber is not None
    assert back.subscriber.subject_id == first.subscriber.subject_id


def test_a_letter_that_is_due_is_dropped_when_the_reader_leaves() -> None:
    pending = after(Standing(), SIGN_UP, NOW)
    assert pending.letters == (CONFIRMATION,)
    assert after(pending, leave(), NOW).letters == ()


def _state(standing: Standing) -> State | None:
    return standing.subscriber.state if standing.subscriber else None
