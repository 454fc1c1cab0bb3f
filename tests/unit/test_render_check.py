"""The part of `pressroom check` that renders: every text and template, with all problems at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest

from publisher.issue import NO_FACTS, IsoWeek, Piece, PieceStatus, Step
from publisher.ports import Text
from publisher.render import environment
from publisher.render.check import check_content
from publisher.render.templates import check_templates
from tests.press import TEMPLATES, content, issue, line_of


def test_good_content_has_no_problems() -> None:
    assert check_content(content(issue(2), issue(3))) == ()


def test_problems_of_issues_pages_and_paths_are_found_in_one_run() -> None:
    one = issue(3, concept="See [x](0099.md).")
    found = content(one)
    page = dataclasses.replace(found.pages[0], body="One.\n\n![](x.png)\n")
    path = dataclasses.replace(found.paths[0], steps=(Step("Gone", "../pages/gone.md", "x"),))
    problems = check_content(dataclasses.replace(found, pages=(page,), paths=(path,)))
    assert [(problem.path.name, problem.line) for problem in problems if problem.rule == "link"][:1] == [
        ("0003.md", line_of(one, "0099.md"))
    ]
    assert ("about.md", 7) in [(problem.path.name, problem.line) for problem in problems if problem.rule == "alt"]
    assert any("gone.md" in problem.what for problem in problems)


def test_the_text_of_unusable_files_is_checked_too() -> None:
    text = Text(Path("content/concepts/broken.md"), 7, "\nSee [x](gone.md).\n\n## One {#one}\n\n![A cat](cat.png)\n")
    problems = check_content(dataclasses.replace(content(), unread=(text,)))
    assert [(problem.line, problem.rule) for problem in problems] == [(8, "link"), (12, "image")]


def test_every_shipped_template_is_sound() -> None:
    assert check_templates(environment(TEMPLATES)) == ()


def test_each_broken_template_is_named_with_its_line(tmp_path: Path) -> None:
    for name, text in (("email/issue.mjml", "ok\n{% if %}"), ("web/page.html", "{{ x")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = check_templates(environment(tmp_path, TEMPLATES))
    assert [(problem.path.as_posix(), problem.line) for problem in found] == [
        ("templates/email/issue.mjml", 2),
        ("templates/web/page.html", 1),
    ]


def test_a_citation_and_a_footnote_that_readers_would_see_as_written_are_errors_at_their_lines() -> None:
    found = content(issue(2), issue(3, concept="One.\n\nTwo [@9999-x-1]."))
    page = dataclasses.replace(found.pages[0], body="One.\nTwo.[^7]\n")
    problems = check_content(dataclasses.replace(found, pages=(page, *found.pages[1:])))
    assert [(problem.path.name, problem.line, problem.rule, problem.severity.value) for problem in problems] == [
        ("0003.md", line_of(found.issues[1], "[@9999"), "citation", "error"),
        ("about.md", 6, "footnote", "error"),
    ]


def test_a_link_to_a_piece_says_whether_the_file_is_missing_or_unused() -> None:
    found = content(issue(2), issue(3, concept="See [a](../concepts/here.md) and [b](../concepts/gone.md)."))
    piece = Piece(
        "concept", "here", "Here", "", "Text.\n", None, PieceStatus.READY, None, None, NO_FACTS, Path("content/concepts/here.md"), 5, 0
    )  # fmt: skip
    unused, missing = check_content(dataclasses.replace(found, pieces=(piece,)))
    assert (
        unused.what
        == "the link '../concepts/here.md' leads to a piece that no issue has used yet, so it has no address"
    )
    assert missing.fix == "fix the path: there is no content/concepts/gone.md"


def waiting(
    slug: str,
    section: str,
    status: PieceStatus = PieceStatus.READY,
    week: str = "",
    day: int = 1,
    body: str = "Text.\n",
) -> Piece:
    """Return a piece that no issue has used."""
    path = Path(f"content/{section}s/{slug}.md")
    return Piece(
        section, slug, "T", "S.", body, None, status, IsoWeek.parse(week) if week else None, dt.date(2026, 11, day), NO_FACTS, path, 5, 0
    )  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "broken"),
    [
        (waiting("a", "concept"), waiting("b", "question"), False),
        (waiting("a", "concept", PieceStatus.DRAFT), waiting("b", "question", PieceStatus.DRAFT), False),
        (waiting("a", "concept"), waiting("b", "question", PieceStatus.DRAFT), True),
        (waiting("a", "concept", week="2026-W48"), waiting("b", "question", week="2026-W48"), False),
        (waiting("a", "concept", week="2026-W48"), waiting("b", "question", week="2026-W49"), True),
        (waiting("a", "concept", week="2026-W49"), waiting("b", "concept", week="2026-W48"), False),
        (waiting("a", "concept", day=2), waiting("b", "concept", day=1), False),
        (waiting("a", "concept", day=1), waiting("b", "concept", day=2), True),
    ],
)
def test_a_link_to_a_piece_that_can_be_out_by_then_is_not_broken(one: Piece, other: Piece, broken: bool) -> None:
    one = dataclasses.replace(one, body=f"See [it](../{other.section}s/{other.slug}.md).\n")
    problems = check_content(dataclasses.replace(content(), pieces=(one, other)))
    assert [(problem.line, problem.rule) for problem in problems] == ([(5, "link")] if broken else [])


def test_a_missing_image_is_named_by_a_plain_path() -> None:
    (problem,) = check_content(content(issue(3, concept="![x](/etc/passwd)")))
    assert problem.what == "there is no image content/etc/passwd"
