"""What single events make of an address."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers import BounceKind, Prefer, Reason, State
from subscribers.address_state import AddressState
from subscribers.departures import UNDO
from subscribers.events import (
    AskMove,
    AskToStay,
    Bounce,
    Confirm,
    Event,
    Expire,
    Leave,
    LetGo,
    Lift,
    Stay,
    StepDue,
    Tag,
    Undo,
)
from subscribers.subscriber import LONGEST_PAUSE
from subscribers.transitions import (
    after,
)
from tests.histories import (
    BOB,
    CONFIRMATION,
    ENTER,
    FORGET,
    HOUR,
    SIGN_UP,
    UNKNOWN,
    active,
    enrolled,
    leave,
    reader_of,
    state,
)
from tests.long import some
from tests.readers import DAY, NOW


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


def test_a_pause_ends_by_itself_and_is_never_longer_than_a_year() -> None:
    paused = after(active(), Prefer(paused_until=NOW + 9_999 * DAY), NOW + DAY)
    reader = reader_of(paused)
    assert reader.paused(NOW + DAY + LONGEST_PAUSE - HOUR)
    assert not reader.paused(NOW + DAY + LONGEST_PAUSE)
    assert reader_of(after(paused, Prefer(paused_until=NOW), NOW + 2 * DAY)).paused_until is None


def test_a_lifted_suppression_puts_nobody_back() -> None:
    lifted = after(after(active(), leave(Reason.BOUNCED), NOW + DAY), Lift(), NOW + 2 * DAY)
    assert (lifted.suppression, state(lifted)) == (None, State.UNSUBSCRIBED)
    assert after(lifted, ENTER, NOW + 3 * DAY) is lifted
    assert state(after(lifted, SIGN_UP, NOW + 3 * DAY)) is State.PENDING


def test_each_tag_is_kept_once_and_in_order() -> None:
    tagged = after(after(active(), Tag(("a", "b", "a")), NOW), Tag(("c", "b"), ("a",)), NOW)
    assert reader_of(tagged).tags == ("b", "c")
    assert after(UNKNOWN, Tag(("a",)), NOW) == UNKNOWN


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


@settings(deadline=None, max_examples=some(300))
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
