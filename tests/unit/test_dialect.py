"""The dialect is GitHub's: the examples of the CommonMark and GFM specifications, and what they do not speak of."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import tostring

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.dialect import convert
from publisher.content.tree import clean, tree_of
from tests.long import some
from tests.pace import within
from tests.unit.test_every_word import documents

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "tests/data/markdown"
SPECIFICATIONS = {"CommonMark 0.31.2": "commonmark-0.31.2.json", "GFM 0.29": "gfm-0.29-extensions.json"}

MISSED = {
    ("CommonMark 0.31.2", 173): "a <style> that does not end takes no words with it",
    ("CommonMark 0.31.2", 602): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 606): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 608): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 611): "GFM makes a link of a bare address",
    ("CommonMark 0.31.2", 612): "GFM makes a link of a bare address",
    ("GFM 0.29", 628): "an address that begins with ftp: is no link, because mail programs do not open it",
    ("GFM 0.29", 652): "tags that GitHub shows as text are removed, and reported",
}
"""The examples that read otherwise, and why; docs/content.md has the same list."""


def examples(name: str) -> list[dict[str, Any]]:
    return json.loads((EXAMPLES / SPECIFICATIONS[name]).read_text(encoding="utf-8"))


def normal(html: str) -> str:
    """Return what HTML shows, in one spelling: sanitised, without white space between blocks, boxes as characters."""
    html = re.sub(r"<input ([^>]*)>", lambda box: "☑" if "checked" in box[1] else "☐", html)
    html = re.sub(r'<pre lang="([^",]*)[^"]*"><code>', r'<pre data-lang="\1"><code>', html)
    html = re.sub(r'<pre><code class="language-([^"]*)">', r'<pre data-lang="\1"><code>', html)
    root = tree_of(clean(html)).root
    for element in root.iter():
        for name in ("class", "data-line", "id"):
            element.attrib.pop(name, None)
        for name, value in element.attrib.items():
            element.set(name, " ".join(re.sub(r"^#fn.*", "#fn", value).split()))
        if not element.get("data-lang"):
            element.attrib.pop("data-lang", None)
    blocks = "p|ul|ol|li|blockquote|h[1-6]|pre|hr|div|table|thead|tbody|tr|t[dh]"
    written = tostring(root, encoding="unicode", method="html")
    written = re.sub(rf"\s*(</?(?:{blocks})(?=[\s>])[^>]*>)\s*", r"\1", written)
    written = re.sub(
        r"([☐☑])\s*<p>", r"<p>\1 ", written
    )  # GitHub's parser writes the box of a task before its paragraph
    return re.sub(r"</?div>", "", written)


def github(text: str) -> str:
    """Return a text as GitHub's own parser reads it. It knows no alerts, and no tasks in quotations as the site does."""
    html = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES)
    html = re.sub(r'<a href="#fnref[^>]*>[^<]*(<sup.*?</sup>)?</a>', "", html)
    return re.sub(r"(<li>(?:\s*<p>)?)\[([ x])\] ", lambda task: f"{task[1]}{'☑' if task[2] == 'x' else '☐'} ", html)


@settings(max_examples=some(200), deadline=None)
@given(documents())
def test_any_text_reads_as_by_githubs_own_parser(document: tuple[str, list[str]]) -> None:
    source = re.sub(r"\[!\w+\]", "", document[0])
    assert normal(without_ways_back(convert(source).html)) == normal(github(source))


def without_ways_back(html: str) -> str:
    return re.sub(r"(&#160;|\xa0)<a class=\"footnote-backref.*?</a>", "", html)


NOTE = st.lists(
    st.tuples(st.sampled_from(["    ", "     ", "      ", "       "]), st.sampled_from(["- a", "* b", "1. c", "e", "- - g", ""])), max_size=6
).map(lambda lines: "\n".join((indent + words).rstrip() for indent, words in lines))  # fmt: skip
"""The lines of a note. Not among them: a line of spaces alone, which ends a note on GitHub."""


@settings(max_examples=some(500), deadline=None)
@given(
    st.sampled_from(["- a", "1. b", "> c", "# d", "e", "- - f", "```", ""]),
    st.sampled_from(["", " ", "  ", "     ", "          "]),
    NOTE,
)
def test_a_footnote_that_begins_with_anything_nests_as_on_github(first: str, space: str, lines: str) -> None:
    source = f"See.[^1]\n\n[^1]:{space}{first}\n{lines}\n"
    assert normal(without_ways_back(convert(source).html)) == normal(github(source))


BARE = (
    "https://x.example/a", "http://b.example", "HTTPS://c", "https://u_n.d_e.example", "https://", "www.d.example", "www.e_f.example", " g@h.example", '"g@h.example', "(g@h.example", ":g@h.example",
    " mailto:i@j.example", " k@l.m1", *"\"'()[]{}_*.,;:!?/-&=<", "\\(", "\\[", "&quot;", "&amp;", " ", " ", "q", "1", "é", "中", "y", "\n",
)  # fmt: skip


@settings(max_examples=some(1_000), deadline=None)
@given(st.lists(st.sampled_from(BARE), max_size=12).map("".join))
def test_a_bare_address_is_a_link_wherever_it_is_one_on_github(text: str) -> None:
    source = f"See {text} end."
    assert links(convert(source).html) == links(github(source))


def links(html: str) -> str:
    """Return what HTML shows and where links are; an address outside ASCII is spelled otherwise."""
    return re.sub(r' href="[^"]*"', "", normal(html))


@given(
    st.sampled_from(["„“", "“”", "‚‘", "‘’", "»«", "«»", "「」", "（）"]),
    st.sampled_from(["", "/a", "/a?b=c"]),
    st.sampled_from(["", ".", ",", "!"]),
)
def test_a_typographic_mark_after_an_address_is_no_part_of_it(marks: str, path: str, stop: str) -> None:
    address = f"https://x.example{path}"
    for written in (f"{marks[0]}{address}{stop}{marks[1]}", f"{marks[0]}{address}{marks[1]}{stop}"):
        assert (
            f'<a href="{address}" data-line="0">{address}</a>{written.partition(address)[2]}' in convert(written).html
        )


@pytest.mark.parametrize(
    "many",
    [
        "http://a_b ",
        "[http://a ",
        "www.a_b ",
        "a@b.c.d@",
        "a@" + "b.c" * 9,
        "://",
        "plain: text ",
        "[" * 9 + "http://a.b]",
        "https://a&amp;;",
    ],
)
def test_many_addresses_take_no_more_time_than_other_text(many: str) -> None:
    start = time.process_time()
    convert(many * (100_000 // len(many)))
    spent = time.process_time() - start
    assert spent < within(3), "quadratic, it would take 20 seconds"


@pytest.mark.parametrize("name", SPECIFICATIONS)
def test_the_examples_of_the_specifications_read_as_on_github(name: str) -> None:
    missed = {
        (name, example["example"])
        for example in examples(name)
        if normal(convert(example["markdown"]).html) != normal(example["html"])
    }
    assert missed == {miss for miss in MISSED if miss[0] == name}


def test_the_table_in_the_docs_has_the_figures_of_the_specifications() -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| (\d+ of \d+) \|", (ROOT / "docs/content.md").read_text("utf-8"), re.M))
    for name in SPECIFICATIONS:
        sections = Counter(example["section"] for example in examples(name))
        missed = Counter(e["section"] for e in examples(name) if (name, e["example"]) in MISSED)
        for section, count in sections.items():
            assert rows.pop(section.replace(" (extension)", ", GFM")) == f"{count - missed[section]} of {count}"
    assert not rows
