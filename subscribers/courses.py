"""Courses: when a reader gets the steps of a learning path. Pure.

A course that was chosen in the sign-up form waits (its `due` is None) until the reader confirms.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from subscribers.subscriber import Course, Email, EmailKind, Subscriber

LONGEST_STEP = 366
"""The most days between two steps of a course; the fewest is one."""
BETWEEN_STARTS = dt.timedelta(days=1)
"""How long after its end a course can begin again: anyone with a forwarded issue can press the button."""


def wished(courses: tuple[Course, ...], path: str | None, now: dt.datetime) -> tuple[Course, ...]:
    """Return the courses with `path` added, to begin when the reader confirms; if it had ended, it starts over."""
    there = next((course for course in courses if course.path == path), None)
    if path is None or (there is not None and there.ended is None):
        return courses
    return (*(course for course in courses if course is not there), Course(path, started=now))


def begun(courses: tuple[Course, ...], now: dt.datetime) -> tuple[Course, ...]:
    """Return the courses after those that waited for the reader to be active have begun."""
    return tuple(replace(each, started=now, due=now) if each.waits else each for each in courses)


def enrolled(courses: tuple[Course, ...], paths: Mapping[str, int], now: dt.datetime) -> tuple[Course, ...]:
    """Return the courses after a reader's choice: new ones begin, those not chosen end, ended ones begin again."""
    after_choice = []
    for course in courses:
        days = days_between(paths[course.path]) if course.path in paths else None
        if days is None:
            after_choice.append(course if course.ended else replace(course, due=None, ended=now))
        elif course.ended:
            begins = max(now, course.ended + BETWEEN_STARTS)
            after_choice.append(Course(course.path, started=now, every_days=days, due=begins))
        else:
            later = dt.timedelta(days=days - course.every_days)
            due = course.due + later if course.due and course.sent else course.due or now
            after_choice.append(replace(course, every_days=days, due=due))
    there = {course.path for course in courses}
    new = [
        Course(path, started=now, every_days=days_between(days), due=now)
        for path, days in paths.items()
        if path not in there
    ]
    return (*after_choice, *new)


def days_between(wished: int) -> int:
    return min(max(wished, 1), LONGEST_STEP)


def with_course(known: Subscriber, course: Course) -> Subscriber:
    return replace(known, courses=tuple(course if each.path == course.path else each for each in known.courses))


def resumed(course: Course, now: dt.datetime) -> Course:
    """Return a course that goes on where it was, a pace after its last step."""
    due = course.started + dt.timedelta(days=course.every_days * course.sent)
    return replace(course, ended=None, due=max(now, due))


def stepped(course: Course, steps: int, now: dt.datetime) -> Course:
    """Return a course after its next step, the last of which ends it; one whose path has no more steps ends without one."""
    if course.sent >= steps:  # the path was shortened, or is gone
        return replace(course, due=None, ended=now)
    sent = course.sent + 1
    if sent == steps:
        return replace(course, sent=sent, due=None, ended=now)
    return replace(course, sent=sent, due=now + dt.timedelta(days=course.every_days))


def caught_up(course: Course, steps: int, now: dt.datetime) -> Course:
    """Return a course after every step that was due up to now, each at its own time."""
    while course.due is not None and course.due <= now:
        course = stepped(course, steps, course.due)
    return course


def step_of(course: Course, number: int) -> Email:
    """Return the mail of one step of a course."""
    return Email(EmailKind.STEP, detail=f"{course.path} {number} {course.every_days}")


def ended(known: Subscriber, now: dt.datetime) -> tuple[Course, ...]:
    return tuple(each if each.ended else replace(each, due=None, ended=now) for each in known.courses)
