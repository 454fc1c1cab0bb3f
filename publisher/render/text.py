"""A tree as plain text, as one would have written it by hand: wrapped, links numbered, code indented, tables aligned."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Collection
from itertools import zip_longest
from xml.etree.ElementTree import Element

from publisher import merge_fields
from publisher.content.markdown import plain
from publisher.content.tree import BLOCKS
from publisher.language import ENGLISH, Language, Phrase, directions
from publisher.render.columns import columns, fill, left, right
from publisher.render.direction import directed

WIDTH = 72
NARROWEST = 20
"""The least that is left for words inside of many quotations and lists; lines then get longer than WIDTH."""

DIAGRAM, PICTURE = Phrase("Diagram: %(alt)s"), Phrase("Picture: %(alt)s")
SOURCE = Phrase("%(label)s, %(date)s: %(title)s")
CELL = Phrase("%(column)s: %(cell)s")

_GLUE = "\xa0"  # textwrap does not break here; it becomes a space at the end


class Text:
    """Writes plain text; one writer numbers the links of a whole message. `url` completes a path below the base URL."""

    def __init__(self, url: Callable[[str], str], picture: Callable[[str], str], language: Language = ENGLISH) -> None:
        self._url, self._picture, self._language = url, picture, language
        self._numbers: dict[str, int] = {}
        self._section: str | None = None
        # The sections that have each link, None for text outside of sections. The keys are in the order of the text.
        self._places: dict[str, dict[str | None, None]] = {}

    def enter(self, section: str) -> None:
        """Say that what is written from now on belongs to a section."""
        self._section = section

    def write(self, root: Element, width: int = WIDTH) -> str:
        """Return the blocks of an element, an empty line between them."""
        return "\n\n".join(filter(None, self._blocks(root, max(NARROWEST, width))))

    def links(self) -> str:
        """Return the list of all links written so far, one on each line; a section's link is between its marks."""
        lines = []
        for url, number in self._numbers.items():
            marks = _around(self._places[url])
            lines.append(f"{marks.begins}[{number}] {url}\n{marks.ends}")
        return "".join(lines)

    def links_marks(self) -> merge_fields.Marks:
        """Return the marks of the list as a whole, so that nobody gets its heading alone."""
        return _around({section: None for places in self._places.values() for section in places})

    def link(self, url: str) -> str:
        """Return the mark of a link, such as [3]."""
        self._places.setdefault(url, {})[self._section] = None
        return f"[{self._numbers.setdefault(url, len(self._numbers) + 1)}]"

    def _blocks(self, root: Element, width: int) -> list[str]:
        blocks, loose = [], Element("p")
        loose.text = root.text
        for child in root:
            if child.tag in _BLOCKS:
                if plain(loose):
                    blocks.append(self._wrapped(loose, width))
                loose = Element("p")
                loose.text = child.tail
                blocks.append(self._block(child, width))
            else:
                loose.append(child)
        if plain(loose) or len(loose):
            blocks.append(self._wrapped(loose, width))
        return blocks

    def _block(self, element: Element, width: int) -> str:
        written: Callable[[Element, int], str] = getattr(self, f"_block_{element.tag}", self._wrapped)
        return written(element, width)

    def _block_pre(self, element: Element, _: int) -> str:
        return textwrap.indent("".join(element.itertext()).rstrip("\n"), "    ")

    _block_equation = _block_pre

    def _block_blockquote(self, element: Element, width: int) -> str:
        return _with_bar(self.write(element, width - 2), ">")

    def _block_h3(self, element: Element, width: int) -> str:
        title = self._wrapped(element, width)
        return f"{title}\n{'-' * max(map(columns, title.splitlines()), default=0)}"

    _block_h1 = _block_h2 = _block_h4 = _block_h5 = _block_h6 = _block_h3

    def _block_figure(self, element: Element, width: int) -> str:
        image = element[0]
        mark = self.link(self._picture(image.get("data-picture", "")))
        return self._fill(f"[{self._language.say(DIAGRAM, alt=image.get('alt', ''))}]{_GLUE}{mark}", width)

    def _block_hr(self, _: Element, width: int) -> str:
        return "* * *".center(width).rstrip()

    def _block_ul(self, element: Element, width: int) -> str:
        items = []
        tight = all(child.tag not in _BLOCKS or child.tag == "p" for item in element for child in item)
        start = element.get("start", "")
        for number, item in enumerate(element, int(start) if re.fullmatch(r"-?[0-9]{1,9}", start) else 1):
            mark = "- " if element.tag == "ul" else f"{number}. "
            body = textwrap.indent(self.write(item, width - len(mark)), " " * len(mark))
            items.append(mark + body[len(mark) :])
        return ("\n" if tight else "\n\n").join(items)

    _block_ol = _block_ul

    def _block_table(self, table: Element, width: int) -> str:
        rows = [
            [self._inline(cell).replace(_GLUE, " ").strip(" ") for cell in row] for row in table.iter("tr") if len(row)
        ]
        if not rows:
            return self._wrapped(table, width)
        lines = [line for row in rows for line in zip_longest(*(cell.split("\n") for cell in row), fillvalue="")]
        wide = [max(columns(line[n]) for line in lines if n < len(line)) for n in range(max(map(len, rows)))]
        if sum(wide) + 2 * (len(wide) - 1) > width:
            head, *body = [[cell.replace("\n", " ") for cell in row] for row in rows]
            return "\n\n".join(self._record(head, row, width) for row in body or [[""] * len(head)])
        aligned = [cell.get("align") == "right" for cell in next(row for row in table.iter("tr") if len(row))]
        aligned += [False] * (len(wide) - len(aligned))
        written = [
            "  ".join(right(c, w) if r else left(c, w) for c, w, r in zip(line, wide, aligned, strict=False))
            for line in lines
        ]
        written.insert(max(cell.count("\n") for cell in rows[0]) + 1, "  ".join("-" * w for w in wide))
        # The columns of all lines have to run as those of the first.
        found = directions("".join(written))
        mark_all = self._language.direction in found and found != {"ltr"}
        return self._run("\n".join(line.rstrip() for line in written), mark_all=mark_all)

    def _record(self, head: list[str], row: list[str], width: int) -> str:
        """Return a row that is too wide for a table: each cell with the name of its column, the first one as a title."""
        named = [
            self._language.say(CELL, column=name, cell=cell) if name else cell
            for name, cell in zip_longest(head, row, fillvalue="")
        ]
        lines = [
            fill(text, width, first="  " if number else "", rest="    " if number else "")
            for number, text in enumerate(named)
        ]
        return self._run("\n".join(lines))

    def _block_div(self, element: Element, width: int) -> str:
        if element.get("class") == "admonition":
            return _with_bar(self.write(element, width - 2), "|")
        if element.get("class") == "footnote":
            return "\n".join(
                self._note(number, note, width) for number, note in enumerate(element.iterfind("ol/li"), 1)
            )
        return self.write(element, width)

    def _note(self, number: int, note: Element, width: int) -> str:
        mark = f"({number}) "
        if all(child.tag not in _BLOCKS for child in note) or [child.tag for child in note] == ["p"]:
            return self._fill(mark + self._inline(note[0] if len(note) and note[0].tag == "p" else note), width)
        return mark + textwrap.indent(self.write(note, width - len(mark)), " " * len(mark))[len(mark) :]

    def _block_claim(self, element: Element, width: int) -> str:
        named = {key: element.get(key, "") for key in ("label", "date", "title")}
        source = self._language.say(SOURCE, **named)
        mark = self.link(self._url(element.get("data-site", "")))
        card = (
            self._fill(self._language.quote(self._inline(element[-1])), width - 4)
            + "\n"
            + self._fill(f"{source}{_GLUE}{mark}", width - 4)
        )
        sentence = f"{self._fill(self._inline(element[0]), width)}\n\n" if len(element) > 1 else ""
        return sentence + textwrap.indent(card, "    ")

    def _wrapped(self, element: Element, width: int) -> str:
        return self._fill(self._inline(element), width)

    def _fill(self, text: str, width: int) -> str:
        lines = (" ".join(line.split(" ")).strip(" ") for line in text.split("\n"))
        filled = "\n".join(fill(line, width) for line in lines)
        filled = "\n".join(line.rstrip() for line in filled.replace(_GLUE, " ").split("\n"))
        return self._run(filled)

    def _run(self, lines: str, *, mark_all: bool = False) -> str:
        return directed(lines, self._language.direction, mark_all=mark_all)

    def _inline(self, element: Element) -> str:
        parts = [_flat(element.text)]
        for child in element:
            parts += [self._mark(child), _flat(child.tail)]
        return "".join(parts)

    def _mark(self, element: Element) -> str:
        if element.tag == "a":
            return self._anchor(element, self._inline(element))
        if element.tag == "img":
            name = element.get("data-picture")
            return f"[{self._language.say(PICTURE, alt=element.get('alt', ''))}]{f'{_GLUE}{self.link(self._picture(name))}' if name else ''}"
        if element.tag == "br":
            return "\n"
        mark = _MARKS.get(element.tag, "")
        return _marked(mark, self._inline(element), mark)

    def _anchor(self, element: Element, inner: str) -> str:
        if element.get("class") == "footnote-ref":
            return f"{_GLUE}({inner})"
        if element.get("class") == "footnote-backref":
            return ""
        site, href = element.get("data-site"), element.get("href", "")
        url = self._url(site) if site is not None else href
        if not url or url.startswith("#"):
            return inner
        if inner in (url, url.removeprefix("mailto:")):
            return inner
        return _marked("", inner, f"{_GLUE}{self.link(url)}")


def _around(sections: Collection[str | None]) -> merge_fields.Marks:
    """Return the marks of text in these sections; text outside of sections is for everybody."""
    named = [section for section in sections if section is not None]
    return merge_fields.beside(*named) if len(named) == len(sections) else merge_fields.Marks()


def _with_bar(text: str, bar: str) -> str:
    """Put a bar before each line, as one quotes in a mail."""
    return "\n".join(f"{bar} {line}".rstrip() for line in text.split("\n"))


def _marked(before: str, inner: str, after: str) -> str:
    """Put marks around words; the spaces around the words stay outside of them, so that no two words become one."""
    words = inner.strip(" ")
    start = len(inner) - len(inner.lstrip(" "))
    return f"{inner[:start]}{before}{words}{after}{inner[start + len(words) :]}"


def _flat(text: str | None) -> str:
    """Newlines of the source are spaces; the author's own no-break spaces stay glued."""
    return " ".join((text or "").replace("\n", " ").replace("\t", " ").split(" ")) if text else ""


_MARKS = {"code": "`", "kbd": "`", "formula": "$", "em": "_", "strong": "*", "del": "~~"}
_BLOCKS = BLOCKS | {"claim", "equation"}
