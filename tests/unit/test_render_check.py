"""What `pressroom check` asks of rendering: every text and template, all problems at once."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from publisher.issue import Step
from publisher.render import environment
from publisher.render.check import check_content
from publisher.render.templates import check_templates
from tests.press import TEMPLATES, issue, line_of, no_picture, shelf


def test_a_good_shelf_has_no_problems() -> None:
    assert check_content(shelf(issue(2), issue(3)), no_picture) == ()


def test_problems_of_issues_pages_and_paths_are_found_in_one_run() -> None:
    one = issue(3, concept="See [x](0099.md).")
    found = shelf(one)
    page = dataclasses.replace(found.pages[0], body="One.\n\n![](x.png)\n")
    path = dataclasses.replace(found.paths[0], steps=(Step("Gone", "../pages/gone.md", "x"),))
    problems = check_content(dataclasses.replace(found, pages=(page,), paths=(path,)), no_picture)
    assert [(problem.path.name, problem.line) for problem in problems if problem.rule == "link"][:1] == [
        ("0003.md", line_of(one, "0099.md"))
    ]
    assert ("about.md", 7) in [(problem.path.name, problem.line) for problem in problems if problem.rule == "alt"]
    assert any("gone.md" in problem.what for problem in problems)


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
