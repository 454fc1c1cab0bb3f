"""The gateway against a faulty endpoint in a process of its own: whatever it does, the issue ships."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
import sqlalchemy as sa

from publisher.adapters.database import migrate
from publisher.adapters.database.model_calls import DatabaseModelCalls
from publisher.adapters.database.tables import model_answer
from publisher.adapters.memory import MemoryModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.adapters.trial.scenarios import BRIEF, HITS, SCENARIOS, Happened, run_all
from publisher.errors import ModelUnavailable, WriterUnavailable
from publisher.ports import Brief, CallOutcome, Dropped, Limits, ModelCalls
from subscribers.database import open_engine
from tests.publication import FakeClock

ROOT = Path(__file__).parents[2]
O = CallOutcome  # noqa: E741 - it stands in every line


@pytest.fixture(scope="module")
def happened(address: str) -> list[Happened]:
    return run_all(address, "trial")


def gateway(address: str, *scripts: str, calls: ModelCalls | None = None, **more: Any) -> Gateway:
    endpoints = [Endpoint(f"{address}/{script}/v1", f"model-{n}") for n, script in enumerate(scripts, 1)]
    return Gateway(endpoints, calls or MemoryModelCalls(), FakeClock(), first_pause=0.01, **more)


def asked(address: str, script: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{address}/{script}/requests", timeout=10).json()
    return found


def outcomes(calls: ModelCalls) -> list[CallOutcome]:
    return [call.outcome for call in reversed(calls.latest(99))]


def test_every_scenario_ends_as_declared_and_in_time(happened: list[Happened]) -> None:
    assert len({one.scenario.name for one in happened}) == len(SCENARIOS) >= 40
    assert [one for one in happened if not one.as_declared] == []


def test_what_is_said_of_failures_is_short_and_in_words_of_ours(happened: list[Happened]) -> None:
    for why in (one.why for one in happened if one.why):
        assert why.startswith("model: ")
        assert len(why) < 200
        assert not any(word in why for word in ("sk-secret", "127.0.0.1", "oops", "{", "<"))


def test_every_form_of_request_is_one_that_openai_describes(address: str) -> None:
    described = json.loads((ROOT / "tests/data/openai/requests.json").read_text("utf-8"))
    valid = {
        path: jsonschema_rs.validator_for({"$ref": f"#/$defs/{name}", "$defs": described["$defs"]})
        for path, name in (
            ("/v1/chat/completions", "CreateChatCompletionRequest"),
            ("/v1/embeddings", "CreateEmbeddingRequest"),
        )
    }
    for script in ("valid/nothing-new", "valid/picky", "valid/no-limit"):
        try:
            ModelWriter(gateway(address, script), 60).write(BRIEF)
        except WriterUnavailable:
            pass
    gateway(address, "valid/vectors").embed(["one", "two"], deadline_seconds=60)
    made = [
        one for script in ("nothing-new", "picky", "no-limit", "vectors") for one in asked(address, f"valid/{script}")
    ]
    assert len(made) == 4 + 3 + 3 + 1
    for one in made:
        assert [str(error) for error in valid[one["path"]].iter_errors(one["body"])] == []
    assert not valid["/v1/chat/completions"].is_valid({"model": "small-1"})


def test_what_an_endpoint_refuses_is_remembered_in_this_process_and_in_the_next(address: str) -> None:
    calls = MemoryModelCalls()
    one = gateway(address, "form/nothing-new", calls=calls)
    ModelWriter(one, 20).write(BRIEF)
    ModelWriter(one, 20).write(BRIEF)
    ModelWriter(gateway(address, "form/nothing-new", calls=calls), 20).write(BRIEF)
    assert outcomes(calls) == [O.PARAMETER_REFUSED] * 3 + [O.ANSWERED] * 3
    assert asked(address, "form/nothing-new")[-1]["body"].keys() == {"model", "messages", "max_completion_tokens"}


def test_an_endpoint_that_fails_again_and_again_rests_then_one_probe_finds_it_well(address: str) -> None:
    now = [0.0]
    calls = MemoryModelCalls()
    one = gateway(address, "rest/503,503,503,good", "rest/good", calls=calls, monotonic=lambda: now[0])
    assert ModelWriter(one, 20).write(BRIEF).model == "model-2"
    assert ModelWriter(one, 20).write(BRIEF).model == "model-2"
    assert len(asked(address, "rest/503,503,503,good")) == 3
    now[0] = 31.0
    assert ModelWriter(one, 20).write(BRIEF).model == "model-1"


def test_only_so_many_calls_are_under_way_at_once(address: str) -> None:
    one = gateway(address, "at-once/slow", at_once=1)
    begun = time.monotonic()
    threads = [threading.Thread(target=lambda: ModelWriter(one, 20).write(BRIEF)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun >= 0.45
    with pytest.raises(WriterUnavailable, match="too many calls at once"):
        ModelWriter(gateway(address, "at-once/slow", at_once=0), 0.1).write(BRIEF)


def test_tokens_of_attempts_that_failed_are_counted(address: str) -> None:
    assert ModelWriter(gateway(address, "tokens/half-json,good"), 20).write(BRIEF).tokens == 246
    with pytest.raises(WriterUnavailable) as raised:
        ModelWriter(gateway(address, "tokens/cut-by-length"), 20).write(BRIEF)
    assert raised.value.tokens == 123


def test_where_an_endpoint_does_not_count_an_estimate_is_put_down(address: str) -> None:
    calls = MemoryModelCalls()
    assert ModelWriter(gateway(address, "count/usage-none", calls=calls), 20).write(BRIEF).tokens == 0
    (call,) = calls.latest(9)
    assert call.estimated
    assert call.tokens > 100


def test_money_cannot_be_limited_where_the_price_is_not_known(address: str) -> None:
    unknown = Gateway([Endpoint("https://models.invalid/v1", "no-such-model")], MemoryModelCalls(), FakeClock())
    with pytest.raises(WriterUnavailable, match="the price of no-such-model is not known"):
        ModelWriter(unknown, 20, limits=Limits(micros_per_day=1_000_000)).write(BRIEF)


def test_a_repair_round_tells_the_model_which_checks_failed_and_what_stands(address: str) -> None:
    dropped = Dropped("Budgets cap all.", "0002-concept-1", "words", "negation")
    brief = Brief(
        "archive", "Notes", ("Retries",), HITS, dropped=(dropped,), kept=(("It holds.", "0001-concept-1", "It"),)
    )
    calls = MemoryModelCalls()
    assert ModelWriter(gateway(address, "repair/good", calls=calls), 20).write(brief).repairs
    system, user = asked(address, "repair/good")[0]["body"]["messages"]
    said = json.loads(user["content"])
    assert said["dropped"] == [{"sentence": "Budgets cap all.", "passage": "0002-concept-1", "quotation": "words", "check": "negation"}]  # fmt: skip
    assert said["kept"] == [{"sentence": "It holds.", "passage": "0001-concept-1"}]
    assert "proposed before" in system["content"]
    assert calls.latest(1)[0].purpose == "repair"


# Embeddings


def test_embeddings_come_in_the_order_of_their_texts(address: str) -> None:
    calls = MemoryModelCalls()
    answer = gateway(address, "embed/503,vectors", calls=calls).embed(["a", "b", "c"], deadline_seconds=20)
    assert answer.result == [[0.0] * 3, [1.0] * 3, [2.0] * 3]
    assert (answer.endpoint.name, answer.tokens) == ("model-1", 7)
    assert outcomes(calls) == [O.SERVER_ERROR, O.ANSWERED]


@pytest.mark.parametrize("script", ["fewer-vectors", "no-vectors", "page", "wrong-key", "hangs"])
def test_without_a_vector_for_each_text_there_are_none(address: str, script: str) -> None:
    with pytest.raises(ModelUnavailable):
        gateway(address, f"embed/{script}").embed(["a", "b"], deadline_seconds=0.5)


# Across processes


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


def test_the_same_request_is_answered_from_the_cache_only_when_its_answer_held(address: str, engine: sa.Engine) -> None:
    calls = DatabaseModelCalls(engine, ["s" * 32])
    first = ModelWriter(gateway(address, "cache/good", calls=calls), 20).write(BRIEF)
    again = ModelWriter(gateway(address, "cache/good", calls=calls), 20).write(BRIEF)
    assert (again.sentences, again.tokens) == (first.sentences, 0)
    for _ in range(2):
        ModelWriter(gateway(address, "cache/forged", calls=calls), 20).write(BRIEF)
    assert outcomes(calls) == [O.ANSWERED, O.CACHED, O.ANSWERED, O.ANSWERED]


def test_a_cache_that_was_poisoned_by_hand_is_not_believed(address: str, engine: sa.Engine) -> None:
    calls = DatabaseModelCalls(engine, ["s" * 32])
    one = ModelWriter(gateway(address, "poison/good", calls=calls), 20)
    first = one.write(BRIEF)
    with engine.begin() as connection:
        connection.execute(model_answer.update().values(answer='{"sentences": []}'))
    assert one.write(BRIEF).sentences == first.sentences
    assert outcomes(calls) == [O.ANSWERED, O.ANSWERED]


SPENDER = """
import sys
from publisher.adapters.database.model_calls import DatabaseModelCalls
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.model_writer import ModelWriter
from publisher.adapters.trial.scenarios import HITS
from publisher.errors import WriterUnavailable
from publisher.ports import Brief, Limits
from subscribers.database import open_engine
from tests.publication import FakeClock

database, url = sys.argv[1:]
gateway = Gateway([Endpoint(url, "small-1")], DatabaseModelCalls(open_engine(database)), FakeClock())
writer = ModelWriter(gateway, 60, 700, Limits(tokens_per_issue=4000))
print("ready", flush=True)
sys.stdin.readline()
while True:
    try:
        writer.write(Brief("archive", "Notes", ("Retries",), HITS, issue=11))
    except WriterUnavailable as error:
        print(error, flush=True)
        break
"""


@pytest.mark.parametrize(
    ("url", "key", "environment"),
    [
        ("http://999.1.1.1/v1", None, {}),
        ("http://127.0.0.1:9/v1\x01", None, {}),
        ("http://127.0.0.1:9/v1", "clé", {}),
        ("http://192.0.2.1/v1", None, {"ALL_PROXY": "socks5://127.0.0.1:9"}),
        ("http://192.0.2.1/v1", None, {"HTTP_PROXY": "http://user:hun#ter2@127.0.0.1:9"}),
    ],
)
def test_an_endpoint_that_cannot_even_be_asked_costs_nothing_and_the_issue_ships(
    url: str, key: str | None, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    calls = MemoryModelCalls()
    writer = ModelWriter(Gateway([Endpoint(url, "small-1", key)], calls, FakeClock(), first_pause=0.01))
    with pytest.raises(
        WriterUnavailable, match=r"^model: its URL or key, or the proxy .* cannot be used \(3 attempts\)$"
    ):
        writer.write(BRIEF)
    assert {(call.outcome, call.tokens) for call in calls.latest(9)} == {(O.NO_CONNECTION, 0)}


def test_two_processes_share_one_budget(address: str, engine: sa.Engine, database_url: str) -> None:
    command = [sys.executable, "-c", SPENDER, database_url, f"{address}/shared/good/v1"]
    spenders = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for one in spenders:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in spenders:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=100)[0] for one in spenders]
    assert all("over the budget, model.tokens_per_issue" in one for one in said)
    calls = DatabaseModelCalls(engine).latest(999)
    assert sum(call.tokens for call in calls) <= 4000
    assert sum(call.outcome is O.ANSWERED for call in calls) > 10
    assert not any(call.outcome is O.UNDER_WAY for call in calls)
