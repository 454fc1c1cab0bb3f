"""`check`: problems that only show when all files are checked together, in the order of files and lines."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from publisher.check import check
from publisher.errors import Problem, Severity
from publisher.issue import IsoWeek, PieceStatus, Section
from publisher.ports import Content
from tests.press import content, issue, templates
from tests.unit.test_assemble import piece

WEEK = IsoWeek(2026, 48)


def found(of: Content) -> list[str]:
    return [str(problem) for problem in check(of, templates())]


def test_a_tidy_publication_has_no_problems() -> None:
    tidy = dataclasses.replace(content(issue(3)), pieces=(piece("concept", "a"), piece("question", "a")))
    assert found(tidy) == []


def test_two_pieces_of_a_section_with_the_same_slug_are_reported() -> None:
    twin = dataclasses.replace(piece("concept", "a"), path=Path("content/concepts/b.md"), body="Other words.\n")
    (said,) = found(dataclasses.replace(content(), pieces=(piece("concept", "a"), twin)))
    assert (
        said == "content/concepts/b.md:1: the slug 'a' is also that of content/concepts/a.md; give one of them another"
    )


def test_two_pieces_pinned_to_one_week_are_reported_but_a_draft_is_not() -> None:
    pinned = [piece("concept", slug, week=WEEK) for slug in ("a", "b")]
    (said,) = found(dataclasses.replace(content(), pieces=tuple(pinned)))
    assert said.startswith("content/concepts/b.md:1: pinned to 2026-W48, and so is content/concepts/a.md")
    drafted = [pinned[0], dataclasses.replace(pinned[1], status=PieceStatus.DRAFT)]
    assert found(dataclasses.replace(content(), pieces=tuple(drafted))) == []


def test_a_second_issue_for_a_week_is_reported_even_if_the_first_is_published() -> None:
    for published in (True, False):
        second = dataclasses.replace(issue(4, published=False), week=issue(3).week)
        said = found(content(issue(3, published=published), second))
        assert any("content/issues/0004.md:1: 2026-W39 already has issue 3" in one for one in said), said


def test_an_issue_that_names_a_missing_piece_is_an_error_until_it_is_published() -> None:
    lost = dataclasses.replace(issue(3, published=False), pieces={"concept": "concepts/gone.md"})
    problems = check(content(lost), templates())
    assert [(p.severity, "concepts/gone.md, which does not exist" in p.what) for p in problems] == [
        (Severity.ERROR, True)
    ]
    assert found(content(dataclasses.replace(lost, published=lost.date))) == []


def test_a_piece_that_cannot_be_read_is_not_also_missing() -> None:
    broken = Problem(Path("content/concepts/a.md"), 2, "broken", "fix")
    lost = dataclasses.replace(issue(3, published=False), pieces={"concept": "concepts/a.md"})
    assert found(dataclasses.replace(content(lost), problems=(broken,))) == [str(broken)]


def test_an_unknown_section_is_reported_at_its_line() -> None:
    one = issue(3, published=False)
    other = dataclasses.replace(one, sections=(*one.sections, Section("poem", "A poem", "Text.\n", 19)))
    said = found(content(other))
    assert any(
        line.startswith(
            "content/issues/0003.md:19: the section 'poem' is not one of the publication's; its sections are concept,"
        )
        for line in said
    )


def test_problems_come_in_the_order_of_files_and_lines_and_once_each() -> None:
    later, sooner = Problem(Path("b.md"), 9, "x", "y"), Problem(Path("b.md"), 2, "x", "y")
    first = Problem(Path("a.md"), None, "x", "y")
    of = dataclasses.replace(content(), problems=(later, sooner, first, later))
    assert check(of, templates()) == (first, sooner, later)
