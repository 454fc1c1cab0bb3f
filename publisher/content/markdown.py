"""Markdown -> a sanitised tree of elements, and what is wrong with it. Pure.

Mail, pages and plain text are all written from this one tree (publisher.render): nothing else can get out.
Colours and sizes are added after sanitising, by our own code, never by an author's `style`.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement

import nh3
from markdown import Markdown

from plaintext import NOT_XML
from publisher.content.bounds import FLATTEN, MOST_DEPTH, MOST_TEXT, excess, too_deep
from publisher.content.characters import name_of, unusable
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
_LEFT_OVER = re.compile(r"(\\?)(\[(?:@\d|\^)[^\[\]\s]+\])")
"""A citation or a reference to a footnote; after a backslash it is meant as text."""

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


def parse(text: str, *, path: Path, line: int, links: Links, prefix: str = "", cited: bool = False) -> Prose:
    """Return the tree of one text: a section's body, a page, a lead.

    `path` is the file's path below content/ and `line` the line on which `text` begins there, from 1. Every id in the
    tree begins with `prefix`, so that several texts can stand on one page. `cited` says that the text is a drafted
    section, whose citations are replaced later.

    A text beyond the limits of publisher.content.bounds has one problem, and its tree shows it as it was written.
    """
    source = _Source(text, path, line)
    if found := excess(text):
        return _uninterpreted(source, *found)
    try:
        written = _markdown().convert(text)
    except RecursionError:  # it recurses for each level of a list, and not every level shows in a line
        return _uninterpreted(source, 0, too_deep(MOST_DEPTH + 1), FLATTEN)
    clean = nh3.clean(
        written, tags=_TAGS, attributes=_ATTRIBUTES, allowed_classes=_CLASSES, link_rel=None,
        url_schemes={"http", "https", "mailto"}, clean_content_tags={"script", "style"},
    )  # fmt: skip
    refused = _Refused(written)
    problems = [*_refused(refused, source)]
    tree = _tree(clean)
    if tree.depth > MOST_DEPTH:
        place = next(source.places(tree.deepest), line) if tree.deepest else line
        return _uninterpreted(source, place - line, too_deep(tree.depth), FLATTEN)
    root = tree.root
    problems += _unusable(tree, source)
    _name(root, prefix)
    lines = _place(root, source, refused.addresses)
    problems += _resolve(root, links, source, lines)
    problems += _left_over(root, source, cited=cited)
    return Prose(root, tuple(problems), lines)


def inline(text: str, *, path: Path = Path(), line: int = 1, links: Links | None = None) -> Prose:
    """Return the tree of one line, such as a heading: inline Markdown only. See `parse`."""
    prose = parse(text, path=path, line=line, links=links or Links.none())
    if len(prose.root) == 1 and prose.root[0].tag == "p":
        return Prose(prose.root[0], prose.problems, prose.lines)
    paragraph = Element("p")
    paragraph.text = text
    return Prose(paragraph, prose.problems)


def plain(element: Element) -> str:
    """Return an element's words on one line, without marks."""
    return " ".join("".join(element.itertext()).split())


def _uninterpreted(source: _Source, index: int, what: str, fix: str) -> Prose:
    """Return a text that cannot be read as Markdown as it was written; `index` is the problem's line, from 0."""
    root = Element("div")
    shown = SubElement(SubElement(root, "pre"), "code")
    shown.text = NOT_XML.sub("", source.text[:MOST_TEXT])
    return Prose(root, (source.problem(source.first + index, what, fix, "bounds"),))


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
    """Keep a fence's language for the writers; superfences also passes class, options and itself."""
    return f'<pre data-lang="{html.escape(language)}"><code>{html.escape(source)}\n</code></pre>'


@dataclass(frozen=True, slots=True)
class _Source:
    """The author's lines, to find where something is."""

    text: str
    path: Path
    first: int
    _indexed: dict[bool, tuple[str, list[int], list[int]]] = field(default_factory=dict, repr=False)

    def places(self, needle: str, *, code: bool = False) -> Iterator[int]:
        """Yield the file's lines that hold `needle`, once for each time, outside of fences unless `code`."""
        if code not in self._indexed:
            lines = list(self.lines(code=code))
            starts = list(accumulate((len(text) + 1 for _, text in lines), initial=0))
            self._indexed[code] = "\n".join(text for _, text in lines), starts, [number for number, _ in lines]
        text, starts, numbers = self._indexed[code]
        at = text.find(needle)
        while at >= 0 and numbers:
            yield numbers[bisect_right(starts, at) - 1]
            at = text.find(needle, at + max(1, len(needle)))

    def lines(self, *, code: bool = False) -> Iterator[tuple[int, str]]:
        """Yield (number in the file, text) of the lines outside of fences, with `code` of all."""
        fence = ""
        for index, line in enumerate(self.text.split("\n")):
            mark = re.match(r"^\s*(`{3,}|~{3,})", line)
            inside = bool(fence) or bool(mark)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence):
                fence = ""
            if code or not inside:
                yield self.first + index, line

    def problem(self, line: int | None, what: str, fix: str, rule: str, severity: Severity = Severity.ERROR) -> Problem:
        return Problem(self.path, line or self.first, what, fix, severity, rule)


class _Builder(HTMLParser):
    """Builds a tree from HTML whose tags are balanced, as nh3 writes it; only characters of XML 1.0 get in.

    `depth` is how deep it is, `deepest` the first words that are too deep; `lost` holds the characters left out.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("div")
        self.depth = 0
        self.deepest = ""
        self.lost: list[str] = []
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = SubElement(self._open[-1], tag, {key: self._kept(value or "") for key, value in attrs})
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


class _Refused(HTMLParser):
    """Collects what sanitising removes, as it is in the text: `<script`, `onclick=`; and every link's address."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.addresses: list[str] = []
        self.feed(written)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.addresses.append(dict(attrs).get("href") or "")
        if tag not in _TAGS:
            self.found.append(f"<{tag}")
        self.found += [f"{key}=" for key, _ in attrs if key == "style" or key.startswith("on")]


def _tree(clean: str) -> _Builder:
    builder = _Builder()
    builder.feed(clean)
    builder.close()
    return builder


def _unusable(tree: _Builder, source: _Source) -> Iterator[Problem]:
    """Report what publisher.content.characters refuses: written out, as a reference, or made up of several parts."""
    for char in dict.fromkeys(tree.lost):
        yield source.problem(_reference(char, source), name_of(char), "remove it", "characters")
    texts = [
        "".join(tree.root.itertext()),
        *(value for element in tree.root.iter() for value in element.attrib.values()),
    ]
    for text in texts:
        if found := unusable(text):
            line = next(source.places(text[found[0] :][:13], code=True), None)
            yield source.problem(line, found[1], found[2], "characters")


def _reference(char: str, source: _Source) -> int | None:
    """Return the first line that holds a character, or a reference to it."""
    for number, line in source.lines(code=True):
        codes = (
            int(code[1:], 16) if code[0] in "xX" else int(code)
            for code in re.findall(r"&#([xX][0-9a-fA-F]{1,6}|\d{1,7})", line)
        )
        if char in line or ord(char) in codes:
            return number
    return None


def _refused(refused: _Refused, source: _Source) -> Iterator[Problem]:
    """Report the tags of the author's raw HTML that are removed: silence would look like a lost paragraph."""
    for name in dict.fromkeys(refused.found):
        line = next(source.places(name), None)
        yield source.problem(line, f"{name.strip('<=')!r} in raw HTML is removed", "write it in Markdown", "html")


def _name(root: Element, prefix: str) -> None:
    """Give each heading an id, and make all ids and the links to them unique on a page of several texts."""
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    renamed: dict[str, str] = {}
    for element in root.iter():
        wanted = element.get("id")
        if wanted is None and re.fullmatch(r"h[1-6]", element.tag):
            wanted = slug("".join(element.itertext()))
        if wanted:
            base = prefix + re.sub(r"[^A-Za-z0-9_-]+", "-", wanted)
            name = base
            while name in taken:
                counts[base] += 1
                name = f"{base}-{counts[base] + 1}"
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


def _place(root: Element, source: _Source, addresses: Sequence[str]) -> dict[Element, int]:
    """Find the line of every link, image and fence: the n-th of its kind is the n-th in the text.

    `addresses` are those of the links before sanitising, in order: it removed the ones that lead nowhere.
    """
    written = dict(zip(root.iter("a"), addresses, strict=False))
    searches: dict[str, Iterator[int]] = {}
    lines: dict[Element, int] = {}
    for element in root.iter():
        needle = {"a": element.get("href") or written.get(element, ""), "img": element.get("src", "")}.get(
            element.tag, ""
        )
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
            fix = "say between the square brackets what it shows: ![...](...)"
            yield source.problem(where, f"the image {image.get('src')!r} has no alternative text", fix, "alt")
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
        yield source.problem(where, f"{target!r} is not an address", "fix it, or remove the link", "link")
    elif not outside:
        try:
            link.set("data-site", links.resolve(target, source.path))
        except BrokenLinkError as broken:
            yield source.problem(where, broken.what, broken.fix, "link")


def _left_over(root: Element, source: _Source, *, cited: bool) -> Iterator[Problem]:
    """Report the citations and references to footnotes that readers would see as they were written."""
    shown = Counter(mark for text in _words(root) for _, mark in _LEFT_OVER.findall(text))
    if not shown:
        return
    lines = [(line, re.sub(r"(`+)(.+?)\1", "", text)) for line, text in source.lines()]
    written = [(line, meant, mark) for line, text in lines for meant, mark in _LEFT_OVER.findall(text)]
    shown -= Counter(mark for _, meant, mark in written if meant)
    for line, meant, mark in written:
        if not meant and shown[mark] > 0 and not (cited and mark.startswith("[@")):
            shown[mark] -= 1
            if mark.startswith("[@"):
                fix = "link to the issue, such as [No. 3](0003.md#concept), or remove it"
                yield source.problem(line, f"{mark} is a citation outside of a drafted section", fix, "citation")
            else:
                fix = f"write it in a paragraph of its own: «{mark}: ...», or remove the mark"
                yield source.problem(line, f"the footnote {mark} has no text here", fix, "footnote")


def _words(element: Element) -> Iterator[str]:
    """Yield the texts inside an element that are not code."""
    if element.tag not in ("code", "pre"):
        yield element.text or ""
        for child in element:
            yield from _words(child)
            yield child.tail or ""
