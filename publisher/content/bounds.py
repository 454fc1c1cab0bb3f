"""Limits of a text: one that would keep a parser busy for long is refused before it gets there. Pure.

A parser looks for the end of every open bracket, tag and table row, and recurses for every level of a list. So the open
ones are counted first, in code as well, since only the parser knows what is code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

MOST_TEXT: Final = 64_000
"""Bytes of one section, piece or page. Mail programs hide everything beyond 102 KB of a whole mail."""

MOST_DEPTH: Final = 30
"""Levels of nested elements."""

MOST_OPEN: Final = 50
"""Brackets that are open at one point of a paragraph, or link targets in it that do not end."""

MOST_TAGS: Final = 300
"""Tags in a text that begin and never end."""

MOST_FOOTNOTES: Final = 300
"""Footnotes in a text, and references to them."""

MOST_BREAKS: Final = 200
"""Headings and rules without an empty line between them."""

MOST_CELLS: Final = 25_000
"""Cells of one table; every row has as many as the first."""

_CODE = re.compile(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*(?=<|\Z)")
_TARGET = re.compile(
    r"\]\((?:[^()\"'<>\s]|\([^()\"'<>\s]{0,300}\)|<[^<>\n]{0,2000}>){0,2000}(?:\s+(?:\"[^\"]{0,500}\"|'[^']{0,500}'))?\s*\)"
)
_FOOTNOTE = re.compile(
    r"\[\^(?:(?!\[\^)[^\]\n])*\]"
)  # from the last beginning: from the first, each would look for its end again
_MARKERS = re.compile(r"[ \t]*(?:(?:>|(?:[-*+]|\d{1,9}\.)(?=[ \t])|\[\^[^\]\n]*\]:|!!!)[ \t]*)+")
_MARKER = re.compile(r">|[-*+]|\d+\.|\[\^[^\]\n]*\]:|!!!")
_DEEP = re.compile(rf"^(?:[ \t>*+\-.!\d]|\[\^[^\]\n]*\]:){{{MOST_DEPTH + 1}}}", re.M)
"""How a line begins that may be nested too deep: by more marks and spaces than there may be levels."""
_BREAK = re.compile(r"[ \t>]*(?:#|=+[ \t]*$|!!!|(?:[-*_][ \t]*)+$)")
_TABLE_RULE = re.compile(r"[\s>|:*+0-9.-]*-[\s>|:*+0-9.-]*$")


def excess(text: str) -> tuple[int, str, str] | None:
    """Return the line (from 0), what there is too much of, and how to fix it; None for a text that may be parsed."""
    size = len(text.encode("utf-8", "replace"))
    if size > MOST_TEXT:
        fix = "split or shorten it: mail programs hide everything beyond 102 KB of a mail"
        return 0, f"the text has {size:,} bytes, more than {MOST_TEXT:,}", fix
    tags = [found.start() for found in _TAG.finditer(text)]
    if len(tags) > MOST_TAGS:
        line = text.count("\n", 0, tags[0])
        return line, f"«<» begins {len(tags):,} tags that do not end", "write &lt;, or close the tags"
    notes = [found.start() for found in _FOOTNOTE.finditer(text)]
    if len(notes) > MOST_FOOTNOTES:
        line = text.count("\n", 0, notes[0])
        return line, f"{len(notes):,} footnotes and references to them, more than {MOST_FOOTNOTES}", "remove some"
    few = text.count("\n") < MOST_BREAKS and max(map(text.count, "[(")) <= MOST_OPEN and "|" not in text
    if few and not _DEEP.search(text):
        return None  # as of most texts: no paragraph has too much of anything
    for first, lines in _paragraphs(text):
        if found := _too_deep(lines) or _too_many(lines):
            return first + found[0], found[1], found[2]
    return None


def _paragraphs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each run of lines that are not empty, and the index of its first line."""
    lines: list[str] = []
    for index, line in enumerate([*text.split("\n"), ""]):
        if line.strip(" \t"):
            lines.append(line)
        elif lines:
            yield index - len(lines), lines
            lines = []


def _too_deep(lines: list[str]) -> tuple[int, str, str] | None:
    for index, line in enumerate(lines):
        marks = _MARKERS.match(line)
        if marks:
            indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip(" "))
            depth = indent // 4 + len(_MARKER.findall(marks[0]))
            if depth > MOST_DEPTH:
                return index, too_deep(depth), FLATTEN
    return None


FLATTEN: Final = "use fewer levels: a mail is narrow"


def too_deep(depth: int) -> str:
    return f"quotations, lists or tags are nested {depth} deep, more than {MOST_DEPTH}"


def _too_many(lines: list[str]) -> tuple[int, str, str] | None:
    text = "\n".join(lines)
    opened = 0
    if text.count("[") > MOST_OPEN or text.count("(") > MOST_OPEN:  # others need not be read again
        opened = max(_open_brackets(text), _open_brackets(_ESCAPED.sub("", _CODE.sub("", text))))
    if opened > MOST_OPEN:
        return 0, f"{opened:,} link brackets in one paragraph are not closed", "close them, or write \\[ for a bracket"
    breaks = sum(bool(_BREAK.match(line)) for line in lines) if len(lines) > MOST_BREAKS else 0
    if breaks > MOST_BREAKS:
        return (
            0,
            f"{breaks:,} headings or rules follow each other without an empty line",
            "put empty lines between them",
        )
    rules = [line for line in lines if "|" in line and _TABLE_RULE.match(line)]
    columns = max((line.strip("> \t|").count("|") + 1 for line in rules), default=0)
    if columns * len(lines) > MOST_CELLS:
        what = f"a table of {len(lines):,} rows and {columns:,} columns"
        return 0, what, f"keep it below {MOST_CELLS:,} cells, or link to the data"
    return None


def _open_brackets(text: str) -> int:
    """Return how many `[` are open at once, or how many targets after `](` do not end, whichever is more."""
    depth = most = 0
    for bracket in re.findall(r"[\[\]]", text):
        depth = depth + 1 if bracket == "[" else max(0, depth - 1)
        most = max(most, depth)
    return max(most, text.count("](") - len(_TARGET.findall(text)))
