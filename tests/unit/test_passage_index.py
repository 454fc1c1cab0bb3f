"""The index makes what is new, and nothing twice."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.adapters.memory import MemoryPassageTerms
from publisher.adapters.passage_index import PassageIndex
from publisher.draft.ranking import rank
from tests.unit.drafting_samples import passage

LATER = dt.date(2030, 1, 1)
PASSAGES = [passage(f"Retry budget number {number} caps {'much ' * number}load.", number) for number in range(1, 9)]


class CountedTerms(MemoryPassageTerms):
    """Counts what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[int, int]] = []

    def write(self, made: Mapping[str, str], gone: Collection[str]) -> None:
        self.writes.append((len(made), len(gone)))
        super().write(made, gone)


def test_as_long_as_nothing_changes_the_ranking_is_the_same_and_nothing_is_written() -> None:
    kept = CountedTerms()
    index = PassageIndex(kept)
    assert index.sync(PASSAGES, language="en") is index.sync(list(PASSAGES), language="en")
    PassageIndex(kept).sync(PASSAGES, language="en")
    assert kept.writes == [(8, 0)]


def test_only_what_changed_is_made_again() -> None:
    kept = CountedTerms()
    index = PassageIndex(kept)
    index.sync(PASSAGES[:6], language="en")
    changed = [dataclasses.replace(PASSAGES[0], text="Quotas."), *PASSAGES[1:]]
    found = index.sync(changed, language="en")
    assert kept.writes == [(6, 0), (3, 0)]
    assert [hit.passage.issue for hit in found.search("quota", before=LATER, limit=3)] == [1]


def test_what_belongs_to_no_passage_goes_when_it_is_more_than_the_rest() -> None:
    kept = CountedTerms()
    index = PassageIndex(kept)
    index.sync(PASSAGES, language="en")
    index.sync(PASSAGES[:4], language="en")
    assert len(kept.read()) == 8
    index.sync(PASSAGES[:3], language="en")
    assert len(kept.read()) == 3


def test_another_language_or_another_date_is_another_ranking() -> None:
    index = PassageIndex(MemoryPassageTerms())
    plain = index.sync(PASSAGES, language="en")
    moved = [dataclasses.replace(one, date=one.date + dt.timedelta(1)) for one in PASSAGES]
    assert index.sync(moved, language="en") is not plain
    assert index.sync(PASSAGES, language="de") is not plain
    linked = index.sync(PASSAGES, language="en", links={PASSAGES[3].id: [PASSAGES[0].id]})
    assert linked.search("load", before=LATER, limit=8) != plain.search("load", before=LATER, limit=8)


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 7)), min_size=1, max_size=6))
def test_whatever_was_indexed_before_a_search_finds_what_a_new_index_finds(rounds: list[set[int]]) -> None:
    index = PassageIndex(MemoryPassageTerms())
    for chosen in rounds:
        passages = [PASSAGES[number] for number in sorted(chosen)]
        found = index.sync(passages, language="en").search("budget caps much load 3", before=LATER, limit=9)
        assert found == rank(passages).search("budget caps much load 3", before=LATER, limit=9)
