"""The contract of the record of calls to models: in memory, in SQLite, in PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from publisher.adapters.database.model_calls import DatabaseModelCalls
from publisher.adapters.database.tables import model_answer
from publisher.adapters.memory import MemoryModelCalls
from publisher.ports import NO_LIMITS, CallOutcome, CallRecord, Exceeded, Limits, ModelCalls
from subscribers.database import open_engine
from tests.conftest import DATABASES, empty_database

NOW = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
SECRET = "s" * 32
CALL = CallRecord(
    NOW, "draft", 11, "https://models.example.com/v1", "small-1", "p1", "r1",
    form="json_schema max_tokens", input_tokens=900, output_tokens=100, micros=500, estimated=True,
)  # fmt: skip


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", *DATABASES])
def calls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModelCalls]:
    if request.param == "memory":
        yield MemoryModelCalls(keeps=True)
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = open_engine(url)
        migrate(engine)
        yield DatabaseModelCalls(engine, [SECRET])
        engine.dispose()


def begun(calls: ModelCalls, call: CallRecord = CALL, limits: Limits = NO_LIMITS) -> int:
    number = calls.begin(call, limits)
    assert isinstance(number, int)
    return number


def test_a_call_is_under_way_until_it_is_settled(calls: ModelCalls) -> None:
    number = begun(calls)
    assert calls.latest(9) == (CALL,)
    settled = replace(CALL, outcome=CallOutcome.ANSWERED, status=200, milliseconds=5, input_tokens=7, micros=None, estimated=False)  # fmt: skip
    calls.settle(number, settled)
    assert calls.latest(9) == (settled,)


def test_the_latest_calls_come_first_and_may_be_those_of_one_issue(calls: ModelCalls) -> None:
    for issue in (10, 11, None):
        calls.add(replace(CALL, issue=issue))
    assert [one.issue for one in calls.latest(2)] == [None, 11]
    assert [one.issue for one in calls.latest(9, 10)] == [10]


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(tokens_per_issue=1999), "tokens_per_issue"),
        (Limits(tokens_per_day=1999), "tokens_per_day"),
        (Limits(tokens_per_month=1999), "tokens_per_month"),
        (Limits(micros_per_issue=999), "dollars_per_issue"),
        (Limits(micros_per_day=999), "dollars_per_day"),
        (Limits(micros_per_month=999), "dollars_per_month"),
    ],
)
def test_what_is_reserved_counts_as_spent(calls: ModelCalls, limits: Limits, name: str) -> None:
    begun(calls, limits=limits)
    over = calls.begin(CALL, limits)
    assert isinstance(over, Exceeded)
    assert over.limit == name
    assert len(calls.latest(9)) == 1


def test_what_was_not_used_is_there_again_after_settling(calls: ModelCalls) -> None:
    limits = Limits(tokens_per_day=1999)
    calls.settle(begun(calls, limits=limits), replace(CALL, input_tokens=400, output_tokens=99))
    assert isinstance(calls.begin(CALL, limits), int)


def test_each_budget_has_its_own_issue_day_and_month(calls: ModelCalls) -> None:
    begun(calls)
    limits = Limits(tokens_per_issue=1000)
    assert isinstance(calls.begin(CALL, limits), Exceeded)
    assert isinstance(calls.begin(replace(CALL, issue=None), Limits(tokens_per_day=1000)), Exceeded)
    begun(calls, replace(CALL, issue=12), limits)
    begun(calls, replace(CALL, issue=None), limits)
    tomorrow = replace(CALL, at=NOW + dt.timedelta(days=1))
    begun(calls, tomorrow, Limits(tokens_per_day=1000, tokens_per_month=1000))


def test_threads_together_stay_below_a_limit(calls: ModelCalls) -> None:
    limits = Limits(tokens_per_day=3000)
    numbers: list[int | Exceeded] = []
    threads = [threading.Thread(target=lambda: numbers.append(calls.begin(CALL, limits))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(one, int) for one in numbers) == 3
    assert len(numbers) == 6


def test_the_form_of_the_last_answer_is_remembered_for_a_while(calls: ModelCalls) -> None:
    since = NOW - dt.timedelta(days=30)
    assert calls.form_of(CALL.endpoint, "small-1", since) is None
    calls.add(replace(CALL, outcome=CallOutcome.ANSWERED, form="text"))
    calls.add(replace(CALL, outcome=CallOutcome.PARAMETER_REFUSED))
    assert calls.form_of(CALL.endpoint, "small-1", since) == "text"
    assert calls.form_of(CALL.endpoint, "large-1", since) is None
    assert calls.form_of(CALL.endpoint, "small-1", NOW + dt.timedelta(seconds=1)) is None


def test_an_answer_is_kept_under_its_key_and_replaced(calls: ModelCalls) -> None:
    calls.keep("k", "old", NOW)
    calls.keep("k", "new", NOW)
    assert calls.kept("k") == "new"
    assert calls.kept("other") is None


def test_an_answer_that_somebody_wrote_into_the_database_is_not_believed(engine: sa.Engine) -> None:
    calls = DatabaseModelCalls(engine, [SECRET])
    calls.keep("k", "genuine", NOW)
    with engine.begin() as connection:
        connection.execute(model_answer.update().values(answer="forged"))
    assert calls.kept("k") is None
    with engine.begin() as connection:  # nor one that was genuine somewhere else
        connection.execute(model_answer.update().values(answer="genuine", key="elsewhere"))
    assert calls.kept("elsewhere") is None


def test_answers_survive_a_change_of_the_secret_and_end_with_it(engine: sa.Engine) -> None:
    DatabaseModelCalls(engine, [SECRET]).keep("k", "genuine", NOW)
    assert DatabaseModelCalls(engine, ["n" * 32, SECRET]).kept("k") == "genuine"
    assert DatabaseModelCalls(engine, ["n" * 32]).kept("k") is None


def test_without_a_secret_nothing_is_kept(engine: sa.Engine) -> None:
    calls = DatabaseModelCalls(engine)
    calls.keep("k", "genuine", NOW)
    assert calls.kept("k") is None


def test_old_answers_make_room_for_new_ones(engine: sa.Engine) -> None:
    calls = DatabaseModelCalls(engine, [SECRET])
    calls.keep("k", "old", NOW)
    calls.keep("later", "new", NOW + dt.timedelta(days=91))
    assert calls.kept("k") is None
