"""SVG -> PNG by resvg. The same drawing and fonts give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable

DPI = 96
"""How resvg reads points, as browsers do."""
SIZE = 16
"""Pixels of letters whose size nothing says."""


def draw_png(
    svg: str, width: int, height: int, *, paper: str | None = None, fonts: Iterable[str] = (), family: str = ""
) -> bytes:
    """Draw an SVG, whose own width and height are whole pixels, at `width` by `height`; `paper` is a colour such as #ffffff.

    Letters are drawn only if their text names the family of one of the `fonts`, which are files; `family` is for text that
    names none. Raises ValueError when resvg does not take the drawing, and ImportError when the package is missing.
    """
    from resvg import render, usvg

    options = usvg.Options.default()
    options.dpi, options.font_size, options.font_family = DPI, SIZE, family
    for font in fonts:
        options.load_font_file(font)
    tree = usvg.Tree.from_str(svg, options)
    wide, high = tree.int_size()
    scale = (width / wide, 0.0, 0.0, 0.0, height / high, 0.0)
    red, green, blue = bytes.fromhex((paper or "#000000")[1:])
    return render(tree, scale, bg_size=(width, height), bg_color=(red, green, blue, 255 if paper else 0))
