"""What does not fit together in a learning path is named with its file and its line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from publisher.content.learning_paths import check_order, read_path
from publisher.errors import ContentError
from publisher.render.check import check_content
from tests.press import content, issue

FILE = Path("content/paths/backend.md")
HEAD = """---
title: A path
summary: In short.
from: Backend engineer
to: AI engineer
guide: {title: A guide, link: ../pages/guide.md}
rows:
  - know: Queues
    build: Agents
    teach: [../issues/0003.md#concept, ../issues/0009.md]
steps:
"""


def path_of(*steps: str):  # type: ignore[no-untyped-def]
    """Return a path of these steps, each on lines of its own: the first begins on line 12, and each has four."""
    return read_path(FILE, f"{HEAD}{''.join(steps)}---\nA case.\n".encode())


def step(title: str, *more: str, link: str = "../pages/guide.md") -> str:
    return (
        "\n".join([f"  - title: {title}", f"    link: {link}", "    about: Why.", *(f"    {one}" for one in more)])
        + "\n"
    )


def told(*steps: str) -> list[str]:
    return [str(problem) for problem in check_order(path_of(*steps))]


def test_a_step_is_named_by_its_page_by_its_title_or_by_its_slug() -> None:
    steps = path_of(step("Read"), step("An issue & 3", link="../issues/0003.md"), step("Third", "slug: own")).steps
    assert [one.slug for one in steps] == ["guide", "an-issue-3", "own"]
    assert [one.line for one in steps] == [12, 15, 18]


def test_two_steps_with_one_address_are_refused_with_both_lines() -> None:
    with pytest.raises(ContentError) as raised:
        path_of(step("First"), step("Second"))
    (problem,) = raised.value.problems
    assert str(problem) == (
        "content/paths/backend.md:15: the page of the step «Second» has the address of that of «First» (line 12): guide; "
        "add a line «slug: …» to one of them, or remove it"
    )


def test_a_title_of_which_no_address_can_be_made_asks_for_one() -> None:
    with pytest.raises(ContentError, match=r"backend\.md:12: .* add a line «slug: …»"):
        path_of(step("再試行", link="https://example.com/"))


def test_prerequisites_in_a_circle_are_said_once_with_the_way_round() -> None:
    one = told(
        step("A", "slug: a", "needs: [b]"), step("B", "slug: b", "needs: [c]"), step("C", "slug: c", "needs: [a]")
    )
    assert one == [
        "content/paths/backend.md:12: the step «A» needs itself: a needs b needs c needs a; remove one of these from `needs`"
    ]
    assert len(told(step("A", "slug: a", "needs: [a]"))) == 1


def test_a_prerequisite_that_is_not_there_or_comes_later_is_said() -> None:
    assert told(step("A", "slug: a", "needs: [x]"), step("B", "slug: b")) == [
        "content/paths/backend.md:12: the step «A» needs 'x', which is not a step of this path; its steps are a, b"
    ]
    assert told(step("A", "slug: a", "needs: [b]"), step("B", "slug: b")) == [
        "content/paths/backend.md:12: the step «A» needs 'b', which comes after it; move one of them, or remove it from `needs`"
    ]
    assert told(step("A", "slug: a"), step("B", "slug: b", "needs: [a]")) == []


def test_a_step_and_a_teaching_link_that_lead_nowhere_are_said_with_their_lines() -> None:
    path = path_of(step("Gone", link="../pages/gone.md"))
    found = dataclasses.replace(content(issue(3)), paths=(path,))
    assert [(problem.line, problem.what) for problem in check_content(found)] == [
        (12, "the step «Gone»: the link '../pages/gone.md' does not lead to a file"),
        (10, "`teach`: the link '../issues/0009.md' does not lead to a file"),
    ]


def test_a_row_is_taught_by_files_of_the_publication_alone() -> None:
    with pytest.raises(ContentError, match=r"backend.md:10: .*is not a Markdown file of the publication"):
        read_path(
            FILE, HEAD.replace("../issues/0009.md", "https://example.com/").encode() + step("A").encode() + b"---\nX.\n"
        )
