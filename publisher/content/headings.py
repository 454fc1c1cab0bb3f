"""Markdown's headings, seen without a renderer: where sections begin, and which lines are code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_FENCE = re.compile(r"^( {0,3}(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}){0,9})(`{3,}(?=[^`]*$)|~{3,})")
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
    for index, line in _outside_of_fences(text, []):
        if line.startswith("#") and (heading := _HEADING.match(line)):
            named = _ID.search(heading[2])
            title = heading[2][: named.start()] if named else heading[2]
            yield Heading(index, len(heading[1]), title.strip(), named[1] if named else None)


def fenced(text: str) -> list[bool]:
    """Say of each line whether it belongs to a code fence, at any indentation: fences stand in lists too."""
    if not _has_fences(text):
        return [False] * (text.count("\n") + 1)
    inside: list[bool] = []
    marks = ""
    for line in text.split("\n"):
        opened, words = _FENCE.match(line.lstrip()), line.strip()
        inside.append(bool(marks or opened))
        if marks and words.startswith(marks) and not words.strip(marks[0]):
            marks = ""
        elif opened and not marks:
            marks = opened[2]
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
    if not _has_fences(text):
        return None
    unclosed: list[int] = []
    for _ in _outside_of_fences(text, unclosed):
        pass
    return next(iter(unclosed), None)


def _has_fences(text: str) -> bool:
    """Return whether a text may have any: most have none, and every line of all content is read here."""
    return "```" in text or "~~~" in text


def _outside_of_fences(text: str, unclosed: list[int]) -> Iterable[tuple[int, str]]:
    """Yield each line outside of code fences, and its index; then put the fence that is never closed into `unclosed`.

    A fence behind the mark of a list ends with its item at the latest, so it swallows nothing.
    """
    lines = enumerate(text.split("\n"))
    return _walked(lines, unclosed) if _has_fences(text) else lines


def _walked(lines: Iterable[tuple[int, str]], unclosed: list[int]) -> Iterator[tuple[int, str]]:
    marks, column, start = "", 0, 0
    for index, line in lines:
        words = line.strip()
        if marks and column and words and len(line) - len(line.lstrip()) < column:
            marks = ""
        if not marks and (opened := _FENCE.match(line)):
            marks, column, start = opened[2], len(opened[1]) if opened[1].strip() else 0, index
        elif marks:
            if words.startswith(marks) and not words.strip(marks[0]) and (column or _FENCE.match(line)):
                marks = ""
        else:
            yield index, line
    if marks and not column:
        unclosed.append(start)
