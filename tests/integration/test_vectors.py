"""Vectors of past issues, from a real endpoint in a process of its own: made once, and never mixed."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from publisher.adapters.database import migrate
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.memory import MemoryPassageVectors
from publisher.draft.embedded import CUTTER
from publisher.draft.hybrid import EmbeddedPassages, HybridRanking
from publisher.draft.ranking import rank
from publisher.ports import VectorKind, VectorRetriever
from subscribers.database import open_engine
from tests.conftest import empty_database
from tests.vectors import KIND, LATER, MANY, PASSAGES, ROOT, asked, embedder, index_of


def made_of(search: VectorRetriever) -> EmbeddedPassages:
    """Return what a search has in common with others: making it is what takes time."""
    assert isinstance(search, HybridRanking)
    return search.passages


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
    assert made_of(index.sync(PASSAGES, words)) is made_of(again)
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
    assert made_of(index.sync(PASSAGES, words)) is made_of(old)
    made = index_of(kept, embedder(address, run, "other-meanings")).make(PASSAGES, lambda _done, _total: None)
    assert made.anew
    new = index.sync(PASSAGES, words)
    assert made_of(new) is not made_of(old)
    assert made_of(index.sync(PASSAGES, words)) is made_of(new)


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


def test_a_search_over_some_issues_only_drops_no_vectors_of_the_others(address: str, run: str) -> None:
    kept = MemoryPassageVectors()
    index_of(kept, embedder(address, run, "meanings")).sync(PASSAGES[:39], rank(PASSAGES[:39]))
    few = [*PASSAGES[:2], PASSAGES[39]]
    index = index_of(kept, embedder(address, run, "meanings"))
    assert index.sync(few, rank(few)).shortfall == ""
    assert len(kept.known(KIND)) == 40
    index.make(few, lambda _done, _total: None)
    assert len(kept.known(KIND)) == 3


def test_making_all_vectors_builds_the_index_so_that_no_draft_waits_for_it(
    request: pytest.FixtureRequest, tmp_path: Path, address: str, run: str
) -> None:
    with empty_database("postgresql", request, tmp_path) as url:
        engine = open_engine(url)
        migrate(engine)
        index = index_of(DatabasePassageVectors(engine, indexed_from=1), embedder(address, run, "meanings"))
        index.make(PASSAGES, lambda _done, _total: None)
        with engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'pressroom_vectors'")
            )
            assert sum("USING hnsw" in row.indexdef for row in found) == 1
        engine.dispose()


MAKING = """
import sys
from publisher.adapters.database.passage_vectors import DatabasePassageVectors
from publisher.adapters.vector_index import VectorIndex
from subscribers.database import open_engine
from tests.vectors import MANY, embedder
engine = open_engine(sys.argv[1])
index = VectorIndex(DatabasePassageVectors(engine), embedder(*sys.argv[2:]))
print(index.make(MANY, lambda _done, _total: None).made)
"""


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
