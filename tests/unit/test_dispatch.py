"""Rules that are asked by their first character read the same as rules that are asked everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import helpers
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML

from publisher.content.converted import Converted
from publisher.content.dialect import convert, convert_inline, plain_parser
from publisher.content.dispatch import ADDRESS, Helpers

PLAIN = plain_parser()
PIECES = [
    "word", "w", "ww", "www", ".", "www.example.com", " http", "https", "mailto", "://a.example", ":", "@", "a@b.example",
    "\n", "\n\n", "  \n", "\\\n", "\\", "`", "``", "~", "~~", "*", "**", "_", "__", "[", "]", "(", ")", "[^1]", "\n[^1]: ",
    "!", "![", "<", ">", "<b>", "</b>", "<https://c.example>", "&", "&amp;", "&#104;", "|", "\n|-|-|\n", "| a | b |\n",
    "\n---", "\n===", "\n# ", "\n## A {#b}", "\n- ", "\n  - ", "\n1. ", "\n10) ", "\n> ", "> [!NOTE]\n> ", "\n```", "\n~~~ py\n",
    "\n    ", "\t", " ", "\n!!! note \"T\"\n    ", "- [x] ", "\n[a]: /b\n", "[a]", "{", "}", "#", "+", "=", "$", "$$", "$x$", "\n$$\nx\n$$\n", "%", "^", "\r", "é",
    "\n<div>\n", "</div>", "](https://a.example/b?c=d&e#f)", "](http://a.example", "](<https://a.example> 't')", "(https://a.example/(b))", "<!--", "-->", "\n+ a\n+ b", "\n***\n", "[x](y \"z\")", "[" * 70, "> " * 70, "*a " * 40,
]  # fmt: skip

TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def asked_everywhere(text: str, *, inline: bool = False) -> Converted:
    made = Converted()
    made.html = (PLAIN.renderInline if inline else PLAIN.render)(text, {"made": made, "top": 0 if inline else 2})
    return made


@given(TEXTS)
@example("<b>&\"</b> `<`\n\n- a\n- > b\n\n![x&](<y\"> 'z')")
def test_tokens_are_written_as_markdown_it_writes_them(text: str) -> None:
    tokens, ours = PLAIN.parse(text, {"made": Converted(), "top": 2}), PLAIN.renderer
    assert isinstance(ours, RendererHTML)
    for several in (tokens, *(token.children for token in tokens if token.children)):
        for at, token in enumerate(several):
            assert ours.renderAttrs(token) == RendererHTML.renderAttrs(token)
            written = RendererHTML.renderToken(ours, several, at, PLAIN.options, {})
            assert ours.renderToken(several, at, PLAIN.options, {}) == written
            if token.type == "text":
                assert ours.rules["text"](several, at, PLAIN.options, {}) == escapeHtml(token.content)


@given(TEXTS)
@example("a\n===\n- b\n-\n1) c")
@example("a\n\n\n    b\n> c\nd\n---")
@example("www.a.example wwww.b.example w")
def test_blocks_are_read_the_same(text: str) -> None:
    assert convert(text) == asked_everywhere(text)


@given(TEXTS)
def test_a_line_is_read_the_same(text: str) -> None:
    assert convert_inline(text) == asked_everywhere(text, inline=True)


@given(st.from_regex(ADDRESS, fullmatch=True))
def test_an_address_that_counts_as_plain_needs_no_encoding(address: str) -> None:
    assert normalizeLink(address) == address


@given(st.from_regex(ADDRESS, fullmatch=True) | TEXTS, st.sampled_from(["", ")", " ", "\n", "(", "&amp;)", "\\)"]))
def test_a_target_ends_where_markdown_it_ends_it(target: str, rest: str) -> None:
    text = target + rest
    for end in (len(text), len(target)):
        found, known = Helpers.parseLinkDestination(text, 0, end), helpers.parseLinkDestination(text, 0, end)
        assert (found.ok, found.pos, found.str) == (known.ok, known.pos, known.str)


INLINE = [
    "a",
    " ",
    "\n",
    "*b*",
    "`c`",
    "$x$",
    "[d ",
    " e](http://f.example)",
    "http://g.example",
    "![h](i)",
    "<b>",
    "\\*",
    "&amp;",
    "  \n",
    "ü",
]


@given(st.lists(st.sampled_from(INLINE), max_size=12), st.lists(st.sampled_from(INLINE), max_size=12))
@example(["x\n[d "], [" e](http://f.example)", "\n", "a"])
@example(["[d ", "\\*"], ["\n", " e](http://f.example)"])
def test_a_mark_has_the_line_on_which_it_stands(before: list[str], after: list[str]) -> None:
    text = f"x{''.join(before)}[@3x]{''.join(after)}x"
    if (marks := convert(text).marks) and "\n\n" not in text:
        assert marks == [(text.count("\n", 0, text.find("[@3x]")), "[@3x]")]


@pytest.mark.parametrize("path", sorted(Path("content").rglob("*.md")) + sorted(Path("docs").rglob("*.md")), ids=str)
def test_whole_files_are_read_the_same(path: Path) -> None:
    text = path.read_text("utf-8")
    assert convert(text) == asked_everywhere(text)
