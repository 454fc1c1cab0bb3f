"""The gateway against an independent peer: aimock, which somebody else wrote after OpenAI's API.

tools/setup installs it from tests/aimock/package-lock.json.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.adapters.trial.scenarios import BRIEF, HITS
from publisher.errors import WriterUnavailable
from publisher.ports import CallOutcome, CallRecord
from tests.publication import FakeClock

ROOT = Path(__file__).parents[2]
CLAIMS = [{"sentence": hit.passage.text, "passage": hit.passage.id, "quotation": hit.passage.text} for hit in HITS[:3]]
GOOD = {"content": json.dumps({"sentences": CLAIMS})}
REFUSED = {
    "message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
    "type": "invalid_request_error", "param": "max_tokens", "code": "unsupported_parameter",
}  # fmt: skip
BUSY = {"error": {"message": "slow down"}, "status": 429, "retryAfter": 1}
FIXTURES = [
    {"match": {"model": "good"}, "response": GOOD},
    {"match": {"model": "busy", "sequenceIndex": 0}, "response": BUSY},
    {"match": {"model": "busy"}, "response": GOOD},
    {"match": {"model": "newer", "sequenceIndex": 0}, "response": {"error": REFUSED, "status": 400}},
    {"match": {"model": "newer"}, "response": GOOD},
    {"match": {"model": "cut"}, "response": {**GOOD, "finishReason": "length"}},
    {"match": {"model": "malformed"}, "response": GOOD, "chaos": {"malformedRate": 1}},
    {"match": {"model": "dropped"}, "response": GOOD, "chaos": {"dropRate": 1}},
    {"match": {"model": "disconnects"}, "response": GOOD, "chaos": {"disconnectRate": 1}},
    {"match": {"model": "slow"}, "response": GOOD, "chaos": {"latencyMs": 5000}},
    {"match": {"endpoint": "embedding", "inputText": "one"}, "response": {"embedding": [0.25, -0.5]}},
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    modules = {**os.environ, "NODE_PATH": str(ROOT / ".tools/aimock/node_modules")}
    with subprocess.Popen(
        ["node", ROOT / "tests/aimock/serve.js"], env=modules, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(FIXTURES) + "\n")
        process.stdin.flush()
        try:
            yield f"{process.stdout.readline().strip()}/v1"
        finally:
            process.kill()


def drafted(url: str, model: str, deadline: float = 60) -> tuple[bool, list[CallRecord]]:
    calls = MemoryModelCalls()
    gateway = Gateway([Endpoint(url, model, "sk-mock")], calls, FakeClock(), first_pause=0.01)
    try:
        made = ModelWriter(gateway, deadline).write(BRIEF)
    except WriterUnavailable:
        return False, list(calls.latest(9)[::-1])
    return len(made.sentences) == 3, list(calls.latest(9)[::-1])


@pytest.mark.parametrize(
    ("model", "outcomes", "good"),
    [
        ("good", [CallOutcome.ANSWERED], True),
        ("busy", [CallOutcome.BUSY, CallOutcome.ANSWERED], True),
        ("newer", [CallOutcome.PARAMETER_REFUSED, CallOutcome.ANSWERED], True),
        ("cut", [CallOutcome.TRUNCATED], False),
        ("malformed", [CallOutcome.UNREADABLE], False),
        ("dropped", [CallOutcome.SERVER_ERROR] * 3, False),
        ("disconnects", [CallOutcome.NO_CONNECTION] * 3, False),
        ("absent", [CallOutcome.REFUSED], False),
    ],
)
def test_the_peer_is_understood(url: str, model: str, outcomes: list[CallOutcome], good: bool) -> None:
    drafted_it, calls = drafted(url, model)
    assert ([call.outcome for call in calls], drafted_it) == (outcomes, good)


def test_the_deadline_holds_against_the_peer(url: str) -> None:
    _, calls = drafted(url, "slow", deadline=0.5)
    assert [call.outcome for call in calls] == [CallOutcome.LATE]


def test_the_peer_counts_tokens_and_gives_vectors(url: str) -> None:
    (call,) = drafted(url, "good")[1]
    assert call.tokens > 0
    assert not call.estimated
    gateway = Gateway([Endpoint(url, "small-1")], MemoryModelCalls(), FakeClock())
    assert gateway.embed(["one"], deadline_seconds=60).result == [[0.25, -0.5]]
