"""A mail as Outlook on Windows reads it: Word's engine obeys conditional comments and knows few kinds of width."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from math import inf, isfinite

from publisher.content.html_reader import HtmlReader

VERSION = 16
"""What Outlook 2016 and all later ones call themselves in `[if mso 16]`."""

_CONDITIONAL = re.compile(r"<!--\[if ([^\]]*)\]>(?:<!-->|-->)?(.*?)(?:<!--)?<!\[endif\]-->", re.S)
_CELLS = frozenset({"td", "th"})
_SIZED = frozenset({"table", "td", "th", "img"})
"""The elements whose width Word obeys. Source: https://www.caniemail.com/features/css-width/ (as of May 2026)."""

_VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
_SHARE = re.compile(r"(\d+(?:\.\d+)?)%")
_LIST = 40.0
"""Pixels by which Word indents a list that does not say."""


@dataclass(frozen=True, slots=True)
class Width:
    """How wide a mail says it is, how wide Word makes it, and the first tag that asks for more than is left."""

    said: float
    needed: float
    tag: str
    space: float


def as_read(html: str) -> str:
    """Return the HTML with its conditional comments decided.

    >>> as_read("<!--[if mso | IE]>a<![endif]--><!--[if !mso]><!-->b<!--<![endif]-->c")
    'ac'
    """
    return _CONDITIONAL.sub(lambda match: match[2] if _holds(match[1]) else "", html)


def width(html: str) -> Width:
    """Return the width that the mail has in Word, in pixels."""
    layout = _Layout()
    layout.feed(re.sub(r"<style\b.*?</style>", "", as_read(html), flags=re.S | re.I))
    layout.finish()
    return Width(layout.said, layout.boxes[0].inner, layout.tag, layout.space)


def _holds(condition: str) -> bool:
    flat = condition.replace("(", " ").replace(")", " ").casefold()
    return any(all(_true(term) for term in either.split("&")) for either in flat.split("|"))


def _true(term: str) -> bool:
    words = term.replace("!", " ! ").split()
    if words[:1] == ["!"]:
        return not _true(" ".join(words[1:]))
    if "mso" not in words:
        return False
    number = float(words[-1]) if words[-1].replace(".", "").isdigit() else None
    if number is None:
        return True
    compare = {"lt": operator.lt, "lte": operator.le, "gt": operator.gt, "gte": operator.ge}.get(words[0], operator.eq)
    return bool(compare(VERSION, number))


@dataclass(slots=True)
class _Box:
    """An open element: `space` is left for what it holds, `inner` is what that needs, `sides` stand beside it."""

    tag: str
    shown: str
    space: float
    own: float
    sides: float
    inner: float = 0.0

    @property
    def needed(self) -> float:
        return max(self.own, self.inner) + self.sides


class _Layout(HtmlReader):
    def __init__(self) -> None:
        super().__init__()
        self.boxes = [_Box("", "", inf, 0.0, 0.0)]
        self.said, self.tag, self.space = 0.0, "", 0.0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        style = _declarations(given.get("style", ""))
        space, sides = self.boxes[-1].space, _sides(tag, style)
        asked = (given.get("width") or style.get("width", "")) if tag in _SIZED else ""
        share = float(found[1]) / 100 if (found := _SHARE.fullmatch(asked.strip())) else None
        own = _pixels(asked) if share is None else 0.0  # a share takes what there is, and asks for nothing
        if share == 1 and tag == "table" and sides and isfinite(space):
            own = space  # but the whole, with margins beside it, is too much
        if tag == "table" and own and not self.said:
            self.said = own
        left = own or max(space * (share or 1) - sides, 0.0)
        self.boxes.append(_Box(tag, self.get_starttag_text() or "", left, own, sides))
        if tag in _VOID:
            self._close()

    def handle_endtag(self, tag: str) -> None:
        if any(box.tag == tag for box in self.boxes[1:]):
            while self._close() != tag:
                pass

    def finish(self) -> None:
        while len(self.boxes) > 1:
            self._close()

    def _close(self) -> str:
        box, parent = self.boxes.pop(), self.boxes[-1]
        if box.own and box.needed > parent.space and not self.tag:
            self.tag, self.space = box.shown, parent.space
        parent.inner = parent.inner + box.needed if parent.tag == "tr" else max(parent.inner, box.needed)
        return box.tag


def _declarations(style: str) -> dict[str, str]:
    pairs = (one.partition(":") for one in style.split(";"))
    return {name.strip().casefold(): value.strip().casefold() for name, mark, value in pairs if mark}


def _sides(tag: str, style: dict[str, str]) -> float:
    """Return the pixels left and right of what an element holds: Word knows padding in cells only, and margins."""
    if tag in _CELLS:
        padding = "mso-padding-alt" if "mso-padding-alt" in style else "padding"
        return _both(style, padding) + _border(style)
    if tag in {"ul", "ol"}:
        return _both(style, "margin", default=_LIST)
    return _both(style, "margin") + (_border(style) if tag == "table" else 0.0)


def _both(style: dict[str, str], name: str, *, default: float = 0.0) -> float:
    """Return left and right of a property that has one to four values."""
    values = style.get(name, "").split()
    left = _pixels(values[3] if len(values) == 4 else values[1 % len(values)]) if values else default
    right = _pixels(values[1 % len(values)]) if values else 0.0
    left = _pixels(style[f"{name}-left"]) if f"{name}-left" in style else left
    right = _pixels(style[f"{name}-right"]) if f"{name}-right" in style else right
    return left + right


def _border(style: dict[str, str]) -> float:
    whole = _pixels(style.get("border", ""))
    return sum(_pixels(style[name]) if name in style else whole for name in ("border-left", "border-right"))


def _pixels(value: str) -> float:
    found = re.search(r"(?<![\w.-])(\d+(?:\.\d+)?)(?:px)?(?=\s|$)", value)
    return float(found[1]) if found else 0.0
