"""What every implementation of ports.Rates promises: each moment is given out once, evenly, and to nobody too far ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.database.rates import DatabaseRates
from publisher.adapters.database.tables import sending_rate
from publisher.deliver.rate import OwnRates
from publisher.ports import Rates
from tests.conftest import empty_database
from tests.mailroom import close_databases, database

__all__ = ["close_databases"]
FOREVER = float("inf")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def rates(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rates]:
    if request.param == "memory":
        yield OwnRates()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield DatabaseRates(engine)
        engine.dispose()


def test_moments_follow_each_other_at_the_interval(rates: Rates) -> None:
    first, second, third = (rates.take("all", 10.0, count, FOREVER) for count in (1, 3, 1))
    assert first == pytest.approx(0.0, abs=0.1)
    assert second == pytest.approx(10.0, abs=2.0)
    assert third == pytest.approx(40.0, abs=2.0)


def test_a_moment_that_is_too_far_away_is_not_taken(rates: Rates) -> None:
    rates.take("all", 30.0, 1, FOREVER)
    for _ in range(3):
        assert rates.take("all", 30.0, 1, 1.0) == pytest.approx(30.0, abs=2.0)


def test_each_name_is_a_limit_of_its_own(rates: Rates) -> None:
    rates.take("to example.com", 30.0, 5, FOREVER)
    assert rates.take("to example.org", 30.0, 1, 0.5) == pytest.approx(0.0, abs=0.1)


def test_askers_at_the_same_time_get_different_moments(rates: Rates) -> None:
    found: list[float] = []

    def ask() -> None:
        for _ in range(5):
            found.append(rates.take("all", 20.0, 1, FOREVER))

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert sorted(round(moment / 20.0) for moment in found) == list(range(20))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_moment_of_another_clock_holds_nothing_up(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with empty_database(kind, request, tmp_path) as url:
        engine = database(url)
        rates = DatabaseRates(engine)
        rates.take("all", 1.0, 1, FOREVER)
        for by in (86_400_000_000, -86_400_000_000):  # microseconds: a day
            with engine.begin() as connection:
                connection.execute(sending_rate.update().values(free=sending_rate.c.free + by))
            assert rates.take("all", 1.0, 1, FOREVER) <= 1.0
        engine.dispose()
