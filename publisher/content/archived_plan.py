"""Which number and date each issue of an archive gets: `pressroom archive import`. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from publisher.content.archived_issue import ForeignIssue
from publisher.errors import ContentError, Problem
from publisher.issue import FIRST_YEAR, LAST_YEAR, Issue

MOST_NUMBER: Final = 9999


def plan_import(
    foreign: Sequence[ForeignIssue],
    existing: Sequence[Issue],
    *,
    first_date: dt.date | None = None,
    every_days: int = 7,
    skipped: Sequence[Path] = (),
) -> tuple[tuple[int, ForeignIssue], ...]:
    """Date and number the issues, without those imported before (same date, same title); `skipped` files keep their turn.

    They keep their old numbers if each of them has one and no two are the same or taken. Otherwise they are numbered in
    order of date, after the existing ones.

    Files without a date are dated from `first_date` on, `every_days` apart, by the number that they had (issue-12.md
    comes eleven steps after issue-1.md), else by their order. Raises ContentError when there is no `first_date` either.
    """
    dated = _dated(foreign, skipped, first_date, every_days)
    known = {(issue.date, issue.title) for issue in existing}
    new = sorted((one for one in dated if (one.date, one.title) not in known), key=lambda one: (one.date, _order(one)))
    taken = {issue.number for issue in existing}
    old = [one.number for one in new]
    if None not in old and len({*old, *taken}) == len(old) + len(taken):
        return tuple(_by_old_number(new))
    planned = tuple(enumerate(new, max(taken, default=0) + 1))
    if planned and planned[-1][0] > MOST_NUMBER:
        what, fix = f"there is no number left for it below {MOST_NUMBER + 1:,}", "import a part of the archive"
        raise ContentError([Problem(one.path, one.line, what, fix) for number, one in planned if number > MOST_NUMBER])
    return planned


def without_date(foreign: Sequence[ForeignIssue]) -> Iterator[Problem]:
    """Yield a problem for each issue whose date nobody says."""
    fix = "name the file 2024-05-31-….md, add a date to its front matter, or use --first-date"
    for one in foreign:
        if one.date is None:
            line = one.line if one.line > 1 else None
            yield Problem(one.path, line, "no date in the front matter, the heading or the file's name", fix)


def _by_old_number(issues: Sequence[ForeignIssue]) -> Iterator[tuple[int, ForeignIssue]]:
    for one in sorted(issues, key=lambda one: one.number or 0):
        if one.number is not None:
            yield one.number, one


def _dated(
    foreign: Sequence[ForeignIssue], skipped: Sequence[Path], first_date: dt.date | None, every_days: int
) -> list[ForeignIssue]:
    undated = [one for one in foreign if one.date is None]
    if not undated:
        return list(foreign)
    if first_date is None:
        raise ContentError(list(without_date(foreign)))
    numbers = [one.number for one in undated]
    if None not in numbers and len(set(numbers)) == len(numbers):
        first = min(number for number in numbers if number is not None)
        steps = {_order(one): (one.number or 0) - first for one in undated}
    else:  # a file that could not be read may be fixed later, and moves no other by then
        orders = sorted([_order(one) for one in undated] + [(_natural(path), 0) for path in skipped])
        steps = {order: step for step, order in enumerate(orders)}
    try:
        dates = {order: first_date + dt.timedelta(days=every_days * step) for order, step in steps.items()}
    except OverflowError:
        dates = {}
    if not dates or not all(FIRST_YEAR <= date.year < LAST_YEAR for date in dates.values()):
        what = f"--first-date and --every-days lead out of the years {FIRST_YEAR} to {LAST_YEAR}"
        raise ContentError([Problem(undated[-1].path, None, what, "use others")])
    return [one if one.date else dataclasses.replace(one, date=dates[_order(one)]) for one in foreign]


def _order(one: ForeignIssue) -> tuple[tuple[tuple[int, str], ...], int]:
    return _natural(one.path), one.line


def _natural(path: Path) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts issue-9 before issue-10."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", path.as_posix()))
