"""SVG -> PNG by resvg. The drawing is what readers get: the SVG itself goes nowhere.

resvg opens the files that an image in a drawing names, recurses for each level, and copies what `use` refers to. So only
a bounded tree reaches it, whose images are embedded.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

from publisher.render.diagrams.tree import words
from publisher.render.diagrams.typefaces import FAMILY, Letters
from publisher.render.images.header import measure
from publisher.render.pixels import draw_png

MOST_DEPTH = 100
MOST_ELEMENTS = 20_000
"""Elements with the copies that `use` makes of them."""
MOST_EMBEDDED = 4_000_000
"""Pixels of all embedded images together."""

_SVG = "{http://www.w3.org/2000/svg}"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_START = re.compile(rb"\xef\xbb\xbf?\s*<|\s*<")
_DROPPED = frozenset({"script", "handler", "listener", "audio", "video", "iframe", "metadata"})
_EMBEDDED = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,", re.IGNORECASE)
_LENGTH = re.compile(r"\s*\+?(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*(px|pt|pc|mm|cm|in|em|rem|)\s*", re.IGNORECASE)
_UNITS = {
    "": 1.0,
    "px": 1.0,
    "pt": 4 / 3,
    "pc": 16.0,
    "mm": 96 / 25.4,
    "cm": 96 / 2.54,
    "in": 96.0,
    "em": 16.0,
    "rem": 16.0,
}


class UnusableDrawing(Exception):
    """An SVG cannot be drawn; says what is wrong with it, and how to fix it."""

    def __init__(self, what: str, fix: str) -> None:
        self.what, self.fix = what, fix
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing that may be drawn: `svg` is bounded and names no file, `fonts` has its letters; `width` and `height` are what it is shown at."""

    svg: str = field(repr=False)
    fonts: tuple[str, ...] = field(repr=False)
    width: int
    height: int


def is_svg(data: bytes) -> bool:
    """Say whether a file looks like an SVG.

    >>> is_svg(b"<!-- drawn by hand --><svg/>"), is_svg(b"<html>")
    (True, False)
    """
    return bool(_START.match(data)) and re.search(rb"<(?:\w{1,20}:)?svg[\s/>]", data[:10_000]) is not None


def read_svg(data: bytes) -> Drawing:
    """Return a drawing without scripts and with embedded images only. Raises UnusableDrawing."""
    root = _tree(data)
    _bound(root)
    pixels = sum(_keep_drawable(parent) for parent in list(root.iter()))
    if pixels > MOST_EMBEDDED:
        raise UnusableDrawing(f"embeds images of {pixels:,} pixels, more than {MOST_EMBEDDED:,}", "make them smaller")
    width, height = _size(root)
    letters = Letters(words(root))
    if letters.lacking:
        letter = min(letters.lacking)
        what = f"has the letter {letter!r} (U+{ord(letter):04X}), which no font here has"
        raise UnusableDrawing(what, "install one that has it, or export the text as paths")
    _use_own_fonts(root)
    ET.register_namespace("", _SVG[1:-1])
    return Drawing(ET.tostring(root, encoding="unicode"), tuple(letters.files), width, height)


def draw(drawing: Drawing, width: int, height: int) -> bytes:
    """Draw as a PNG of so many pixels; the same bytes for the same drawing. Raises UnusableDrawing."""
    try:
        return draw_png(drawing.svg, width, height, fonts=drawing.fonts, family=FAMILY)
    except ValueError as error:
        raise UnusableDrawing(f"cannot be drawn: {error}", "export it again as plain SVG") from error


def _tree(data: bytes) -> Element:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnusableDrawing("is not written in UTF-8", "save it as UTF-8") from None
    if "<!ENTITY" in text:  # without one, nothing in XML grows, and nothing is fetched
        raise UnusableDrawing("declares entities, which are not read", "export it as plain SVG")
    try:
        root = ET.fromstring(text)  # noqa: S314  # see above
    except ET.ParseError as error:
        raise UnusableDrawing(f"is not well-formed XML: {error}", "export it again as SVG") from None
    if root.tag != f"{_SVG}svg":
        raise UnusableDrawing("is not an SVG file", "export it again as SVG")
    return root


def _bound(root: Element) -> None:
    """Refuse a drawing that is nested too deep, or grows too large by copies. Iterative: the depth is not known yet."""
    named = {element.get("id"): element for element in root.iter()}
    weights: dict[Element, tuple[int, int]] = {}
    under_way: set[Element] = set()
    waiting = [root]
    while waiting:
        element = waiting[-1]
        parts = [*element, *([target] if (target := _copied(element, named)) is not None else [])]
        if element not in under_way:
            under_way.add(element)
            fresh = [part for part in parts if part not in weights]
            if any(part in under_way for part in fresh):
                raise UnusableDrawing("contains itself by a `use`", "export it as plain SVG")
            waiting += fresh
            continue
        waiting.pop()
        below = [weights[part] for part in parts if part in weights]
        count = 1 + sum(one for one, _ in below)
        depth = 1 + max((one for _, one in below), default=0)
        if count > MOST_ELEMENTS or depth > MOST_DEPTH:
            what = f"has more than {MOST_ELEMENTS:,} elements, or is nested more than {MOST_DEPTH} deep"
            raise UnusableDrawing(what, "simplify it, or export it as PNG")
        weights[element] = count, depth


def _copied(element: Element, named: dict[str | None, Element]) -> Element | None:
    target = element.get("href") or element.get(_XLINK) or ""
    return named.get(target.strip()[1:]) if _name(element) == "use" and target.strip().startswith("#") else None


def _keep_drawable(parent: Element) -> int:
    """Remove the children that are not drawn, and return the pixels of the images that the others embed."""
    pixels, kept = 0, list[Element]()
    for child in parent:
        name = _name(child)
        if name == "foreignObject" and (_name(parent) != "switch" or len(parent) == 1):
            raise UnusableDrawing(
                "has HTML in it (a foreignObject), which cannot be drawn", "export it with plain text"
            )
        if child.tag.startswith(_SVG) and name not in _DROPPED and name != "foreignObject":
            pixels += _refer_inside(child, name)
            kept.append(child)
        elif kept:
            kept[-1].tail = (kept[-1].tail or "") + (child.tail or "")
        else:
            parent.text = (parent.text or "") + (child.tail or "")
    parent[:] = kept
    return pixels


def _refer_inside(element: Element, name: str) -> int:
    """Check what an element refers to, and return the pixels of an embedded image."""
    pixels = 0
    for key in [key for key in element.attrib if key.rpartition("}")[2] in ("href", "src")]:
        target = re.sub(r"\s+", "", element.attrib[key])
        if target.startswith("#"):
            continue
        if name == "a":
            del element.attrib[key]
        elif name in ("image", "feImage") and (data := _EMBEDDED.match(target)):
            pixels += _embedded(target[data.end() :])
            element.attrib[key] = target
        else:
            shown = target if len(target) < 80 else f"{target[:79]}…"
            fix = "embed it as PNG, JPEG, GIF or WebP, or remove it"
            raise UnusableDrawing(f"refers to {shown!r}, and a drawing may not load anything", fix)
    return pixels


def _use_own_fonts(root: Element) -> None:
    """Let all text name the font that is there: resvg draws none in another. Of important rules it takes the first."""
    style = Element(f"{_SVG}style")
    style.text = f"*{{font-family:{FAMILY}!important}}"
    root.insert(0, style)


def _embedded(encoded: str) -> int:
    try:
        measured = measure(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError):
        measured = None
    if measured is None:
        raise UnusableDrawing("embeds an image that is damaged", "embed it as PNG, JPEG, GIF or WebP")
    return measured[1] * measured[2]


def _size(root: Element) -> tuple[int, int]:
    """Give the drawing whole pixels, and return how many: its width and height, or else its viewBox."""
    numbers = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    box = [float(one) for one in numbers if re.fullmatch(r"[-+]?\d{0,9}(?:\.\d{0,9})?(?<=[\d.])(?:e[-+]?\d)?", one)]
    wide, high = box[2:] if len(box) == 4 else (0.0, 0.0)
    width, height = (_length(root.get(key, "")) for key in ("width", "height"))
    ratio = high / wide if wide > 0 and high > 0 else 0.0
    width = width or (height / ratio if height and ratio else wide)
    height = height or width * ratio
    shown = round(width), round(height)
    if min(shown) < 1:
        raise UnusableDrawing("has no size", "give it a viewBox, or a width and a height in pixels")
    for key, value in zip(("width", "height"), shown, strict=True):
        root.set(key, str(value))
    return shown


def _length(text: str) -> float:
    """Return a length in pixels; 0 for none, and for percentages."""
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _UNITS[found[2].lower()] if found else 0.0


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
