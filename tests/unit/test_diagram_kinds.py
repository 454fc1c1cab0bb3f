"""Every kind of Mermaid diagram is drawn whole: no label is cut off, none lies outside its box, none is lost."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.render import diagrams
from publisher.render.diagrams import CARD
from publisher.render.diagrams import tree as svg_tree
from publisher.render.diagrams.bounds import Mark, marks
from publisher.render.diagrams.styles import local_name
from publisher.render.diagrams.typefaces import FAMILY, Letters
from publisher.render.images.header import measure
from publisher.render.pixels import draw_png
from tests.mermaid import KINDS

SVG = "{http://www.w3.org/2000/svg}"
RIM = 10
"""Pixels at the edge of a card in which nothing may be drawn; its margin is twice as wide."""
TOUCH = 1.5
"""Pixels by which a label may be measured wider than its box."""


@functools.cache
def drawing(kind: str) -> tuple[Element, Letters]:
    return diagrams.drawing(KINDS[kind])


def rim(tree: Element, letters: Letters) -> bytes:
    """Return the picture of a drawing that is covered up to the edge of its card."""
    covered = Element(tree.tag, dict(tree.attrib))
    covered.extend(tree)
    left, top, width, height = (float(value) for value in tree.attrib["viewBox"].split())
    SubElement(covered, f"{SVG}rect", {
        "x": f"{left + RIM}", "y": f"{top + RIM}", "width": f"{width - 2 * RIM}", "height": f"{height - 2 * RIM}",
        "style": f"fill:{CARD}!important;stroke:none!important",
    })  # fmt: skip
    return picture(covered, letters.files)


def blank(tree: Element) -> bytes:
    return picture(Element(tree.tag, {name: tree.attrib[name] for name in ("width", "height", "viewBox")}))


def picture(tree: Element, fonts: Iterable[str] = ()) -> bytes:
    width, height = int(tree.attrib["width"]), int(tree.attrib["height"])
    return draw_png(svg_tree.written(tree), width, height, paper=CARD, fonts=fonts, family=FAMILY)


def outside(found: list[Mark]) -> list[str]:
    """Return the words that stand in a box, by their middle, and are wider than it.

    Labels of arrows are left out, which may cross the bars of a sequence and the borders of C4.
    """
    boxes = [
        mark.box for mark in found
        if local_name(mark.element) == "rect" and not mark.element.get("class", "").startswith("activation")
    ]  # fmt: skip
    found = [mark for mark in found if mark.element.get("fill") != "#444444"]
    wrong = []
    for mark in found:
        middle = (mark.box.left + mark.box.right) / 2, (mark.box.top + mark.box.bottom) / 2
        around = [
            box for box in boxes
            if box.left < middle[0] < box.right and box.top < middle[1] < box.bottom and box.bottom - box.top > 12
        ]  # fmt: skip
        box = min(around, key=lambda box: (box.right - box.left) * (box.bottom - box.top), default=None)
        if mark.words and box and not box.left - TOUCH <= mark.box.left <= mark.box.right <= box.right + TOUCH:
            wrong.append(mark.words)
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_drawn_at_the_edge_of_a_card(kind: str) -> None:
    tree, letters = drawing(kind)
    assert rim(tree, letters) == blank(tree)


@pytest.mark.parametrize("kind", KINDS)
def test_every_label_is_as_narrow_as_its_box(kind: str) -> None:
    tree, letters = drawing(kind)
    assert outside(list(marks(tree, letters))) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_drawn_for_both_schemes_unless_its_colours_are_fixed(kind: str) -> None:
    one = diagrams.draw(KINDS[kind])
    assert measure(one.png) == ("png", 2 * one.width, 2 * one.height)
    assert (one.dark is None) == (
        kind in ("flowchart with colours", "front matter", "zenuml", "eventmodeling", "wardley")
    )
    assert one.dark is None or (measure(one.dark) == measure(one.png) and one.dark != one.png)


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_of_a_label_are_in_the_drawing(kind: str) -> None:
    """Words of quoted and bracketed labels; a label may be broken into lines anywhere between its words."""
    tree, letters = drawing(kind)
    shown = {word for mark in marks(tree, letters) for word in re.findall(r"\w+", mark.words)}
    labels = re.findall(r'["\[(]([A-Z][a-z]+(?: [a-z]+)*)["\])]', KINDS[kind])
    assert {word for label in labels for word in label.split()} <= shown


SCRIPTS = (
    "abcdefgxyzABCWM0189", "äöüßéèçñłžőİ", "абвгжшщюяЖШ", "αβγδωΩλ", "→←↔✓✗∑∞≤≥≠π", "ابتثجحخ", "אבגדה", "🚀🔥🎉📦",
)  # fmt: skip
WORD = st.sampled_from(SCRIPTS).flatmap(lambda letters: st.text(letters, min_size=1, max_size=14))
LABEL = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
FORMS = {
    "flowchart": 'flowchart TD\n  a["{0}"] -- "{1}" --> b["{1}"]\n',
    "er": 'erDiagram\n  "{0}" ||--o{{ "{1}" : "{0}"\n',
    "state": 'stateDiagram-v2\n  a : {0}\n  a --> b : {1}\n',
    "sequence": "sequenceDiagram\n  participant a as {0}\n  a->>b: {1}\n  Note over a,b: {0}\n",
    "gantt": "gantt\n  dateFormat YYYY-MM-DD\n  section {1}\n  {0} :2026-01-01, 40d\n",
}  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(sorted(FORMS)), LABEL, LABEL)
def test_labels_of_any_script_stay_whole(form: str, first: str, second: str) -> None:
    tree, letters = diagrams.drawing(FORMS[form].format(first, second))
    assert outside(list(marks(tree, letters))) == []
    assert rim(tree, letters) == blank(tree)
