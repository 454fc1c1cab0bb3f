"""Retries."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import stamina

from subscribers.database import (
    DatabaseBroken,
    DatabaseCollided,
    DatabaseError,
    DatabaseUnavailable,
    begun_anew,
    while_it_is_away,
)


class Failing:
    """A call that fails a few times, then returns how often it was called."""

    def __init__(self, *errors: DatabaseError) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.calls


@pytest.fixture
def _without_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.mark.usefixtures("_without_waiting")
class TestAgain:
    def test_a_transaction_that_collides_is_repeated(self) -> None:
        assert begun_anew(Failing(*[DatabaseCollided("both")] * 5))() == 6

    def test_a_transaction_that_always_collides_raises_in_the_end(self) -> None:
        call = Failing(*[DatabaseCollided("both")] * 9)
        with pytest.raises(DatabaseCollided):
            begun_anew(call, times=2)()
        assert call.calls == 3

    @pytest.mark.parametrize("error", [DatabaseUnavailable("away"), DatabaseBroken("ours")])
    def test_a_transaction_is_repeated_for_no_other_reason(self, error: DatabaseError) -> None:
        call = Failing(error)
        with pytest.raises(type(error)):
            begun_anew(call)()
        assert call.calls == 1

    def test_a_call_is_repeated_while_the_database_is_away(self) -> None:
        assert while_it_is_away(Failing(*[DatabaseUnavailable("away")] * 4)) == 5

    def test_a_database_that_stays_away_raises_in_the_end(self) -> None:
        call = Failing(*[DatabaseUnavailable("away")] * 9)
        with pytest.raises(DatabaseUnavailable):
            while_it_is_away(call)
        assert call.calls == 5

    def test_a_bug_is_not_retried(self) -> None:
        call = Failing(DatabaseBroken("ours"))
        with pytest.raises(DatabaseBroken):
            while_it_is_away(call)
        assert call.calls == 1

    def test_the_log_gives_the_reason_and_no_parameters(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO)
        failing = Failing(DatabaseCollided("both wrote"))
        begun_anew(lambda _token: failing())("a secret token")
        (record,) = caplog.records
        assert record.getMessage() == "both wrote; trying again in 0.000 s"
        assert "secret" not in str(vars(record))
        assert record.levelno == logging.INFO  # so nothing appears on the terminal of anyone who sends an issue
