"""Drafting again replaces only what is byte for byte its own earlier work."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher import pipeline
from publisher.app import App
from publisher.issue import IsoWeek
from tests.long import some
from tests.publication import FakeClock, example

ROOT = Path(__file__).parents[2]
HEADING = "## From the archive {#archive}\n"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    example(tmp_path)
    with App(tmp_path, variables={}) as app:
        assert pipeline.assemble(app.act(), IsoWeek.parse("2026-W49")).number == 11
        yield app


def file(app: App) -> Path:
    return app.content_store.issue_path(11)


def section(app: App) -> str:
    issue = app.act().content.issue(11)
    assert issue
    found = issue.section("archive")
    assert found
    return found.body


def test_our_own_draft_is_replaced_and_the_file_stays_the_same(app: App) -> None:
    first = pipeline.draft(app.act(), 11)
    assert (len(first.drafts), first.kept, first.backup) == (1, (), None)
    before = file(app).read_bytes()
    again = pipeline.draft(app.act(), 11)
    assert again.drafts == first.drafts
    assert file(app).read_bytes() == before


def test_the_day_of_a_draft_is_that_of_the_schedules_zone(tmp_path: Path) -> None:
    """The example's zone is Europe/Berlin, where the day begins an hour before that of UTC."""
    clock = FakeClock()
    clock.set("2026-11-30T23:30")
    with App(example(tmp_path / "notes"), clock=clock, variables={}) as app:
        pipeline.assemble(app.act(), IsoWeek.parse("2026-W49"))
        pipeline.draft(app.act(), 11)
        issue = app.act().content.issue(11)
    assert issue is not None
    assert issue.draft is not None
    assert issue.draft.of("archive").date == dt.date(2026, 12, 1)


def test_work_elsewhere_in_the_file_does_not_keep_our_own_draft(app: App) -> None:
    pipeline.draft(app.act(), 11)
    text = file(app).read_text()
    file(app).write_text(text.replace(HEADING, "## What we said {#archive}\n").replace("\n", "\r\n"))
    assert len(pipeline.draft(app.act(), 11).drafts) == 1
    assert "## What we said {#archive}\r\n" in file(app).read_bytes().decode()


@pytest.mark.parametrize("words", ["An editor's own words.", "<!-- Ann writes this -->", "> Only a quotation."])
def test_what_an_editor_wrote_into_the_empty_section_is_kept_and_said_with_its_line(app: App, words: str) -> None:
    file(app).write_text(file(app).read_text().replace(HEADING, f"{HEADING}\n{words}\n"))
    before = file(app).read_bytes()
    made = pipeline.draft(app.act(), 11)
    line = before.decode().split("\n").index(HEADING.strip()) + 1
    assert [str(problem).partition(": ")[0] for problem in made.kept] == [f"content/issues/0011.md:{line}"]
    assert (made.drafts, made.backup, file(app).read_bytes()) == ((), None, before)


@settings(max_examples=some(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_changed_character_of_a_draft_keeps_it(app: App, data: st.DataObject) -> None:
    if not section(app).strip():
        pipeline.draft(app.act(), 11)
    original = file(app).read_text()
    body = section(app).strip("\n")
    place = data.draw(st.integers(0, len(body)))
    start = original.index(body)
    changed = original[: start + place] + data.draw(st.sampled_from("xé.,7 ")) + original[start + place :]
    file(app).write_text(changed)
    try:
        made = pipeline.draft(app.act(), 11)
        assert made.drafts == ()
        assert len(made.kept) == 1
        assert file(app).read_text() == changed
    finally:
        file(app).write_text(original)


def test_a_draft_without_a_known_hash_is_kept(app: App) -> None:
    pipeline.draft(app.act(), 11)
    file(app).write_text(re.sub(r"  hashes:\n    archive: .*\n", "", file(app).read_text()))
    assert "hashes" not in file(app).read_text()
    assert pipeline.draft(app.act(), 11).drafts == ()


def test_force_replaces_an_editors_words_and_leaves_a_backup(app: App) -> None:
    pipeline.draft(app.act(), 11)
    own = section(app)
    edited = file(app).read_text().replace(own.strip(), "An editor's own words.")
    file(app).write_text(edited)
    made = pipeline.draft(app.act(), 11, force=True)
    assert made.backup == Path("content/issues/0011.md.bak")
    assert (app.folder / made.backup).read_text() == edited
    assert (section(app), made.kept) == (own, ())
    assert pipeline.draft(app.act(), 11, force=True).backup is None, "nobody's words were replaced"


def test_a_second_drafted_section_leaves_the_first_ones_note(app: App) -> None:
    pipeline.draft(app.act(), 11)
    text = file(app).read_text()
    text = text.replace("drafted:\n- archive\n", "drafted:\n- archive\n- project\n")
    text = re.sub(r"(## [^\n]*\{#project\}\n).*?(?=\n## )", r"\1", text, flags=re.DOTALL)
    file(app).write_text(text)
    before = section(app)
    made = pipeline.draft(app.act(), 11, only_empty=True)
    assert [draft.section for draft in made.drafts] == ["project"]
    issue = app.act().content.issue(11)
    assert issue
    assert issue.draft
    assert section(app) == before
    assert set(issue.draft.hashes) == {"archive", "project"}
    cited = re.findall(r"\[@([^]]+)\]", before)
    assert list(issue.draft.passages) == cited + [claim.passage for claim in made.drafts[0].claims]
    assert len(pipeline.draft(app.act(), 11).drafts) == 2, "both are our own work"


def without_past(app: App) -> None:
    """Let there be no issue but this one."""
    for path in file(app).parent.glob("*.md"):
        if path != file(app):
            path.unlink()


def declare(app: App, key: str) -> None:
    toml = app.folder / "content/publication.toml"
    toml.write_text(toml.read_text().replace("[draft]\n", f"[draft]\n{key}\n"))


def evergreen(app: App, name: str, added: str) -> None:
    path = app.folder / f"content/concepts/{name}.md"
    path.write_text(f"---\ntitle: {name}\nsummary: What {name} is.\nstatus: evergreen\nadded: {added}\n---\n\nIt is {name}, as ever.\n")  # fmt: skip


def test_where_nothing_holds_the_section_is_left_out_and_the_file_says_why(app: App) -> None:
    without_past(app)
    made = pipeline.draft(app.act(), 11)
    assert made.left_out == {"archive": "no earlier, published issue has anything on this week's topics"}
    assert (made.drafts, made.kept, made.stood_in) == ((), (), {})
    issue = app.act().content.issue(11)
    assert issue
    assert (issue.section("archive"), issue.drafted, issue.left_out) == (None, (), made.left_out)
    assert pipeline.draft(app.act(), 11) == type(made)(()), "there is nothing to draft any more"


def test_an_evergreen_piece_stands_in_as_publication_toml_declares_it(app: App) -> None:
    evergreen(app, "newer", "2026-02-01")
    evergreen(app, "older", "2026-01-01")
    declare(app, 'evergreen = "concept"')
    without_past(app)
    made = pipeline.draft(app.act(), 11)
    assert {section: path.name for section, path in made.stood_in.items()} == {"archive": "older.md"}
    assert made.left_out == {}
    issue = app.act().content.issue(11)
    assert issue
    section = issue.section("archive")
    assert section
    assert (section.title, section.body) == ("older", "It is older, as ever.\n")
    assert issue.pieces["archive"] == "concepts/older.md"
    assert "concepts/older.md" in issue.ids
    assert (issue.drafted, issue.left_out) == ((), {})
    with App(app.folder, variables={"PRESSROOM_SECRET_KEY": "k" * 64}) as approving:
        assert [one for one in pipeline.preflight(approving.act(), 11) if one.rule in ("citation", "sections")] == []
    assert pipeline.draft(app.act(), 11).drafts == ()


def test_a_drafted_section_of_publication_toml_gets_an_evergreen_piece_of_its_own_folder(app: App) -> None:
    evergreen(app, "calm", "2026-01-01")
    text = file(app).read_text().replace("drafted:\n- archive\n", "drafted:\n- archive\n- concept\n")
    file(app).write_text(re.sub(r"(## [^\n]*\{#concept\}\n).*?(?=\n## )", r"\1", text, flags=re.DOTALL))
    without_past(app)
    made = pipeline.draft(app.act(), 11)
    assert ({*made.stood_in}, {*made.left_out}) == ({"concept"}, {"archive"})


def test_what_we_drafted_stays_when_nothing_holds_any_more(app: App) -> None:
    pipeline.draft(app.act(), 11)
    before = file(app).read_bytes()
    without_past(app)
    made = pipeline.draft(app.act(), 11)
    assert [str(problem).partition(": ")[2][:41] for problem in made.kept] == [
        "the section 'archive' stays as it is: no "
    ]
    assert (made.drafts, made.left_out, file(app).read_bytes()) == ((), {}, before)
