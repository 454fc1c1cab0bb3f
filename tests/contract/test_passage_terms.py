"""The contract of what keeps the terms of passages, in memory and in each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.passage_terms import DatabasePassageTerms
from publisher.adapters.memory import MemoryPassageTerms
from publisher.adapters.passage_index import PassageIndex
from publisher.draft.ranking import rank
from publisher.ports import PassageTerms
from subscribers.database import open_engine
from tests.conftest import empty_database
from tests.contract.test_retriever import LATER, PASSAGES


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PassageTerms]:
    if request.param == "memory":
        yield MemoryPassageTerms()
        return
    with empty_database(request.param, request, tmp_path) as url:
        engine = open_engine(url)
        migrate(engine)
        yield DatabasePassageTerms(engine)
        engine.dispose()


def test_what_is_made_is_kept_until_it_is_gone(kept: PassageTerms) -> None:
    assert kept.read() == {}
    many = {f"{number:032x}": f"heading\nterm {number} 模型" for number in range(1_200)}
    kept.write(many, ())
    kept.write({f"{1:032x}": "another"}, [])
    assert kept.read() == many
    kept.write({"f" * 32: "new"}, list(many)[:1_100])
    assert kept.read() == {**dict(list(many.items())[1_100:]), "f" * 32: "new"}


def test_a_search_is_the_same_from_what_is_kept(kept: PassageTerms) -> None:
    first = PassageIndex(kept).sync(PASSAGES[:2], language="en")
    again = PassageIndex(kept).sync(PASSAGES, language="en")
    assert len(kept.read()) == len(PASSAGES)
    for query in ("retry budget outage", "index in memory", "three layers"):
        assert again.search(query, before=LATER, limit=9) == rank(PASSAGES).search(query, before=LATER, limit=9)
        assert first.search(query, before=LATER, limit=9) == rank(PASSAGES[:2]).search(query, before=LATER, limit=9)
