"""Text of two directions: styles with their sides swapped, foreign words that stay together, lines that run as they should.

Everything here is Unicode's: an isolate is a run of text that others see as one character (UAX #9).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final
from xml.etree.ElementTree import Element

from publisher.content.tree import BLOCKS
from publisher.language import directions

MARKS: Final = {"ltr": "\u200e", "rtl": "\u200f"}
"""An invisible letter that says how a line runs whose first word is of the other direction."""

_ISOLATES: Final = {"ltr": "\u2066", "rtl": "\u2067"}
_OPENS, _CLOSES = "\u2066\u2067\u2068", "\u2069"
_OTHER: Final = {"ltr": "rtl", "rtl": "ltr"}
_RUN: Final = re.compile(r"[$€£#@~./]?[A-Za-z0-9](?:[ -~]*[A-Za-z0-9+#%/])?")
_SIDES: Final = {"left": "right", "right": "left"}
_FOUR: Final = re.compile(r"(?:(?<=padding:)|(?<=margin:))(\S+) (\S+) (\S+) ([^\s;]+)")
_HOLDERS: Final = BLOCKS | {"claim", "equation", "tbody", "td", "th", "thead", "tr"}
_OF_THEIR_OWN: Final = ("code", "equation", "figure", "formula", "kbd", "pre")


def mirrored(style: str) -> str:
    """Return an inline style for text from right to left. Letters are joined there, so they are not spaced either.

    >>> mirrored("padding:0 16px 0 0;border-left:1px solid red;letter-spacing:-.3px")
    'padding:0 0 0 16px;border-right:1px solid red'
    """
    style = _FOUR.sub(r"\1 \4 \3 \2", style)
    style = re.sub(r"\b(left|right)\b", lambda found: _SIDES[found[0]], style)
    return ";".join(rule for rule in style.split(";") if not rule.startswith("letter-spacing"))


def in_order(text: str, direction: str) -> str:
    """Return a line, such as a title, so that it reads well where everything else runs in `direction`.

    A line of foreign words alone is isolated with its full stop. From right to left, each run of Latin words and numbers
    is, such as `1.2 GB`, which would be read GB 1.2.
    """
    found = directions(text)
    if found and direction not in found:
        return f"{_ISOLATES[_OTHER[direction]]}{text}{_CLOSES}"
    return _with_runs(text) if direction == "rtl" else text


def keep_order(root: Element, direction: str) -> None:
    """Do with a tree what `in_order` does with a line: each paragraph, heading, cell or item of a list is one."""
    if direction == "ltr" and "rtl" not in directions("".join(root.itertext())):
        return
    _keep_order(root, direction)


def _keep_order(element: Element, direction: str) -> None:
    if element.tag in _OF_THEIR_OWN:
        return
    if not any(part.tag in _HOLDERS for part in element.iter() if part is not element):
        _keep_words(element, direction)
        return
    if direction == "rtl" and element.text:
        element.text = _with_runs(element.text)
    for child in element:
        _keep_order(child, direction)
        if direction == "rtl" and child.tail:
            child.tail = _with_runs(child.tail)


def _keep_words(element: Element, direction: str) -> None:
    found = directions("".join(_words(element)))
    if found and direction not in found:
        element.text = _ISOLATES[_OTHER[direction]] + (element.text or "")
        if len(element):
            element[-1].tail = (element[-1].tail or "") + _CLOSES
        else:
            element.text += _CLOSES
    elif direction == "rtl":
        _isolate_runs(element)


def _words(element: Element) -> list[str]:
    """Return the words that say how an element's text runs: neither code nor our own link back from a footnote."""
    found = [element.text or ""]
    for child in element:
        if child.tag not in _OF_THEIR_OWN and child.get("class") != "footnote-backref":
            found += _words(child)
        found.append(child.tail or "")
    return found


def _isolate_runs(element: Element) -> None:
    if element.tag not in _OF_THEIR_OWN and element.text:
        element.text = _with_runs(element.text)
    for child in element:
        _isolate_runs(child)
        if child.tail:
            child.tail = _with_runs(child.tail)


def _with_runs(text: str) -> str:
    isolate = _ISOLATES["ltr"]
    return _RUN.sub(lambda found: f"{isolate}{found[0]}{_CLOSES}" if _mixed(found[0]) else found[0], text)


def _mixed(run: str) -> bool:
    return re.search("[A-Za-z]", run) is not None and re.search("[^A-Za-z ]", run) is not None


def directed(text: str, direction: str, *, mark_all: bool = False) -> str:
    """Return lines of plain text that each run in `direction`, unless all words of a line are foreign.

    An isolate ends with its line, and goes on in the next. With `mark_all`, a line of foreign words is marked as well.
    """
    if not mark_all and not any(character in text for character in _OPENS + _CLOSES):
        found = directions(text)
        if direction not in found or len(found) == 1:
            return text
    return "\n".join(_directed(line, direction, mark_all=mark_all) for line in _closed(text))


def _directed(line: str, direction: str, *, mark_all: bool) -> str:
    if direction not in directions(line) and not mark_all:
        return "".join(character for character in line if character not in _OPENS + _CLOSES)
    strong = next(iter(_runs_outside(line)), "" if mark_all else direction)
    return line if strong == direction else MARKS[direction] + line


def _closed(text: str) -> list[str]:
    """Return the lines of a text; an isolate over several of them is one in each."""
    lines, opened = [], ""
    for line in text.split("\n"):
        kept = [opened]
        for character in line:
            if character in _OPENS:
                opened += character
            elif character == _CLOSES:
                if not opened:
                    continue
                opened = opened[:-1]
            kept.append(character)
        lines.append("".join(kept) + _CLOSES * len(opened))
    return lines


def _runs_outside(line: str) -> list[str]:
    """Return the directions of the letters that are in no isolate, each time they change."""
    depth, found = 0, list[str]()
    for character in line:
        if character in _OPENS:
            depth += 1
        elif character == _CLOSES:
            depth = max(0, depth - 1)
        elif not depth and unicodedata.bidirectional(character) in ("L", "R", "AL"):
            found += directions(character)
    return found
