"""A formula is found as on GitHub, and stands as MathML on the page, as a picture in mail, as LaTeX in the text part."""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.errors import Problem
from publisher.issue import Picture
from publisher.render.formulas import MOST_LENGTH, BrokenFormulaError, draw, mathml
from publisher.render.mail import Mail
from publisher.render.page import Page
from publisher.render.pictures import Images
from publisher.render.text import Text
from tests.long import some
from tests.pace import within

PATH = Path("content/concepts/a.md")
MATHML = "{http://www.w3.org/1998/Math/MathML}"


def shown(text: str) -> tuple[Element, list[Problem], tuple[Picture, ...]]:
    """Return a text with its formulas drawn, what is wrong with it, and the pictures."""
    prose = parse(text, path=PATH, line=1, links=Links.none())
    images = Images(lambda _: None)
    problems = [*prose.problems, *images.illustrate(prose, PATH)]
    return prose.root, problems, images.pictures


def found(text: str) -> list[str]:
    root, problems, _ = shown(text)
    assert problems == []
    return [element.text or "" for element in root.iter() if element.tag in ("formula", "equation")]


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("Let $x$ and ($y_1 * z_2 * 3$).", ["x", "y_1 * z_2 * 3"]),
        ("Let $`a_1 * b`$ be.", ["a_1 * b"]),
        ("It is $$x^2$$ here.", ["x^2"]),
        ("$$\nx = 1\n$$", ["x = 1"]),
        ("$$ x $$", ["x"]),
        ("```math\nx\n```", ["x"]),
        ("- a\n\n  $$\n  x\n  $$", ["x"]),
        ("> $x$\n\n| a |\n|---|\n| $y$ |\n\n### The $z$", ["x", "y", "z"]),
        (r"$\text{5 \$}$", [r"\text{5 \$}"]),
        ("$1$, $2$", ["1", "2"]),
        (r"$\alpha$ $\S$ $50\%$", [r"\alpha", r"\S", r"50\%"]),
    ],
)
def test_a_formula_is_found_where_github_finds_it(text: str, formulas: list[str]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(
    "text",
    [
        "It is $5 and $10.", "From $5 to $10, or $5-$10.", "US$5 and CA$5.", "$HOME/$USER, $HOME and $PATH", r"\$x\$", "`$x$`",
        "$ make\n$ make test", "$ x $", "100$ and 200$", "$5\nand 5$", "```\n$x$\n```", "$$", "$$$", "$x", "a $$ b",
    ],
)  # fmt: skip
def test_prose_with_dollar_signs_stays_prose(text: str) -> None:
    assert found(text) == []


def test_the_page_has_mathml_the_mail_a_picture_and_the_text_the_source() -> None:
    root, problems, pictures = shown("So $a<b$:\n\n$$\n\\frac{a}{b}\n$$\n")
    assert problems == []
    page = fromstring(f"<div>{Page(str, str).inside(root)}</div>")
    assert [(one.get("display"), one.get("alttext"), one.get("dir")) for one in page.iter(f"{MATHML}math")] == [
        ("inline", "a<b", "ltr"),
        ("block", r"\frac{a}{b}", "ltr"),
    ]
    mail = fromstring(f"<div>{Mail(str, str, 1).inside(root)}</div>")
    images = list(mail.iter("img"))
    assert [image.get("alt") for image in images] == ["a<b", r"\frac{a}{b}"]
    names = {picture.name for picture in pictures}
    assert {image.get("src") for image in images} | {one.get("srcset") for one in mail.iter("source")} == names
    assert Text(str, str).write(root) == "So $a<b$:\n\n    \\frac{a}{b}"


def test_a_picture_has_twice_the_pixels_and_its_letters_stand_on_the_line() -> None:

    flat, deep = draw("x", block=False), draw(r"\frac{x}{y}", block=False)
    assert flat.descent < deep.descent
    for drawn in (flat, deep):
        for png in (drawn.light, drawn.dark):
            with Image.open(io.BytesIO(png)) as image:
                assert image.size == (2 * drawn.width, 2 * drawn.height)
                darkest, lightest = image.convert("L").getextrema()
                assert lightest - darkest > 150


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (r"\foo{x}", r"there is no command \foo"),
        (r"\frac{a}", "it cannot be laid out"),
        ("{a", "a { has no }"),
        ("a}", "a } has no {"),
        ("x_", "nothing follows _ or ^"),
        (r"\left( a", r"\left and \right do not match"),
        (r"\begin{nope}a\end{nope}", "there is no environment 'nope'"),
        ("a & b", "& stands outside of a table"),
        ("x^2^3", "two superscripts"),
        (r"\text{日}", "no font has its letter '日'"),
        (r"\def\a{x}\a", r"\def defines a command"),
        ("x" * (MOST_LENGTH + 1), "more than 1,000 characters"),
    ],
)
def test_a_formula_that_cannot_be_read_is_an_error_with_its_line_and_the_reason(source: str, reason: str) -> None:
    root, problems, pictures = shown(f"One.\n\nTwo\n${source}$.")
    assert [(problem.line, problem.rule) for problem in problems] == [(4, "formula")]
    assert reason in problems[0].what
    assert pictures == ()
    assert source in "".join(root.itertext())


@given(st.lists(st.sampled_from([
    "x", "1", "+", r"\frac", r"\sqrt", "{", "}", "_", "^", "&", r"\\", r"\left(", r"\right)", r"\begin{matrix}", r"\end{matrix}",
    r"\text", r"\sum", " ", r"\foo", "'", "%", "#", "<", r"\href", r"\style", r"\color{red}", r"\limits", r"\newcommand", "[", "]",
]), max_size=12).map("".join))  # fmt: skip
@settings(max_examples=some(150), deadline=None)
def test_any_source_is_drawn_or_refused_and_only_known_markup_comes_out(source: str) -> None:
    try:
        drawn = draw(source, block=True)
    except BrokenFormulaError:
        return
    for element in fromstring(drawn.mathml).iter():
        assert re.fullmatch(r"\{[^}]*\}m[a-z]+", element.tag)
        assert not {
            name for name in element.attrib if name.startswith("on") or name in ("href", "style", "class", "src")
        }


HOSTILE = [
    r"\frac{" * 60 + "x" + "}{y}" * 60,
    r"\left(" * 40 + "x" + r"\right)" * 40,
    r"\sqrt{" * 100 + "x" + "}" * 100,
    "x^{" * 100 + "y" + "}" * 100,
    "{" * 450 + "x" + "}" * 450,
    r"\sqrt" * 190 + " x",
    r"\frac1" * 150 + " x",
    r"\begin{matrix}" + "&" * 300 + r"\\" * 300 + r"\end{matrix}",
    r"\int" * 240,
    r"\sum_{i}^{n}" * 80,
    r"\text{" + "a" * 900 + "}",
    "x" * 900,
    r"\left(" * 5 + "x" + r"\right)" * 5,
    r"\frac{" * 5 + "x" + "}{y}" * 5,
]


@pytest.mark.parametrize("source", HOSTILE, ids=[source[:8] for source in HOSTILE])
def test_no_formula_takes_long(source: str) -> None:
    began = time.process_time()
    try:
        draw(source, block=True)
    except BrokenFormulaError:
        pass
    spent = time.process_time() - began
    assert spent < within(2)


def test_the_same_source_makes_the_same_bytes_in_any_process() -> None:
    code = (
        "import hashlib; from publisher.render.formulas import draw; one = draw(r'\\sum_{i=1}^n \\frac{a_i}{b}', block=True); "
        "print(hashlib.sha256(one.light + one.dark + one.mathml.encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    here = draw(r"\sum_{i=1}^n \frac{a_i}{b}", block=True)
    assert made == {hashlib.sha256(here.light + here.dark + here.mathml.encode()).hexdigest() + "\n"}


def test_a_tree_is_the_same_before_and_after_it_was_drawn() -> None:
    before = mathml(r"\frac{a}{b}", block=False)
    assert "mathcolor" not in draw(r"\frac{a}{b}", block=False).mathml
    assert [element.attrib for element in before.iter()][1:] == [
        element.attrib for element in mathml(r"\frac{a}{b}", block=False).iter()
    ][1:]
