"""Markdown's headings, seen without a renderer: where sections begin, and which lines are code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(.*)$")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_ID = re.compile(r"[ \t]*\{#([A-Za-z0-9_-]+)\}[ \t]*$")


@dataclass(frozen=True, slots=True)
class Heading:
    """An ATX heading: `index` is its line within the text, from 0; `id` what `{#id}` says."""

    index: int
    level: int
    title: str
    id: str | None


def headings(text: str) -> Iterator[Heading]:
    """Yield the headings that stand outside of code fences."""
    fence = ""
    for index, line in enumerate(text.split("\n")):
        opened = _FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence) and not opened[2].strip():
                fence = ""
        elif opened:
            fence = opened[1]
        elif heading := _HEADING.match(line):
            named = _ID.search(heading[2])
            title = heading[2][: named.start()] if named else heading[2]
            yield Heading(index, len(heading[1]), title.strip(), named[1] if named else None)


def fenced(text: str) -> list[bool]:
    """Say of each line whether it belongs to a code fence, at any indentation: fences stand in lists too."""
    inside: list[bool] = []
    fence = ""
    for line in text.split("\n"):
        opened = _FENCE.match(line.lstrip())
        inside.append(bool(fence or opened))
        if fence:
            if opened and opened[1].startswith(fence) and not opened[2].strip():
                fence = ""
        elif opened:
            fence = opened[1]
    return inside


def without_open_fence(text: str) -> str:
    """Blank the text after a fence that is never closed, up to the next section: it may be code. Lines stay in place."""
    lines = text.split("\n")
    while (start := open_fence("\n".join(lines))) is not None:
        after = range(start + 1, len(lines))
        section = re.compile(r"##[ \t].*\{#[A-Za-z0-9_-]+\}[ \t]*$")
        stop = next((index for index in after if section.match(lines[index])), len(lines))
        lines[start:stop] = [""] * (stop - start)
    return "\n".join(lines)


def open_fence(text: str) -> int | None:
    """Return the line (from 0) of a code fence that is never closed: it would swallow the sections after it."""
    opened: int | None = None
    fence = ""
    for index, line in enumerate(text.split("\n")):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence, opened = "", None
        elif found:
            fence, opened = found[1], index
    return opened
