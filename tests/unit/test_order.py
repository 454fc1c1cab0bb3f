"""The longest files of tests are dealt out to the workers, and no test is lost or taken twice."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import longest_first
from tests.long import LONGEST

TESTS = Path(__file__).parents[1]


def named(*names: str) -> list[Any]:
    return [SimpleNamespace(path=Path(name), number=number) for name in names for number in range(3)]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [0, 1, 40])
def test_each_worker_begins_with_whole_long_files(workers: int, count: int) -> None:
    items = named(*(f"test_{number}.py" for number in range(count)), *LONGEST)
    made = cast("list[Any]", longest_first(items, workers))
    assert sorted(map(id, made)) == sorted(map(id, items))
    order = [one.path.name for one in made]
    assert order.count(LONGEST[0]) == 3
    assert order[:3] == [LONGEST[0]] * 3
    if count == 40:
        size = -(-len(items) // workers)
        assert [order[size * worker] for worker in range(workers)] == list(LONGEST[:workers])


def test_the_longest_files_are_there() -> None:
    assert not set(LONGEST) - {path.name for path in TESTS.rglob("test_*.py")}
