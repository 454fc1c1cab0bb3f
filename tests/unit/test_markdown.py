"""Markdown -> a sanitised tree: what gets in, what never does, and which problems are reported."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import tostring

import pytest

from publisher.content.links import Links
from publisher.content.markdown import inline, parse, plain
from publisher.render import reading
from tests.press import content, issue

HERE = Path("content/issues/0003.md")
LINKS = Links.of(content(issue(2), issue(3)))


def read(text: str, line: int = 10, path: Path = HERE):
    return parse(text, path=path, line=line, links=LINKS, prefix="concept-")


def html(text: str) -> str:
    return tostring(read(text).root, encoding="unicode")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<p onclick="alert(1)">x</p>',
        '<p style="position:fixed">x</p>',
        "[x](javascript:alert(1))",
        "[x](data:text/html,hello)",
        '<iframe src="https://example.com"></iframe>',
        '<a href="vbscript:x">x</a>',
        "![x](data:image/png;base64,AAAA)",
        "<svg onload=alert(1)>",
        '<a href="https://example.com" onclick="alert(1)" style="color:red">x</a>',
    ],
)
def test_nothing_that_runs_or_styles_gets_into_the_tree(hostile: str) -> None:
    made = html(hostile).lower()
    for banned in ("script", "onclick", "onload", "style=", "iframe", "data:", "<svg"):
        assert banned not in made.replace('data-lang="', "")


def test_removed_markup_is_reported_with_its_line() -> None:
    problems = read("One.\n\n<script>alert(1)</script>\n", line=10).problems
    assert [(p.line, p.rule) for p in problems] == [(12, "html")]


def test_tables_footnotes_fences_and_admonitions_are_understood() -> None:
    text = 'A[^1]\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n!!! note "T"\n    Body\n\n```python\nx = 1 < 2\n```\n\n[^1]: Note\n'
    made = html(text)
    for part in (
        "<table>",
        'align="right"',
        'class="admonition"',
        'data-lang="python"',
        "1 &lt; 2",
        'class="footnote"',
    ):
        assert part in made


def test_ids_have_the_sections_prefix_and_are_unique() -> None:
    text = "A[^1]\n\n### Same\n\n### Same\n\n[^1]: Note\n"
    ids = [element.get("id") for element in read(text).root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert all(id_.startswith("concept-") for id_ in ids)
    assert "concept-same-2" in ids


def test_footnote_links_lead_to_ids_of_the_same_tree() -> None:
    root = read("A[^1]\n\n[^1]: Note\n").root
    ids = {element.get("id") for element in root.iter()}
    assert all(link.get("href", "")[1:] in ids for link in root.iter("a"))


@pytest.mark.parametrize(
    ("origin", "target", "site"),
    [
        ("content/issues/0003.md", "0002.md#concept", "issues/2/#concept"),
        ("content/concepts/x.md", "../issues/0002.md", "issues/2/"),
        ("content/issues/0003.md", "../paths/backend.md", "learn/backend/"),
        ("content/pages/about.md", "guide.md#part", "learn/backend/guide/#part"),  # a step of that path
    ],
)
def test_links_that_work_in_git_lead_to_the_site(origin: str, target: str, site: str) -> None:
    assert LINKS.resolve(target, Path(origin)) == site


@pytest.mark.parametrize("target", ["0009.md", "0002.md#nowhere", "../pages/missing.md", "../../etc/passwd", "x.html"])
def test_a_broken_link_is_a_problem_on_its_line(target: str) -> None:
    (problem,) = read(f"One.\n\nSee [x]({target}).\n", line=10).problems
    assert (problem.line, problem.rule) == (12, "link")
    assert target in problem.what


def test_the_second_of_two_equal_broken_links_has_its_own_line() -> None:
    assert [p.line for p in read("[a](9.md)\n\n[b](9.md)\n", line=1).problems] == [1, 3]


def test_a_link_whose_address_is_removed_has_its_own_line() -> None:
    text = "One [a](https://a.test/).\nTwo [**b**](javascript:alert(1)).\nThree [b](data:x)."
    assert [(problem.line, problem.what) for problem in read(text).problems] == [
        (11, "the link «b» leads nowhere"), (12, "the link «b» leads nowhere"),
    ]  # fmt: skip


def test_a_link_inside_code_is_not_a_link() -> None:
    assert read("`[x](9.md)`\n\n```text\n[x](9.md)\n```\n").problems == ()


def test_an_image_without_alternative_text_is_a_problem() -> None:
    (problem,) = read("Text\n\n![](x.png)\n").problems
    assert (problem.line, problem.rule) == (12, "alt")


def test_a_heading_that_looks_like_a_list_stays_a_heading() -> None:
    assert plain(inline("1. Start with `x`").root) == "1. Start with x"
    assert [child.tag for child in inline("1. Start with `x`").root] == ["code"]
    assert [child.tag for child in inline("Use `x` *now*").root] == ["code", "em"]


@pytest.mark.parametrize(
    "text",
    [
        "One [a](9.md)\ntwo `co\nde` [b](9.md)",
        "- One [a](9.md)\n  ![b](x.png)\n\n  three\n  [b](9.md)",
        "| a |\n|---|\n| [a](9.md) |\n| [b](9.md) |",
        "> [!NOTE]\n> [a](9.md)\n> and [b](9.md)",
        "<p>\n<a href='9.md'>a</a>\n<a href='9.md'>b</a></p>",
        "A[^1]\n\n[^1]: [a](9.md)\n    and [b](9.md)",
        "[a][x]\nand [b][x]\n\n[x]: 9.md",
    ],
)
def test_every_broken_link_has_the_line_on_which_it_stands(text: str) -> None:
    lines = [number for number, line in enumerate(text.split("\n"), 10) if re.search(r"\[[ab]\][(\[]|<a", line)]
    found = [problem.line for problem in read(text, line=10).problems if "9.md" in problem.what]
    assert found == [line for line in lines if "![b]" not in text.split("\n")[line - 10]]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("One.\n\nSee [y](#nope).", "the link '#nope' leads to no heading here"),
        ("One.\n\n[^2]: Never.", "nothing refers to the footnote [^2], so nobody sees it"),
        ("One.\n\nTwo[^2].", "the footnote [^2] has no text here"),
        ("One.\n\n<font>x</font>", "'font' in raw HTML is removed"),
        ("One.\n\ntwo</video>", "'video' in raw HTML is removed"),
        ('One.\n\n!!! note "T"\n    Body', "GitHub shows a box that begins with !!! as text"),
    ],
)
def test_what_will_not_look_as_on_github_is_named_with_its_line(text: str, what: str) -> None:
    (problem,) = read(text, line=10).problems
    assert (problem.line, problem.what) == (12, what)


def test_a_link_leads_to_a_heading_by_its_name_by_our_form_and_by_githubs() -> None:
    text = "[a](#x) [b](#what-s-new) [c](#whats-new-2-3)\n\n### A {#x}\n\n### What: s new\n\n### What's new: 2/3\n\n[d](#whats-new-23)"
    prose = read(text)
    assert prose.problems == ()
    ids = [element.get("id") for element in prose.root.iter("h3")]
    assert [link.get("href", "")[1:] for link in prose.root.iter("a")] == [ids[0], ids[1], ids[2], ids[2]]


def test_headings_in_any_script_have_names_that_do_not_move() -> None:
    before = [element.get("id") for element in read("### 什么是\n\n### Очередь\n").root.iter("h3")]
    after = [element.get("id") for element in read("### 日本\n\n### 什么是\n\n### Очередь\n").root.iter("h3")]
    assert before == after[1:] == ["concept-什么是", "concept-очередь"]


def test_a_link_may_lead_to_a_heading_of_another_section_of_the_issue() -> None:
    one = issue(
        3, concept="See [it](#limits), [that](#architecture) and [none](#nope).", architecture="### Limits\n\nx"
    )
    made = reading.read(one, content(issue(2), one))
    assert [problem.what for problem in made.problems] == ["the link '#nope' leads to no heading here"]
    (first, *_) = made.parts[0].root.iter("a")
    assert first.get("href") == "#architecture-limits"
