"""Each file is one piece, path or page, and all problems of a file are reported in one run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from publisher.content.headings import headings, open_fence
from publisher.content.learning_paths import read_path
from publisher.content.pieces import read_page, read_piece
from publisher.errors import ContentError, Problem
from publisher.issue import IsoWeek, PieceStatus, Row, Step
from publisher.publication import SectionPlan

CONCEPT = SectionPlan(id="concept", folder="concepts", label="concept")
QUESTION = SectionPlan(id="question", folder="questions", label="question", answers_next_week=True)
HEAD = "---\ntitle: A title\nsummary: In short.\nadded: 2026-11-02\n"


def piece_problems(text: str, plan: SectionPlan = CONCEPT, name: str = "a-slug") -> list[str]:
    with pytest.raises(ContentError) as raised:
        read_piece(Path(f"content/{plan.folder}/{name}.md"), text.encode(), plan)
    return [str(problem) for problem in raised.value.problems]


def test_a_piece_has_everything_that_its_file_says() -> None:
    text = f"{HEAD}status: ready\nweek: 2026-W48\ntags: [golden-sets, ci]\n---\n\n\nFirst line.\n"
    piece = read_piece(Path("content/concepts/golden.md"), text.encode(), CONCEPT)
    assert (piece.section, piece.slug, piece.title, piece.summary) == ("concept", "golden", "A title", "In short.")
    assert (piece.status, piece.week, piece.added) == (PieceStatus.READY, IsoWeek(2026, 48), dt.date(2026, 11, 2))
    assert (piece.facts.tags, piece.body, piece.answer) == (("golden-sets", "ci"), "First line.\n", None)
    assert text.split("\n")[piece.line - 1] == "First line."


def test_a_piece_is_a_draft_until_its_file_says_otherwise() -> None:
    assert (
        read_piece(Path("content/concepts/a.md"), f"{HEAD}---\nText.\n".encode(), CONCEPT).status is PieceStatus.DRAFT
    )


def test_the_model_answer_is_taken_off_the_question() -> None:
    text = f"{HEAD}status: ready\n---\nWhy?\n\n### Model answer\n\nBecause.\n\n### And more\n\nYes.\n"
    piece = read_piece(Path("content/questions/why.md"), text.encode(), QUESTION)
    assert piece.body == "Why?\n"
    assert piece.answer == "Because.\n\n### And more\n\nYes.\n"


def test_a_question_without_an_answer_may_only_be_a_draft() -> None:
    assert read_piece(Path("content/questions/why.md"), f"{HEAD}---\nWhy?\n".encode(), QUESTION).answer is None
    for end in ("Why?\n", "Why?\n\n### Model answer\n\n", "Why?\n\n```\n### Model answer\n```\n"):
        (problem,) = piece_problems(f"{HEAD}status: ready\n---\n{end}", QUESTION)
        assert "no «### Model answer»" in problem


def test_levels_one_and_two_belong_to_the_issue() -> None:
    found = piece_problems(f"{HEAD}---\nText.\n\n# One\n\n## Two\n\n### Three\n\n```\n# not one\n```\n")
    assert [problem.partition(": ")[0] for problem in found] == [
        "content/concepts/a-slug.md:8",
        "content/concepts/a-slug.md:10",
    ]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("- ```\n  # no\n  ```\n\n## A", ["A"]),
        ("1. ```py\n   x\n   ```\n\n## A", ["A"]),
        ("- 1. ~~~\n     # no\n\n## A", ["A"]),
        ("- ```\n  x\n\n## A\n\n  ```\n", ["A"]),
        ("``` not a fence ```\n\n## A", ["A"]),
        ("```\n- ```\n# no\n```\n\n## A", ["A"]),
        ("  ```\n# no\n  ```\n\n## A", ["A"]),
    ],
)
def test_fences_in_lists_hide_no_heading_after_them(text: str, titles: list[str]) -> None:
    assert [heading.title for heading in headings(text)] == titles
    assert open_fence(text.removesuffix("\n\n  ```\n")) is None


def test_a_fence_that_is_never_closed_would_swallow_the_sections_after_it() -> None:
    (problem,) = piece_problems(f"{HEAD}---\nText.\n\n```python\nprint()\n~~~\n")
    assert problem.startswith("content/concepts/a-slug.md:8: a code fence that is never closed")


def test_an_empty_piece_and_a_bad_file_name_are_reported_together() -> None:
    found = piece_problems(f"{HEAD}---\n\n", name="Not A Slug")
    assert ["no text" in found[0], "is not a slug" in found[1]] == [True, True]
    assert (
        read_piece(Path("content/concepts/Not A.md"), f"{HEAD}slug: a-b\n---\nText.\n".encode(), CONCEPT).slug == "a-b"
    )


PATH_TEXT = """---
title: Backend to AI
summary: Keep the craft.
from: Backend engineer
to: AI engineer
guide:
  title: The guide
  link: ../pages/guide.md
rows:
  - {know: Job queues, build: Agents}
steps:
  - title: Read
    link: https://example.com/a
    about: First.
---
A short case.
"""


def test_a_learning_path_has_its_table_and_its_steps() -> None:
    path = read_path(Path("content/paths/backend.md"), PATH_TEXT.encode())
    assert (path.slug, path.origin, path.goal) == ("backend", "Backend engineer", "AI engineer")
    assert path.rows == (Row("Job queues", "Agents"),)
    assert path.steps == (Step("Read", "https://example.com/a", "First.", "read"),)
    assert (path.guide_link, path.body, path.line) == ("../pages/guide.md", "A short case.\n", 16)


def test_a_link_of_a_path_is_relative_or_http() -> None:
    with pytest.raises(ContentError) as raised:
        read_path(
            Path("content/paths/x.md"), PATH_TEXT.replace("https://example.com/a", "javascript:alert(1)").encode()
        )
    (problem,) = raised.value.problems
    assert (problem.line, "neither a relative path nor an http(s) URL" in problem.what) == (13, True)


@pytest.mark.parametrize("slug", ["issues", "learn", "unsubscribe", "confirm", "subscribe"])
def test_a_page_cannot_take_an_address_of_the_system(slug: str) -> None:
    with pytest.raises(ContentError, match=f"/{slug}/ is taken"):
        read_page(Path(f"content/pages/{slug}.md"), b"---\ntitle: A\nsummary: B\n---\nText.\n")


def test_a_problem_without_a_line_names_the_file_alone() -> None:
    assert str(Problem(Path("a.md"), None, "what", "fix")) == "a.md: what; fix"
