"""Texts that would take minutes, end in a traceback or break a mail become one problem at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import merge_fields
from publisher.content import bounds
from publisher.content.bounds import MOST_TEXT, excess
from publisher.content.links import Links
from publisher.content.markdown import Prose, inline, parse, plain
from publisher.content.pieces import read_piece
from publisher.render import render_issue
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.text import NARROWEST, Text
from tests.press import content, issue, templates

HERE = Path("content/concepts/x.md")


def read(text: str) -> Prose:
    return parse(text, path=HERE, line=5, links=Links.none())


def written(prose: Prose) -> str:
    """Render a text in all three forms, and return the plain one."""
    list(Mail(str, str, 1).blocks(prose.root))
    Page(str, str).inside(prose.root)
    return Text(str, str).write(prose.root)


NESTED = {
    "quotation": "> " * 38 + "x",
    "quotation without blanks": ">" * 500,
    "list": "\n".join("    " * depth + "- x" for depth in range(40)),
    "list on one line": "- " * 5_000 + "x",
    "numbered list on one line": "1. " * 2_000 + "x",
    "list in a footnote": f"[^1]: {'- ' * 500}x\n\n[^1]",
    "admonition": "\n".join("    " * depth + "!!! note" for depth in range(100)),
    "list and indentation": "\n".join("    " * 20 * n + "- " * 20 + "x" for n in range(10)),
    "div": "<div>" * 3_000,
    "div with words": "<div>" * 40 + "x" + "</div>" * 40,
    "div with an attribute": '<div markdown="1">\n' * 500,
    "sub": "<sub>" * 400 + "x",
    "emphasis": "**a *b " * 300 + "x" + " c* d**" * 300,
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_text_that_is_nested_too_deep_is_one_problem_and_not_a_traceback(text: str) -> None:
    prose = read(f"One.\n\n{text}\n")
    (problem,) = prose.problems
    assert (problem.path, problem.rule) == (HERE, "bounds")
    assert "deep, more than 30" in problem.what
    assert "One." in written(prose)


def test_the_problem_is_at_the_line_that_goes_too_deep() -> None:
    listed = "\n".join("    " * depth + "- x" for depth in range(40))
    assert read(f"One.\n\n{listed}\n").problems[0].line == 7 + 30
    assert read("One.\n\n" + "<div>" * 40 + "\nhere\n").problems[0].line == 8


@pytest.mark.parametrize("text", ["> " * 12 + "x " * 90, "\n".join("    " * depth + "- x" for depth in range(10))])
def test_nested_text_keeps_a_readable_width(text: str) -> None:
    prose = read(text)
    assert prose.problems == ()
    assert all(len(line) <= 72 for line in written(prose).splitlines())


def test_text_in_many_nested_quotations_keeps_a_width() -> None:
    longest = max(written(read("> " * 28 + "word " * 40)).splitlines(), key=len)
    assert len(longest.lstrip("> ")) > NARROWEST - len("word ")


COSTLY = {
    "link that does not end": "[a](b" * 5_000,
    "empty link that does not end": "[a](" * 5_000,
    "bracket": "[" * 5_000,
    "brackets in one another": "[" * 5_000 + "]" * 5_000,
    "image": "![" * 5_000,
    "reference": "[a][b" * 5_000,
    "target with a quotation mark": '[a]("b)' * 5_000,
    "target with a bracket": "[a](b(c)" * 5_000,
    "target in angle brackets": "[a](<b" * 5_000,
    "bracket behind a backslash": "[\\]" * 5_000,
    "bracket in code": "[`]`" * 5_000,
    "bracket in code that does not end": f"- `{'[' * 5_000}\n- `",
    "tag": "<a " * 10_000,
    "attribute": '<a href="' * 5_000,
    "address": "<http://" * 5_000,
    "tag in a paragraph of its own": "<a \n\n" * 5_000,
    "footnote after footnote": "".join(f"[^{n}]: x [^{n + 1}]\n\n" for n in range(2_000)),
    "reference to one footnote": "[^a]" * 10_000 + "\n\n[^a]: x",
    "underlined heading": "a\n==\n" * 8_000,
    "rule": "***\n" * 8_000,
    "table": "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|\n" * 10_000,
    "text": "word " * 13_000,
}


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_text_that_is_slow_to_parse_for_its_size_is_refused_before_it_is_parsed(text: str) -> None:
    found = excess(f"One.\n\n{text}")
    assert found is not None
    prose = read(f"One.\n\n{text}")
    (problem,) = prose.problems
    assert (problem.line, problem.what, problem.fix) == (5 + found[0], found[1], found[2])
    assert plain(prose.root).startswith("One.")


MARKS = st.sampled_from(
    [">", "> ", "- ", "* ", "+ ", "1. ", "10. ", "[^a b]:", "[^", "!!!", " ", "    ", "\t", "word", "\n", "\n\n"]
)


@given(st.lists(st.tuples(MARKS, st.integers(1, 40)), max_size=8))
def test_a_text_that_is_passed_without_a_look_at_its_lines_has_none_that_is_too_deep(
    parts: list[tuple[str, int]],
) -> None:
    text = "".join(mark * times for mark, times in parts)
    deep = any(bounds._too_deep(lines) for _, lines in bounds._paragraphs(text))
    assert bounds._DEEP.search(text) or not deep


REASONABLE = {
    "links": " ".join(f"[{n}](https://e.test/{n}) [No. {n}](https://e.test/a_(b) 'c')" for n in range(900)),
    "half-open ranges": " ".join("[0, 1)" for _ in range(40)),
    "footnotes": "".join(f"a[^{n}]\n\n[^{n}]: x\n\n" for n in range(100)),
    "tags": "<p>x</p>\n\n" * 2_000,
    "code": "```python\n" + "".join(f"a[{n}] = b<c>({n})  # x\n" for n in range(1_500)) + "```\n",
    "headings": "### Same\n\n" * 1_000,
    "a long table": "| a | b |\n|---|---|\n" + "".join(f"| {n} |x|\n" for n in range(5_000)),
    "many lines of a list": "- a\n" * 2_000,
    "just short enough": "word " * (MOST_TEXT // 5),
}


@pytest.mark.parametrize("text", REASONABLE.values(), ids=REASONABLE)
def test_text_that_a_person_would_write_is_not_refused(text: str) -> None:
    prose = read(text)
    assert prose.problems == ()
    assert written(prose)


def test_a_text_that_is_too_long_is_reported_with_its_size_and_the_reason() -> None:
    (problem,) = read("ü" * MOST_TEXT).problems
    assert "the text has 128,000 bytes, more than 64,000" in problem.what
    assert "102 KB" in problem.fix


def test_the_lines_of_all_links_are_found_in_one_pass() -> None:
    prose = read("\n\n".join(f"[{n}](https://e.test/{n}x)" for n in range(1_500)))
    assert sorted(prose.lines.values()) == list(range(5, 5 + 2 * 1_500, 2))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("One.\n\nRing &#x1F; it.", "U+001F"),
        ("One.\n\nRing &#65535; it.", "U+FFFF"),
        ("One.\n\n[a](x 'b&#8;')", "U+0008"),
    ],
)
def test_a_character_reference_cannot_smuggle_in_a_forbidden_character(text: str, name: str) -> None:
    prose = read(text)
    problem = next(problem for problem in prose.problems if problem.rule == "characters")
    assert (problem.line, name in problem.what) == (7, True)
    assert not set("".join(prose.root.itertext())) & {"\x1f", "\uffff", "\x08"}


@pytest.mark.parametrize(
    "text",
    [
        merge_fields.UNSUBSCRIBE,
        f"`{merge_fields.UNSUBSCRIBE}`",
        f"```text\n{merge_fields.UNSUBSCRIBE}\n```",
        f"[a](https://e.test/{merge_fields.UNSUBSCRIBE})",
        f"[a](https://e.test/ '{merge_fields.ADDRESS}')",
        "PRESSROOM&#70;IELDaddressDLEIF",
        "PRESSROOMFIELD<sub>address</sub>DLEIF",
        "PRESSROOMFIELD<!-- x -->addressDLEIF",
    ],
)
def test_a_merge_field_in_content_is_a_problem_however_it_is_written(text: str) -> None:
    problems = read(f"One.\n\n{text}\n").problems
    assert any("the reserved word 'PRESSROOMFIELD" in problem.what for problem in problems)


def test_the_title_of_a_section_is_checked_in_the_same_way() -> None:
    assert inline("[" * 5_000).problems[0].rule == "bounds"
    (problem,) = inline("PRESSROOMFIELD<sub>address</sub>DLEIF", path=HERE, line=9).problems
    assert (problem.path, problem.line) == (HERE, 9)


def test_text_from_right_to_left_and_with_accents_is_written_as_it_is() -> None:
    arabic = "مرحبا بالعالم — Ünïcödé 👩‍💻 日本語"
    one = issue(3, concept=arabic, title="שלום עולם")
    rendered = render_issue(one, content(one), templates())
    assert rendered.problems == ()
    for body in (rendered.html, rendered.text, rendered.web):
        assert arabic in body
        assert body.count("�") == 0


def test_other_line_ends_and_a_byte_order_mark_make_no_difference() -> None:
    text = "---\ntitle: A\nsummary: B\nadded: 2026-11-26\n---\n\n- a\n- b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    forms = [text.encode(), text.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + text.encode()]
    pieces = [read_piece(HERE, form, content().publication.sections[0]) for form in forms]
    said = {written(parse(piece.body, path=HERE, line=piece.line, links=Links.none())) for piece in pieces}
    assert said == {"- a\n- b\n\na  b\n-  -\n1  2"}


def test_raw_html_without_rows_or_with_an_odd_number_is_written() -> None:
    assert written(read("<table>x</table>\n\n<ol start='²'><li>a</li></ol>\n\n<table><tr></tr></table>"))
