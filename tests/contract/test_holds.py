"""The contract of what holds all sending: once for each issue and cause, told once, lifted by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.database.holds import DatabaseHolds
from publisher.adapters.memory import MemoryHolds
from publisher.ports import Holds
from tests.conftest import empty_database
from tests.mailroom import NOON, database

LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def holds(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Holds]:
    if request.param == "memory":
        yield MemoryHolds()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield DatabaseHolds(engine)
        engine.dispose()


def test_a_cause_holds_an_issue_once_also_after_it_was_lifted(holds: Holds) -> None:
    assert holds.add(7, "blocked", "10 of 50 came back", NOON, holds=True)
    assert not holds.add(7, "blocked", "11 of 50 came back", LATER, holds=True)
    (hold,) = holds.open()
    assert (hold.issue, hold.cause, hold.what, hold.since) == (7, "blocked", "10 of 50 came back", NOON)
    assert holds.lift("we are off the list", LATER) == 1
    assert holds.lift("again", LATER) == 0
    assert not holds.add(7, "blocked", "12 of 50 came back", LATER, holds=True)
    assert list(holds.open()) == []
    assert holds.add(8, "blocked", "10 of 40 came back", LATER, holds=True)
    assert [each.issue for each in holds.open()] == [8]


def test_a_warning_holds_nothing_and_each_is_told_once(holds: Holds) -> None:
    holds.add(7, "warning", "2 of 900", NOON, holds=False)
    holds.add(7, "complaints", "3 of 900", LATER, holds=True)
    assert [each.cause for each in holds.open()] == ["complaints"]
    warned, held = holds.untold()
    holds.told(warned.id, LATER)
    assert [each.cause for each in holds.untold()] == ["complaints"]
    holds.told(held.id, LATER)
    assert list(holds.untold()) == []
