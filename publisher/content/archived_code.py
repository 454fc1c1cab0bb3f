"""Code in foreign Markdown: every block becomes a fence that is closed. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.content.archived_blocks import Code, code_blocks
from publisher.content.archived_notes import Notes
from publisher.content.archived_text import Text


def with_fences(text: Text, notes: Notes, *, diagrams: bool) -> Text:
    """Write indented code as a fence, and close what is left open: both would take in what stands after the section."""
    lines = text.numbered()
    made: list[tuple[str, int]] = []
    at = 0
    for code in code_blocks(text.real):
        made += lines[at : code.span.start]
        at = code.span.end
        made += _rewritten(code, lines[code.span.start : at], notes, diagrams=diagrams)
    return Text.of_lines([*made, *lines[at:]])


def _rewritten(code: Code, lines: list[tuple[str, int]], notes: Notes, *, diagrams: bool) -> Iterable[tuple[str, int]]:
    (first, number), (_, last) = lines[0], lines[-1]
    if code.info is None:
        content = code.content.rstrip("\n").split("\n")
        column = _width(first) - _width(content[0]) - 4
        if first.lstrip() != content[0].lstrip() or column < 0:  # behind the mark of a quotation or a list
            return lines
        inside = [number, *(line for _, line in lines), last]
        indented = [" " * column + line if line.strip() else "" for line in content]
        return list(zip(fenced(indented, " " * column), inside, strict=False))
    if code.info.strip().lower().startswith("mermaid") and not (diagrams and "accDescr" in code.content):
        what = "a diagram without accDescr, or which cannot be drawn, was made plain code"
        notes.add(number, what, "fix it there and import it again, or change it here")
        lines = [(re.sub("mermaid", "text", first, count=1, flags=re.IGNORECASE), number), *lines[1:]]
    bare, closing = first.lstrip(), lines[-1][0].strip()
    if not bare.startswith(code.marks):  # behind the mark of a quotation or a list, with which it ends
        return lines
    if len(lines) > 1 and closing.startswith(code.marks) and not closing.strip(code.marks[0]):
        return lines
    notes.add(number, "a code fence that is never closed was closed at the end")
    return [*lines, (first[: len(first) - len(bare)] + code.marks, last)]


def fenced(lines: list[str], indent: str = "") -> list[str]:
    longest = max((len(run) for run in re.findall("`{3,}", "\n".join(lines))), default=2)
    marks = "`" * (longest + 1)
    return [f"{indent}{marks}text", *lines, indent + marks]


def _width(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))
