"""Diagrams are drawn with their words, and come out the same each time."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import isolation
from publisher.errors import ConfigurationError
from publisher.render import diagrams, render_issue
from publisher.render.diagrams import tree as svg_tree
from publisher.render.diagrams.bounds import marks
from publisher.render.images.header import measure
from tests.press import DIAGRAM, content, issue, line_of, png, templates

CASES = Path(__file__).parents[1] / "data" / "diagrams"
SOURCE = "flowchart TD\n  A[{}] --> B[{}]\n"


@pytest.fixture
def no_system_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without fonts of its own; what is put into the folder is one of them."""
    for name in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(name, str(tmp_path))
    folder = tmp_path / "fonts"
    folder.mkdir()
    diagrams.draw.cache_clear()
    isolation.end_workers()  # they have the environment with which they began
    yield folder
    isolation.end_workers()


def test_the_words_of_a_diagram_are_drawn() -> None:
    """The same boxes with other words of the same width give another picture; without a font they would not."""
    assert diagrams.draw(SOURCE.format("nnnn", "nnnn")).png != diagrams.draw(SOURCE.format("uuuu", "uuuu")).png


@pytest.mark.parametrize(
    ("letter", "other"), [("🚀", "🔥"), ("💻", "🔬"), ("🇩🇪", "🇫🇷"), ("1️⃣", "2️⃣"), ("✅", "❌"), ("░", "▒"), ("⟶", "⟵"), ("ق", "ف"), ("Ж", "Ш")]
)  # fmt: skip
def test_every_letter_of_a_label_in_many_scripts_is_drawn(letter: str, other: str) -> None:
    """Where resvg looked for the fonts itself, a label with a joined emoji lost every letter that its first font lacks."""
    label = "Ж a 🚀 👩‍💻 🇩🇪 1️⃣ ✅ ░ ⟶ قائمة"
    assert (
        diagrams.draw(SOURCE.format(label, "b")).png
        != diagrams.draw(SOURCE.format(label.replace(letter, other), "b")).png
    )


def test_the_same_source_gives_the_same_bytes() -> None:
    source = SOURCE.format("Question", "Answer")
    assert diagrams.draw.__wrapped__(source) == diagrams.draw.__wrapped__(source)


def test_the_picture_has_twice_the_pixels_that_are_shown() -> None:
    drawn = diagrams.draw(SOURCE.format("Question", "Answer"))
    assert measure(drawn.png) == ("png", 2 * drawn.width, 2 * drawn.height)


@pytest.mark.parametrize(
    ("block", "place"),
    [
        ("```mermaid\nflowchart TD\n  accDescr: x\n  A[x --> B\n```", 3),
        ("```mermaid\nsequenceDiagram\n  accDescr: x\n  A->>B: y\n  loop z\n```", 4),
        ("```mermaid\nnonsense\n  accDescr: x\n```", 1),
        ("```mermaid\ngantt\n  accDescr: x\n  a :2026-99-99, 3d\n```", 0),
        ('```mermaid\nflowchart TD\n  accDescr: x\n  A["$$x^2$$"]\n```', 3),
        ('```mermaid\nflowchart TD\n  accDescr: x\n  A --> B\n  B@{ img: "p99.png" }\n```', 4),
    ],
)
def test_a_broken_diagram_is_a_problem_on_its_line_and_stays_readable(block: str, place: int) -> None:
    """Where Mermaid names no line, it is the line on which the block begins."""
    one = issue(3, concept=f"Text.\n\n{block}\n")
    rendered = render_issue(one, content(one), templates())
    (problem,) = rendered.problems
    assert (problem.rule, problem.line) == ("diagram", line_of(one, "```mermaid") + place)
    assert "accDescr: x" in rendered.text


def test_a_letter_that_no_font_has_is_a_problem_that_names_it(no_system_fonts: Path) -> None:
    one = issue(3, concept="```mermaid\nflowchart TD\n  accDescr: x\n  A --> B[队列]\n```\n")
    (problem,) = render_issue(one, content(one), templates()).problems
    assert "'队' (U+961F)" in problem.what
    assert problem.line == line_of(one, "队列")


@pytest.mark.parametrize(
    "source",
    [
        "flowchart TD\n  accDescr: x\n  A --> B\n",
        "mindmap\n  accDescr: x\n  root\n    A\n",
        "block\n  %% accDescr: x\n  A B\n",
    ],
)
def test_a_description_is_allowed_in_every_kind(source: str) -> None:
    assert diagrams.described(source) == ("", "x")
    assert diagrams.draw(source).width > 0


@pytest.mark.parametrize(
    ("case", "words"), [("state.md", {"Queued", "Running"}), ("er.md", {"JOBS", "ATTEMPTS", "has many"})]
)
def test_the_cases_of_state_and_er_are_drawn_with_all_their_words(case: str, words: set[str]) -> None:
    text = (CASES / case).read_text()
    source = text.partition("```mermaid\n")[2].partition("```")[0]
    tree, letters = diagrams.drawing(source)
    assert {mark.words for mark in marks(tree, letters) if mark.words} == words
    one = issue(3, concept=text.rpartition("---\n")[2])
    rendered = render_issue(one, content(one), templates())
    assert not rendered.problems
    assert [picture.width for picture in rendered.pictures] == 2 * [diagrams.draw(source).width]


def test_colours_that_the_author_chose_stay_on_the_light_card() -> None:
    plain = diagrams.draw("flowchart TD\n  A --> B\n")
    coloured = diagrams.draw("flowchart TD\n  A --> B\n  style A fill:#fdd\n")
    assert plain.dark
    assert coloured.dark is None
    assert coloured.png != plain.png


def test_no_file_of_the_machine_is_read_for_a_diagram(tmp_path: Path) -> None:
    """resvg reads files that an image names; nothing that gets there may name one."""
    picture = tmp_path / "secret.png"
    picture.write_bytes(png(40, 40))
    tree = svg_tree.parse(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 50 50"><image href="{picture}" width="40" height="40"/></svg>'
    )
    svg_tree.put_on_card(tree, {"width": "50", "height": "50"})
    assert str(picture) not in svg_tree.written(tree)


def test_a_diagram_with_nothing_in_it_is_an_error_in_a_sentence() -> None:
    for empty in ("flowchart", "flowchart TD\n    accDescr: Nothing.\n"):
        with pytest.raises(diagrams.BrokenDiagramError, match="cannot be drawn: there is nothing in it"):
            diagrams.draw(empty)


@pytest.mark.parametrize(
    "source",
    [
        '%%{init: {"flowchart": {"nodeSpacing": 600, "rankSpacing": 600}}}%%\nflowchart LR\n'
        + "".join(f"  a{at} --> b{at} --> c{at} --> d{at} --> e{at}\n" for at in range(5)),
        '%%{init: {"quadrantChart": {"chartWidth": 3000, "chartHeight": 3000}}}%%\nquadrantChart\n  title x\n  A: [0.3, 0.6]\n',
    ],
)
def test_a_diagram_too_large_to_draw_is_refused(source: str) -> None:
    with pytest.raises(diagrams.BrokenDiagramError, match="too large to draw"):
        diagrams.draw(source)


def test_the_same_source_gives_the_same_bytes_in_every_process() -> None:
    """Names of fonts, rules of style and letters are kept in sets and dictionaries: their order must not matter."""
    code = (
        "import hashlib; from publisher.render import diagrams; from tests.mermaid import KINDS;"
        "print([hashlib.sha256(one.png + (one.dark or b'')).hexdigest()"
        " for one in map(diagrams.draw, (KINDS['class'], KINDS['gantt'], 'flowchart TD; a[Жα→🚀]'))])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"},
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }  # fmt: skip
    assert len(seen) == 1


def test_a_diagram_without_description_is_a_problem() -> None:
    one = issue(3, concept=DIAGRAM.replace("accDescr", "%% was"))
    (problem,) = render_issue(one, content(one), templates()).problems
    assert (problem.rule, problem.line) == ("alt", line_of(one, "```mermaid"))


def test_a_missing_package_is_reported_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "merman", None)
    with pytest.raises(ConfigurationError, match="pip install merman resvg"):
        diagrams.drawn.function(SOURCE.format("a", "b"))


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


def test_the_card_shows_on_both_sides_of_the_label_of_an_edge() -> None:
    tree, letters = diagrams.drawing('flowchart LR\n  A -- "has many" --> B\n')
    found = list(marks(tree, letters))
    label = next(mark.box for mark in found if mark.words == "has many")
    background = next(mark.box for mark in found if mark.element.get("fill") == diagrams.CARD and not mark.words)
    assert background.left <= label.left - 3
    assert background.right >= label.right + 3
