"""Mermaid -> PNG, without a browser: merman lays out, resvg draws.

A diagram is drawn in one neutral style on a light card with a margin, so that it stays legible in a dark mail. The font
is shipped: without its font, resvg silently drops all text.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from publisher.errors import ConfigurationError

FONT = Path(__file__).with_name("fonts") / "Inter-Regular.otf"
CARD = "#f7f7f5"
_MARGIN = 20
_AROUND_LABEL = 5
"""Pixels that the card shows on both sides of an edge's label: labels are drawn wider than they were measured."""
_SCALE = 2
_INK, _LINE, _FAINT = "#17191e", "#4b515c", "#9aa1ad"
_DRESS = {
    "theme": "base", "look": "classic", "layout": "dagre", "fontFamily": "Inter",
    "flowchart": {"curve": "basis", "nodeSpacing": 36, "rankSpacing": 40, "padding": 12, "diagramPadding": 2},
    "sequence": {
        "mirrorActors": False, "height": 40, "width": 110, "actorMargin": 44, "messageMargin": 30, "boxMargin": 6,
        "diagramMarginX": 2, "diagramMarginY": 2, "actorFontSize": 15, "messageFontSize": 14, "noteFontSize": 14,
    },
    "themeVariables": {
        "fontFamily": "Inter", "fontSize": "15px", "useGradient": False, "dropShadow": "none", "primaryColor": "#ffffff",
        "primaryBorderColor": _LINE, "primaryTextColor": _INK, "lineColor": _LINE, "secondaryColor": "#eef0f3",
        "tertiaryColor": CARD, "edgeLabelBackground": CARD, "clusterBkg": "#efefec", "clusterBorder": "#c9cdd4",
        "actorBkg": "#ffffff", "actorBorder": _LINE, "actorLineColor": _FAINT, "signalColor": _LINE,
        "signalTextColor": _INK, "noteBkgColor": "#eef0f3", "noteBorderColor": "#c9cdd4",
    },
}  # fmt: skip


class BrokenDiagramError(Exception):
    """Mermaid does not understand the source; the message is Mermaid's own."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """A drawn diagram; it is shown at `width` by `height` pixels, and the PNG has twice as many."""

    png: bytes = field(repr=False)
    width: int
    height: int


def described(source: str) -> tuple[str, str]:
    r"""Return what accTitle and accDescr say, empty where they are missing.

    >>> described("flowchart TD\n  accTitle: Two steps\n  accDescr: A leads to B.\n  A --> B")
    ('Two steps', 'A leads to B.')
    """
    title = re.search(r"^\s*accTitle\s*:\s*(.+)$", source, re.M)
    line = re.search(r"^\s*accDescr\s*:\s*(.+)$", source, re.M)
    block = re.search(r"^\s*accDescr\s*\{([^}]*)\}", source, re.M)
    text = line[1] if line else block[1] if block else ""
    return " ".join((title[1] if title else "").split()), " ".join(text.split())


@functools.lru_cache(maxsize=256)
def draw(source: str) -> Diagram:
    """Draw a Mermaid source; the same bytes for the same source.

    Raises BrokenDiagramError, and ConfigurationError when a package is missing.
    """
    try:
        import merman
        import resvg_py
    except ImportError as error:
        fix = "install them with: pip install merman resvg-py"
        raise ConfigurationError(f"Mermaid diagrams need the packages merman and resvg_py ({error}); {fix}") from error
    dressed = f"%%{{init: {json.dumps(_DRESS)}}}%%\n{source}"
    try:
        svg = merman.Merman().render_svg(dressed, '{"svg": {"pipeline": "resvg-safe"}}')
    except merman.MermanError as error:
        raise BrokenDiagramError(str(getattr(error, "message", error))) from error
    card, width, height = _on_card(svg)
    try:
        png = resvg_py.svg_to_bytes(
            svg_string=card, background=CARD, skip_system_fonts=True, font_files=[str(FONT)], font_family="Inter",
            sans_serif_family="Inter", zoom=_SCALE,
        )  # fmt: skip
    except ValueError as error:
        raise BrokenDiagramError(str(error)) from error
    return Diagram(bytes(png), width, height)


def _on_card(svg: str) -> tuple[str, int, int]:
    """Give the drawing its margin and a size in pixels, and its boxes round corners; keep edges off their labels."""
    view = re.search(r'viewBox="(-?[\d.]+) (-?[\d.]+) ([\d.]+) ([\d.]+)"', svg)
    if view is None:
        raise BrokenDiagramError("the drawing has no size")
    left, top, wide, high = (float(value) for value in view.groups())
    width, height = round(wide) + 2 * _MARGIN, round(high) + 2 * _MARGIN
    box = f'viewBox="{left - _MARGIN:g} {top - _MARGIN:g} {width} {height}" height="{height}"'
    svg = svg.replace(view[0], box, 1).replace('width="100%"', f'width="{width}"', 1)
    svg = re.sub(r'style="max-width:[^"]*"', "", svg, count=1)
    svg = re.sub(rf'<rect x="0" y="0" width="([\d.]+)" (height="[\d.]+" fill="{CARD}")', _widened, svg)
    return re.sub(r'(<rect class="basic label-container")', r'\1 rx="4"', svg), width, height


def _widened(label: re.Match[str]) -> str:
    return f'<rect x="{-_AROUND_LABEL}" y="0" width="{float(label[1]) + 2 * _AROUND_LABEL:g}" {label[2]}'
