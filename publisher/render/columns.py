"""How many columns text takes in a mail program with one width for all letters, and lines that fit into so many.

A Chinese or Japanese character takes two columns, a mark on another letter none. Between two wide characters a line may
end, but none begins with a closing bracket or a full stop.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Final

# One column each: Latin and its accents, Greek, Cyrillic; typographic punctuation, arrows, lines.
_NARROW: Final = re.compile(
    r"[\x20-\xac\xae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u202f-\u205e\u20ac\u2190-\u2193\u2500-\u257f]*"
)
_WIDE: Final = "\u2e80-\u2fdf\u3000-\u30ff\u3105-\u312f\u31a0-\u31ff\u3200-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\U0001f200-\U0001f2ff\U00020000-\U0003ffff"
_NO_FIRST: Final = "、。，．・：；？！％゛゜ヽヾゝゞ々ー）］｝〕〉》」』】〙〗〟’”»!),.:;?]}…‥ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ"
_GLUE: Final = "\xa0\u202f\u2007\u2060\ufeff"
_NO_LAST: Final = "（［｛〔〈《「『【〘〖〝‘“«([{"
_MAY_END: Final = re.compile(
    rf"(?:(?<=[{_WIDE}])|(?=[{_WIDE}]))(?<![{re.escape(_NO_LAST)}{_GLUE}])(?![{re.escape(_NO_FIRST)}{_GLUE}])(?!^)(?!$)"
)


def columns(text: str) -> int:
    """Return how many columns a line takes.

    >>> columns("naïve"), columns("日本"), columns("e\u0301")
    (5, 4, 1)
    """
    if _NARROW.fullmatch(text):
        return len(text)
    from wcwidth import wcswidth, wcwidth  # slow to import, and most mails never need it

    width = wcswidth(text)
    return width if width >= 0 else sum(max(0, wcwidth(character)) for character in text)


def fill(text: str, width: int, *, first: str = "", rest: str = "") -> str:
    """Break a paragraph into lines of at most `width` columns; a longer word has a line of its own.

    `first` stands before the first line, `rest` before each other.
    """
    if _NARROW.fullmatch(text):
        return textwrap.fill(
            text, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
        )
    lines: list[str] = []
    line, used = first, columns(first)
    empty = True
    for space, piece in _pieces(text):
        wide = columns(piece)
        if not empty and used + len(space) + wide > width:
            lines.append(line)
            line, used, empty = rest, columns(rest), True
        if not empty:
            line, used = line + space, used + len(space)
        line, used, empty = line + piece, used + wide, False
    if not empty:
        lines.append(line)
    return "\n".join(lines)


def left(text: str, width: int) -> str:
    """Return text with spaces after it, `width` columns in all."""
    return text + " " * (width - columns(text))


def right(text: str, width: int) -> str:
    """Return text with spaces before it, `width` columns in all."""
    return " " * (width - columns(text)) + text


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """Yield what must stay on one line, each with the space before it."""
    for word in re.split(r"[ \t\n]+", text):
        space = " "
        for piece in _MAY_END.split(word):
            if piece:
                yield space, piece
                space = ""
