"""`new`: a draft from the section's template, which check passes and which overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import pipeline
from publisher.cli.planning import edit
from publisher.errors import ContentError, Refused
from publisher.issue import PieceStatus
from tests.publication import FakeClock, MemoryApp, example, variables


@pytest.fixture
def app(tmp_path: Path) -> MemoryApp:
    return MemoryApp(example(tmp_path / "news"), FakeClock(), variables("smtp://127.0.0.1:9"))


@pytest.mark.parametrize("section", ["concept", "architecture", "project", "question"])
def test_a_new_piece_is_a_draft_that_can_be_read(app: MemoryApp, section: str) -> None:
    path = pipeline.new(app.act(), section, "Größe: what a # costs")
    content = app.act().content
    (piece,) = [piece for piece in content.pieces if piece.path == path]
    assert content.problems == ()
    assert (piece.title, piece.slug, piece.section) == ("Größe: what a # costs", "grosse-what-a-costs", section)
    assert (piece.status, str(piece.added), piece.answer is None) == (
        PieceStatus.DRAFT,
        "2026-11-26",
        section != "question",
    )
    with pytest.raises(Refused, match=r"grosse-what-a-costs\.md is there already; give the piece another title"):
        pipeline.new(app.act(), section, "Größe: what a # costs")


def test_a_sections_own_template_is_copied_with_title_and_day(app: MemoryApp) -> None:
    template = app.folder / "content" / "concepts" / "_template.md"
    template.write_text(
        "---\ntitle: Ours\nsummary: One line.\ntags: [ours]\nadded: 2020-01-01\n---\n### Why\n\nBecause.\n"
    )
    path = pipeline.new(app.act(), "concept", "再試行")
    assert (app.folder / path).read_text() == (
        "---\ntitle: 再試行\nsummary: One line.\ntags: [ours]\nadded: 2026-11-26\n---\n### Why\n\nBecause.\n"
    )
    assert path == Path("content/concepts/concept-2026-11-26.md")
    template.write_text("no front matter")
    with pytest.raises(ContentError, match=r"content/concepts/_template\.md:1: no front matter"):
        pipeline.new(app.act(), "concept", "Another")


def test_a_section_that_is_not_there_is_refused_with_those_that_are(app: MemoryApp) -> None:
    with pytest.raises(Refused, match="there is no section 'poem'; the sections are concept, "):
        pipeline.new(app.act(), "poem", "Roses")
    with pytest.raises(Refused, match="a piece needs a title"):
        pipeline.new(app.act(), "concept", "  ")


def test_the_editor_opens_the_file_and_its_failure_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a file.md"
    file.write_text("text")
    monkeypatch.delenv("VISUAL", raising=False)
    for editor, left, said in (
        ("", "text", ""),
        ("no-such-editor", "text", "the editor failed"),
        ("cp /dev/null", "", ""),
    ):
        monkeypatch.setenv("EDITOR", editor)
        edit(file)
        assert (file.read_text(), said in capsys.readouterr().err) == (left, True)
