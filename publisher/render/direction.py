"""Text from right to left: styles with their sides swapped, lines of plain text that begin on the right."""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.etree.ElementTree import Element

RIGHT_TO_LEFT: Final = "\u200f"
"""An invisible letter that says how a line runs whose first word is in the Latin alphabet."""

_RUN: Final = re.compile(r"[$€£#@~./]?[A-Za-z0-9](?:[ -~]*[A-Za-z0-9+#%/])?")
_SIDES: Final = {"left": "right", "right": "left"}
_FOUR: Final = re.compile(r"(?:(?<=padding:)|(?<=margin:))(\S+) (\S+) (\S+) ([^\s;]+)")
_LEFT_TO_RIGHT, _OPENS, _CLOSES = "\u2066", "\u2066\u2067\u2068", "\u2069"


def mirrored(style: str) -> str:
    """Return an inline style for text from right to left. Letters are joined there, so they are not spaced either.

    >>> mirrored("padding:0 16px 0 0;border-left:1px solid red;letter-spacing:-.3px")
    'padding:0 0 0 16px;border-right:1px solid red'
    """
    style = _FOUR.sub(r"\1 \4 \3 \2", style)
    style = re.sub(r"\b(left|right)\b", lambda found: _SIDES[found[0]], style)
    return ";".join(rule for rule in style.split(";") if not rule.startswith("letter-spacing"))


def isolate(root: Element) -> None:
    """Keep each run of Latin words and numbers in one piece, such as `1.2 GB`; otherwise it would be read GB 1.2."""
    for element in root.iter():
        if element.tag not in ("code", "kbd", "pre"):
            element.text = _isolated(element.text)
        for child in element:
            child.tail = _isolated(child.tail)


def _isolated(text: str | None) -> str | None:
    return (
        _RUN.sub(lambda found: f"{_LEFT_TO_RIGHT}{found[0]}{_CLOSES}" if _mixed(found[0]) else found[0], text)
        if text
        else text
    )


def _mixed(run: str) -> bool:
    return re.search("[A-Za-z]", run) is not None and re.search("[^A-Za-z ]", run) is not None


def right_to_left(text: str) -> str:
    """Mark the lines that a mail program would take for lines from left to right because of their first word."""
    return "\n".join(_marked(line) for line in text.split("\n"))


def _marked(line: str) -> str:
    strong = [
        kind for character in _outside(line) if (kind := unicodedata.bidirectional(character)) in ("L", "R", "AL")
    ]
    misleading = strong[:1] == ["L"] and len(set(strong)) > 1
    return RIGHT_TO_LEFT + line if misleading else line


def _outside(line: str) -> str:
    """Return a line without what is isolated in it: that does not decide how the line runs."""
    depth, kept = 0, []
    for character in line:
        if character in _OPENS:
            depth += 1
        elif character == _CLOSES:
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(character)
    return "".join(kept)
