"""The ids of headings, and the links that lead to them. Pure.

An id begins with a prefix, so that several texts can stand on one page. A link finds its heading by the id that the
author gave it, by our own form of the title, and by GitHub's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote
from xml.etree.ElementTree import Element

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class Anchors:
    """The `ids` of a text by what a link may call them, and its `loose` links: those to a heading that it does not have."""

    ids: Mapping[str, str] = field(default_factory=dict)
    loose: tuple[Element, ...] = ()

    @classmethod
    def name(cls, root: Element, prefix: str) -> Self:
        """Give every heading an id, make all ids unique, and lead the links within the text to them."""
        taken: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        ids: dict[str, str] = {}
        others: list[tuple[str, str]] = []
        for element in root.iter():
            given, title = element.get("id"), ""
            if element.tag in _HEADINGS:
                title = "".join(element.itertext())
            if not given and not title:
                continue
            wanted = given or slug(title)
            name = _unique(prefix + re.sub(r"[^\w-]+", "-", wanted), taken)
            element.set("id", name)
            ids.setdefault(wanted, name)
            if title:
                github = _github(title)
                others.append((f"{github}-{counts[github]}" if counts[github] else github, name))
                counts[github] += 1
        for other, name in others:
            ids.setdefault(other, name)
        links = [link for link in root.iter("a") if link.get("href", "").startswith("#")]
        return cls(ids, tuple(link for link in links if not lead(link, ids)))


def lead(link: Element, ids: Mapping[str, str]) -> bool:
    """Make a link within a page lead to one of these ids; return whether there is one."""
    name = ids.get(unquote(link.get("href", "")[1:]))
    if name is not None:
        link.set("href", f"#{name}")
    return name is not None


def together(texts: Iterable[Anchors]) -> Mapping[str, str]:
    """Return the ids of texts that stand on one page; of equal names the first one counts."""
    ids: dict[str, str] = {}
    for text in texts:
        ids = {**text.ids, **ids}
    return ids


def slug(title: str) -> str:
    """Return a title as part of a URL, in its own script.

    >>> slug("Last week's answer"), slug("什么是 RAG?")
    ('last-weeks-answer', '什么是-rag')
    """
    words = re.sub(r"['’]", "", title.lower())
    return re.sub(r"[\W_]+", "-", words).strip("-") or "part"


def _unique(wanted: str, taken: Counter[str]) -> str:
    """Return a name that nobody has; `taken` counts how many of each came, so that the same title many times costs little."""
    name = wanted
    while name in taken:
        taken[wanted] += 1
        name = f"{wanted}-{taken[wanted]}"
    taken[name] += 1
    return name


def _github(title: str) -> str:
    """Return the fragment that GitHub makes of a title: punctuation goes, each space is a hyphen."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
