"""HTML -> a sanitised tree of elements; only known elements, attributes and characters get in. Pure.

Mail, pages and plain text are all written from this one tree (publisher.render). Colours and sizes are added after
sanitising, by our own code, never by an author's `style`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from plaintext import NOT_XML
from publisher.content.bounds import MOST_DEPTH
from publisher.content.html_reader import HtmlReader

VOID: Final = frozenset({"br", "hr", "img", "source"})
BLOCKS: Final = frozenset({
    "blockquote", "dd", "div", "dl", "dt", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "table", "ul",
})  # fmt: skip
_INLINE = {"a", "abbr", "br", "code", "del", "em", "img", "ins", "kbd", "picture", "source", "strong", "sub", "sup"}
_SAME = {"b": "strong", "i": "em", "s": "del", "strike": "del"}
"""Tags that mean what another tag means."""

TAGS: Final = {*_INLINE, *_SAME, *(BLOCKS - {"figure"}), "tbody", "td", "th", "thead", "tr"}
_ATTRIBUTES = {
    "*": {"id"}, "a": {"href", "title", "data-line"}, "img": {"src", "alt", "title", "data-line"}, "td": {"align"},
    "th": {"align"}, "pre": {"data-lang", "data-line", "data-math"}, "code": {"data-line", "data-math"}, "ol": {"start"},
    "abbr": {"title"}, "div": {"data-kind"}, "source": {"media", "srcset"},
}  # fmt: skip
_CLASSES = {
    "a": {"footnote-ref", "footnote-backref"},
    "div": {"admonition", "footnote"},
    "p": {"admonition-title"},
    "li": {"task-list-item"},
}


@dataclass(frozen=True, slots=True)
class Tree:
    """`depth` is how deep it is, `deepest` the first words that are too deep; `lost` holds the characters left out."""

    root: Element
    depth: int
    deepest: str
    lost: tuple[str, ...]


def clean(html: str) -> str:
    """Return HTML with known elements and attributes only, its tags balanced."""
    import nh3  # where it is needed: in the process that converts

    return nh3.clean(
        html, tags=TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, link_rel=None,
        url_schemes={"http", "https", "mailto"}, clean_content_tags={"script", "style"},
    )  # fmt: skip


def tree_of(cleaned: str) -> Tree:
    """Return the tree of HTML that `clean` returned: a `div` around blocks."""
    builder = _Builder()
    builder.feed(cleaned)
    builder.close()
    _wrap(builder.root)
    return Tree(builder.root, builder.depth, builder.deepest, tuple(builder.lost))


def is_a(element: Element, kind: str) -> bool:
    """Return whether an element has a class."""
    return kind in element.get("class", "").split()


def refused(tag: str, attributes: Iterable[str]) -> Iterator[str]:
    """Yield what sanitising removes of a tag, as a person would look for it: `<script`, `onclick=`."""
    if tag not in TAGS:
        yield f"<{tag}"
    for name in attributes:
        if name == "style" or name.startswith("on"):
            yield f"{name}="


class _Builder(HtmlReader):
    """Builds a tree from HTML whose tags are balanced, as nh3 writes it; only characters of XML 1.0 get in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("div")
        self.depth = 0
        self.deepest = ""
        self.lost: list[str] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = SubElement(self._open[-1], _SAME.get(tag, tag), {key: self._kept(value or "") for key, value in attrs})
        if tag not in VOID:
            self._open.append(made)
            self.depth = max(self.depth, len(self._open) - 1)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        data = self._kept(data)
        if len(self._open) - 1 > MOST_DEPTH and not self.deepest:
            self.deepest = data.strip().partition("\n")[0]
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data

    def _kept(self, text: str) -> str:
        self.lost += NOT_XML.findall(text)
        return NOT_XML.sub("", text)


def _wrap(root: Element) -> None:
    """Put words of raw HTML that stand between blocks into paragraphs of their own."""
    children, loose = list(root), Element("p")
    made: list[Element] = []

    def close(text: str | None) -> None:
        nonlocal loose
        if "".join(loose.itertext()).strip() or len(loose):
            made.append(loose)
        loose = Element("p")
        loose.text = text

    loose.text, root.text = root.text, None
    for child in children:
        if child.tag in BLOCKS:
            tail, child.tail = child.tail, "\n"
            close(None)
            made.append(child)
            loose.text = tail
        else:
            loose.append(child)
    close(None)
    root[:] = made
