"""Figures as one table: which may be too low, and what planted repeats are."""

from __future__ import annotations

import dataclasses
import datetime as dt

from publisher.draft import citable
from publisher.draft.ranking import rank
from publisher.evaluation.drafting import DraftingFigures
from publisher.evaluation.overview import Figure, of_drafting, of_repeats
from publisher.evaluation.own_queries import own_queries
from publisher.evaluation.repeats import PLANTS, RepeatFigures, find_repeats
from tests.press import WORDS, content, issue

OTHER = "\n\n".join(
    f"Paragraph {n} tells what a team of {n} people measured when its queue grew to {n * 10} thousand messages in one night."
    for n in range(2, 8)
)


def test_a_figure_below_its_floor_does_not_hold() -> None:
    assert Figure("a", "b", 3, 0.5).holds
    assert not Figure("a", "b", 30, 0.5, 0.6).holds
    assert Figure("a", "b", 3, 0.6, 0.6).key == "a: b"


def test_what_was_not_tried_is_no_figure() -> None:
    assert list(of_drafting(DraftingFigures(0, 0, 0, 0))) == []
    (only,) = of_drafting(DraftingFigures(2, 0, 0, 0))
    assert only.value == 0


def test_new_texts_count_as_right_when_they_are_no_old_news() -> None:
    (found,) = of_repeats((RepeatFigures("new", 4, 1, 2),))
    assert (found.value, found.holds) == (0.75, False)


def test_planted_repeats_are_found_by_each_way_as_far_as_it_goes() -> None:
    past = (issue(1, concept=OTHER), issue(2, architecture=OTHER.replace("queue", "cache").replace("team", "squad")))
    passages = tuple(citable(past, before=dt.date.max).values())
    found = {one.kind: one for one in find_repeats(past, rank(passages), each=2)}
    assert found.keys() == PLANTS.keys()
    assert (found["renamed"].old_news, found["renamed"].related) == (2, 2)
    assert found["one paragraph quoted"].old_news == 0
    assert found["one paragraph quoted"].related == 2
    assert found["new"].old_news == 0


def test_queries_of_ones_own_issues_are_of_three_kinds_and_links_are_hidden() -> None:
    first = issue(1, concept=OTHER)
    second = issue(2, concept=f"{WORDS} More is in [an earlier issue](0001.md#concept) on how queues grow.")
    whole = content(first, second)
    passages = tuple(citable(whole.issues, before=dt.date.max).values())
    kinds = own_queries(whole, passages, each=5)
    assert kinds.keys() == {"links", "headings", "words"}
    (link,) = kinds["links"]
    assert "0001.md" not in link.text
    assert link.relevant == {one.id for one in passages if one.id.startswith("0001-concept")}
    assert own_queries(dataclasses.replace(whole, issues=(first,)), (), each=5) == {}
