"""Where the shapes and the words of a drawing are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from publisher.render.diagrams.shapes import Box, Matrix, Point, length, number, numbers, points, transformation
from publisher.render.diagrams.styles import Styles, local_name
from publisher.render.diagrams.typefaces import Letters

_NOT_DRAWN = {
    "defs",
    "style",
    "title",
    "desc",
    "marker",
    "filter",
    "clipPath",
    "mask",
    "linearGradient",
    "symbol",
    "metadata",
}
_TEXT_STYLE = (
    "font-size",
    "font-weight",
    "text-anchor",
    "dominant-baseline",
    "display",
    "visibility",
    "fill",
    "stroke",
    "opacity",
)
_ABOVE, _BELOW = 0.97, 0.25
"""How far letters reach from their baseline, in ems: Inter's ascent and descent."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something drawn: a shape, or a piece of text with `words`.

    `start` is where its first letter stands on the baseline that its style says, in the text's own coordinates.
    """

    element: Element
    box: Box
    words: str = ""
    start: Point = (0, 0)
    style: Mapping[str, str] = field(default_factory=dict)


def marks(tree: Element, letters: Letters) -> Iterator[Mark]:
    """Yield everything that a drawing shows."""
    styles = Styles(tree, _TEXT_STYLE)
    start = {"font-size": "16px"}
    for child in tree:
        yield from _marks([tree, child], Matrix(), styles.of([tree], start), styles, letters)


def _marks(
    path: list[Element], above: Matrix, inherited: Mapping[str, str], styles: Styles, letters: Letters
) -> Iterator[Mark]:
    element = path[-1]
    kind = local_name(element)
    if kind in _NOT_DRAWN:
        return
    style = styles.of(path, {name: value for name, value in inherited.items() if name != "opacity"})
    if style.get("display") == "none" or style.get("visibility") == "hidden" or style.get("opacity") == "0":
        return
    matrix = above @ transformation(element.get("transform", ""))
    if kind == "text":
        yield from _text(path, matrix, style, styles, letters)
        return
    if kind == "svg":
        matrix = matrix @ _nested(element)
    is_seen = style.get("fill") not in ("none", "transparent") or style.get("stroke", "none") not in (
        "none",
        "transparent",
    )
    if is_seen and (corners := points(element, kind)):
        yield Mark(element, Box.around([matrix(*point) for point in corners]))
    for child in element:
        yield from _marks([*path, child], matrix, style, styles, letters)


def _nested(svg: Element) -> Matrix:
    """Return how a drawing inside the drawing is placed and scaled."""
    placed = Matrix(e=number(svg, "x"), f=number(svg, "y"))
    view = numbers(svg.get("viewBox", ""))
    if len(view) < 4 or not view[2] or not view[3]:
        return placed
    wide, high = number(svg, "width", view[2]) / view[2], number(svg, "height", view[3]) / view[3]
    return placed @ Matrix(a=wide, d=high) @ Matrix(e=-view[0], f=-view[1])


def _text(
    path: list[Element], matrix: Matrix, style: Mapping[str, str], styles: Styles, letters: Letters
) -> Iterator[Mark]:
    """Yield the pieces of a text: each that has a place of its own."""
    element = path[-1]
    x, y = number(element, "x"), number(element, "y")
    for piece, piece_style, place in _pieces(path, style, styles):
        size = font_size(piece_style)
        x = length(place.get("x"), size, x) + length(place.get("dx"), size, 0)
        y = length(place.get("y"), size, y) + length(place.get("dy"), size, 0)
        wide = letters.width(piece.strip(), piece_style.get("font-weight")) * size
        anchor = piece_style.get("text-anchor")
        left = x - (wide / 2 if anchor == "middle" else wide if anchor == "end" else 0)
        above, below = _reach(piece_style.get("dominant-baseline"))
        corners = [
            (left, y - above * size),
            (left + wide, y - above * size),
            (left, y + below * size),
            (left + wide, y + below * size),
        ]
        if piece.strip():
            box = Box.around([matrix(*corner) for corner in corners])
            yield Mark(element, box, piece.strip(), (left, y), piece_style)


def _pieces(
    path: list[Element], style: Mapping[str, str], styles: Styles
) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Yield each line of a text with its style and the attributes that place it; spans without a place join the line."""
    text, place, current = path[-1].text or "", dict(path[-1].attrib), style
    for span in path[-1]:
        own = styles.of([*path, span], style)
        inner = "".join(span.itertext())
        nested = next((child for child in span if child.get("x") or child.get("dy")), None)
        placed = span if span.get("x") or span.get("y") or span.get("dy") else nested
        if placed is None:
            text += inner
            current = own if own.get("font-weight") else current
        else:
            yield text, current, place
            text, place, current = inner, dict(placed.attrib), own
        text += span.tail or ""
    yield text, current, place


def _reach(baseline: str | None) -> tuple[float, float]:
    if baseline in ("middle", "central"):
        half = (_ABOVE + _BELOW) / 2
        return half, half
    return (0, _ABOVE + _BELOW) if baseline in ("hanging", "text-before-edge") else (_ABOVE, _BELOW)


def font_size(style: Mapping[str, str]) -> float:
    return length(style.get("font-size"), 16, 16)
