"""A piece's links and pictures hold from the issue's place too, and its code and words stay as they are."""

from __future__ import annotations

import dataclasses
import posixpath
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.assemble import outline, to_markdown
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.content.moved import moved
from tests.pace import within
from tests.unit.test_assemble import OTHERS, WEEK, past, piece, publication


def as_in_issue(text: str) -> str:
    return moved(text, origin="concepts", to="issues")


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("![p99](img/p99.png)", "![p99](../concepts/img/p99.png)"),
        ("![p99](./img/p99.png#dark)", "![p99](../concepts/img/p99.png#dark)"),
        ('![p99]( img/p99.png "A title (1)")', '![p99]( ../concepts/img/p99.png "A title (1)")'),
        ("![a b](<img/a b.png>)", "![a b](<../concepts/img/a b.png>)"),
        ("![x](img/a(1).png)", "![x](../concepts/img/a(1).png)"),
        ("![x](img/a\\)b.png)", "![x](../concepts/img/a\\)b.png)"),
        ("![x](../img/a.png)", "![x](../img/a.png)"),
        ("[golden](golden-sets.md#how)", "[golden](../concepts/golden-sets.md#how)"),
        ("[No. 3](../issues/0003.md#concept)", "[No. 3](../issues/0003.md#concept)"),
        ("[![x](a.png)](b.md)", "[![x](../concepts/a.png)](../concepts/b.md)"),
        ("[x][img]\n\n[img]: img/a.png 'Title'", "[x][img]\n\n[img]: ../concepts/img/a.png 'Title'"),
        ("> - ![x](a.png)", "> - ![x](../concepts/a.png)"),
        ("- item\n\n      code ](a.png)\n\n    ![x](a.png)", "- item\n\n      code ](a.png)\n\n    ![x](../concepts/a.png)"),
        ("!!! note\n    ![x](a.png)", "!!! note\n    ![x](../concepts/a.png)"),
        ("Text[^1].\n\n[^1]: A note.\n\n    ![x](a.png)", "Text[^1].\n\n[^1]: A note.\n\n    ![x](../concepts/a.png)"),
        ("- ```\n  [a](b.md)\n\n![x](a.png)", "- ```\n  [a](b.md)\n\n![x](../concepts/a.png)"),
        ("``` a`b\n![x](a.png)", "``` a`b\n![x](../concepts/a.png)"),
        ('<img src="a.png" alt="x">', '<img src="../concepts/a.png" alt="x">'),
        ("<source srcset='a.png, b.png 2x'>", "<source srcset='../concepts/a.png, ../concepts/b.png 2x'>"),
        ("[x](../../README.md)", "[x](../../README.md)"),
    ],
)  # fmt: skip
def test_relative_destinations_are_moved(written: str, there: str) -> None:
    assert as_in_issue(written) == there


@pytest.mark.parametrize(
    "text",
    [
        "`![x](a.png)`", "``a ` ![x](a.png)``", "```md\n![x](a.png)\n```", "~~~\n[x]: a.png\n~~~", "    ![x](a.png)",
        "Text.\n\n    [a](b.md)\n\n    [c](d.md)\n\nText.", "- item\n\n  ```\n  [a](b.md)\n  ```", "- ```\n  [a](b.md)\n  ```", "> ```\n> [a](b.md)\n> ```", "\\[a](b.md)",
        "a](b.md)", "[a](#here)", "[a](https://example.com/b.md)", "[a](mailto:a@example.com)", "[a](/b.md)", "[a]()",
        "[a](//example.com/b)", "[^1]: words", "[so]: it goes on here", "See [1]: it is there.", "![x](data:image/png;base64,AA)",
    ],
)  # fmt: skip
def test_code_words_and_what_lies_elsewhere_stay(text: str) -> None:
    assert as_in_issue(text) == text


_NAMES = st.sampled_from(["a.png", "img/b.png", "../img/c.png", "../concepts/d.png", "./e%20f.png", "g(1).png#dark"])
_SPANS = st.one_of(
    _NAMES.map(lambda name: f"![words]({name})"),
    _NAMES.map(lambda name: f"`![code]({name})`"),
    _NAMES.map(lambda name: f"[![in](x.png)]({name})"),
    st.sampled_from(["words", "two  words", "*stars*", "`a", "[open", "close]", "\\[no](a.png)", "x](y)"]),
)
_LINES = st.lists(_SPANS, min_size=1, max_size=4).map(" ".join)
_BLOCKS = st.one_of(
    _LINES,
    _LINES.map(lambda line: f"> {line}"),
    _LINES.map(lambda line: f"- {line}\n- {line}"),
    _LINES.map(lambda line: f"    {line}"),
    _LINES.map(lambda line: f"```text\n{line}\n```"),
    _LINES.map(lambda line: f"1. one\n\n    {line}"),
    _LINES.map(lambda line: f"- one\n\n  ```\n  {line}\n  ```"),
    _LINES.map(lambda line: f"- ~~~\n  {line}\n  ~~~"),
)


@given(st.lists(_BLOCKS, min_size=1, max_size=6).map("\n\n".join))
def test_a_moved_text_shows_the_same_pictures_and_words(text: str) -> None:
    def shown(text: str, folder: str) -> tuple[list[str], str]:
        root = parse(text, path=Path(f"content/{folder}/x.md"), line=1, links=Links.none()).root
        pictures = [one.get("src", "") for one in root.iter("img")] + [one.get("href", "") for one in root.iter("a")]
        return [posixpath.normpath(posixpath.join(folder, one)) for one in pictures], "".join(root.itertext())

    assert shown(as_in_issue(text), "issues") == shown(text, "concepts")


@given(st.text(alphabet="[]()<>!`\\ \n\t-:a./#^\"'", max_size=200))
def test_any_text_can_be_moved_and_keeps_its_lines(text: str) -> None:
    assert as_in_issue(text).count("\n") == text.count("\n")


@pytest.mark.parametrize("unit", ["[", "](", "`", "![a](b", "<img ", "[a]: b\n", "[a](b)", "(" * 50, "\\", " " * 50])
def test_moving_costs_time_in_proportion_to_the_text(unit: str) -> None:
    text = unit * (64_000 // len(unit))
    begun = process_time()
    as_in_issue(text)
    spent = process_time() - begun
    assert spent < within(1)


def test_an_assembled_issue_shows_the_pictures_of_its_pieces_and_of_last_weeks_answer() -> None:
    concept = dataclasses.replace(piece("concept", "a"), body="![p99](img/p99.png)\n")
    asked = piece("question", "asked", answer="![An answer](answer.png)\n")
    before = past(5, question="questions/asked.md")
    decided = outline(publication(), WEEK, [concept, asked, *OTHERS], [before])
    text = to_markdown(decided, publication())
    assert "![p99](../concepts/img/p99.png)" in text
    assert "![An answer](../questions/answer.png)" in text
