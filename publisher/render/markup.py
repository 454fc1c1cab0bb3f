"""Writes a tree of elements as XHTML. Mail and pages say in subclasses how each element looks."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

import markupsafe

from publisher.content.tree import VOID


class _Methods(dict[str, str]):
    """The names of the methods that write elements: a page asks for the same few thousands of times."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = f"on_{tag}"
        return name


_METHODS = _Methods()


class Markup:
    """The method `on_x`, if there is one, writes an element `x`; any other is written without attributes."""

    def write(self, element: Element) -> str:
        """Return one element as XHTML, without its tail."""
        custom: Callable[[Element], str] | None = getattr(self, _METHODS[element.tag], None)
        return custom(element) if custom else self.tag(element, element.tag)

    def inside(self, element: Element) -> str:
        """Return what stands between an element's tags."""
        text = element.text
        if not len(element):
            return escape(text) if text else ""
        parts = [escape(text)] if text else []
        for child in element:
            parts.append(self.write(child))
            if child.tail:
                parts.append(escape(child.tail))
        return "".join(parts)

    def tag(self, element: Element, name: str, **attributes: str) -> str:
        """Return `<name attributes>inside</name>`; an attribute with an empty value is left out."""
        if name in VOID:
            return f"<{name}{written(attributes)}/>"
        return f"<{name}{written(attributes)}>{self.inside(element)}</{name}>"


def written(attributes: Mapping[str, str]) -> str:
    """Return attributes as they stand in a tag; an empty one is left out."""
    return "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items() if value)


def safe(written: str) -> str:
    """Tell Jinja that Markup wrote this from a sanitised tree, or structured.py as JSON, so that it is not escaped again."""
    return markupsafe.Markup(written)  # noqa: S704  # the one place; every text in it was escaped


def escape(text: str) -> str:
    return html.escape(text, quote=True).replace("&#x27;", "'") if _SPECIAL.search(text) else text


_SPECIAL = re.compile('[&<>"]')


def in_both_schemes(image: str, dark: str, sizes: str = "") -> str:
    """Return an image with the one for dark readers, whose `srcset` is `dark`, if there is one.

    A program that knows no <picture> shows the light one.
    """
    if not dark:
        return image
    source = written({"srcset": dark, "media": "(prefers-color-scheme: dark)", "sizes": sizes})
    return f"<picture><source{source}/>{image}</picture>"
