"""`ready`: a finished draft gets into the queue, and an unfinished one does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import pipeline
from publisher.errors import ContentError, Refused
from publisher.issue import PieceStatus
from publisher.scaffold import scaffold
from tests.publication import FakeClock, MemoryApp, variables

STARTER = Path("content/concepts/first-concept.md")
QUESTION = Path("content/questions/first-question.md")


@pytest.fixture
def app(tmp_path: Path) -> MemoryApp:
    scaffold(tmp_path / "news")
    return MemoryApp(tmp_path / "news", FakeClock(), variables("smtp://127.0.0.1:9"))


def test_what_is_left_to_be_written_is_named_with_its_line(app: MemoryApp) -> None:
    before = (app.folder / STARTER).read_bytes()
    with pytest.raises(ContentError, match=r"first-concept\.md:8: «TODO» was left in the text"):
        pipeline.ready(app.act(), STARTER)
    assert (app.folder / STARTER).read_bytes() == before
    path = pipeline.new(app.act(), "concept", "Golden sets")
    text = (app.folder / path).read_text().replace("TODO: the text. Headings begin at ###.", "Twenty questions.")
    (app.folder / path).write_text(text)
    with pytest.raises(ContentError, match=r"golden-sets\.md:3: «TODO» was left in the summary"):
        pipeline.ready(app.act(), path)
    (app.folder / path).write_text(text.replace("TODO: one line, which stands in the lead", "Few are enough."))
    assert pipeline.ready(app.act(), path).status is PieceStatus.READY
    ready = (app.folder / path).read_bytes()
    assert pipeline.ready(app.act(), path).status is PieceStatus.READY
    assert (app.folder / path).read_bytes() == ready


def test_starters_can_be_taken_as_they_are(app: MemoryApp) -> None:
    for path in (STARTER, QUESTION):
        made = pipeline.ready(app.act(), path, as_it_is=True)
        assert (made.status, "TODO" in (app.folder / path).read_text()) == (PieceStatus.READY, False)
        assert [piece for piece in app.act().content.pieces if piece.path == path] == [made]


def test_a_file_that_is_no_piece_or_was_changed_is_refused(app: MemoryApp) -> None:
    with pytest.raises(Refused, match=r"content/pages/about\.md is not a piece"):
        pipeline.ready(app.act(), Path("content/pages/about.md"))
    with pytest.raises(Refused, match="was changed by someone else just now"):
        app.act().rewrite_piece(STARTER, "", expected=b"something else")
    (app.folder / QUESTION).write_text("---\ntitle: A\n---\n")
    with pytest.raises(ContentError, match=r"first-question\.md"):
        pipeline.ready(app.act(), QUESTION)


def test_a_rehearsal_takes_the_newest_own_draft_of_each_section_and_a_starter_last(app: MemoryApp) -> None:
    own = pipeline.new(app.act(), "concept", "Golden sets")
    (app.folder / own).write_text((app.folder / own).read_text().replace("TODO: the text", "TODO\nTwenty"))
    empty = pipeline.new(app.act(), "project", "Empty")
    pipeline.ready(app.act(), QUESTION, as_it_is=True)
    act = app.act()
    (week,) = [coming.week for coming in pipeline.queue(act).weeks[:1]]
    taken = list(pipeline.stand_in(act, week))
    assert taken == [
        own,
        Path("content/architectures/first-architecture.md"),
        Path("content/projects/first-project.md"),
    ]
    assert empty not in taken
    filled = {place.section: place.piece for place in pipeline.queue(app.act()).weeks[0].places}
    assert filled["question"] == QUESTION
    assert list(pipeline.stand_in(app.act(), week)) == []


@pytest.mark.parametrize(
    "named", ["first-concept.md", "content/questions/first-concept.md", "content/concepts/fist-concept.md"]
)
def test_a_name_that_is_nearly_a_pieces_is_answered_with_the_piece(app: MemoryApp, named: str) -> None:
    with pytest.raises(Refused, match=r"is not a piece; did you mean content/concepts/first-concept\.md\?"):
        pipeline.ready(app.act(), Path(named))
