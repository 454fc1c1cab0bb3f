"""Content by git as the service does it: what it takes, what it refuses, what it writes, and what the editors are told."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest

from publisher.adapters.git.repository import Entry
from publisher.content import issue_file
from publisher.errors import Refused
from publisher.git_candidate import unsafe
from publisher.git_round import GitRound
from publisher.git_words import git_status, git_status_in_words
from tests.fleet import Fleet, new_publication
from tests.repositories import git

PAGE = "---\ntitle: A page\nsummary: About a page.\n---\n"


def said(fleet: Fleet) -> str:
    found = git_status(fleet.app.act())
    assert found
    return "\n".join(git_status_in_words(found))


def published(fleet: Fleet, number: int) -> None:
    act = fleet.app.act()
    issue = act.content.issue(number)
    assert issue
    text = issue_file.with_field(issue.path, issue.source, "published", issue.date)
    act.write_issue(number, text, expected=issue.source)


def test_an_edit_that_kept_the_service_from_writing_is_not_committed(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.tick(fleet.assemble)
    before, act = git(fleet.service, "rev-parse", "HEAD"), fleet.app.act()
    path = fleet.service / "content/issues/0001.md"
    path.write_text(fleet.read("content/issues/0001.md") + "Half a sen\n", "utf-8")
    with pytest.raises(Refused, match="was changed by someone else just now"):
        act.write_issue(1, "anything", expected=b"what it was")
    fleet.tick()
    assert git(fleet.service, "rev-parse", "HEAD") == before
    assert git(fleet.service, "status", "--short") == "M content/issues/0001.md"


def test_a_file_from_a_backup_takes_back_no_line_that_editors_pushed_since(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    fleet.tick(fleet.assemble)
    path, robin = "content/issues/0001.md", fleet.editor("robin")
    backup = fleet.read(path)
    robin.write(path, backup + "\nRobin's line.\n")
    robin.commit("Add a line")
    assert robin.push()
    fleet.tick()
    (fleet.service / path).write_text(backup, "utf-8")
    fleet.tick(lambda: published(fleet, 1))
    pushed = git(fleet.remote, "show", f"main:{path}")
    assert "Robin's line." in pushed
    assert "published: " in pushed
    assert "Robin's line." not in fleet.read(path), "the folder is its owner's"

    # What the service writes right where the older file differs waits, is said, and is told after an hour.
    act = fleet.app.act()
    issue = act.content.issue(1)
    assert issue
    act.write_issue(1, f"{issue.source.decode()}\nThe service's line.\n", expected=issue.source)
    for _ in range(3):
        fleet.tick()
        fleet.clock.advance(1800)
    assert f"Pressroom wrote into {path}, in the same place as somebody who did not commit that" in said(fleet)
    (told,) = fleet.told()
    assert told.startswith("What Pressroom wrote waits for a commit of somebody else's")
    git(fleet.service, "commit", "--quiet", "--all", "--message", "Both")
    fleet.tick()
    assert "The service's line." in git(fleet.remote, "show", f"main:{path}")
    assert "wrote into" not in said(fleet)


def test_what_editors_push_is_taken_and_what_the_service_writes_is_pushed_with_its_week(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    robin = fleet.editor("robin")
    robin.write("content/pages/one.md", f"{PAGE}Words of Robin's.\n")
    robin.commit("A page")
    assert robin.push()
    fleet.tick(fleet.assemble)
    assert "Words of Robin's." in fleet.read("content/pages/one.md")
    assert git(fleet.remote, "log", "-2", "--format=%an <%ae> %s", "main").splitlines() == [
        "Pressroom <news@news.example.com> 2026-W49: issue 1 as assembled and drafted",
        "Robin <robin@notes.example.com> A page",
    ]
    wrote = git(fleet.remote, "show", "--format=", "--name-only", "main").splitlines()
    assert "content/issues/0001.md" in wrote
    assert len(wrote) > 1, "the ids in the pieces"
    fleet.tick(lambda: published(fleet, 1))
    assert git(fleet.remote, "log", "-1", "--format=%s", "main") == "2026-W49: issue 1 is out"
    assert re.fullmatch(
        r"content: at \w{12}, «2026-W49: issue 1 is out», fetched 2026-11-26T12:01:00\+00:00", said(fleet)
    )

    # A commit with an error is told once, with its line, and the next one is taken.
    robin.pull()
    good = git(fleet.service, "rev-parse", "HEAD")
    robin.write("content/pages/two.md", "no front matter\n")
    bad = robin.commit("Break it")
    assert robin.push()
    fleet.tick()
    fleet.tick()
    (told,) = fleet.told()
    assert told.startswith(
        f"Commit {bad[:12]} is not taken `pressroom check` finds errors in commit {bad[:12]}, by Robin: content/pages/two.md:1: "
    )
    assert f"The service goes on with {good[:12]}, as it was before." in told
    assert not (fleet.service / "content/pages/two.md").exists()
    assert f"content: {bad[:12]} is not taken: content/pages/two.md:1: no front matter" in said(fleet)
    robin.write("content/pages/two.md", f"{PAGE.replace('A page', 'Another')}Words.\n")
    robin.commit("Put it right")
    assert robin.push()
    fleet.tick()
    assert "not taken" not in said(fleet)
    assert fleet.errors() == []

    # An edit in the service's own folder that nobody committed is not touched, and told once.
    robin.write("content/pages/two.md", f"{PAGE.replace('A page', 'Another')}Edited by Robin.\n")
    robin.write("content/pages/one.md", f"{PAGE}Also edited.\n")
    robin.commit("Edit two pages")
    assert robin.push()
    mine = f"{PAGE}Edited on the machine.\n"
    (fleet.service / "content/pages/one.md").write_text(mine)
    fleet.tick()
    fleet.tick()
    assert fleet.read("content/pages/one.md") == mine
    assert "Edited by Robin" not in fleet.read("content/pages/two.md")
    (told,) = fleet.told()
    assert "without a commit: content/pages/one.md The service goes on" in told
    git(fleet.service, "restore", "content/pages/one.md")
    fleet.tick()
    assert "Edited by Robin" in fleet.read("content/pages/two.md")


def test_when_both_changed_one_file_both_are_kept_and_the_editors_do_as_they_are_told(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    robin = fleet.editor("robin")
    number = 0

    def work() -> None:
        nonlocal number
        number = fleet.assemble()
        robin.write("content/concepts/first-concept.md", robin_reads(robin.folder) + "\nRobin's line.\n")
        robin.write("content/pages/mine.md", f"{PAGE}Robin's page.\n")
        robin.commit("Edit a piece")
        assert robin.push()

    fleet.tick(work)
    assert fleet.told() == []
    fleet.tick()
    fleet.tick()
    (told,) = fleet.told()
    assert "Pressroom changed the same files: content/concepts/first-concept.md Both are kept" in told
    commands = re.search(
        r"git fetch git switch main git merge origin/main git merge (origin/pressroom/\w{12}) git push", told
    )
    assert commands
    assert "Robin's line" not in fleet.read("content/concepts/first-concept.md")
    fleet.tick(lambda: published(fleet, number))
    assert "published: " in git(fleet.remote, "show", f"{commands[1].removeprefix('origin/')}:content/issues/0001.md")

    git(robin.folder, "fetch", "--quiet")
    git(robin.folder, "switch", "main")
    git(robin.folder, "merge", "origin/main")
    git(robin.folder, "merge", commands[1], ok=False)
    text = re.sub(r"^(<<<<<<<|=======|>>>>>>>).*\n", "", robin_reads(robin.folder), flags=re.MULTILINE)
    robin.write("content/concepts/first-concept.md", text)
    robin.commit("Merge")
    assert robin.push()
    fleet.tick()
    assert "Robin's line" in fleet.read("content/concepts/first-concept.md")
    assert git(fleet.service, "rev-parse", "HEAD") == git(fleet.remote, "rev-parse", "main")
    assert fleet.told() == []


def robin_reads(folder: Path) -> str:
    return (folder / "content/concepts/first-concept.md").read_text("utf-8")


def test_while_the_remote_is_away_the_week_goes_on_and_after_an_hour_the_editors_know(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    away = fleet.remote.rename(tmp_path / "away.git")
    fleet.tick(fleet.assemble)
    assert git(fleet.service, "log", "-1", "--format=%s") == "2026-W49: issue 1 as assembled and drafted"
    fleet.clock.advance(1800)
    fleet.tick()
    assert fleet.told() == []
    for _ in range(2):
        fleet.clock.advance(1800)
        fleet.tick()
    (told,) = fleet.told()
    assert told.startswith(
        "What editors push does not arrive Since Thu 2026-11-26 13:00 Europe/Berlin: git fetch failed: "
    )
    assert "since 2026-11-26T12:00:30+00:00: git fetch failed" in said(fleet)
    away.rename(fleet.remote)
    fleet.clock.advance(1800)
    fleet.tick()
    assert git(fleet.remote, "rev-parse", "main") == git(fleet.service, "rev-parse", "main")
    assert "failed" not in said(fleet)
    fleet.tick()
    assert [mail.split(" This is over")[0] for mail in fleet.told()] == ["Over: what editors push does not arrive"]


def test_the_tick_waits_for_no_slow_remote(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        git(fleet.service, "remote", "set-url", "origin", f"git://127.0.0.1:{server.getsockname()[1]}/x.git")
        fleet.round = GitRound(fleet.app, threading.Event(), patience=0.01)
        fleet.tick(fleet.assemble)
        fleet.tick()
        assert git(fleet.service, "status", "--porcelain") == ""
        assert "not fetched yet" in said(fleet)
        fleet.round.close()  # and neither does the end of the service


def test_nothing_is_taken_that_is_no_file_or_belongs_to_the_machine() -> None:
    rows = [
        ("120000", "content/pages/passwords.md", "is a symbolic link, and only files are taken by git"),
        ("160000", "content/other", "is a submodule, and only files are taken by git"),
        ("100644", ".env", "belongs to each machine and is not taken by git"),
        ("100644", "var/pressroom.db", "belongs to each machine and is not taken by git"),
        ("100644", "content/../../.ssh/config", "is a name that no file may have"),
        ("100644", "content/.GIT/config", "is a name that no file may have"),
        ("100644", "content/pages/\udcff.md", "has a name with characters that nobody can read"),
        ("100644", "content/pages/a\nb.md", "has a name with characters that nobody can read"),
        ("100755", "content/tool.md", None),
        ("100644", ".github/workflows/check.yml", None),
    ]
    for mode, path, what in rows:
        assert [problem.what for problem in unsafe([Entry(mode, "0" * 40, path)])] == ([what] if what else []), path
    at_home = {".gitconfig", ".ssh/authorized_keys", ".profile", ".pgpass"}
    entries = [Entry("100644", "0" * 40, path) for path in (*at_home, ".gitignore", "content/a.md")]
    assert {problem.path.as_posix() for problem in unsafe(entries, in_home=True)} == at_home
    assert not list(unsafe(entries))
    (large,) = unsafe([Entry("100644", "0" * 40, "content/film.mp4", 25_000_001)])
    assert large.what == "the file has 25,000,001 bytes, more than 25,000,000"


def test_a_link_that_was_there_before_keeps_no_error_from_being_found(tmp_path: Path) -> None:
    def with_link(folder: Path) -> None:
        new_publication(folder)
        (folder / "NOTES.md").symlink_to("README.md")

    fleet = Fleet(tmp_path, with_link)
    robin = fleet.editor("robin")
    robin.write("content/pages/one.md", "no front matter\n")
    robin.commit("Break it")
    assert robin.push()
    fleet.tick()
    (told,) = fleet.told()
    assert "content/pages/one.md:1: no front matter" in told
    robin.write("content/pages/one.md", f"{PAGE}Words.\n")
    robin.commit("Put it right")
    assert robin.push()
    fleet.tick()
    assert fleet.read("content/pages/one.md").endswith("Words.\n")
    assert fleet.told() == []


def test_without_the_table_nothing_of_git_is_touched(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)
    toml = fleet.service / "content/publication.toml"
    toml.write_text(toml.read_text("utf-8").replace("[git]\n", ""), "utf-8")
    assert fleet.tick(fleet.assemble) == []
    assert not (fleet.service / ".git/pressroom").exists()
    assert git_status(fleet.app.act()) is None
