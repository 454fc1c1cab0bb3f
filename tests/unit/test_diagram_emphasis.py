"""Words that a diagram's label emphasises are drawn bold and italic, in their order and inside of their box."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.render import diagrams
from publisher.render.diagrams import BrokenDiagramError
from publisher.render.diagrams.bounds import marks
from tests.unit.test_diagram_kinds import LABEL, blank, outside, rim


def drawn(source: str) -> list[tuple[str, str]]:
    """Return each piece of text with `b`, `i`, `bi` or nothing."""
    tree, letters = diagrams.drawing(source)
    return [
        (
            mark.words,
            "b" * (mark.style.get("font-weight") == "bold") + "i" * ("skewX" in mark.element.get("transform", "")),
        )
        for mark in marks(tree, letters)
        if mark.words
    ]


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ('flowchart LR\n a["`**Bold** and *lean* or _low_`"]', [("Bold", "b"), ("and", ""), ("lean", "i"), ("or", ""), ("low", "i")]),
        ('flowchart LR\n a["`***both***`"]', [("both", "bi")]),
        ('flowchart LR\n a -- "`an **edge**`" --> b', [("an", ""), ("edge", "b"), ("a", ""), ("b", "")]),
        ('flowchart LR\n subgraph s ["`a **b**`"]\n c\n end', [("a", ""), ("b", "b"), ("c", "")]),
        ('flowchart LR\n a["<b>x</b> <i>y</i>"]', [("x", "b"), ("y", "i")]),
        ('flowchart LR\n a["**no** _x_"]', [("**no** _x_", "")]),
        ('flowchart LR\n a["`two\n**lines**`"]', [("two", ""), ("lines", "b")]),
        ('flowchart LR\n a["`**عنوان** كتاب`"]', [("عنوان كتاب", "")]),
        ('mindmap\n root["`**b** _c_`"]', [("b", "b"), ("c", "i")]),
        ("classDiagram\n class snake_case_", [("snake_case_", "")]),
    ],
)  # fmt: skip
def test_a_word_is_drawn_as_its_label_emphasises_it(source: str, pieces: list[tuple[str, str]]) -> None:
    assert sorted(drawn(source)) == sorted(pieces)


EMPHASIS = st.sampled_from(["", "**", "*", "_", "***"])
WORDS = st.lists(st.tuples(EMPHASIS, st.text("abcdxyzABCäéжшδ", min_size=1, max_size=9)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=25)
@given(WORDS, LABEL)
def test_an_emphasised_label_of_any_length_stays_whole(words: list[tuple[str, str]], edge: str) -> None:
    label = " ".join(f"{mark}{word}{mark}" for mark, word in words)
    tree, letters = diagrams.drawing(f'flowchart TD\n  a["`{label}`"] -- "`**{edge}**`" --> b\n')
    assert outside(list(marks(tree, letters))) == []
    assert rim(tree, letters) == blank(tree)
    shown = [mark.words for mark in marks(tree, letters) if mark.words]
    assert all(any(word in piece for piece in shown) for _, word in words)


BODIES = ("{ +x }", "{+x}", "{\n +x }", "{ +x\n}", "{\n  +x\n}")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    "head", ["class A", "class A~T~", 'class A["Name"]', "class A:::hot", "namespace N {\nclass A"]
)
def test_the_body_of_a_class_may_end_on_any_line(head: str, body: str) -> None:
    source = f"classDiagram\n{head} {body}\n" + "}\n" * head.startswith("namespace")
    assert ("+x", "") in drawn(source)


@pytest.mark.parametrize("body", BODIES)
def test_an_error_below_a_class_names_its_own_line(body: str) -> None:
    before = f"classDiagram\nclass A {body}\nclass B {{ +y }}\n"
    with pytest.raises(BrokenDiagramError) as raised:
        drawn(before + "A --> \n")
    assert raised.value.line == before.count("\n") + 1


def test_words_that_look_like_a_class_stay_words() -> None:
    assert ("class B { +x }", "") in drawn('classDiagram\nclass A\nnote for A "class B { +x }"')
    assert drawn('flowchart LR\n a["class B { +x }"]') == [("class B { +x }", "")]
