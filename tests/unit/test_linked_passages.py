"""Editors' links between issues, as links between passages: the search counts them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from publisher.app import App
from publisher.draft import citable
from publisher.draft.linked_passages import linked_passages
from publisher.draft.ranking import rank
from publisher.issue import Issue
from tests.press import content
from tests.publication import example
from tests.unit.drafting_samples import DAY, issue
from tests.unit.test_extractive import GOOD

OLD = dataclasses.replace(
    issue(1, DAY - dt.timedelta(days=21), concept=f"- **Retry budgets:** {GOOD[0]}\n- **Layers:** {GOOD[1]} {GOOD[1]} {GOOD[1]} {GOOD[1]}", project=GOOD[2]),
    aliases=("/news/1/",),
)  # fmt: skip


def linked(words: str, *others: Issue) -> tuple[str, ...]:
    new = issue(2, DAY - dt.timedelta(days=7), concept=words)
    known = content(OLD, new, *others)
    return linked_passages(citable(known.issues, before=DAY).values(), known).get("0002-concept-1", ())


@pytest.mark.parametrize(
    ("address", "passage"),
    [
        ("0001.md#project", "0001-project-1"),
        ("../issues/0001.md#project", "0001-project-1"),
        ("/news/1/#retry-budgets", "0001-concept-1"),
        ("https://elsewhere.example.com/news/1/#layers", "0001-concept-2"),
    ],
)
def test_a_link_to_a_section_or_an_anchor_is_one_to_the_passage_there(address: str, passage: str) -> None:
    assert linked(f"We [wrote]({address}) about calls and their costs in an earlier issue of this letter.") == (
        passage,
    )


def test_a_link_to_a_whole_issue_is_one_to_the_passage_that_has_most_in_common() -> None:
    told = "Three layers with three attempts make 27 calls, as [we wrote](0001.md) of layers and attempts before."
    assert linked(told) == ("0001-concept-2",)
    assert linked(told.replace("0001.md", "0001.md#no-such-thing")) == ("0001-concept-2",)


@pytest.mark.parametrize("address", ["0002.md#concept", "0077.md", "https://elsewhere.example.com/", "/news/9/", "http://[", "#concept"])  # fmt: skip
def test_other_links_are_none(address: str) -> None:
    assert linked(f"We [wrote]({address}) about calls and their costs in an earlier issue of this letter.") == ()


def test_the_search_of_the_product_finds_what_the_best_ranked_passages_link_to(tmp_path: Path) -> None:
    example(tmp_path)
    issues = tmp_path / "content/issues"
    first = sorted(issues.glob("*.md"))[0]
    told = "Zorblat queues, which nobody else has, wait for [their turn]({}) before they are read again by anyone."
    with App(tmp_path, variables={}) as app:
        known = app.act().content.issues
        target, linking = known[0], known[3]
        path = tmp_path / linking.path
        text = path.read_text(encoding="utf-8")
        section = target.sections[0].id
        path.write_text(f"{text.rstrip()}\n\n{told.format(f'{first.name}#{section}')}\n", encoding="utf-8")
        act = app.act()
        passages = tuple(citable(act.content.issues, before=dt.date.max).values())
        retriever = act.index(passages)
    places = [
        [(hit.passage.issue, hit.passage.section) for hit in one.search("zorblats", before=dt.date.max, limit=10)]
        for one in (rank(passages), retriever)
    ]
    telling, told_of = (linking.number, linking.sections[-1].id), (target.number, section)
    assert places == [[telling], [telling, told_of]]
