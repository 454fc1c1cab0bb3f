"""Makes a built site one that can be looked at without a server: links name the index.html of the folder that they lead to."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDER = re.compile(r'(\shref=")((?!//|[^"/?#]*:)[^"?#]*/)(#[^"]*)?"')


def make_openable(site: Path) -> None:
    """Rewrite the relative links in every page of a folder."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        page.write_text(opening(text), "utf-8")


def opening(html: str) -> str:
    """Return a page whose relative links to folders name the file in them.

    >>> opening('<a href="../../issues/3/#concept"></a> <a href="https://example.com/"></a> <a href="/a/"></a> <a href="./"></a>')
    '<a href="../../issues/3/index.html#concept"></a> <a href="https://example.com/"></a> <a href="/a/"></a> <a href="./index.html"></a>'
    """
    return _FOLDER.sub(
        lambda found: found[0] if found[2].startswith("/") else f'{found[1]}{found[2]}index.html{found[3] or ""}"', html
    )
