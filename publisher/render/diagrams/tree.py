"""The drawing of a diagram as a parsed tree: it gets its card, and whatever is cut off, becomes whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from operator import or_
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from publisher.render.diagrams.bounds import Mark, font_size, marks
from publisher.render.diagrams.shapes import Box
from publisher.render.diagrams.styles import local_name, restyle
from publisher.render.diagrams.typefaces import FAMILY, Letters

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_HREFS = ("href", f"{{{_XLINK}}}href")
_MARGIN = 20
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def parse(svg: str) -> Element:
    """Return the tree of a drawing with its labels where they are used.

    Raises ValueError when it is no XML: a label has a character that XML does not allow.
    """
    try:
        tree = ET.fromstring(svg)  # noqa: S314  # merman wrote it: no doctype, so no entities
    except ET.ParseError as error:
        raise ValueError(f"its drawing is no XML ({error})") from error
    _inline_labels(tree)
    return tree


def written(tree: Element) -> str:
    return ET.tostring(tree, encoding="unicode")


def words(tree: Element) -> str:
    """Return all letters that a drawing shows."""
    return " ".join("".join(element.itertext()) for element in tree.iter() if local_name(element) == "text")


def name_fonts(tree: Element, letters: Letters) -> None:
    """Let every text name the main font; give each part that another font has a place and that font.

    resvg draws no text whose font it does not have. It looks for other fonts' letters by itself, but gives up in the middle of
    a text where one has ligatures, as emoji do.
    """
    for element in tree.iter():
        if local_name(element) in ("text", "tspan"):
            restyle(element, font_family=FAMILY)
    texts: dict[Element, list[Mark]] = {}
    for mark in marks(tree, letters) if letters.others else ():
        if mark.words:
            texts.setdefault(mark.element, []).append(mark)
    for text, pieces in texts.items():
        if all(family == FAMILY for piece in pieces for family, _ in letters.runs(piece.words)):
            continue
        text.text = None
        for child in list(text):
            text.remove(child)
        for piece in pieces:
            _place_runs(text, piece, letters)


def _place_runs(text: Element, piece: Mark, letters: Letters) -> None:
    x, y = piece.start
    size, weight = font_size(piece.style), piece.style.get("font-weight", "normal")
    runs = list(letters.runs(piece.words))
    anchor = piece.style.get("text-anchor", "start") if len(runs) == 1 else "start"
    if anchor != "start":
        x += letters.width(piece.words, weight) * size / (2 if anchor == "middle" else 1)
    for family, run in runs:
        span = SubElement(text, f"{{{_SVG}}}tspan", {"x": f"{x:g}", "y": f"{y:g}"})
        span.text = run
        restyle(span, text_anchor=anchor, font_family=f"'{family}'", font_weight=weight, font_size=f"{size:g}px")
        x += letters.width(run, weight) * size


def around(tree: Element, letters: Letters) -> dict[str, str]:
    """Return the place and the size in pixels of a card that reaches around everything drawn, with a margin.

    Raises ValueError when nothing is.
    """
    boxes = list(_boxes(tree, letters))
    if not boxes:
        raise ValueError("there is nothing in it")
    box = reduce(or_, boxes)
    left, top = box.left - _MARGIN, box.top - _MARGIN
    width, height = round(box.right - left) + _MARGIN, round(box.bottom - top) + _MARGIN
    return {"viewBox": f"{left:g} {top:g} {width} {height}", "width": str(width), "height": str(height)}


def put_on_card(tree: Element, size: dict[str, str]) -> None:
    """Give a drawing the size of its card, and leave out whatever would be read from this machine."""
    tree.attrib.update(size)
    restyle(tree, max_width=None)
    for element in tree.iter():
        if local_name(element) in ("image", "feImage"):
            for name in _HREFS:
                element.attrib.pop(name, None)


def _boxes(tree: Element, letters: Letters) -> Iterator[Box]:
    """Yield what the card has to reach around: all words, and the shapes as far as Mermaid meant them to be seen."""
    left, top, wide, high = map(float, tree.get("viewBox", f"0 0 {math.inf} {math.inf}").split())
    view = Box(left - _MARGIN, top - _MARGIN, left + wide + _MARGIN, top + high + _MARGIN)
    for mark in marks(tree, letters):
        yield mark.box if mark.words else mark.box & view


def _inline_labels(tree: Element) -> None:
    """Put each label in place of the `use` that shows it, and let it show whatever is wider than was measured."""
    named = {element.get("id"): element for element in tree.iter() if element.get("id")}
    labels = []
    for parent in list(tree.iter()):
        for place, child in enumerate(parent):
            if local_name(child) != "use":
                continue
            target = named.get(next((child.get(name, "") for name in _HREFS if child.get(name)), "")[1:])
            if target is not None:
                group = Element(
                    f"{{{_SVG}}}g", {"transform": f"translate({child.get('x', '0')},{child.get('y', '0')})"}
                )
                group.extend(target if local_name(target) == "g" else [target])
                parent[place] = group
                labels.append(target)
    for label in labels:
        label.clear()
    for nested in tree.iter(f"{{{_SVG}}}svg"):
        if nested is not tree:
            restyle(nested, overflow="visible")
