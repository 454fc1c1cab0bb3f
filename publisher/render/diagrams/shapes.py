"""Geometry of SVG: transformations, and the points around a shape."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_FUNCTION = re.compile(r"(\w+)\s*\(([^)]*)\)")
_COMMAND = re.compile(r"([MLHVCSQTAZ])([^MLHVCSQTAZ]*)", re.I)
_ARC = re.compile(
    rf"({_NUMBER.pattern})[\s,]*({_NUMBER.pattern})[\s,]*({_NUMBER.pattern})[\s,]*([01])[\s,]*([01])[\s,]*({_NUMBER.pattern})[\s,]*({_NUMBER.pattern})"
)
"""The two flags of an arc may stand without anything between them."""
_VALUES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine transformation: x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    def __matmul__(self, other: Matrix) -> Matrix:
        return Matrix(
            self.a * other.a + self.c * other.b,
            self.b * other.a + self.d * other.b,
            self.a * other.c + self.c * other.d,
            self.b * other.c + self.d * other.d,
            self.a * other.e + self.c * other.f + self.e,
            self.b * other.e + self.d * other.f + self.f,
        )

    def __call__(self, x: float, y: float) -> Point:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


@dataclass(frozen=True, slots=True)
class Box:
    """The rectangle around something drawn, in the drawing's own coordinates."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, points: list[Point]) -> Box:
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return cls(min(xs), min(ys), max(xs), max(ys))

    def __or__(self, other: Box) -> Box:
        return Box(
            min(self.left, other.left), min(self.top, other.top), max(self.right, other.right), max(self.bottom, other.bottom)
        )  # fmt: skip

    def __and__(self, other: Box) -> Box:
        """Return the part inside another box; the nearest point of it if there is no such part."""
        left, right = (min(max(x, other.left), other.right) for x in (self.left, self.right))
        top, bottom = (min(max(y, other.top), other.bottom) for y in (self.top, self.bottom))
        return Box(left, top, right, bottom)

    def overlaps(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def moved(self, down: float) -> Box:
        return Box(self.left, self.top + down, self.right, self.bottom + down)


def transformation(text: str) -> Matrix:
    """Return the matrix of a `transform` attribute. Source: SVG 1.1, 7.6."""
    matrix = Matrix()
    for name, inside in _FUNCTION.findall(text):
        values = numbers(inside)
        matrix = matrix @ _function(name, values)
    return matrix


def _function(name: str, values: list[float]) -> Matrix:
    match name, values:
        case "matrix", [a, b, c, d, e, f]:
            return Matrix(a, b, c, d, e, f)
        case "translate", [x, *rest]:
            return Matrix(e=x, f=rest[0] if rest else 0)
        case "scale", [x, *rest]:
            return Matrix(a=x, d=rest[0] if rest else x)
        case "rotate", [angle, *rest]:
            cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
            turn = Matrix(cosine, sine, -sine, cosine)
            return Matrix(e=rest[0], f=rest[1]) @ turn @ Matrix(e=-rest[0], f=-rest[1]) if len(rest) > 1 else turn
    return Matrix()


def points(element: Element, kind: str) -> list[Point]:
    """Return points around a shape, empty for what is none."""
    if kind in ("rect", "image"):
        x, y, wide, high = (number(element, name) for name in ("x", "y", "width", "height"))
        return [(x, y), (x + wide, y), (x, y + high), (x + wide, y + high)]
    if kind in ("circle", "ellipse"):
        x, y, r = (number(element, name) for name in ("cx", "cy", "r"))
        wide, high = number(element, "rx", r), number(element, "ry", r)
        return [(x - wide, y - high), (x + wide, y - high), (x - wide, y + high), (x + wide, y + high)]
    if kind == "line":
        return [(number(element, f"x{end}"), number(element, f"y{end}")) for end in (1, 2)]
    if kind in ("polygon", "polyline"):
        values = numbers(element.get("points", ""))
        return list(zip(values[::2], values[1::2], strict=False))
    return list(_path(element.get("d", ""))) if kind == "path" else []


def _path(text: str) -> Iterator[Point]:
    """Yield the points of a path, those that bend its curves, too: it lies between them. Source: SVG 1.1, 8.3."""
    x = y = from_x = from_y = 0.0
    for command, inside in _COMMAND.findall(text):
        kind = command.upper()
        values = [float(value) for arc in _ARC.findall(inside) for value in arc] if kind == "A" else numbers(inside)
        is_relative = command != kind
        if kind == "Z":
            x, y = from_x, from_y
            continue
        size = _VALUES[kind]
        for step in (values[at : at + size] for at in range(0, len(values) - size + 1, size)):
            base_x, base_y = (x, y) if is_relative else (0.0, 0.0)
            if kind == "H":
                points = [(base_x + step[0], y)]
            elif kind == "V":
                points = [(x, base_y + step[0])]
            elif kind == "A":
                points = list(_arc((x, y), step, (base_x + step[5], base_y + step[6])))
            else:
                points = [(base_x + a, base_y + b) for a, b in zip(step[::2], step[1::2], strict=True)]
            yield from points
            x, y = points[-1]
            if kind == "M":
                from_x, from_y = x, y


def _arc(start: Point, values: list[float], end: Point) -> Iterator[Point]:
    """Yield points along an arc. Source: SVG 1.1, F.6.5, for arcs that are not turned."""
    wide, high, _, is_large, is_sweep = values[:5]
    wide, high = abs(wide), abs(high)
    if wide and high and start != end:
        half_x, half_y = (start[0] - end[0]) / 2 / wide, (start[1] - end[1]) / 2 / high
        distance = math.hypot(half_x, half_y)
        if distance > 1:
            wide, high, half_x, half_y, distance = (
                wide * distance,
                high * distance,
                half_x / distance,
                half_y / distance,
                1,
            )
        off = math.sqrt(max(0.0, 1 / distance**2 - 1)) * (1 if is_large != is_sweep else -1)
        middle_x, middle_y = off * half_y, -off * half_x
        first = math.atan2(half_y - middle_y, half_x - middle_x)
        turn = math.atan2(-half_y - middle_y, -half_x - middle_x) - first
        turn += 2 * math.pi * ((is_sweep and turn < 0) - (not is_sweep and turn > 0))
        center_x, center_y = (start[0] + end[0]) / 2 + middle_x * wide, (start[1] + end[1]) / 2 + middle_y * high
        for step in range(1, 16):
            angle = first + turn * step / 16
            yield center_x + wide * math.cos(angle), center_y + high * math.sin(angle)
    yield end


def length(text: str | None, em: float, otherwise: float) -> float:
    """Return a length in pixels; `ex` is half an em here."""
    values = numbers(text or "")
    if not values:
        return otherwise
    unit = str(text).strip().lstrip("+-0123456789.")
    return values[0] * {"em": em, "rem": 16, "ex": em / 2, "%": em / 100, "pt": 4 / 3}.get(unit, 1)


def number(element: Element, name: str, otherwise: float = 0) -> float:
    return length(element.get(name), 16, otherwise)


def numbers(text: str) -> list[float]:
    return [float(value) for value in _NUMBER.findall(text)]
