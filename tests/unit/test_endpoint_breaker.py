"""The circuit breaker of a model's endpoint."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.adapters.model.breaker import FAILURES, LONGEST, REST, Breaker


def opened(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.admits(now)
        breaker.failed(now)
    return breaker


def test_it_opens_after_failures_in_a_row_and_an_answer_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(5):
        breaker.failed(0)
        breaker.failed(0)
        breaker.answered()
    assert breaker.admits(0)
    assert not opened().admits(0)


def test_when_it_has_rested_one_may_ask_as_a_probe() -> None:
    breaker = opened()
    assert not breaker.admits(REST - 1)
    assert breaker.admits(REST)
    assert not breaker.admits(REST)
    breaker.answered()
    assert breaker.admits(REST)


def test_a_probe_that_fails_doubles_the_rest_up_to_a_limit() -> None:
    breaker, now, rest = opened(), REST, REST
    for _ in range(8):
        assert breaker.admits(now)
        breaker.failed(now)
        rest = min(2 * rest, LONGEST)
        assert breaker.rests(now + rest - 1)
        now += rest
        assert not breaker.rests(now)


def test_a_probe_that_was_not_made_is_given_back() -> None:
    breaker = opened()
    assert breaker.admits(REST)
    breaker.unasked()
    assert breaker.admits(REST)


def test_an_endpoint_that_asks_for_a_long_rest_gets_it_at_once() -> None:
    breaker = Breaker()
    breaker.failed(0, 600)
    assert breaker.rests(599)
    assert not breaker.rests(600)


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["answered", "failed", "unasked"])), max_size=40))
def test_whatever_happens_it_admits_again_after_the_longest_rest(steps: list[tuple[float, str]]) -> None:
    breaker, now = Breaker(), 0.0
    for later, what in steps:
        now += later
        if breaker.admits(now):
            breaker.failed(now) if what == "failed" else getattr(breaker, what)()
    assert breaker.admits(now + LONGEST)
