"""The contract of the log of assistants' calls, in memory, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.database import DatabaseToolCalls
from publisher.adapters.memory import MemoryToolCalls
from publisher.ports import ToolCall, ToolCalls
from tests.conftest import empty_database
from tests.mailroom import NOON, database

CALL = ToolCall("r1", 2, "r1-2", "propose_piece", "d1", NOON, '{"path": "a.md"}')


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ToolCalls]:
    if request.param == "memory":
        yield MemoryToolCalls()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = database(url)
        yield DatabaseToolCalls(engine)
        engine.dispose()


def test_a_key_means_the_first_call_for_ever(log: ToolCalls) -> None:
    assert log.find("r1-2") is None
    assert log.begin(CALL) == CALL
    assert log.begin(dataclasses.replace(CALL, digest="d2", tool="read_issue")) == CALL
    assert log.find("r1-2") == CALL


def test_a_call_gets_its_result_once(log: ToolCalls) -> None:
    log.begin(CALL)
    first = log.finish("r1-2", '"first"')
    assert first == dataclasses.replace(CALL, result='"first"')
    assert log.finish("r1-2", '"second"') == first == log.find("r1-2")


def test_the_latest_call_without_a_result_is_the_unfinished_one(log: ToolCalls) -> None:
    for key in ("a", "b", "c"):
        log.begin(dataclasses.replace(CALL, key=key))
    log.begin(dataclasses.replace(CALL, key="other tool", tool="search_issues"))
    log.begin(dataclasses.replace(CALL, key="other input", digest="d2"))
    log.finish("c", "1")
    found = log.unfinished("propose_piece", "d1")
    assert found is not None
    assert found.key == "b"
    for key in ("a", "b"):
        log.finish(key, "1")
    assert log.unfinished("propose_piece", "d1") is None
