"""The folder of files: written at once or not at all, never over someone's work, never outside content/."""

from __future__ import annotations

import os
import stat
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.adapters import files
from publisher.adapters.files import MAX_PICTURE, Folder, replace_file
from publisher.app import App
from publisher.check import check
from publisher.errors import ContentError, Refused
from publisher.language import language_of
from publisher.publication import DRAFT_TITLE
from publisher.render.templates import environment
from publisher.resources import shipped
from publisher.scaffold import STARTER, scaffold, spoken, write_secrets
from tests.press import png


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    scaffold(tmp_path / "news")
    return Folder(tmp_path / "news")


@pytest.fixture
def as_somebody() -> Iterator[Path]:
    """A folder of an ordinary user, whom file permissions stop; root they do not."""
    with tempfile.TemporaryDirectory(prefix="news") as name:
        place = Path(name)
        before = os.geteuid()
        if before == 0:
            os.chown(place, 65534, 65534)
            os.seteuid(65534)
        try:
            yield place
        finally:
            for path in place.rglob("*"):
                path.chmod(0o700)
            os.seteuid(before)


def said(folder: Folder) -> list[str]:
    return [str(problem) for problem in folder.read().problems]


def test_a_new_publication_reads_without_a_problem(folder: Folder) -> None:
    content = folder.read()
    assert (content.problems, len(content.pieces), len(content.pages), content.issues) == ((), 4, 2, ())
    assert {piece.path.parts[0] for piece in content.pieces} == {"content"}


def test_an_issue_is_written_read_backed_up_and_written_again(folder: Folder) -> None:
    content = folder.write_issue(folder.read(), 1, "one", expected=None)
    assert folder.back_up(1) == Path("content/issues/0001.md.bak")
    folder.write_issue(content, 1, "two", expected=b"one")
    assert folder.back_up(1) == Path("content/issues/0001.md.bak2")
    issues = folder.content / "issues"
    assert {path.name: path.read_bytes() for path in issues.iterdir() if path.name != ".gitkeep"} == {
        "0001.md": b"two", "0001.md.bak": b"one", "0001.md.bak2": b"two",
    }  # fmt: skip


@pytest.mark.parametrize(("present", "expected"), [(b"theirs", b"mine"), (b"theirs", None), (None, b"mine")])
def test_what_changed_under_our_feet_is_not_overwritten(
    folder: Folder, present: bytes | None, expected: bytes | None
) -> None:
    path = folder.issue_path(1)
    if present is not None:
        path.write_bytes(present)
    with pytest.raises(Refused, match=r"content/issues/0001\.md was changed by someone else just now"):
        folder.write_issue(folder.read(), 1, "new", expected=expected)
    assert (path.read_bytes() if path.exists() else None) == present


def test_a_crash_while_writing_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old")

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left on device") as raised:
        replace_file(path, b"new")
    assert raised.value.filename == str(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"a.md": b"old"}


def test_a_files_mode_is_kept_and_a_new_one_can_be_read_by_a_web_server(tmp_path: Path) -> None:
    kept, new = tmp_path / "kept", tmp_path / "new"
    kept.write_bytes(b"")
    kept.chmod(0o640)
    for path in (kept, new):
        replace_file(path, b"x")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept, new)] == [0o640, 0o644]


def test_a_name_as_long_as_the_disk_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 255)
    replace_file(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_folder_that_cannot_be_read_is_a_problem_and_not_empty(as_somebody: Path) -> None:
    scaffold(as_somebody)
    folder = Folder(as_somebody)
    (folder.content / "concepts").chmod(0)
    (folder.content / "pages/about.md").chmod(0)
    assert said(folder) == [
        "content/concepts: cannot be read: Permission denied; fix it or its permissions",
        "content/pages/about.md: cannot be read: Permission denied; fix it or its permissions",
    ]
    (folder.content / "publication.toml").chmod(0)
    with pytest.raises(ContentError, match=r"publication\.toml: cannot be read: Permission denied"):
        folder.read()


def test_a_folder_that_cannot_be_written_names_the_file(as_somebody: Path) -> None:
    scaffold(as_somebody)
    (as_somebody / "content/issues").chmod(0o500)
    with pytest.raises(PermissionError) as raised:
        Folder(as_somebody).write_issue(Folder(as_somebody).read(), 1, "x", expected=None)
    assert raised.value.filename.endswith("content/issues/0001.md")


def test_what_is_no_regular_file_is_a_problem(folder: Folder) -> None:
    os.mkfifo(folder.content / "concepts/pipe.md")
    (folder.content / "concepts/folder.md").mkdir()
    (folder.content / "concepts/gone.md").symlink_to("nowhere.md")
    (folder.content / "concepts/circle.md").symlink_to("circle.md")
    (folder.content / "projects/first-project.md").unlink()
    (folder.content / "projects").rmdir()
    (folder.content / "projects").write_text("a file")
    found = said(folder)
    assert "content/concepts/pipe.md: is not a regular file; move it away" in found
    assert "content/concepts/folder.md: is not a regular file; move it away" in found
    assert any(one.startswith("content/concepts/gone.md: is a link to a file that is not there") for one in found)
    assert any(one.startswith("content/concepts/circle.md: cannot be read: Too many levels") for one in found)
    assert any(one.startswith("content/projects: cannot be read: Not a directory") for one in found)


def test_no_link_leads_out_of_content(folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "elsewhere"
    (secret / "issues").mkdir(parents=True)
    piece = (folder.content / "concepts/first-concept.md").read_text()
    (secret / "piece.md").write_text(piece)
    (folder.root / ".env").write_text(piece)
    (folder.content / "concepts/out.md").symlink_to(secret / "piece.md")
    (folder.content / "concepts/env.md").symlink_to("../../.env")
    (folder.content / "concepts/same.md").symlink_to("first-concept.md")
    for path in (folder.content / "issues").iterdir():
        path.unlink()
    (folder.content / "issues").rmdir()
    (folder.content / "issues").symlink_to(secret / "issues")
    outside = "is a link that leads out of the folder, and files outside are not read"
    assert [line.partition(";")[0] for line in said(folder)] == [
        f"content/{name}: {outside}" for name in ("concepts/env.md", "concepts/out.md", "issues")
    ]
    assert {piece.path.name for piece in folder.read().pieces if piece.section == "concept"} == {
        "first-concept.md", "same.md",
    }  # fmt: skip
    content = folder.read()
    with pytest.raises(ContentError, match="content/issues: is a link that leads out"):
        folder.write_issue(content, 1, "text", expected=None)
    assert list((secret / "issues").iterdir()) == []


def test_a_publication_that_lies_behind_a_link_is_not_read(folder: Folder, tmp_path: Path) -> None:
    declaration = folder.content / "publication.toml"
    declaration.rename(tmp_path / "publication.toml")
    declaration.symlink_to(tmp_path / "publication.toml")
    with pytest.raises(ContentError, match=r"content/publication\.toml: is a link that leads out"):
        folder.read()
    declaration.unlink()
    (tmp_path / "publication.toml").rename(declaration)
    folder.content.rename(tmp_path / "content")
    folder.content.symlink_to(tmp_path / "content")
    with pytest.raises(ContentError, match="content: is a link that leads out"):
        folder.read()


def test_templates_that_lie_behind_a_link_are_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (folder.root / "templates").symlink_to(tmp_path / "shared")
    with App(folder.root, variables={}) as app:
        assert "templates: is a link that leads out" in "\n".join(map(str, pipeline.check(app.act_to_check())))


def test_a_publications_folder_may_itself_be_reached_by_a_link(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to(folder.root)
    assert said(Folder(tmp_path / "current")) == []


def test_a_device_is_not_read(folder: Folder) -> None:
    try:
        os.mknod(folder.content / "concepts/zero.md", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:  # only root makes devices; a link to one leads out, and is refused as such
        (folder.content / "concepts/zero.md").symlink_to("/dev/zero")
    [problem] = said(folder)
    assert problem.startswith("content/concepts/zero.md: is ")


def test_hidden_files_backups_and_readmes_are_no_content(folder: Folder) -> None:
    for name in (".hidden.md", "_later.md", "README.md", "0001.md.bak", "notes.txt"):
        (folder.content / "concepts" / name).write_text("not front matter")
    assert said(folder) == []


def test_a_picture_comes_from_below_content_only(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    pictures = folder.content / "pictures"
    pictures.mkdir()
    (pictures / "a.png").write_bytes(png())
    (pictures / "link.png").symlink_to(tmp_path / "secret.png")
    (pictures / "inside.png").symlink_to("a.png")
    (pictures / "circle.png").symlink_to("circle.png")
    (pictures / "out").symlink_to(tmp_path)
    assert folder.picture(Path("pictures/a.png")) == png()
    assert folder.picture(Path("pictures/inside.png")) == png()
    for name in (
        "../../secret.png", str(tmp_path / "secret.png"), "pictures/link.png", "pictures/out/secret.png", "pictures",
        "pictures/gone.png", "pictures/circle.png", "x" * 5000, "a\0b.png", "../.env",
    ):  # fmt: skip
        assert folder.picture(Path(name)) is None, name[:50]


def test_a_picture_that_is_too_large_is_a_problem(folder: Folder) -> None:
    with (folder.content / "large.png").open("wb") as file:
        file.truncate(MAX_PICTURE + 1)
    with pytest.raises(ContentError, match=r"content/large\.png: the image has more than 5,000,000 bytes"):
        folder.picture(Path("large.png"))


def test_another_base_url_replaces_that_of_the_file(folder: Folder) -> None:
    assert (
        Folder(folder.root, base_url="https://other.example.com").read().publication.base_url
        == "https://other.example.com"
    )


def test_a_new_publication_goes_into_a_new_or_empty_folder_only(tmp_path: Path) -> None:
    (tmp_path / "repository/.git").mkdir(parents=True)
    written = scaffold(tmp_path / "repository")
    assert all(path.is_file() for path in written)
    for full in (tmp_path / "repository", tmp_path / "repository/README.md"):
        with pytest.raises(Refused, match="is not empty; name a new folder"):
            scaffold(full)


def test_a_signing_key_is_new_for_each_publication_and_for_its_owner_only(tmp_path: Path) -> None:
    keys = set()
    for name in ("a", "b"):
        scaffold(tmp_path / name)
        secrets = tmp_path / name / ".env"
        assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
        keys.add(secrets.read_text())
        write_secrets(tmp_path / name)
        assert secrets.read_text() in keys, "an existing key stays: links in mail are signed with it"
        assert ".env" in (tmp_path / name / ".gitignore").read_text()
    assert len(keys) == 2


ISSUE = """---
number: 1
week: 2026-W48
date: 2026-11-26
title: One
preheader: The first.
---
Hello.

## A {#concept}

Words.
"""


def test_what_an_act_wrote_is_in_its_snapshot_as_if_it_had_read_again(folder: Folder) -> None:
    content = folder.write_issue(folder.read(), 1, ISSUE, expected=None)
    assert content == folder.read()
    broken = folder.write_issue(content, 1, "no front matter", expected=ISSUE.encode())
    assert broken == folder.read()
    assert broken.issue(1) is None


def test_a_snapshot_has_the_hash_of_every_file_below_content(folder: Folder) -> None:
    """Whatever is derived from content may be kept for as long as the hash is the same: so it must see every change."""
    first = folder.read()
    assert folder.read().hash == first.hash == Folder(folder.root).read().hash
    seen = {first.hash}
    pictures = folder.content / "img"
    pictures.mkdir()
    changes = [
        lambda: (pictures / "a.png").write_bytes(b"1"),
        lambda: (pictures / "a.png").write_bytes(b"22"),
        lambda: (folder.content / "pages/about.md").write_text("broken"),
        (folder.content / "pages/about.md").unlink,
        lambda: (folder.content / "issues/0001.md").write_text(ISSUE),
        lambda: (folder.content / "issues/0001.md").rename(folder.content / "issues/0002.md"),
        lambda: (folder.content / "publication.toml").write_text(
            (folder.content / "publication.toml").read_text().replace('name = "', 'name = "X', 1)
        ),
    ]  # fmt: skip
    for change in changes:
        change()
        seen.add(folder.read().hash)
    assert len(seen) == len(changes) + 1
    assert Folder(folder.root, base_url="https://other.example.com").read().hash not in seen


def test_a_picture_has_the_same_bytes_however_often_an_act_asks_for_it(folder: Folder) -> None:
    (folder.content / "a.png").write_bytes(b"first")
    content = folder.read()
    assert content.picture(Path("a.png")) == b"first"
    (folder.content / "a.png").write_bytes(b"second")
    assert content.picture(Path("a.png")) == b"first"
    assert folder.read().picture(Path("a.png")) == b"second"


def test_a_file_that_did_not_change_is_not_parsed_again(folder: Folder) -> None:
    for number in (1, 2):
        (folder.content / f"issues/{number:04d}.md").write_text(ISSUE.replace("number: 1", f"number: {number}"))
    first = folder.read()
    (folder.content / "issues/0002.md").write_text(ISSUE.replace("number: 1", "number: 2").replace("Hello", "Good day"))
    second = folder.read()
    assert second.issue(1) is first.issue(1)
    assert second.issue(2) is not first.issue(2)
    assert second.issue(2).lead == "Good day."  # type: ignore[union-attr]
    assert all(one is other for one, other in zip(first.pieces, second.pieces, strict=True))


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "de-AT", "ja"])
def test_a_new_publication_in_any_language_is_ready_to_assemble(tmp_path: Path, language: str) -> None:
    folder = tmp_path / "news"
    scaffold(folder, language)
    content = Folder(folder).read()
    assert check(content, environment(shipped("templates"))) == ()
    assert content.publication.language == language
    assert content.publication.draft.title == language_of(content.publication).say(DRAFT_TITLE)
    starter = STARTER / spoken(language)
    assert {one.slug for one in content.pieces} == {path.stem for path in starter.rglob("first-*.md")}
    if starter.name != "en":
        words = tomllib.loads((starter / "words.toml").read_text())
        text = (folder / "content" / "publication.toml").read_text()
        english = (STARTER / "en" / "publication.toml").read_text()
        assert all(f'"{word}"' in english for word in words)
        assert all(f'"{said}"' in text for said in words.values())


def test_what_is_no_language_tag_makes_no_publication(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is not a language tag"):
        scaffold(tmp_path / "news", "German")
    assert not (tmp_path / "news").exists()
