"""Words that a writer leaves for later, in text that is not code (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LEFTOVER = re.compile(r"\b(TODO|TK|TBD|FIXME|XXX)\b|\b[Tt]odo:|\b(?i:lorem ipsum)\b")
_LINE = re.compile(r"^TODO.*\n?", re.MULTILINE)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")

FIX = "finish the sentence, or put code into backticks"


def leftover(text: str) -> str | None:
    """Return the first leftover in a text without code.

    >>> leftover("Numbers: TODO"), leftover("Mastodon")
    ('TODO', None)
    """
    found = _LEFTOVER.search(text)
    return found[0] if found else None


def without_leftover_lines(text: str) -> str:
    r"""Return a piece's file without the lines that only say what to write there.

    >>> without_leftover_lines("TODO: write.\n\nA table, and `TODO`.\n")
    '\nA table, and `TODO`.\n'
    """
    return _LINE.sub("", text)


def without_code(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield the (number, line) pairs that are not in a fence, without their code spans."""
    fence = ""
    for number, line in lines:
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            yield number, re.sub(r"(`+)(.+?)\1", "", line)
