"""Images for light and for dark readers: two of the author's images become one that knows the other.

GitHub's two spellings are understood: `![x](a.png#gh-light-mode-only)` beside `![x](b.png#gh-dark-mode-only)` (or
`#light` and `#dark` for short), and a `<picture>` with a `<source media="(prefers-color-scheme: dark)">`.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

DARK_SOURCE = "data-dark-src"
"""The attribute of an `img` that names the author's image for dark readers."""

_SCHEMES = {"light": "light", "gh-light-mode-only": "light", "dark": "dark", "gh-dark-mode-only": "dark"}


def join_schemes(root: Element) -> None:
    """Leave one `img` of each pair, with the dark one's address in DARK_SOURCE."""
    for parent in list(root.iter()):
        kept: list[Element] = []
        for child in parent:
            one = _unwrapped(child) if child.tag == "picture" else child
            if not (kept and _joined(kept[-1], one)):
                kept.append(one)
        parent[:] = kept


def scheme_of(image: Element) -> str:
    """Return whom an image is for: light, dark, or empty for everybody.

    >>> scheme_of(Element("img", src="a.png#gh-dark-mode-only"))
    'dark'
    """
    return _SCHEMES.get(image.get("src", "").partition("#")[2], "")


def _joined(before: Element, after: Element) -> bool:
    """Make one of two neighbours if one is for light readers and the other for dark ones."""
    first, second = _only_image(before), _only_image(after)
    if first is None or second is None or (before.tail or "").strip():
        return False
    if {scheme_of(first), scheme_of(second)} != {"light", "dark"} or first.get(DARK_SOURCE):
        return False
    light, dark = (first, second) if scheme_of(first) == "light" else (second, first)
    source = dark.get("src", "")
    first.attrib.update(light.attrib)
    first.set(DARK_SOURCE, source)
    before.tail = after.tail
    return True


def _only_image(element: Element) -> Element | None:
    """Return the image that an element is, or that a paragraph or link consists of."""
    while (
        element.tag in ("p", "a") and len(element) == 1 and not f"{element.text or ''}{element[0].tail or ''}".strip()
    ):
        element = element[0]
    return element if element.tag == "img" else None


def _unwrapped(picture: Element) -> Element:
    """Return the `img` of a `<picture>`; an empty one if it has none, which is reported like any without an address."""
    image = next(picture.iter("img"), Element("img"))
    sources = {scheme: name for source in picture.iter("source") for scheme, name in _scheme_and_name(source)}
    if dark := sources.get("dark") or (image.get("src") if "light" in sources else None):
        image.set(DARK_SOURCE, dark)
    if light := sources.get("light"):
        image.set("src", light)
    words = "".join(picture.itertext()).strip()
    image.tail = f"{f' {words}' if words else ''}{picture.tail or ''}"
    return image


def _scheme_and_name(source: Element) -> list[tuple[str, str]]:
    found = re.search(r"prefers-color-scheme\s*:\s*(light|dark)", source.get("media", ""))
    names = source.get("srcset", "").replace(",", " ").split()
    return [(found[1], names[0])] if found and names else []
