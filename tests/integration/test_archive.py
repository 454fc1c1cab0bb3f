"""Archives from elsewhere become issues: every file that can be, once, and nothing that `check` refuses."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from publisher.adapters.files import Folder
from publisher.archive_import import ArchiveReport, Reading, import_archive
from publisher.errors import ContentError
from publisher.scaffold import scaffold

ARCHIVES = Path(__file__).parents[1] / "data" / "archives"
FIRST = dt.date(2016, 5, 1)


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    scaffold(tmp_path / "news")
    return Folder(tmp_path / "news")


def run(store: Folder, source: Path, *, dry_run: bool = False, first_date: dt.date | None = FIRST) -> ArchiveReport:
    return import_archive(store, source, Reading(first_date, 7, "https://old.example.com"), dry_run=dry_run)


def written(store: Folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (store.content / "issues").glob("*.md")}


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("lwkd", [1, 2, 3]), ("haskell-weekly", [1, 12, 300]), ("rust", [12]), ("optech", [1, 2, 3, 4])],
)
def test_a_real_archive_is_imported_once_and_reads_back_without_a_problem(
    store: Folder, name: str, numbers: list[int]
) -> None:
    source = ARCHIVES / name
    count = len([path for path in source.iterdir() if path.suffix in (".md", ".markdown")])
    assert len(run(store, source, dry_run=True).written) == count
    assert written(store) == {}
    report = run(store, source)
    assert len(report.written) == count
    content = store.read()
    assert content.problems == ()
    assert [issue.number for issue in content.issues] == numbers
    assert [issue.date for issue in content.issues] == sorted(issue.date for issue in content.issues)
    assert all(issue.published and issue.title and issue.sections for issue in content.issues)
    before = written(store)
    again = run(store, source)
    assert (again.written, again.known) == ((), count)
    assert written(store) == before


def test_all_archives_together_are_numbered_by_date(store: Folder) -> None:
    run(store, ARCHIVES)
    issues = store.read().issues
    assert len(issues) == 37
    assert [issue.date for issue in issues] == sorted(issue.date for issue in issues)


def test_a_file_that_cannot_be_used_is_skipped_with_its_line_and_the_others_come_in(
    store: Folder, tmp_path: Path
) -> None:
    old = tmp_path / "old"
    (old / "deep").mkdir(parents=True)
    (old / "2020-01-02-good.md").write_text("---\ntitle: Good\n---\n\nText.\n")
    (old / "deep/2020-01-09-latin.md").write_bytes(b"---\ntitle: caf\xe9\n---\n\nText.\n")
    (old / "2020-01-10-yaml.md").write_text("---\ntitle: a: b\n---\n\nText.\n")
    (old / "2020-01-16-long.md").write_text("---\ntitle: Long\n---\n\n## One\n\n" + "Words and words. " * 5000)
    (old / "undated.md").write_text("---\ntitle: No date\n---\n\nText.\n")
    (old / "2020-01-23-draft.md").write_text("---\ntitle: Draft\ndraft: true\n---\n\nText.\n")
    (old / "README.md").write_text("Not an issue.")
    (old / "folder.md").mkdir()
    for dry_run in (True, False):
        report = run(store, old, first_date=None, dry_run=dry_run)
        assert {(problem.path.name, problem.line) for problem in report.skipped} == {
            ("2020-01-09-latin.md", 2), ("2020-01-10-yaml.md", 2), ("2020-01-16-long.md", 7), ("undated.md", None),
            ("2020-01-23-draft.md", 1), ("folder.md", None),
        }  # fmt: skip
        assert all(problem.what and problem.fix for problem in report.skipped)
        assert [path.name for path, _ in report.written] == ["2020-01-02-good.md"]
        assert not report.complete
    assert [issue.title for issue in store.read().issues] == ["Good"]


def test_only_drafts_left_out_make_an_import_complete(store: Folder, tmp_path: Path) -> None:
    (tmp_path / "2020-01-23-draft.md").write_text("---\ntitle: Draft\ndraft: true\n---\n\nText.\n")
    report = run(store, tmp_path / "2020-01-23-draft.md")
    assert (len(report.skipped), report.written, report.complete) == (1, (), True)


def test_no_link_is_followed_out_of_the_folder_and_no_pipe_is_waited_for(store: Folder, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (tmp_path / ".env").write_text("PRESSROOM_SECRET_KEY=secret\n")
    (old / "2020-01-02-a.md").symlink_to(tmp_path / ".env")
    (old / "2020-01-03-zero.md").symlink_to("/dev/zero")
    (old / "2020-01-04-gone.md").symlink_to("nowhere.md")
    os.mkfifo(old / "2020-01-05-pipe.md")
    with (old / "2020-01-06-huge.md").open("wb") as file:
        file.truncate(10**10)
    report = run(store, old)
    found = {problem.path.name: problem.what for problem in report.skipped}
    outside = "is a link that leads out of the folder, and files outside are not read"
    assert found == {
        "2020-01-02-a.md": outside,
        "2020-01-03-zero.md": outside,
        "2020-01-04-gone.md": "is a link to a file that is not there",
        "2020-01-05-pipe.md": "is not a regular file",
        "2020-01-06-huge.md": "the file has 10,000,000,000 bytes, more than 1,000,000",
    }
    assert written(store) == {}
    assert not report.complete


def test_links_inside_the_folder_are_followed_and_linked_folders_outside_are_passed_over_with_a_word(
    store: Folder, tmp_path: Path
) -> None:
    old, outside = tmp_path / "old", tmp_path / "outside"
    old.mkdir()
    outside.mkdir()
    (outside / "2020-01-09-secret.md").write_text("A secret.")
    (old / "text").write_text("---\ntitle: Good\n---\n\nText.\n")
    (old / "2020-01-02-good.md").symlink_to("text")
    (old / "2019").symlink_to(outside)
    (tmp_path / "named").symlink_to(old)
    report = run(store, tmp_path / "named")
    assert [path.name for path, _ in report.written] == ["2020-01-02-good.md"]
    assert [problem.path.name for problem in report.problems] == ["2019"]
    assert b"secret" not in b"".join(written(store).values())


@pytest.mark.parametrize("source", ["nowhere", "empty"])
def test_a_place_without_issues_is_said(store: Folder, tmp_path: Path, source: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContentError, match="name the folder with the old issues"):
        run(store, tmp_path / source)


def test_while_an_issue_of_ours_is_broken_nothing_is_imported(store: Folder) -> None:
    store.issue_path(1).write_text("broken")
    with pytest.raises(ContentError, match=r"content/issues/0001\.md:1: no front matter"):
        run(store, ARCHIVES / "rust")
    assert set(written(store)) == {"0001.md"}


def test_imported_issues_come_after_those_that_are_there(store: Folder) -> None:
    run(store, ARCHIVES / "haskell-weekly")
    report = run(store, ARCHIVES / "lwkd")
    assert [ours.name for _, ours in report.written] == ["0301.md", "0302.md", "0303.md"]
