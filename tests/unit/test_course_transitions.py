"""When the steps of a course come to a reader."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from subscribers import Course, Prefer, State
from subscribers.courses import BETWEEN_STARTS, caught_up
from subscribers.events import (
    Confirm,
    NextStep,
    StepDue,
)
from subscribers.subscriber import EmailKind
from subscribers.transitions import (
    after,
)
from tests.histories import ENTER, HOUR, SIGN_UP, UNKNOWN, enrolled, leave, reader_of, state
from tests.readers import DAY, NOW


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


@given(st.integers(0, 6), st.integers(1, 30), st.integers(0, 200))
def test_a_course_that_is_caught_up_is_as_if_each_step_had_been_taken_at_its_time(
    steps: int, every_days: int, days: int
) -> None:
    course = Course("backend", started=NOW, every_days=every_days, due=NOW)
    state = after(enrolled(), Prefer(paths={"backend": every_days}), NOW)
    state = replace(state, subscriber=replace(reader_of(state), courses=(course,)))
    taken = 0
    for hour in range(days + 1):
        state = replace(after(state, StepDue("backend", steps), NOW + hour * DAY), emails=())
        taken = reader_of(state).courses[0].sent
    caught = caught_up(course, steps, NOW + days * DAY)
    assert caught == reader_of(state).courses[0]
    assert caught.sent == taken <= steps
    assert caught.due is None or caught.due > NOW + days * DAY


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
