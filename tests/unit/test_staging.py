"""Staging: what is put in comes out again, sorted, and the next rows can be read meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from subscribers import Reason, State, parse_address
from subscribers.adapters import staging as module
from subscribers.adapters.staging import read_ahead, staging
from subscribers.import_row import ImportRow

EASTERN = dt.timezone(dt.timedelta(hours=-5))


def row(line: int, name: str) -> ImportRow:
    return ImportRow(line, parse_address(f"{name}@example.com"))


def test_a_staged_row_comes_back_with_every_field_and_each_moment_to_the_microsecond() -> None:
    early = dt.datetime(1, 1, 1, 0, 0, 0, 1, dt.UTC)
    there = row(2, "ada")._replace(
        name="Ada", tags=("maths",), leaving=Reason.BOUNCED, state=State.UNSUBSCRIBED, source="fair", zone="Europe/Vienna",
        created=early, left=dt.datetime.max.replace(tzinfo=dt.UTC), suppressed_at=dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, dt.UTC),
        asked=dt.datetime(2024, 1, 5, 4, 15, 20, tzinfo=EASTERN), subject_id="A" * 22, former_ids=("B" * 22,), more="{}",
    )  # fmt: skip
    with staging() as staged:
        staged.put([row(3, "bob"), there])
        staged.sort()
        assert list(staged.rows()) == [there, row(3, "bob")]


def test_rows_that_are_read_ahead_come_in_their_order_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAGED_AT_ONCE", 3)
    rows = [row(number, f"r{number}") for number in range(10)]
    assert list(read_ahead(iter(rows))) == rows
    assert list(read_ahead(iter([]))) == []


def test_an_error_in_what_is_read_ahead_is_raised_where_the_rows_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAGED_AT_ONCE", 1)

    def damaged() -> Iterator[ImportRow]:
        yield row(1, "ada")
        raise OSError("the disk is full")

    ahead = read_ahead(damaged())
    assert next(ahead) == row(1, "ada")
    with pytest.raises(OSError, match="the disk is full"):
        next(ahead)


def test_nothing_is_read_any_more_once_the_import_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STAGED_AT_ONCE", 1)
    with staging() as staged:
        staged.put([row(number, f"r{number}") for number in range(5)])
        staged.sort()
        ahead = read_ahead(staged.rows())
        next(ahead)
        ahead.close()
        assert [each.line for each in staged.rows()] == list(range(5))
