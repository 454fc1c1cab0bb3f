"""Raw HTML takes no word with it in silence: either readers see it, or `check` names the line."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.content.archived_addresses import Surroundings
from publisher.content.archived_body import clean
from publisher.content.links import Links
from publisher.content.markdown import Prose, parse
from publisher.content.raw_html import marks
from publisher.errors import Severity
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.text import Text
from tests.long import some
from tests.unit.test_every_word import shown

HERE = Path("content/pages/x.md")
TAG, HIDDEN = (
    "end it with >, or write &lt; for the sign «<»",
    "write &lt; for the sign «<», or put code between backticks",
)


def read(source: str) -> Prose:
    return parse(source, path=HERE, line=1, links=Links.none())


@pytest.mark.parametrize(
    ("source", "line", "what", "fix"),
    [
        ("One.\n\n<style\n\ntwo", 3, "the tag «<style» never ends, and hides what follows", TAG),
        ("One.\n\n<script\n\ntwo", 3, "the tag «<script» never ends, and hides what follows", TAG),
        ("One.\n\n<pre\n\ntwo", 3, "the tag «<pre» never ends, and hides what follows", TAG),
        ("One.\n\n<textarea\n\ntwo", 3, "the tag «<textarea» never ends, and hides what follows", TAG),
        ("One.\n\n<title\n\ntwo", 3, "the tag «<title» never ends, and hides what follows", TAG),
        ("One.\n\n<details\n\ntwo", 3, "the tag «<details» never ends, and hides what follows", TAG),
        ("One.\n\n<div\n\ntwo", 3, "the tag «<div» never ends, and hides what follows", TAG),
        ("One.\n\n<div>\ntwo <b\n\nthree", 4, "the tag «<b» never ends, and hides what follows", TAG),
        ("One.\n\n</div\ntwo", 3, "the tag «</div» never ends, and hides what follows", TAG),
        ("One.\n\n<div title=\"two\n\nthree", 3, "the tag «<div» never ends, and hides what follows", TAG),
        ("One.\n\n<div\n<b>two</b>\n\nthree", 3, "the tag «<div» never ends, and hides what follows", TAG),
        ("- One.\n- <div\n\ntwo", 2, "the tag «<div» never ends, and hides what follows", TAG),
        ("> <div\n\ntwo", 1, "the tag «<div» never ends, and hides what follows", TAG),
        ("One.\n\n<!-- two\n\nthree", 3, "a comment that never ends hides all that follows", "end it with -->"),
        ("One.\n\n<div>\n<!-- two\n\nthree", 4, "a comment that never ends hides all that follows", "end it with -->"),
        ("One.\n\n<?php echo 1\n\ntwo", 3, "«<?php echo 1 two» never ends, and hides what follows", HIDDEN),
        ("One.\ntwo <?php three ?>", 2, "«<?php three ?>» is no text in HTML, so nobody sees it", HIDDEN),
        ("One.\n\n<![CDATA[ two\n\nthree", 3, "«<![CDATA[ two three» never ends, and hides what follows", HIDDEN),
        ("One.\ntwo <![CDATA[ three ]]>", 2, "«<![CDATA[ three ]]>» is no text in HTML, so nobody sees it", HIDDEN),
        ("One.\n\n<!DOCTYPE html>", 3, "«<!DOCTYPE html>» is no text in HTML, so nobody sees it", HIDDEN),
        ("One.\n\n<div>\n</ two>", 4, "«</ two>» is no text in HTML, so nobody sees it", HIDDEN),
        ("One, if two <b and c> three.", 1, "«and c» stands in the tag «<b», so nobody sees it", HIDDEN),
        ("<style>two {}</style>\n\n<style>three {}</style>", 3, "'style' in raw HTML is removed", "write it in Markdown"),
        ("<svg><text>two</text></svg>\n\n<svg><text>three</text></svg>", 3, "'svg' in raw HTML is removed", "write it in Markdown"),
        ("<details open>\n<summary>two</summary>\n\nthree", 1, "'details' in raw HTML is removed", "write it in Markdown"),
    ],
)  # fmt: skip
def test_what_hides_words_is_named_with_its_line_and_how_to_fix_it(source: str, line: int, what: str, fix: str) -> None:
    found = [(one.line, one.what, one.fix) for one in read(source).problems if one.severity is Severity.ERROR]
    assert (line, what, fix) in found


def test_a_value_that_goes_on_into_the_next_tag_is_named() -> None:
    found = read('<div>\nSee <a href="x>two</a> and <a href="y">three</a>').problems
    says = "the value of 'href' in the tag «<a» has a tag in it, and may go on too far"
    assert (2, says) in [(one.line, one.what) for one in found]
    assert 2 in [one.line for one in found if one.severity is Severity.ERROR]


@pytest.mark.parametrize("source", [
    '<a href="https://example.com/?a<b">one</a>', "<p align>one</p>", '<p class= id="x">one</p>', "<kbd title>one</kbd>", "<details open><summary>one</summary></details>",
])  # fmt: skip
def test_what_the_standard_allows_hides_nothing_and_is_no_error_of_hiding(source: str) -> None:
    said = [one.what for one in read(source).problems]
    assert not [what for what in said if "nobody sees" in what or "never ends" in what or "too far" in what]


def test_a_no_break_space_is_a_part_of_a_tags_name() -> None:
    (mark, _) = marks('<div\u00a0class="x">one</div>')
    assert (mark.name, dict(mark.attributes)) == ('div\u00a0class="x"', {})


@pytest.mark.parametrize(
    "source",
    [
        "One <!-- a note to myself --> two.",
        "<!-- a note\n\nto myself -->\n\nOne.",
        "<!-->One.",
        "<ol reversed start=3>\n<li>One.</li></ol>",
        '<p id="two">One, a < b and b > a.</p>',
        "One <br/> two <kbd>Ctrl</kbd> <a href=\"https://example.com/?a=1&b=2\" title='a > b'>three</a>.",
        "`<style` and\n\n```\n<!-- two\n```",
        "<https://example.com/> and <me@example.com>, 1 < 2, <3, <-, a<.",
        '<img src="https://example.com/a.png" alt="Two\nlines">',
    ],
)
def test_raw_html_that_hides_nothing_unmeant_is_no_problem(source: str) -> None:
    assert [one.what for one in read(source).problems if one.rule in ("html", "dialect")] == []


PIECES = st.sampled_from([
    *("w", "w", "w ", "w\n", "\n", "\n\n", "\n\n", " ", "- ", "> ", "    ", "# ", "`", "*", "| w | w |\n|---|---|\n"),
    *("<", ">", "/>", "</", "=", '"', "'", "<!-- ", " -->", "--!>", "<!-->", "<?", "?>", "<!X ", "<![CDATA[", "]]>", "&lt;"),
    *("<style", "<style>", "</style>", "<script ", "<script>", "</script>", "<pre", "<pre>", "</pre>", "<textarea>", "<textarea\n"),
    *("<title>", "<title", "<svg>", "<svg ", "</svg>", "<text>", "<math>", "<template>", "<details>", "<details", "<summary>", "</details>"),
    *("<div>", "<div", "<div ", "</div", "</div>", "<b>", "<b ", "</b>", "<p>", "<a href=", "<a ", '<img alt="', "<br>", "<td>", "<table>", "<tr>"),
    *("<plaintext>", "<xmp>", "<iframe>", "<noscript>", "<select>", "<option>", "<frameset>", "<head>", "<li>", "<hr>", "<ruby>", "<x-y>"),
])  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return Markdown with raw HTML of all kinds, also broken, in which every word is another one."""
    counter = itertools.count()
    source = "".join(draw(st.lists(PIECES, max_size=25)))
    return re.sub(r"w", lambda _: f"w{next(counter)}w", source)


@settings(max_examples=some(2_000), deadline=None)
@given(documents())
@example("<div <!-- w0w\n\nw1w")
@example("<style>w0w</style\n\nw1w></style>w2w")
def test_each_word_beside_raw_html_is_shown_or_its_tag_is_named(source: str) -> None:
    prose = read(source)
    mail = "".join(block.html for block in Mail(str, str, 1).blocks(prose.root))
    forms = [shown(Page(str, str).inside(prose.root)), shown(mail), Text(str, str).write(prose.root)]
    seen = set.intersection(*(set(re.findall(r"w\d+w", form)) for form in forms))
    named = [one.line for one in prose.problems if one.severity is Severity.ERROR and one.line]
    rows = {one.line for one in prose.problems if one.what.startswith("a row has more cells")}
    for number, line in enumerate(meant(source).split("\n"), 1):
        lost = set(re.findall(r"w\d+w", line)) - seen
        assert not lost or number in rows or (named and min(named) <= number), (number, lost, prose.problems)


def meant(source: str) -> str:
    """Return a text without its comments and the values in its tags: nobody expects to see these."""
    without = re.sub(r"<!--(?:-?>|.*?-->)", lambda found: "\n" * found[0].count("\n"), source, flags=re.DOTALL)
    return re.sub(r"=\s*(?:\"[^\"<]*\"|'[^'<]*'|[^\s>\"']+)", lambda found: "\n" * found[0].count("\n"), without)


@settings(max_examples=some(1_000), deadline=None)
@given(documents())
def test_an_import_makes_of_raw_html_what_check_does_not_refuse(source: str) -> None:
    text, _ = clean(source, HERE, 1, Surroundings(None))
    refused = [one for one in read(text.real).problems if one.severity is Severity.ERROR]
    assert [one for one in refused if one.rule in ("html", "dialect")] == []


@given(documents())
def test_marks_are_in_order_and_no_part_of_a_text_belongs_to_two(source: str) -> None:
    found = list(marks(source))
    assert all(mark.text == source[mark.start : mark.end] for mark in found)
    assert all(mark.start < mark.end <= after.start for mark, after in itertools.pairwise(found))
    assert all(mark.closed for mark in found[:-1])
