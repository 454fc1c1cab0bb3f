"""HTML -> a sanitised tree of elements; only known elements, attributes and characters get in. Pure.

Mail, pages and plain text are all written from this one tree (publisher.render). Colours and sizes are added after
sanitising, by our own code, never by an author's `style`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, XMLParser

from plaintext import NOT_XML
from publisher.content.bounds import MOST_DEPTH

if TYPE_CHECKING:
    import nh3

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


HIDING: Final = frozenset({"math", "script", "style", "svg", "template"})
"""Tags that are removed with the words in them."""


@dataclass(frozen=True, slots=True)
class Tree:
    """`depth` is how deep it is, `deepest` the first words that are too deep; `lost` holds the characters left out."""

    root: Element
    depth: int
    deepest: str
    lost: tuple[str, ...]


_OPEN_VOID = re.compile(rf"<(?:{'|'.join(sorted(VOID))})(?: [^<>]*)?(?=>)")
_BROKEN_TAG = re.compile(r"<[^<>\n\t]*[\n\t][^<>]*>")


@functools.cache
def _cleaner() -> nh3.Cleaner:
    import nh3  # where it is needed: in the process that converts

    return nh3.Cleaner(
        tags=TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, link_rel=None,
        url_schemes={"http", "https", "mailto"}, clean_content_tags={"script", "style"},
    )  # fmt: skip


def clean(html: str) -> str:
    """Return HTML with known elements and attributes only, its tags balanced."""
    return _cleaner().clean(html)


_AT_ONCE: Final = 50_000
"""Characters that are parsed at once, in 5 ms: other threads, such as those that answer the web, wait as long."""


def tree_of(cleaned: str) -> Tree:
    """Return the tree of HTML that `clean` returned: a `div` around blocks."""
    lost = NOT_XML.findall(cleaned)
    root = _root(NOT_XML.sub("", cleaned) if lost else cleaned)
    for element in root.iter():
        element.tag = _SAME.get(element.tag, element.tag)
    depth = _depth(root)
    deepest = next(_words_below(root, MOST_DEPTH), "") if depth > MOST_DEPTH else ""
    _wrap(root)
    return Tree(root, depth, deepest, tuple(lost))


def _root(cleaned: str) -> Element:
    """Return the tree of HTML as nh3 writes it: balanced, with `&`, `<`, `>` and no-break spaces as entities.

    That is XML but for tags without an end, the space's name, and white space that XML does not keep.
    """
    text = _OPEN_VOID.sub(r"\g<0>/", cleaned).replace("&nbsp;", "&#160;").replace("\r", "&#13;")
    text = _BROKEN_TAG.sub(lambda tag: tag[0].replace("\n", "&#10;").replace("\t", "&#9;"), text)
    parser = XMLParser()  # noqa: S314  # nh3 lets no declaration and no other entity through
    parser.feed("<div>")
    for start in range(0, len(text), _AT_ONCE):
        parser.feed(text[start : start + _AT_ONCE])
    parser.feed("</div>")
    return parser.close()


def _depth(element: Element) -> int:
    """Return how many elements lie within each other, at the deepest place."""
    level, depth = [element], -1
    while level:
        level = [child for one in level for child in one if child.tag not in VOID]
        depth += 1
    return depth


def _words_below(root: Element, level: int) -> Iterator[str]:
    """Yield the first line of each text that is below so many levels."""
    ahead: list[tuple[Element | str, int]] = [(root, 0)]
    while ahead:
        one, depth = ahead.pop()
        if isinstance(one, Element):
            for child in reversed(one):
                ahead += [(child.tail or "", depth), (child, depth + 1)]
            one = one.text or ""
        if depth > level and one.strip():
            yield one.strip().partition("\n")[0]


def is_a(element: Element, kind: str) -> bool:
    """Return whether an element has a class."""
    return kind in element.get("class", "").split()


def refused(tag: str, attributes: Iterable[str]) -> Iterator[str]:
    """Yield what sanitising removes of a tag, `b` or `/b`, as a person would look for it: `<script`, `onclick=`."""
    if (name := tag.removeprefix("/")) not in TAGS:
        yield f"<{name}"
    for name in attributes:
        if name == "style" or name.startswith("on"):
            yield f"{name}="


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
