"""Diagrams are drawn with their words, and come out the same each time."""

from __future__ import annotations

import sys

import pytest

from publisher.errors import ConfigurationError
from publisher.render import diagrams, render_issue
from publisher.render.pictures import measure
from tests.press import DIAGRAM, content, issue, line_of, png, templates

SOURCE = "flowchart TD\n  A[{}] --> B[{}]\n"


def test_the_words_of_a_diagram_are_drawn() -> None:
    """The same boxes with other words of the same width give another picture; without a font they would not."""
    assert diagrams.draw(SOURCE.format("nnnn", "nnnn")).png != diagrams.draw(SOURCE.format("uuuu", "uuuu")).png


def test_words_are_missing_without_the_shipped_font(monkeypatch: pytest.MonkeyPatch) -> None:
    with_words = diagrams.draw.__wrapped__(SOURCE.format("Question", "Answer"))
    monkeypatch.setattr(diagrams, "FONT", diagrams.FONT.with_name("none.otf"))
    without = diagrams.draw.__wrapped__(SOURCE.format("Question", "Answer"))
    assert len(without.png) < 0.8 * len(with_words.png)


def test_the_same_source_gives_the_same_bytes() -> None:
    source = SOURCE.format("Question", "Answer")
    assert diagrams.draw.__wrapped__(source) == diagrams.draw.__wrapped__(source)


def test_the_picture_has_twice_the_pixels_that_are_shown() -> None:
    drawn = diagrams.draw(SOURCE.format("Question", "Answer"))
    assert measure(drawn.png) == ("png", 2 * drawn.width, 2 * drawn.height)


def test_the_font_is_small_and_comes_with_its_licence() -> None:
    assert diagrams.FONT.stat().st_size < 120_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in diagrams.FONT.with_name("OFL.txt").read_text()


@pytest.mark.parametrize(
    "block", ["```mermaid\nflowchart TD\n  accDescr: x\n  A[x --> B\n```", "```mermaid\nnonsense\n  accDescr: x\n```"]
)
def test_a_broken_diagram_is_a_problem_on_its_line_and_stays_readable(block: str) -> None:
    one = issue(3, concept=f"Text.\n\n{block}\n")
    rendered = render_issue(one, content(one), templates())
    (problem,) = rendered.problems
    assert (problem.rule, problem.line) == ("diagram", line_of(one, "```mermaid"))
    assert "accDescr: x" in rendered.text


def test_a_diagram_without_description_is_a_problem() -> None:
    one = issue(3, concept=DIAGRAM.replace("accDescr", "%% was"))
    (problem,) = render_issue(one, content(one), templates()).problems
    assert (problem.rule, problem.line) == ("alt", line_of(one, "```mermaid"))


def test_a_missing_package_is_reported_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "merman", None)
    with pytest.raises(ConfigurationError, match="pip install merman resvg-py"):
        diagrams.draw.__wrapped__(SOURCE.format("a", "b"))


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01\x01\x11\x00"


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(7, 9), ("png", 7, 9)), (b"GIF89a\x05\x00\x06\x00", ("gif", 5, 6)), (JPEG, ("jpg", 32, 16)),
        (b"<svg/>", None), (b"", None), (JPEG[:9], None), (b"\x89PNG\r\n\x1a\n", None),
    ],
)  # fmt: skip
def test_images_are_measured_from_their_headers(data: bytes, size: object) -> None:
    assert measure(data) == size


def test_the_card_shows_around_the_label_of_an_edge() -> None:
    svg = '<svg viewBox="0 0 90 60" width="100%" style=""><rect x="0" y="0" width="12.9" height="22.5" fill="#f7f7f5"/></svg>'
    assert '<rect x="-5" y="0" width="22.9" height="22.5" fill="#f7f7f5"' in diagrams._on_card(svg)[0]
