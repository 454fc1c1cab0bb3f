"""How large images are shown, how large their files may be, and which rules and libraries decide what comes out."""

from __future__ import annotations

import functools
from importlib import metadata

PAGE = 680
"""Pixels of a line of text on a page. An image is not shown wider."""

MAIL = 592
"""Pixels of a line of text in mail: its 640 less the margins."""

MOST_MAIL = 300_000
"""Bytes of one image in mail."""

RULES = 2
"""Counted up when `publisher.render.images.convert` begins to make other files of the same image."""


@functools.cache
def version() -> str:
    """Return what changes when the same image may give other files."""
    return f"rules {RULES}, Pillow {metadata.version('pillow')}, resvg {metadata.version('resvg')}"
