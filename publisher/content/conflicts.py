"""Marks that git leaves in a file when two changes conflict. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from publisher.content.headings import fenced
from publisher.errors import Problem

_MARK = re.compile(r"(?:<{7}|>{7})(?: .*)?$")
"""Git never indents its marks. The one between them, of equals signs, may underline a heading."""

SHOWN_IN: Final = frozenset({"diff", "text", "console"})
"""Languages of code that may show such marks on purpose. In any other code they are a conflict like everywhere."""

_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[ \t]*([^\s,{]*)")
_FIX = "keep one of the two versions, and remove the lines «<<<<<<<», «=======» and «>>>>>>>»"


def conflicts(text: str, path: Path) -> Iterator[Problem]:
    """Report where each conflict in a file begins, and each end that lacks its beginning."""
    opened = False
    for number, line in enumerate(text.split("\n"), 1):
        if _MARK.match(line):
            if line[0] == "<" or not opened:
                yield Problem(path, number, f"a mark of a git conflict: «{line[:40]}»", _FIX, rule="conflict")
            opened = line[0] == "<"


def conflicts_in_markdown(text: str, path: Path) -> Iterator[Problem]:
    """Report the conflicts in a Markdown file, but for those in code that may show them on purpose."""
    if "<<<<<<<" not in text and ">>>>>>>" not in text:  # nearly always, and all content is read here
        return
    lines, code = text.split("\n"), fenced(text)
    for found in conflicts(text, path):
        language = _language(lines, code, (found.line or 1) - 1)
        if language is None:
            yield found
        elif language not in SHOWN_IN:
            fix = f"{found.fix}; code that shows them on purpose is marked ```diff or ```text"
            yield replace(found, fix=fix)


def _language(lines: list[str], code: list[bool], index: int) -> str | None:
    """Return the language of the code that a line belongs to, None outside of code."""
    if not code[index]:
        return None
    while not (fence := _FENCE.match(lines[index])) and index:
        index -= 1
    return fence[1].lower() if fence else ""
