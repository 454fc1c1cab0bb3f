"""Mermaid -> PNG, without a browser: merman lays out, resvg draws.

A diagram is drawn twice, on a light and on a dark card with a margin. Its labels are measured with the fonts that they are drawn with, and
a letter that no font has is an error: resvg would leave it out in silence.
"""

from __future__ import annotations

import atexit
import functools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from publisher.errors import ConfigurationError
from publisher.isolation import TooCostlyError, isolated
from publisher.render.diagrams import tree as svg_tree
from publisher.render.diagrams.dress import dress
from publisher.render.diagrams.emphasis import MAY_EMPHASISE, emphasise
from publisher.render.diagrams.mermaid_source import MermaidSource, for_merman
from publisher.render.diagrams.scheme import DARK_DIAGRAM, LIGHT_DIAGRAM, DiagramScheme, mermaid_options
from publisher.render.diagrams.typefaces import FAMILY, Letters
from publisher.render.pixels import draw_png

if TYPE_CHECKING:
    from publisher.render.diagrams.measure import Measurer

CARD = LIGHT_DIAGRAM.card
DARK_CARD = DARK_DIAGRAM.card
_SCALE = 2
_MOST_PIXELS = 4_000_000
"""Pixels of a diagram as it is shown; a PNG in the making takes 16 bytes of memory for each."""
_BLOCK = r"\{([^}]{0,2000})\}"
"""A description in braces; longer ones are none, so that nobody looks far for an end that is not there."""
_DESCRIPTION = re.compile(rf"^[ \t]*(?:%%[ \t]*)?acc(?:Title[ \t]*:.*|Descr[ \t]*(?::.*|{_BLOCK}))$", re.M)
_OWN_COLOURS = re.compile(
    r"^\s*(?:style|classDef|linkStyle|Update\w*Style|box\s+(?:rgb|#|\w+\s+\w)|rect\s+(?:rgb|#)|theme\w*\s*:)|%%\{", re.M
)
"""Colours that an author chose."""
_LIGHT_KINDS = re.compile(r"^\s*(?:zenuml|eventmodeling|wardley)", re.M)
"""Kinds whose colours Mermaid fixes for a light page."""
_PICTURE = re.compile(r"(?:@\{[^}]*?\b|<)(img\b|icon(?=\s*:))")
_LONGEST_REASON = 100
_PREFIX = re.compile(r"^Diagram parse error \([^)]*\): ")


class BrokenDiagramError(Exception):
    """A diagram that cannot be drawn: the message says why, `fix` what to do; `line` counts the source's lines from 1."""

    def __init__(self, what: str, fix: str = "fix the block", line: int | None = None) -> None:
        super().__init__(what)
        self.fix, self.line = fix, line


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawn diagram; it is shown at `width` by `height` pixels, and each PNG has twice as many.

    `dark` is None if the author or Mermaid fixed the colours: they are for the light card only.
    """

    png: bytes = field(repr=False)
    dark: bytes | None = field(repr=False)
    width: int
    height: int


def described(source: str) -> tuple[str, str]:
    r"""Return what accTitle and accDescr say, empty where they are missing.

    >>> described("flowchart TD\n  accTitle: Two steps\n  accDescr: A leads to B.\n  A --> B")
    ('Two steps', 'A leads to B.')
    >>> described("mindmap\n  %% accDescr: Not every kind has this line; a comment may hold it.\n  root")
    ('', 'Not every kind has this line; a comment may hold it.')
    """
    title = re.search(r"^[ \t]*(?:%%[ \t]*)?accTitle[ \t]*:[ \t]*(.+)$", source, re.M)
    line = re.search(r"^[ \t]*(?:%%[ \t]*)?accDescr[ \t]*:[ \t]*(.+)$", source, re.M)
    block = re.search(rf"^[ \t]*(?:%%[ \t]*)?accDescr[ \t]*{_BLOCK}", source, re.M)
    text = line[1] if line else block[1] if block else ""
    return " ".join((title[1] if title else "").split()), " ".join(text.split())


@functools.lru_cache(maxsize=256)
def draw(source: str) -> Diagram:
    """Draw a Mermaid source; the same bytes for the same source and the same fonts.

    Raises BrokenDiagramError, and ConfigurationError when a package is missing.
    """
    try:
        return drawn(source)
    except TooCostlyError as error:
        raise BrokenDiagramError(f"the diagram {error}", "split it") from error


@isolated(keep=True)
def drawn(source: str) -> Diagram:
    """Return what `draw` does, which calls this in a worker."""
    merman = _merman()
    is_light = _OWN_COLOURS.search(source) or _LIGHT_KINDS.search(source)
    schemes = (LIGHT_DIAGRAM,) if is_light else (LIGHT_DIAGRAM, DARK_DIAGRAM)
    try:
        light, *dark = (_picture(*one) for one in _drawings(merman, source, schemes))
    except ValueError as error:
        raise BrokenDiagramError(f"the diagram cannot be drawn: {error}") from error
    except RecursionError as error:
        raise BrokenDiagramError("the diagram has too many levels to draw", "split it") from error
    png, width, height = light
    return Diagram(png, dark[0][0] if dark else None, width, height)


def drawing(source: str, scheme: DiagramScheme = LIGHT_DIAGRAM) -> tuple[Element, Letters]:
    """Return a diagram as the tree that is drawn, and the fonts for it. Raises as `draw` does."""
    merman = _merman()
    ((tree, letters, _),) = _drawings(merman, source, (scheme,))
    return tree, letters


def _merman() -> ModuleType:
    try:
        import merman
        import resvg  # noqa: F401  # see draw_png
    except ImportError as error:
        fix = "install them with: pip install merman resvg"
        raise ConfigurationError(f"Mermaid diagrams need the packages merman and resvg ({error}); {fix}") from error
    loaded: ModuleType = merman
    return loaded


def _drawings(
    merman: ModuleType, source: str, schemes: tuple[DiagramScheme, ...]
) -> Iterator[tuple[Element, Letters, DiagramScheme]]:
    _refuse_pictures(source)
    source = _DESCRIPTION.sub(lambda found: "\n" * found[0].count("\n"), source)  # not every kind allows it
    letters = Letters(source)
    size: dict[str, str] = {}
    for scheme in schemes:
        tree = svg_tree.parse(_svg(merman, source, scheme, letters))
        _refuse_unknown_letters(tree, source)
        if MAY_EMPHASISE.search(source):
            emphasise(tree, svg_tree.parse(_svg(merman, source, scheme, letters, plain=False)), letters)
        dress(tree, scheme, letters)
        size = size or svg_tree.around(tree, letters)
        svg_tree.put_on_card(tree, size)
        svg_tree.name_fonts(tree, letters)
        yield tree, letters, scheme


def _svg(merman: ModuleType, source: str, scheme: DiagramScheme, letters: Letters, *, plain: bool = True) -> str:
    """Return a drawing; if it need not be `plain`, its labels are HTML, which resvg does not draw."""
    engine, measurer = _engine(merman, scheme, plain)
    measurer.letters = letters
    given = for_merman(source)
    try:
        return str(engine.render_svg(given.text, None))
    except merman.MermanError as error:
        raise _broken(error, given) from error


@functools.cache
def _engine(merman: ModuleType, scheme: DiagramScheme, plain: bool) -> tuple[Any, Measurer]:  # noqa: FBT001
    """Return what draws, which takes a tenth of a diagram's time to make, and what measures for it."""
    from publisher.render.diagrams.measure import Measurer  # needs merman

    measurer = Measurer()
    services = merman.MermanEngineServices().with_text_measurer(measurer)
    options = {"site_config": mermaid_options(scheme), "svg": {"pipeline": "resvg-safe"} if plain else {}}
    return merman.MermanEngine(json.dumps(options), services), measurer


atexit.register(_engine.cache_clear)  # merman cannot end an engine once Python has taken its modules apart


def _broken(error: Exception, given: MermaidSource) -> BrokenDiagramError:
    """Say in one sentence what merman does not take."""
    source = given.text
    if getattr(error, "capability_id", None) == "math":
        line = next((at for at, text in enumerate(source.split("\n"), 1) if "$$" in text), 0)
        return BrokenDiagramError(
            "a formula ($$) in a diagram cannot be drawn", "write it as plain text", given.line(line) or None
        )
    if getattr(error, "resource", None):
        return BrokenDiagramError("the diagram is too large to draw", "split it")
    diagnostic = getattr(error, "diagnostic", None)
    words = _PREFIX.sub("", str(getattr(error, "message", error))).rstrip(".")
    if len(words) > _LONGEST_REASON:
        words = words.partition("; expected")[0]
    if getattr(diagnostic, "code", "") == "merman.parse.no_diagram_detected" or not source.strip():
        return BrokenDiagramError(
            "the diagram's first line names no kind that Mermaid knows here", "begin with one such as flowchart TD", 1
        )
    span = getattr(diagnostic, "span", None)
    place = given.line(_line_at(source, span.start)) if span else None
    return BrokenDiagramError(
        f"Mermaid does not understand the diagram: {words}", "fix the line" if place else "fix the block", place
    )


def _line_at(source: str, place: int) -> int:
    """Return the line of a place in bytes; where something is missing at the end, the last line that has words."""
    before = source.encode()[:place].decode(errors="ignore")
    return (before.rstrip() if place >= len(source.encode().rstrip()) else before).count("\n") + 1


def _refuse_pictures(source: str) -> None:
    """Say so where merman would leave a picture or an icon out in silence."""
    found = _PICTURE.search(source)
    if found:
        line = source.count("\n", 0, found.start(1)) + 1
        raise BrokenDiagramError(f"a diagram cannot show the {found[1]} of a node", "write a label", line)


def _refuse_unknown_letters(tree: Element, source: str) -> None:
    text = svg_tree.words(tree)
    lacking = Letters(text).lacking
    if lacking:
        letter = min(lacking, key=text.index)
        line = next((at for at, words in enumerate(source.split("\n"), 1) if letter in words), None)
        raise BrokenDiagramError(
            f"no font has the letter {letter!r} (U+{ord(letter):04X}) of the diagram",
            "install one that has it, such as Debian's fonts-noto-cjk or fonts-noto-core, or write the label without it",
            line,
        )


def _picture(tree: Element, letters: Letters, scheme: DiagramScheme) -> tuple[bytes, int, int]:
    width, height = int(tree.get("width", "0")), int(tree.get("height", "0"))
    if width * height > _MOST_PIXELS:
        raise BrokenDiagramError(f"the diagram is too large to draw: {width} by {height} pixels", "split it")
    svg, fonts = svg_tree.written(tree), letters.files
    try:
        png = draw_png(svg, _SCALE * width, _SCALE * height, paper=scheme.card, fonts=fonts, family=FAMILY)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a fault inside resvg, which is no Exception to Python
            raise
        raise BrokenDiagramError(f"the diagram cannot be drawn: {error}", "write its labels otherwise") from error
    return png, width, height
