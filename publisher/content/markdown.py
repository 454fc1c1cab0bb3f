"""Markdown -> a sanitised tree of elements, and what is wrong with it. Pure.

converted.py   Markdown -> HTML, by dialect.py, in a process with limits
tree.py        HTML -> tree
anchors.py     ids of headings, links to them
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, SubElement

from plaintext import NOT_XML
from publisher.content.anchors import Anchors, lead, together
from publisher.content.bounds import FLATTEN, MOST_DEPTH, MOST_TEXT, too_deep
from publisher.content.characters import name_of, unusable
from publisher.content.converted import Converted, Excess, Unconverted, all_converted, converted
from publisher.content.links import BrokenLinkError, Links
from publisher.content.prose import one_line
from publisher.content.tree import HIDING, Tree, refused, tree_of
from publisher.errors import Problem, Severity
from publisher.isolation import CallFailedError, Pending, TooCostlyError

_LINE = re.compile(r"[0-9]{1,6}")
_OUTSIDE = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:[/?#]\S*)?")
"""An address elsewhere that needs no second look; most are like that."""
_PLAIN = re.compile(r"(?!.*(?:www|PRESSROOM))[A-Za-z0-9](?:[A-Za-z0-9 ,./()?+-]{0,200}[A-Za-z0-9.)?])?")
"""A line in which nothing is a mark of Markdown, an address or a merge field; most titles are like that."""
_CODE_POINT = re.compile(r"&#([xX][0-9a-fA-F]{1,6}|\d{1,7});")


@dataclass(frozen=True, slots=True)
class Prose:
    """A text that is ready to be written as mail, page or plain text.

    Links to other files of the publication carry `data-site` (a path below the base URL), images and diagrams are
    still as the author named them. `problems` name the file's own lines; `lines` are those of links, images and code.
    """

    root: Element
    problems: tuple[Problem, ...]
    lines: Mapping[Element, int] = field(default_factory=dict, repr=False)
    anchors: Anchors = field(default_factory=Anchors, repr=False)


class Ahead:
    """Texts of one file that are going to be parsed: a worker converts all of them meanwhile, at one call."""

    def __init__(self, texts: Iterable[Unconverted]) -> None:
        self._texts = tuple(text for text in texts if not (text.inline and _PLAIN.fullmatch(text.text)))
        self._pending: Pending[list[Converted | Excess]] = all_converted.begin(self._texts)

    @functools.cached_property
    def made(self) -> Mapping[Unconverted, Converted | Excess]:
        """What they became; nothing when together they take too much or fail: each by itself shows which one it is."""
        try:
            return dict(zip(self._texts, self._pending.result(), strict=True))
        except (TooCostlyError, CallFailedError):
            return {}


def parse(
    text: str,
    *,
    path: Path,
    line: int,
    links: Links,
    prefix: str = "",
    cited: bool = False,
    alone: bool = True,
    top: int = 2,
    ahead: Ahead | None = None,
) -> Prose:
    """Return the tree of one text: a section's body, a page, a lead.

    `path` is the file's path below content/ and `line` the line on which `text` begins there, from 1. Every id in the
    tree begins with `prefix`, so that several texts can stand on one page. `cited` says that the text is a drafted
    section, whose citations are replaced later. A text that is not `alone` on its page may link to headings of the
    others; see `settle`. `top` is the level of the heading above the text: a section's title has 2, a page's has 1.
    Texts that are `ahead` need not be converted again.

    A text beyond the limits of publisher.content.bounds, or that takes more time or memory than publisher.isolation
    allows, has one problem, and its tree shows it as it was written.
    """
    source = _Source(text, path, line)
    made = _converted(Unconverted(text, top=top), ahead)
    if isinstance(made, tuple):
        return _uninterpreted(source, *made)
    prose = _prose(made, source, links, prefix, cited=cited)
    return replace(prose, problems=(*prose.problems, *settle([prose], path, links))) if alone else prose


def settle(texts: Sequence[Prose], path: Path, links: Links) -> Iterator[Problem]:
    """Lead the links between texts of one page to their headings, and report those that lead to none."""
    ids = together(text.anchors for text in texts)
    own = links.anchors.get("/".join(path.parts[-2:]), frozenset())
    for text in texts:
        for link in text.anchors.loose:
            target = link.get("href", "")
            if not lead(link, ids) and target[1:] not in own:
                fix = "link to a heading's words in lower case with hyphens, or give it a name: ## Title {#name}"
                yield Problem(
                    path,
                    text.lines.get(link),
                    f"the link {unquote(target)!r} leads to no heading here",
                    fix,
                    rule="link",
                )


def inline(
    text: str, *, path: Path = Path(), line: int = 1, links: Links | None = None, ahead: Ahead | None = None
) -> Prose:
    """Return the tree of one line, such as a heading: inline Markdown only. See `parse`."""
    if _PLAIN.fullmatch(text):
        words = Element("p")
        words.text = text
        return Prose(words, ())
    source = _Source(text, path, line)
    wanted = Unconverted(text, inline=True)
    found = _converted(wanted, ahead) if ahead else _converted_line(wanted)
    if isinstance(found, tuple):
        return _uninterpreted(source, *found)
    made = _prose(found, source, links or Links.none(), "", cited=False)
    if len(made.root) == 1 and made.root[0].tag == "p":
        return Prose(made.root[0], made.problems, made.lines)
    return Prose(Element("p"), made.problems) if not len(made.root) else made


def _converted(wanted: Unconverted, ahead: Ahead | None = None) -> Converted | Excess:
    """Convert a text; of one that takes too much, say which paragraph is the longest: most of the work is in one."""
    if ahead and (made := ahead.made.get(wanted)):
        return made
    try:
        return converted(wanted)
    except TooCostlyError as error:
        text = wanted.text
        longest = max(re.finditer(r"(?:[^\n]*[^\s][^\n]*(?:\n|\Z))+", text), key=lambda found: len(found[0]))
        fix = "shorten or split its longest paragraph, which begins here"
        return text.count("\n", 0, longest.start()), f"the text {error}", fix


_converted_line = functools.lru_cache(maxsize=1024)(_converted)


def plain(element: Element) -> str:
    """Return an element's words on one line, without marks. A no-break space stays one."""
    return one_line("".join(element.itertext()))


@dataclass(frozen=True, slots=True)
class _Source:
    """The author's text, and where it stands."""

    text: str
    path: Path
    first: int

    def line(self, needle: str) -> int | None:
        """Return the file's first line that holds `needle`."""
        at = self.text.find(needle)
        return None if at < 0 else self.first + self.text.count("\n", 0, at)

    def problem(self, line: int | None, what: str, fix: str, rule: str, severity: Severity = Severity.ERROR) -> Problem:
        return Problem(self.path, line or self.first, what, fix, severity, rule)


def _uninterpreted(source: _Source, index: int, what: str, fix: str) -> Prose:
    """Return a text that cannot be read as Markdown as it was written; `index` is the problem's line, from 0."""
    root = Element("div")
    shown = SubElement(SubElement(root, "pre"), "code")
    shown.text = NOT_XML.sub("", source.text[:MOST_TEXT])
    return Prose(root, (source.problem(source.first + index, what, fix, "bounds"),))


def _prose(written: Converted, source: _Source, links: Links, prefix: str, *, cited: bool) -> Prose:
    tree = tree_of(written.html)
    if tree.depth > MOST_DEPTH:
        line = (source.line(tree.deepest) if tree.deepest else None) or source.first
        return _uninterpreted(source, line - source.first, too_deep(tree.depth), FLATTEN)
    lines = _take_lines(tree.root, source.first)
    anchors = Anchors.name(tree.root, prefix)
    problems = [
        *_refused(written, source),
        *_unusable(tree, source),
        *_resolve(tree.root, links, source, lines),
        *_unread(written, source, cited=cited),
    ]
    return Prose(tree.root, tuple(problems), lines, anchors)


def _take_lines(root: Element, first: int) -> dict[Element, int]:
    found = [(element, element.attrib.pop("data-line")) for element in root.iter() if "data-line" in element.attrib]
    return {element: first + int(line) for element, line in found if _LINE.fullmatch(line)}


def _refused(written: Converted, source: _Source) -> Iterator[Problem]:
    """Report the tags of the author's raw HTML that are removed: silence would look like a lost paragraph.

    Each is reported once, but wherever it takes words with it.
    """
    told: set[str] = set()
    for line, tag, attributes in written.tags:
        for name in refused(tag, attributes):
            place = f"{name} {line}" if tag in HIDING else name
            if place not in told:
                told |= {name, place}
                what = f"{name.strip('<=')!r} in raw HTML is removed"
                yield source.problem(source.first + line, what, "write it in Markdown", "html")


def _unusable(tree: Tree, source: _Source) -> Iterator[Problem]:
    """Report what publisher.content.characters refuses: written out, as a reference, or made up of several parts."""
    values = [value for element in tree.root.iter() if element.attrib for value in element.attrib.values()]
    # markdown-it puts U+FFFD in the place of a reference to such a character, and leaves it alone in an attribute.
    suspect = "&#" in source.text and any(
        "\ufffd" in text or _CODE_POINT.search(text) for text in ("".join(_words(tree.root)), *values)
    )
    referred = map(_character, _CODE_POINT.findall(source.text)) if suspect else ()
    for char in dict.fromkeys([*tree.lost, *NOT_XML.findall(source.text), *referred]):
        if NOT_XML.match(char):
            yield source.problem(_reference(char, source), name_of(char), "remove it", "characters")
    for text in ("".join(tree.root.itertext()), *values):
        if found := unusable(text):
            yield source.problem(source.line(text[found[0] :][:13]), found[1], found[2], "characters")


def _reference(char: str, source: _Source) -> int | None:
    """Return the first line that holds a character, or a reference to it."""
    for number, line in enumerate(source.text.split("\n"), source.first):
        if char in line or char in map(_character, _CODE_POINT.findall(line)):
            return number
    return None


def _character(code: str) -> str:
    number = int(code[1:], 16) if code[0] in "xX" else int(code)
    return chr(number) if number <= sys.maxunicode else "\ufffd"


def _words(element: Element) -> Iterator[str]:
    """Yield the texts inside an element that are not code."""
    if element.tag not in ("code", "pre"):
        yield element.text or ""
        for child in element:
            yield from _words(child)
            yield child.tail or ""


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
        elif not target.startswith("#") and not _OUTSIDE.fullmatch(target):
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


def _unread(written: Converted, source: _Source, *, cited: bool) -> Iterator[Problem]:
    """Report citations and footnotes that are shown as they were written, or not at all, and boxes that git does not show."""
    for line, mark in written.marks:
        if mark.startswith("[@"):
            if not cited:
                fix = "link to the issue, such as [No. 3](0003.md#concept), or remove it"
                yield source.problem(
                    source.first + line, f"{mark} is a citation outside of a drafted section", fix, "citation"
                )
        else:
            fix = f"write it in a paragraph of its own: «{mark}: ...», or remove the mark"
            yield source.problem(source.first + line, f"the footnote {mark} has no text here", fix, "footnote")
    for line, mark in written.unread:
        fix = f"write {mark} where it belongs, or remove the note"
        yield source.problem(
            source.first + line, f"nothing refers to the footnote {mark}, so nobody sees it", fix, "footnote"
        )
    for odd in written.odd:
        yield source.problem(source.first + odd.line, odd.what, odd.fix, "dialect", odd.severity)
    for line in written.boxes:
        what = "GitHub shows a box that begins with !!! as text"
        yield source.problem(source.first + line, what, "write > [!NOTE] instead", "dialect", Severity.WARNING)
