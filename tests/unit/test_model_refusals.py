"""Which settings of models are wrong, by what their endpoints said last."""

from __future__ import annotations

import datetime as dt

import pytest

from publisher.model_refusals import ConfiguredModel, refusals
from publisher.ports import CallOutcome, CallRecord

URL = "https://models.test/v1"
FIRST = ConfiguredModel("PRESSROOM_MODEL_", URL, "small-1", has_key=True)


def call(outcome: CallOutcome, status: int | None = None, model: str = "small-1", purpose: str = "draft") -> CallRecord:
    at = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
    return CallRecord(at, purpose, 3, URL, model, "p", "r", outcome=outcome, status=status)


@pytest.mark.parametrize(
    ("status", "setting", "words"),
    [
        (401, "KEY", "refused it, so 'small-1' wrote nothing; write a key that is valid there, then run: pressroom draft 3"),
        (403, "KEY", "refused it, so 'small-1' wrote nothing; write a key that is valid there, then run: pressroom draft 3"),
        (402, "KEY", "says that its account has no money left, so 'small-1' wrote nothing; pay in, or write another key, then run: pressroom draft 3"),
        (429, "KEY", "says that its account has no money left, so 'small-1' wrote nothing; pay in, or write another key, then run: pressroom draft 3"),
        (404, "NAME", "has no such model, so 'small-1' wrote nothing; fix the name, or PRESSROOM_MODEL_URL, then run: pressroom draft 3"),
    ],
)  # fmt: skip
def test_what_only_a_person_can_end_names_the_setting(status: int, setting: str, words: str) -> None:
    found = refusals([FIRST], [call(CallOutcome.REFUSED, status)])
    assert list(found) == [(FIRST, setting, f"{URL} (HTTP {status}) {words}")]


def test_a_key_that_is_not_set_is_asked_for() -> None:
    keyless = ConfiguredModel("PRESSROOM_SECOND_MODEL_", URL, "small-1", has_key=False)
    ((model, setting, words),) = refusals([keyless], [call(CallOutcome.REFUSED, 401, purpose="suggest")])
    assert (model, setting) == (keyless, "URL")
    assert (
        words
        == f"{URL} (HTTP 401) wants a key, so 'small-1' wrote nothing; set PRESSROOM_SECOND_MODEL_KEY, then try again"
    )


@pytest.mark.parametrize("status", [402, 429])
def test_an_account_without_money_is_the_urls_where_no_key_is_set(status: int) -> None:
    keyless = ConfiguredModel("PRESSROOM_MODEL_", URL, "small-1", has_key=False)
    ((_, setting, words),) = refusals([keyless], [call(CallOutcome.REFUSED, status)])
    assert setting == "URL"
    assert words.endswith("has no money left, so 'small-1' wrote nothing; pay in, then run: pressroom draft 3")


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [call(CallOutcome.ANSWERED, 200), call(CallOutcome.REFUSED, 401)],
        [call(CallOutcome.LATE), call(CallOutcome.REFUSED, 401)],
        [call(CallOutcome.REFUSED, 410)],
        [call(CallOutcome.REFUSED, 401, model="other")],
        [call(CallOutcome.BUSY, 429)],
    ],
)
def test_nothing_is_said_of_what_passes_or_was_put_right(calls: list[CallRecord]) -> None:
    assert list(refusals([FIRST], calls)) == []


def test_what_was_not_asked_says_nothing_of_the_key() -> None:
    calls = [call(CallOutcome.CACHED), call(CallOutcome.OVER_BUDGET), call(CallOutcome.REFUSED, 401)]
    assert len(list(refusals([FIRST], calls))) == 1
