"""Images and diagrams of a text: found, converted, named by their content."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from publisher.content.anchors import slug
from publisher.content.markdown import Prose
from publisher.content.tree import BLOCKS
from publisher.errors import ContentError, Problem, Severity
from publisher.isolation import TooCostlyError, isolated
from publisher.issue import Picture
from publisher.ports import Convert, Converted, ConvertedImage, ImageFile, UnusableImage
from publisher.render import formulas
from publisher.render.code import too_costly
from publisher.render.diagrams import BrokenDiagramError, described, draw
from publisher.render.images.header import measure
from publisher.render.images.rules import MAIL, MOST_MAIL
from publisher.render.palette import DARK, LIGHT
from publisher.render.schemes import DARK_SOURCE, join_schemes, scheme_of

Fetch = Callable[[Path], bytes | None]
"""Returns the bytes of an image below content/, None when there is none."""


def convert_image(data: bytes, paper: str) -> Converted:
    """Convert an image. Raises TooCostlyError."""
    return convert_photograph(data, paper) if measure(data) else convert_drawing(data, paper)


@isolated(seconds=4, in_a_file=20, memory=224 * 2**20)  # as one of 12 million pixels as WebP takes
def convert_photograph(data: bytes, paper: str) -> Converted:
    """Convert an image of pixels, whose number is known before they are decoded."""
    from publisher.render.images.convert import convert

    return convert(data, paper)


@isolated()
def convert_drawing(data: bytes, paper: str) -> Converted:
    """Convert an SVG, or say that the file is no image."""
    from publisher.render.images.convert import convert

    return convert(data, paper)


class Images:
    """The pictures of one page or issue; the same picture is kept once."""

    def __init__(self, fetch: Fetch, convert: Convert | None = None) -> None:
        self._fetch = fetch
        self._convert = convert or convert_image
        self._pictures: dict[str, Picture] = {}
        self._names: dict[str, str] = {}

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures.values())

    def illustrate(self, prose: Prose, path: Path) -> list[Problem]:
        """Put pictures into a tree; return what is wrong with them. One that cannot be shown stays as text.

        Images get `data-picture` (the file for pages), `data-srcset` (smaller ones: a name and a width, then a comma),
        `data-mail`, `width` and `height`. One that has a twin for dark readers gets `data-dark`, `data-dark-srcset` and
        `data-dark-mail`; any other that the page shows through gets `data-see-through`. One in a line of words gets
        `data-inline`. Mermaid becomes a figure. A formula becomes an element `formula`, or `equation` on
        lines of its own, with its LaTeX, its picture and `data-mathml`.
        """
        if any(one.tag in ("img", "picture") for one in prose.root.iter()):
            join_schemes(prose.root)
            _mark_beside_words(prose.root, prose.root)
        problems: list[Problem] = []
        for element in [one for one in prose.root.iter() if one.tag in ("img", "pre") or "data-math" in one.attrib]:
            line = prose.lines.get(element)
            if element.tag == "img":
                problems += self._image(element, path, line)
            elif element.tag == "pre" and element.get("data-lang") == "mermaid":
                problems += self._diagram(element, path, line)
            elif "data-math" in element.attrib:
                problems += self._formula(element, path, line)
            else:
                problems += too_costly(element, path, line)
        return problems

    def _add(self, stem: str, kind: str, data: bytes, width: int, height: int) -> str:
        """Keep a file and return its name; the same bytes have one name."""
        digest = hashlib.sha256(data).hexdigest()
        known = self._names.setdefault(digest, f"{slug(stem)[:40].strip('-')}-{digest[:8]}.{kind}")
        self._pictures.setdefault(known, Picture(known, data, width, height))
        return known

    def _image(self, image: Element, path: Path, line: int | None) -> Iterator[Problem]:
        source, dark = image.get("src", ""), image.attrib.pop(DARK_SOURCE, "")
        if not source:
            return  # reported when it was parsed
        made = yield from self._made(source, LIGHT.paper, path, line)
        if made is None:
            return
        image.set("width", str(made.width))
        image.set("height", str(made.height))
        self._refer(image, "data-picture", "data-", source, made)
        if dark:
            other = yield from self._made(dark, DARK.paper, path, line)
            if other is not None:
                self._refer(image, "data-dark", "data-dark-", dark, other)
        elif made.see_through:
            image.set("data-see-through", "")
        if not dark and (scheme := scheme_of(image)):
            other_one = "light" if scheme == "dark" else "dark"
            what = f"the image {source!r} is for {scheme} readers only, and none for {other_one} ones stands beside it"
            fix = f"put ![...](...#gh-{other_one}-mode-only) right after it, or remove #{source.partition('#')[2]}"
            yield Problem(path, line, what, fix, rule="image")

    def _made(
        self, source: str, paper: str, path: Path, line: int | None
    ) -> Generator[Problem, None, ConvertedImage | None]:
        """Return what readers get of the image that a text in the file `path` names, and yield what is wrong with it."""
        try:
            parts = urlsplit(source)
            elsewhere = bool(parts.scheme or parts.netloc)
        except ValueError:
            elsewhere = True
        if elsewhere:
            what = f"the image {source!r} is on another server"
            fix = "put it below content/, so that no other server sees the readers and its size is known"
            yield Problem(path, line, what, fix, rule="image")
            return None
        folder = path.parts[1:-1] if path.parts[0] == "content" else path.parts[:-1]
        place = posixpath.normpath(posixpath.join(*folder, unquote(parts.path)))
        try:
            data = self._fetch(Path(place))
        except ContentError as error:
            found = error.problems[0]
            yield Problem(path, line, f"the image {source!r} cannot be used: {found.what}", found.fix, rule="image")
            return None
        if data is None:
            what = f"there is no image {posixpath.normpath(f'content/{place}')}"
            yield Problem(path, line, what, "fix the path, or add the file", rule="image")
            return None
        try:
            made = self._convert(data, paper)
        except TooCostlyError as error:
            made = UnusableImage(str(error), "make it smaller, or save it in another format")
        if isinstance(made, UnusableImage):
            yield Problem(path, line, f"the image {source!r} {made.what}", made.fix, rule="image")
        else:
            if made.stilled:
                what = f"the image {source!r} moves on the page and stands still in mail: it is too large or no GIF"
                fix = f"make it a GIF of at most {MOST_MAIL:,} bytes and {2 * MAIL:,} pixels across, if it has to move"
                yield Problem(path, line, what, fix, Severity.WARNING, "image")
            return made
        return None

    def _refer(self, image: Element, shown: str, prefix: str, source: str, made: ConvertedImage) -> None:
        """Keep an image's files, and name them in the attributes of its element."""
        stem = Path(unquote(urlsplit(source).path)).stem

        def name(file: ImageFile) -> str:
            return self._add(stem, file.kind, file.data, file.width, file.height)

        image.set(shown, name(made.original))
        image.set(f"{prefix}mail", name(made.mail))
        if made.smaller:
            image.set(
                f"{prefix}srcset", ", ".join(f"{name(one)} {one.width}w" for one in (*made.smaller, made.original))
            )

    def _diagram(self, block: Element, path: Path, line: int | None) -> Iterator[Problem]:
        source = "".join(block.itertext())
        title, description = described(source)
        if not description:
            fix = "add a line «accDescr: what the picture shows» below the diagram's first line"
            yield Problem(path, line, "the diagram has no accDescr", fix, rule="alt")
        try:
            drawn = draw(source)
        except BrokenDiagramError as broken:
            place = line + broken.line if line and broken.line else line
            yield Problem(path, place, str(broken), broken.fix, rule="diagram")
            return
        stem = title or "diagram"
        name = self._add(stem, "png", drawn.png, drawn.width, drawn.height)
        tail = block.tail
        block.clear()
        block.tag, block.tail = "figure", tail
        alt = description or title or "A diagram"
        image = Element("img", {
            "data-picture": name, "alt": alt, "width": str(drawn.width), "height": str(drawn.height),
        })  # fmt: skip
        if drawn.dark:
            image.set("data-dark", self._add(f"{stem[:35]}-dark", "png", drawn.dark, drawn.width, drawn.height))
        block.append(image)

    def _formula(self, code: Element, path: Path, line: int | None) -> Iterator[Problem]:
        source, block = "".join(code.itertext()), code.get("data-math") == "block"
        try:
            drawn = formulas.draw(source, block=block)
        except formulas.BrokenFormulaError as broken:
            what = f"the formula «{source[:60]}» cannot be shown: {broken}"
            yield Problem(path, line, what, r"fix it, or write \$ for a dollar sign", rule="formula")
            return
        tag, tail = "equation" if code.tag == "pre" else "formula", code.tail
        code.clear()
        code.tag, code.text, code.tail = tag, source, tail
        code.attrib.update({
            "data-mathml": drawn.mathml, "width": str(drawn.width), "height": str(drawn.height), "data-descent": str(drawn.descent),
            "data-picture": self._add("formula", "png", drawn.light, drawn.width, drawn.height),
            "data-dark": self._add("formula-dark", "png", drawn.dark, drawn.width, drawn.height),
        })  # fmt: skip
        if block:
            code.set("data-block", "")


def _mark_beside_words(element: Element, block: Element) -> None:
    """Mark the images that share a paragraph, an item or a cell with words."""
    for child in element:
        if child.tag == "img" and block.tag != "div" and "".join(block.itertext()).strip():
            child.set("data-inline", "")
        _mark_beside_words(child, child if child.tag in BLOCKS else block)
