"""Bold and italic words in labels. merman lays them out as HTML and writes them plain for programs that show none.

So a drawing is written twice: as merman means it, which says what is emphasised, and plain, which is drawn.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from publisher.language import directions
from publisher.render.diagrams.bounds import font_size
from publisher.render.diagrams.styles import declarations, has_class, local_name, restyle
from publisher.render.diagrams.typefaces import Letters

MAY_EMPHASISE: Final = re.compile(r"\*|(?<!\w)_\w|<(?:b|i|em|strong)\b", re.IGNORECASE)
"""What a source has that emphasises a word; a label may show it as it is."""

_BOLD, _ITALIC = ("b", "strong"), ("i", "em")
_SLANT: Final = -10
"""Degrees: Inter's own italic is upright letters that lean so far."""


class _Letter(NamedTuple):
    letter: str
    bold: bool = False
    italic: bool = False


def emphasise(tree: Element, meant: Element, letters: Letters) -> None:
    """Draw those words of a plain drawing bold and italic that are so in what is meant."""
    labels = [element for element in meant.iter() if local_name(element) == "foreignObject"]
    said = [letter for label in labels for letter in _letters(label) if not letter.letter.isspace()]
    texts = [element for element in tree.iter() if has_class(element, "merman-foreignobject-fallback-text")]
    shown = "".join("".join(text.itertext()) for text in texts)
    if "".join(shown.split()) != "".join(letter.letter for letter in said):
        return  # a label is drawn otherwise than as words in a row
    parents, rest = {child: parent for parent in tree.iter() for child in parent}, iter(said)
    for text in texts:
        words = "".join(text.itertext())
        styled = [_Letter(letter) if letter.isspace() else next(rest) for letter in words]
        if any(letter.bold or letter.italic for letter in styled) and not _turns(styled):
            parent = parents[text]
            place = list(parent).index(text)
            parent[place : place + 1] = _runs(text, styled, letters)


def _letters(element: Element, *, bold: bool = False, italic: bool = False) -> Iterator[_Letter]:
    bold, italic = bold or local_name(element) in _BOLD, italic or local_name(element) in _ITALIC
    yield from (_Letter(letter, bold, italic) for letter in element.text or "")
    for child in element:
        yield from _letters(child, bold=bold, italic=italic)
        yield from (_Letter(letter, bold, italic) for letter in child.tail or "")


def _turns(styled: list[_Letter]) -> bool:
    """Whether a line has several runs that may not stand from left to right, as in Arabic; it stays plain."""
    return len({letter[1:] for letter in styled}) > 1 and "rtl" in directions("".join(each.letter for each in styled))


def _runs(text: Element, styled: list[_Letter], letters: Letters) -> list[Element]:
    """Return a text as one for each run of letters with the same emphasis, side by side and centred as before."""
    style = declarations(text)
    size, runs = font_size(style), list[tuple[str, bool, bool]]()
    for (bold, italic), run in groupby(styled, key=lambda letter: (letter.bold, letter.italic)):
        runs.append(("".join(letter.letter for letter in run), bold, italic))
    widths = [letters.width(words, "bold" if bold else None) * size for words, bold, _ in runs]
    x, y = float(text.get("x", "0")), float(text.get("y", "0"))
    if style.get("text-anchor") == "middle":
        x -= sum(widths) / 2
    made = []
    for (words, bold, italic), width in zip(runs, widths, strict=True):
        if words.strip():
            indent = len(words) - len(words.lstrip())
            left = x + letters.width(words[:indent]) * size
            made.append(_run(text, words.strip(), (left, y), bold=bold, italic=italic))
        x += width
    return made


def _run(text: Element, words: str, at: tuple[float, float], *, bold: bool, italic: bool) -> Element:
    run = copy.copy(text)
    run.attrib = dict(text.attrib)
    run[:], run.text, run.tail = [], words, None
    run.set("text-anchor", "start")
    restyle(run, text_anchor="start", transform=None)
    if bold:
        restyle(run, font_weight="bold")
    run.set("x", f"{at[0]:g}")
    if italic:
        run.attrib |= {"x": "0", "y": "0", "transform": f"translate({at[0]:g},{at[1]:g}) skewX({_SLANT})"}
    return run
