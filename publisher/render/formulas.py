"""LaTeX -> MathML for pages, and a picture for mail: latex2mathml reads, ziamath lays out, resvg draws.

The same source gives the same bytes. What is drawn and what a page shows are one tree, which has only elements and
attributes that are known here. Layout takes twice the time for each level, hence the limits.
"""

from __future__ import annotations

import copy
import functools
import html
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element, ParseError, tostring

from publisher.errors import ConfigurationError
from publisher.isolation import TooCostlyError, isolated
from publisher.render.palette import DARK, LIGHT
from publisher.render.pixels import draw_png

MOST_LENGTH: Final = 1_000
"""Characters of one formula."""

_MOST_ELEMENTS, _MOST_LEVELS, _MOST_BRACKETS = 300, 13, 5
_SIZE = 18
"""Pixels of a letter as they are shown; text around it has 17, and looks as large."""

_SCALE = 2
_ELEMENTS = frozenset({
    "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded", "mphantom", "menclose",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "display", "stretchy", "fence", "form", "accent", "accentunder", "largeop", "movablelimits", "symmetric", "lspace", "rspace",
    "minsize", "maxsize", "mathvariant", "mathcolor", "columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines",
    "displaystyle", "scriptlevel", "linethickness", "notation", "width", "height", "depth", "separator",
})  # fmt: skip
_DEFINING = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand|[gex]?def|let|(?:re)?newenvironment|DeclareMathOperator)\b"
)
_ENVIRONMENT = re.compile(r"\\begin\{([^{}]*)\}")
_KNOWN = frozenset({
    "matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix", "cases", "array", "align", "aligned", "split",
    "gather", "gathered", "equation", "eqnarray", "multline", "alignat", "subarray", "substack",
})  # fmt: skip
_REASONS = {
    "NumeratorNotFoundError": "a fraction has no numerator", "DenominatorNotFoundError": "a fraction has no denominator",
    "ExtraLeftOrMissingRightError": r"\left and \right do not match", "MissingSuperScriptOrSubscriptError": "nothing follows _ or ^",
    "DoubleSubscriptsError": "one letter has two subscripts", "DoubleSuperscriptsError": "one letter has two superscripts",
    "NoAvailableTokensError": "something is missing at its end", "MissingEndError": r"a \begin has no \end",
    "LimitsMustFollowMathOperatorError": r"\limits stands behind no operator",
}  # fmt: skip


class BrokenFormulaError(Exception):
    """A formula that cannot be shown; the message says why."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, drawn: `mathml` for a page, and PNGs on light and dark paper, which have twice as many pixels as are shown.

    The line on which letters stand is `descent` pixels above a picture's lower edge.
    """

    mathml: str
    light: bytes = field(repr=False)
    dark: bytes = field(repr=False)
    width: int
    height: int
    descent: int


@functools.lru_cache(maxsize=512)
def draw(source: str, *, block: bool) -> Formula:
    r"""Draw LaTeX, as a line of its own (`block`) or within one.

    Raises BrokenFormulaError, and ConfigurationError when a package is missing.
    """
    try:
        return drawn(source, block=block)
    except TooCostlyError as error:
        raise BrokenFormulaError(f"it {error}") from error


@isolated(keep=True)
def drawn(source: str, *, block: bool) -> Formula:
    """Return what `draw` does, which calls this in a worker."""
    tree = mathml(source, block=block)
    pictures = [_picture(tree, scheme.ink, scheme.paper) for scheme in (LIGHT, DARK)]
    light, width, height, descent = pictures[0]
    tree.set("xmlns", "http://www.w3.org/1998/Math/MathML")
    tree.set("alttext", source)
    tree.set("dir", "ltr")
    written = tostring(tree, encoding="unicode")
    return Formula(written, light, pictures[1][0], width, height, descent)


def mathml(source: str, *, block: bool) -> Element:
    """Return a formula's tree. Raises as `draw` does."""
    _refuse(source)
    try:
        from latex2mathml import converter, exceptions
    except ImportError as error:
        raise ConfigurationError(
            f"formulas need the packages latex2mathml and ziamath ({error}): pip install them"
        ) from error
    known = tuple(
        value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)
    )
    try:
        tree = _known(converter.convert_to_element(source, display="block" if block else "inline"))
    except known as error:
        raise BrokenFormulaError(_REASONS.get(type(error).__name__, f"LaTeX says {type(error).__name__}")) from error
    except (
        StopIteration,
        IndexError,
        KeyError,
        ValueError,
        RecursionError,
        RuntimeError,
        AttributeError,
        TypeError,
    ) as error:
        raise BrokenFormulaError(
            "it is not LaTeX that is understood here"
        ) from error  # each of them occurs on broken sources
    _refuse_tree(tree)
    return tree


def _refuse(source: str) -> None:
    if len(source) > MOST_LENGTH:
        raise BrokenFormulaError(f"it has more than {MOST_LENGTH:,} characters")
    if found := _DEFINING.search(source):
        raise BrokenFormulaError(f"{found[0]} defines a command, which is not possible here")
    for found in _ENVIRONMENT.finditer(source):
        if found[1].rstrip("*") not in _KNOWN:
            raise BrokenFormulaError(f"there is no environment {found[1]!r}")
    bare = re.sub(r"\\.", "", source, flags=re.DOTALL)
    depth = 0
    for sign in re.findall("[{}]", bare):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            raise BrokenFormulaError("a } has no {")
    if depth:
        raise BrokenFormulaError("a { has no }")
    if "&" in bare and r"\begin" not in source:
        raise BrokenFormulaError(r"& stands outside of a table; write \&")
    brackets = 0
    for word in re.findall(r"\\left(?![A-Za-z])|\\right(?![A-Za-z])", source):
        brackets += 1 if word == r"\left" else -1
        if brackets > _MOST_BRACKETS:
            raise BrokenFormulaError(rf"\left is nested more than {_MOST_BRACKETS} deep")


def _known(found: Element) -> Element:
    """Return a copy with the elements and attributes that are known; latex2mathml writes characters as references."""
    tag = found.tag if found.tag in _ELEMENTS else "mrow"
    made = Element(tag, {key: value for key, value in found.attrib.items() if key in _ATTRIBUTES})
    made.text = html.unescape(found.text) if found.text else None
    made.extend([_known(child) for child in found])
    return made


def _refuse_tree(tree: Element) -> None:
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS or _levels(tree) > _MOST_LEVELS:
        raise BrokenFormulaError("it is too large to draw; split it")
    for element in tree.iter():
        text = element.text or ""
        if element.tag != "mtext" and re.match(r"\\[A-Za-z]+|\\$", text):
            raise BrokenFormulaError(f"there is no command {text}")


def _levels(element: Element) -> int:
    return 1 + max((_levels(child) for child in element), default=0)


def _picture(tree: Element, ink: str, paper: str) -> tuple[bytes, int, int, int]:
    """Return a PNG, its width and height as shown, and the height of the line above its lower edge."""
    try:
        import resvg  # noqa: F401  # see draw_png
        from ziamath.zmath import Math
    except ImportError as error:
        raise ConfigurationError(f"formulas need the packages resvg and ziamath ({error}): pip install them") from error
    coloured = Element("math", tree.attrib)
    style = Element("mstyle", {"mathcolor": ink})
    style.extend(copy.deepcopy(list(tree)))  # ziamath writes colours into what it is given
    coloured.append(style)
    try:
        drawn = Math(coloured, size=_SIZE)
        lacking = [letter for letter in _letters(tree) if not drawn.font.glyphindex(letter)]
        svg = drawn.svg()
    except (
        AssertionError,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        ZeroDivisionError,
        ParseError,
    ) as error:
        raise BrokenFormulaError("it cannot be laid out; is an argument missing?") from error
    if lacking:
        raise BrokenFormulaError(f"no font has its letter {lacking[0]!r} (U+{ord(lacking[0]):04X})")
    size = re.search(r'width="[^"]*" height="[^"]*" viewBox="([-\d.e]+) ([-\d.e]+) ([-\d.e]+) ([-\d.e]+)"', svg)
    if size is None:
        raise BrokenFormulaError("there is nothing to draw")
    left, top, wide, high = map(float, size.groups())
    ascent, descent = max(1, math.ceil(-top)), max(1, math.ceil(top + high))
    width, height = max(1, math.ceil(wide)), ascent + descent
    box = f'width="{width}" height="{height}" viewBox="{left:g} {-ascent} {width} {height}"'
    png = draw_png(svg.replace(size[0], box, 1), _SCALE * width, _SCALE * height, paper=paper)
    return png, width, height, descent


def _letters(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        for letter in element.text or "":
            if not letter.isspace() and letter.isprintable():
                yield letter
