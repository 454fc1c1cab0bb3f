"""The tree holds every word and every attribute of sanitised HTML, wherever they stand."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import chain

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plaintext import NOT_XML
from publisher.content import tree
from publisher.content.bounds import MOST_DEPTH

PIECES = [
    "<p>", "</p>", "<br>", "<hr/>", "<img src=\"a\" alt=\"x\ny\t>'&amp;\">", '<img alt="/" src=/>', '<img alt="a>b/">', "<b>",
    "</b>", "<s>", "&nbsp;", "&lt;", "&amp;nbsp;", "&copy;", "&#13;", "&#x1F600;", "\r\n", "\r", "\x0b", "\ufffe", "<!-- x -->",
    "<script>a<b</script>", "<pre>\n\nx", "</pre>", "<td align=right>", "<table>", "<tr>", "</table>", '<div id="a\x0bb">',
    "</div>", '<a href="x" title="&quot;&#10;&#9;&#13;é">', "</a>", '<li class="task-list-item x">', "<ul>", "</ul>", "word", '"',
    "'", ">", "\n", "<svg><p>", "<math>", "<textarea>", "<plaintext>", "<div>" * 20, "</div>" * 20,
]  # fmt: skip


class Read(HTMLParser):
    """What Python's own parser finds: the words, and the attributes in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words = ""
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, NOT_XML.sub("", value or "")) for name, value in attrs]

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        self.words += NOT_XML.sub("", data)


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_every_word_and_attribute_of_sanitised_html_is_in_the_tree(html: str) -> None:
    read, made = Read(tree.clean(html)), tree.tree_of(tree.clean(html))
    assert "".join("".join(made.root.itertext()).split()) == "".join(read.words.split())
    assert list(chain.from_iterable(element.attrib.items() for element in made.root.iter())) == read.attributes


@given(st.text(alphabet="<>/='\"&;!-[] \n\r\t\x0b\u00a0\ufffeabpri", max_size=60))
def test_any_text_has_a_tree(text: str) -> None:
    assert "<script" not in nh3.clean("".join(tree.tree_of(tree.clean(text)).root.itertext()))


@pytest.mark.parametrize(("levels", "deepest"), [(MOST_DEPTH, ""), (MOST_DEPTH + 1, "down here"), (5000, "down here")])
def test_the_first_words_that_are_too_deep_are_known(levels: int, deepest: str) -> None:
    made = tree.tree_of("above" + "<div>" * levels + " down here\nand there" + "</div>" * levels + "below")
    assert (made.depth, made.deepest) == (levels, deepest)
