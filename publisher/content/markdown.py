"""Markdown -> a sanitised tree of elements, and what is wrong with it. Pure.

Mail, pages and plain text are all written from this one tree (publisher.render): what is not in it cannot get out.
Colours and sizes are added after sanitising, by our own code, never by an author's `style`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown

from publisher.content.links import BrokenLinkError, Links
from publisher.errors import Problem, Severity

VOID = frozenset({"br", "hr", "img"})
_TAGS = {
    "a", "abbr", "blockquote", "br", "code", "dd", "del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
    "img", "ins", "kbd", "li", "ol", "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id"}, "a": {"href", "title"}, "img": {"src", "alt", "title"}, "td": {"align"}, "th": {"align"},
    "pre": {"data-lang"}, "ol": {"start"}, "abbr": {"title"},
}  # fmt: skip
_CLASSES = {"a": {"footnote-ref", "footnote-backref"}, "div": {"admonition", "footnote"}, "p": {"admonition-title"}}
_EXTENSIONS = ["tables", "footnotes", "admonition", "attr_list", "sane_lists", "pymdownx.superfences"]


@dataclass(frozen=True, slots=True)
class Prose:
    """A text that is ready to be written as mail, page or plain text.

    Links to other files of the publication carry `data-site` (a path below the base URL), images and diagrams are
    still as the author named them. `problems` name the file's own lines.
    """

    root: Element
    problems: tuple[Problem, ...]
    lines: Mapping[Element, int] = field(default_factory=dict, repr=False)


def parse(text: str, *, path: Path, line: int, links: Links, prefix: str = "") -> Prose:
    """Return the tree of one text: a section's body, a page, a lead.

    `path` is the file's path below content/ and `line` the line on which `text` begins there, from 1. Every id in the
    tree begins with `prefix`, so that several texts can stand on one page.
    """
    written = _markdown().convert(text)
    clean = nh3.clean(
        written, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, link_rel=None,
        url_schemes={"http", "https", "mailto"}, clean_content_tags={"script", "style"},
    )  # fmt: skip
    source = _Source(text, path, line)
    problems = [*_refused(written, source)]
    root = _tree(clean)
    _name(root, prefix)
    lines = _place(root, source)
    problems += _resolve(root, links, source, lines)
    return Prose(root, tuple(problems), lines)


def inline(text: str) -> Element:
    """Return the tree of one line, such as a heading: inline Markdown only."""
    root = parse(text, path=Path(), line=1, links=Links.none()).root
    if len(root) == 1 and root[0].tag == "p":
        return root[0]
    paragraph = Element("p")
    paragraph.text = text
    return paragraph


def plain(element: Element) -> str:
    """Return an element's words on one line, without marks."""
    return " ".join("".join(element.itertext()).split())


def _markdown() -> Markdown:
    fences = [{"name": "*", "class": "", "format": _fence}]
    return Markdown(
        extensions=_EXTENSIONS,
        extension_configs={
            "pymdownx.superfences": {"custom_fences": fences},
            "tables": {"use_align_attribute": True},
            "footnotes": {"BACKLINK_TEXT": "back"},
        },
        output_format="xhtml",
    )


def _fence(source: str, language: str, *_: object, **__: object) -> str:
    """Keep a fence's language for the writers; superfences passes class, options and itself, too."""
    return f'<pre data-lang="{html.escape(language)}"><code>{html.escape(source)}\n</code></pre>'


@dataclass(frozen=True, slots=True)
class _Source:
    """The author's lines, to find where something stands."""

    text: str
    path: Path
    first: int

    def places(self, needle: str, *, code: bool = False) -> Iterator[int]:
        """Yield the file's lines that hold `needle`, once for each time, outside of code unless `code`."""
        fence = ""
        for index, line in enumerate(self.text.split("\n")):
            mark = re.match(r"^\s*(`{3,}|~{3,})", line)
            inside = bool(fence) or bool(mark)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            if code or not inside:
                for _ in range(line.count(needle)):
                    yield self.first + index

    def problem(
        self, line: int | None, what: str, mend: str, rule: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        return Problem(self.path, line or self.first, what, mend, severity, rule)


class _Builder(HTMLParser):
    """Builds a tree from HTML whose tags are balanced, as nh3 writes it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("div")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = SubElement(self._open[-1], tag, {key: value or "" for key, value in attrs})
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self._open) > 1:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data


class _Refused(HTMLParser):
    """Collects what sanitising takes away, as it stands in the text: `<script`, `onclick=`."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.found.append(f"<{tag}")
        self.found += [f"{key}=" for key, _ in attrs if key == "style" or key.startswith("on")]


def _tree(clean: str) -> Element:
    builder = _Builder()
    builder.feed(clean)
    builder.close()
    return builder.root


def _refused(written: str, source: _Source) -> Iterator[Problem]:
    """Say which tags of the author's raw HTML will not be there: silence would look like a lost paragraph."""
    reader = _Refused()
    reader.feed(written)
    for name in dict.fromkeys(reader.found):
        line = next(source.places(name), None)
        yield source.problem(line, f"{name.strip('<=')!r} in raw HTML is removed", "write it in Markdown", "html")


def _name(root: Element, prefix: str) -> None:
    """Give each heading an id, and make all ids and the links to them unique on a page of several texts."""
    taken: set[str] = set()
    renamed: dict[str, str] = {}
    for element in root.iter():
        wanted = element.get("id")
        if wanted is None and re.fullmatch(r"h[1-6]", element.tag):
            wanted = slug("".join(element.itertext()))
        if wanted:
            base = prefix + re.sub(r"[^A-Za-z0-9_-]+", "-", wanted)
            name = next(name for n in range(1, 10_000) if (name := base if n == 1 else f"{base}-{n}") not in taken)
            taken.add(name)
            renamed.setdefault(wanted, name)
            element.set("id", name)
    for link in root.iter("a"):
        target = link.get("href", "")
        if target.startswith("#") and target[1:] in renamed:
            link.set("href", f"#{renamed[target[1:]]}")


def slug(title: str) -> str:
    """Return a title as part of a URL.

    >>> slug("Last week's answer")
    'last-weeks-answer'
    """
    words = re.sub(r"['’]", "", title.lower())
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-") or "part"


def _place(root: Element, source: _Source) -> dict[Element, int]:
    """Find the line of every link, image and fence: the n-th of its kind is the n-th in the text."""
    searches: dict[str, Iterator[int]] = {}
    lines: dict[Element, int] = {}
    for element in root.iter():
        needle = {"a": element.get("href", ""), "img": element.get("src", "")}.get(element.tag, "")
        if element.tag == "pre" and element.get("data-lang"):
            needle = f"```{element.get('data-lang')}"
        if not needle:
            continue
        search = searches.setdefault(needle, source.places(needle, code=element.tag == "pre"))
        lines[element] = next(search, lines.get(element, source.first))
    return lines


def _resolve(root: Element, links: Links, source: _Source, lines: Mapping[Element, int]) -> Iterator[Problem]:
    for image in root.iter("img"):
        where = lines.get(image)
        if not image.get("src"):
            yield source.problem(where, "an image has no usable address", "name a file below content/", "image")
        elif not image.get("alt", "").strip():
            mend = "say between the square brackets what it shows: ![...](...)"
            yield source.problem(where, f"the image {image.get('src')!r} has no alternative text", mend, "alt")
    for link in root.iter("a"):
        target, where = link.get("href"), lines.get(link)
        if target is None:
            if not link.get("id"):
                yield source.problem(where, f"the link «{plain(link)}» leads nowhere",
                                     "use an https address, or a file below content/", "link")  # fmt: skip
        elif not target.startswith("#"):
            yield from _resolve_link(link, target, links, source, where)


def _resolve_link(link: Element, target: str, links: Links, source: _Source, where: int | None) -> Iterator[Problem]:
    try:
        parts = urlsplit(target)
        outside, valid = (
            bool(parts.scheme or parts.netloc),
            parts.scheme not in ("http", "https") or bool(parts.hostname),
        )
    except ValueError:
        outside, valid = True, False
    if not valid or re.search(r"\s", target):
        yield source.problem(where, f"{target!r} is no address", "mend it, or remove the link", "link")
    elif not outside:
        try:
            link.set("data-site", links.resolve(target, source.path))
        except BrokenLinkError as broken:
            yield source.problem(where, broken.what, broken.mend, "link")
