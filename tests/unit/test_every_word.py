"""Every word that an editor writes stands in the page, in the mail and in the text part, once and in the same order."""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaintext import NOT_XML
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.text import Text
from tests.long import some

HERE = Path("content/pages/x.md")


def forms(source: str) -> tuple[str, str, str]:
    """Return the words of a text as page, mail and text part; fails if something is wrong with it."""
    root = tree(source)
    page = Page(str, str).inside(root)
    mail = "".join(block.html for block in Mail(str, str, 1).blocks(root))
    return shown(page), shown(mail), " ".join(Text(str, str).write(root).split())


def tree(source: str) -> Element:
    prose = parse(source, path=HERE, line=1, links=Links.none())
    assert [problem.what for problem in prose.problems if problem.rule != "dialect"] == []
    return prose.root


def shown(markup: str) -> str:
    without = re.sub(r"</?(?:span|strong|em|del|code|a|kbd|sup)\b[^>]*>", "", markup)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without)).split())


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("Blank before, none after:\n\n```python\nx = 1\n```\nFIRST sentence.", "FIRST"),
        ("None before:\n```python\ny = 2\n```\nSECOND sentence.", "SECOND"),
        ("A session:\n\n```console\n$ pip install THIRD\n```", "$ pip install THIRD"),
        ("### GET /users by {FOURTH}\n\n`GET /users`{id}\nThe map is\n{1: 2}", "by {FOURTH}|{id}|{1: 2}"),
        ("A note[^n].\n\n[^n]: See the list:\n\n    - NOTE one\n    - NOTE two\n\n          code", "See the list:|NOTE one|NOTE two|code"),
        ("```\npip install *news*\n\nFIFTH\n```", "pip install *news*|FIFTH"),
        ("`{{ x }}` {% raw %} it's $5 and H~~2~~O", "{{ x }}|{% raw %} it's $5 and"),
        ("<div>SIXTH</div> seventh\n\n<table><tr><td>EIGHTH</td></tr></table> ninth", "SIXTH|seventh|EIGHTH|ninth"),
        ("<script>x()</script>\n\nTENTH <script> eleventh\n\ntwelfth", "TENTH|eleventh|twelfth"),
        ("<div>\n<![THIRTEENTH\n\n<!X>\n\nfourteenth", "fourteenth"),
        ("# ONE\n\n##### FIVE\n\n###### SIX", "ONE|FIVE|SIX"),
    ],
)  # fmt: skip
def test_these_words_stand_in_page_mail_and_text_part(source: str, words: str) -> None:
    prose = parse(source, path=HERE, line=1, links=Links.none())
    mail = "".join(block.html for block in Mail(str, str, 1).blocks(prose.root))
    text = " ".join(Text(str, str).write(prose.root).split())
    for form in (shown(Page(str, str).inside(prose.root)), shown(mail), text):
        assert [word for word in words.split("|") if word not in form.replace("`", "")] == []


WORD = st.integers(min_value=0, max_value=10**6).map(lambda number: f"w{number}w")
LANGUAGES = [
    "",
    "python",
    "console",
    "psql",
    "iex",
    "pycon",
    "c++",
    "html+jinja",
    "diff",
    "json",
    "yaml",
    "sh session",
    "rust,ignore",
]


def indented(text: str, by: str) -> str:
    return "\n".join(f"{by}{line}" if line else "" for line in text.split("\n"))


def _inline(word: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    wrapped = [
        "{}", "*{}*", "**{}**", "***{}***", "~~{}~~", "`{}`", "[{}](https://example.com/a)", "<b>{}</b>", "{{{}}}",
        "<kbd>{}</kbd>", "\\*{}\\*", "{}&amp;", "_{}_", "<https://example.com/{}>", "[{}][ref]", "“{}”", "$ {}", "{}:",
    ]  # fmt: skip
    return st.tuples(word, st.sampled_from(wrapped)).map(lambda pair: pair[1].format(pair[0]))


LINE = st.lists(_inline(WORD), min_size=1, max_size=4).map(" ".join)
PARAGRAPH = st.lists(LINE, min_size=1, max_size=3).map("\n".join)
HEADING = st.tuples(st.integers(1, 6), LINE).map(lambda made: f"{'#' * made[0]} {made[1]}")
CODE = st.lists(st.one_of(WORD, WORD.map("$ {}".format), WORD.map("  {}".format), WORD.map(">>> {}".format), WORD.map("-- {}".format),
                          WORD.map("{{ {} }}".format), st.just("")), min_size=1, max_size=5).map("\n".join)  # fmt: skip
FENCE = st.tuples(CODE, st.sampled_from(LANGUAGES), st.sampled_from(["```", "~~~", "````"])).map(
    lambda made: f"{made[2]}{made[1]}\n{made[0]}\n{made[2]}"
)
INDENTED = st.lists(WORD, min_size=1, max_size=3).map(lambda words: indented("\n".join(words), "    "))
CELL = _inline(WORD)  # short, so that the text part has a table, and does not repeat the names of its columns
TABLE = st.lists(st.tuples(CELL, CELL), min_size=2, max_size=4).map(
    lambda rows: "\n".join(
        f"| {a} | {b} |" + ("\n|---|--:|" if number == 0 else "") for number, (a, b) in enumerate(rows)
    )
)
RAW = st.tuples(WORD, WORD, st.sampled_from(["<p>{}</p> {}", "<b>{}</b> {}", "<div>{}</div>{}", "<details><summary>{}</summary>{}</details>"])).map(
    lambda made: made[2].format(made[0], made[1])
)  # fmt: skip


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    blocks = st.lists(inner, min_size=1, max_size=2).map("\n\n".join)
    mark = st.sampled_from(["- ", "* ", "1. ", "2) ", "- [ ] ", "- [x] ", "10. "])
    items = st.tuples(mark, st.lists(st.tuples(LINE, st.one_of(st.none(), blocks)), min_size=1, max_size=3), st.booleans()).map(
        lambda made: ("\n\n" if made[2] else "\n").join(
            made[0] + line + (f"\n\n{indented(more, ' ' * len(made[0].split('[')[0]))}" if more else "")
            for line, more in made[1]
        )
    )  # fmt: skip
    quoted = blocks.map(lambda text: "\n".join(f"> {line}".rstrip() for line in text.split("\n")))
    alerts = st.tuples(st.sampled_from(["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"]), quoted).map(
        lambda made: f"> [!{made[0]}]\n{made[1]}"
    )
    return st.one_of(items, quoted, alerts)


BLOCK = st.recursive(
    st.one_of(PARAGRAPH, HEADING, FENCE, INDENTED, TABLE, st.just("---"), PARAGRAPH), _nested, max_leaves=6
)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Return a text in which every word is another one, and its words in the order in which they are read."""
    blocks = draw(st.lists(BLOCK, min_size=1, max_size=6))
    notes = draw(st.lists(st.lists(BLOCK, min_size=1, max_size=2).map("\n\n".join), max_size=2))
    marks = "".join(f" a[^{number}]" for number, _ in enumerate(notes))
    source = "\n\n".join([*blocks, f"End{marks}.", "[ref]: https://example.com/ref"])
    for number, note in enumerate(notes):
        source += f"\n\n[^{number}]: {indented(note, '    ').lstrip()}"
    counter = itertools.count()
    source = re.sub(r"w\d+w", lambda _: f"w{next(counter)}w", source)
    return source, re.findall(r"w\d+w", source)


@settings(max_examples=some(150), deadline=None)
@given(documents())
def test_the_words_of_page_mail_and_text_part_are_those_of_the_source(document: tuple[str, list[str]]) -> None:
    source, words = document
    for form in forms(source):
        assert re.findall(r"w\d+w", form) == words


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.lists(PARAGRAPH.map(lambda text: text.replace("\n", "<br>")), min_size=2, max_size=4), min_size=1, max_size=3
    )
)
def test_no_word_of_a_table_is_lost_however_wide_it_is(rows: list[list[str]]) -> None:
    columns = len(rows[0])
    lines = [" | ".join((row + [""] * columns)[:columns]) for row in rows]
    counter = itertools.count()
    source = re.sub(
        r"w\d+w",
        lambda _: f"w{next(counter)}w",
        "\n".join(
            [
                f"| {lines[0]} |",
                "|---" * columns + "|",
                *(f"| {line} |" for line in lines[1:]),
                "",
                "[ref]: https://example.com/",
            ]
        ),
    )
    for form in forms(source):
        assert set(re.findall(r"w\d+w", form)) == set(re.findall(r"w\d+w", source))


@settings(max_examples=some(100), deadline=None)
@given(st.lists(st.one_of(FENCE, RAW, WORD), min_size=1, max_size=5).map("\n".join))
def test_no_word_is_lost_around_code_and_raw_html_without_an_empty_line(source: str) -> None:
    counter = itertools.count()
    source = re.sub(r"w\d+w", lambda _: f"w{next(counter)}w", source)
    prose = parse(source, path=HERE, line=1, links=Links.none())
    written = "".join(block.html for block in Mail(str, str, 1).blocks(prose.root))
    for form in (shown(Page(str, str).inside(prose.root)), shown(written), Text(str, str).write(prose.root)):
        assert re.findall(r"w\d+w", form) == re.findall(r"w\d+w", source)


@settings(max_examples=some(300), deadline=None)
@given(st.lists(st.sampled_from(
    ["<", "</", "<!", "<![", "<!--", "-->", "]>", ">", "<?", "?>", "&#", "div", "p", "title", "a href=", "\"", "'", "\n", " ", "x", "`", "[", "](", "|", "^", "~", "*", "$", "{#a}", "!!! ", ":::", "\t", "\\"]
), max_size=30).map("".join))  # fmt: skip
def test_any_pieces_of_markup_can_be_read_and_written(text: str) -> None:
    root = parse(text, path=HERE, line=1, links=Links.none()).root
    mail = "".join(block.html for block in Mail(str, str, 1).blocks(root))
    for markup in (mail, Page(str, str).inside(root)):
        fromstring(f"<div>{markup}</div>")  # raises unless every tag is closed, and every sign escaped
    assert NOT_XML.search(Text(str, str).write(root)) is None
