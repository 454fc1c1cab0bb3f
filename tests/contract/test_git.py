"""What the adapter promises of the git program: it asks nobody, waits for nothing for ever, and no crash loses a line."""

from __future__ import annotations

import datetime as dt
import os
import signal
import socket
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from publisher.adapters.git.program import GitProgram, words_of
from publisher.adapters.git.repository import Author, Repository
from publisher.adapters.git.tree import WorkingTree
from publisher.adapters.git.written import TREE_LOCK, locked, own_folder, still, writing
from publisher.errors import GitFailed
from tests.repositories import ENVIRONMENT, Clone, git

AUTHOR = Author("Pressroom", "notes@notes.example.com", dt.datetime(2026, 11, 30, tzinfo=dt.UTC))


def write(_paths: Collection[str]) -> str:
    return "2026-W49: write"


class Place:
    """A remote with one commit, the service's clone of it, and an editor's."""

    def __init__(self, folder: Path) -> None:
        self.remote, self.service = folder / "remote.git", folder / "service"
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.remote))
        self.editor = Clone(folder / "editor", self.remote)
        git(self.editor.folder, "switch", "--quiet", "--orphan", "main", ok=False)
        self.editor.write("content/a.md", "a\n")
        self.editor.write("content/b.md", "b\n")
        self.first = self.push()
        git(folder, "clone", "--quiet", str(self.remote), str(self.service))
        self.open()

    def open(self) -> None:
        self.repository = Repository(self.service, ENVIRONMENT)
        self.tree = WorkingTree(self.repository, "main")

    def push(self) -> str:
        made = self.editor.commit()
        git(self.editor.folder, "push", "--quiet", "origin", "main")
        return made

    def fetched(self) -> str:
        """Fetch what the editor has; return it."""
        made = self.push()
        assert self.repository.fetch("origin", "main")
        assert self.repository.there("origin", "main") == made
        return made

    def status(self) -> str:
        return git(self.service, "status", "--porcelain", "--untracked-files=all")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"git://127.0.0.1:{server.getsockname()[1]}/repository.git"


def test_a_remote_that_says_nothing_is_given_up_and_nothing_of_the_command_is_left(place: Place, silent: str) -> None:
    with pytest.raises(GitFailed, match="git ls-remote took longer than 0"):
        place.repository.git("ls-remote", "--", silent, seconds=0.2)


def test_whoever_stops_the_program_does_not_wait_for_the_remote(place: Place, silent: str) -> None:
    program = place.repository.git
    program.stop()
    with pytest.raises(GitFailed, match="the service is stopping"):
        program("ls-remote", "--", silent)


def test_no_password_is_asked_for_or_repeated(place: Place) -> None:
    git(place.service, "remote", "set-url", "origin", "http://me:s3cret@127.0.0.1:1/x.git")
    with pytest.raises(GitFailed) as raised:
        place.repository.fetch("origin", "main")
    assert "s3cret" not in str(raised.value)
    assert (
        words_of(b"fatal: repository 'https://t0ken@host/x/' not found\nhint: no")
        == "fatal: repository 'https://… not found"
    )


def test_the_program_gets_no_secret_of_ours_runs_no_hook_and_no_other_kind_of_remote(
    place: Place, tmp_path: Path
) -> None:
    program = GitProgram(place.service, {**ENVIRONMENT, "PRESSROOM_SECRET_KEY": "s3cret", "GIT_DIR": "/nowhere"})
    _, shown = program("-c", "alias.env=!env", "env")
    assert b"s3cret" not in shown
    assert b"GIT_DIR=/nowhere" not in shown
    hook = place.service / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    made = place.repository.commit(place.first, {"content/c.md": b"c\n"}, "Write", AUTHOR)
    assert place.repository.push("origin", made, "main")
    git(place.service, "remote", "set-url", "origin", f"ext::touch {tmp_path}/ran")
    with pytest.raises(GitFailed, match="transport 'ext' not allowed"):
        place.repository.fetch("origin", "main")
    assert not (tmp_path / "ran").exists()


def test_a_push_never_takes_back_what_the_remote_has(place: Place) -> None:
    place.editor.write("content/a.md", "a, edited\n")
    theirs = place.push()
    ours = place.repository.commit(place.first, {"content/b.md": b"ours\n"}, "2026-W49: write", AUTHOR)
    assert not place.repository.push("origin", ours, "main")
    assert git(place.remote, "rev-parse", "main") == theirs
    assert place.repository.fetch("origin", "main")
    merged = place.repository.merge(ours, theirs, "2026-W49: merge", AUTHOR)
    assert merged
    assert place.repository.push("origin", merged, "main")
    assert git(place.remote, "show", "main:content/b.md") == "ours"
    assert git(place.remote, "log", "-1", "--format=%an <%ae> %cI", "main") == (
        "Pressroom <notes@notes.example.com> 2026-11-30T00:00:00+00:00"
    )


def test_two_changes_of_one_place_are_not_merged(place: Place) -> None:
    place.editor.write("content/a.md", "theirs\n")
    theirs = place.fetched()
    ours = place.repository.commit(place.first, {"content/a.md": b"ours\n"}, "Write", AUTHOR)
    assert place.repository.merge(ours, theirs, "Merge", AUTHOR) is None


@pytest.mark.parametrize("name", ["a merge", "another branch", "no remote"])
def test_what_a_person_left_half_done_is_said_and_nothing_is_done(place: Place, name: str) -> None:
    if name == "a merge":
        (place.service / ".git/MERGE_HEAD").write_text(f"{place.first}\n")
    elif name == "another branch":
        git(place.service, "switch", "--quiet", "--create", "draft")
    else:
        git(place.service, "remote", "remove", "origin")
    said = {
        "a merge": "a merge is under way",
        "another branch": "is on draft, not on main",
        "no remote": "no remote origin",
    }
    with pytest.raises(GitFailed, match=said[name]):
        place.repository.standing("main", "origin")


def test_files_and_folders_change_places_and_what_is_staged_stays_staged(place: Place) -> None:
    (place.service / "content/mine.md").write_text("staged\n")
    git(place.service, "add", "content/mine.md")
    (place.editor.folder / "content/a.md").unlink()
    place.editor.write("content/a.md/deep.md", "now a folder\n")
    place.editor.write("content/ü b.md", "a name\n")
    second = place.fetched()
    assert place.tree.advance(place.first, second) == ()
    assert place.status() == "A  content/mine.md"
    (place.editor.folder / "content/a.md/deep.md").unlink()
    (place.editor.folder / "content/a.md").rmdir()
    place.editor.write("content/a.md", "a file again\n")
    assert place.tree.advance(second, place.fetched()) == ()
    assert place.status() == "A  content/mine.md"
    assert (place.service / "content/a.md").read_text() == "a file again\n"


@pytest.mark.parametrize("theirs", ["edited", "removed", "new", "a folder with a file of its own"])
def test_an_edit_that_nobody_committed_is_in_the_way_and_is_not_touched(place: Place, theirs: str) -> None:
    path = "content/c.md" if theirs in ("new", "a folder with a file of its own") else "content/a.md"
    if theirs == "removed":
        (place.editor.folder / path).unlink()
    else:
        place.editor.write(path, "theirs\n")
    place.editor.write("content/b.md", "theirs\n")
    second = place.fetched()
    mine = place.service / path
    if theirs.startswith("a folder"):
        mine.mkdir()
        mine /= "mine.md"
    mine.write_text("mine\n")
    before = place.status()
    assert place.tree.advance(place.first, second) == (path,)
    assert mine.read_text() == "mine\n"
    assert place.status() == before
    assert git(place.service, "rev-parse", "main") == place.first


def test_only_what_the_service_wrote_is_committed(place: Place) -> None:
    (place.service / "content/a.md").write_text("an editor's, half done\n")
    with writing(place.service) as note:
        note(Path("content/b.md"))
        (place.service / "content/b.md").write_text("written\n")
    made = place.tree.commit_written(place.first, write, AUTHOR)
    assert git(place.service, "show", "--format=%s", "--name-only", made).split("\n") == [
        "2026-W49: write",
        "",
        "content/b.md",
    ]
    assert place.status() == "M content/a.md"
    assert place.tree.commit_written(made, write, AUTHOR) == made


def test_an_edit_or_an_older_file_is_not_committed_where_the_service_writes_into_it(place: Place) -> None:
    path = "content/a.md"
    place.editor.write(path, "one\ntwo\nthree\nfour\nlater\n")
    here = place.fetched()
    assert place.tree.advance(place.first, here) == ()
    file = place.service / path
    file.write_text("one\ntwo\nthree\nfour\n")  # as a backup had it
    with writing(place.service) as note:
        note(Path(path))
        file.write_text("one\npublished\ntwo\nthree\nfour\n")
        note(Path(path))
        file.write_text("one\npublished\nagain\ntwo\nthree\nfour\n")
    made = place.tree.commit_written(here, write, AUTHOR)
    assert git(place.service, "show", f"{made}:{path}").split() == [
        "one",
        "published",
        "again",
        "two",
        "three",
        "four",
        "later",
    ]
    assert file.read_text() == "one\npublished\nagain\ntwo\nthree\nfour\n"
    assert (place.status(), place.tree.waiting()) == ("M content/a.md", ())
    assert place.tree.commit_written(made, write, AUTHOR) == made


@pytest.mark.parametrize("was", ["an older file", "no file"])
def test_what_the_service_wrote_right_beside_an_edit_waits_until_a_person_commits_it(place: Place, was: str) -> None:
    path = "content/a.md"
    file = place.service / path
    file.write_text("older\n") if was == "an older file" else file.unlink()
    with writing(place.service) as note:
        note(Path(path))
        file.write_text("older, and published\n")
        note(Path("content/new.md"))
        (place.service / "content/new.md").write_text("new\n")
    made = place.tree.commit_written(place.first, write, AUTHOR)
    assert git(place.service, "show", "--format=", "--name-only", made) == "content/new.md"
    assert place.tree.waiting() == (path,)
    assert place.tree.commit_written(made, write, AUTHOR) == made
    assert file.read_text() == "older, and published\n"
    git(place.service, "commit", "--quiet", "--message", "By hand", "--", path)
    by_hand = git(place.service, "rev-parse", "main")
    assert place.tree.commit_written(by_hand, write, AUTHOR) == by_hand
    assert place.tree.waiting() == ()
    own = own_folder(place.service)
    assert own
    assert {one.name for one in own.iterdir()} == {"tree.lock", "mark"}


def test_what_a_person_committed_of_what_the_service_wrote_is_theirs_from_then_on(place: Place) -> None:
    file = place.service / "content/b.md"
    with writing(place.service) as note:
        note(Path("content/b.md"))
        file.write_text("written\n")
    made = place.repository.commit(place.first, {"content/b.md": b"written\n"}, "By hand", AUTHOR)
    place.repository.move("main", place.first, made)
    assert place.tree.commit_written(made, write, AUTHOR) == made
    file.write_text("an editor's, half done\n")
    assert place.tree.commit_written(made, write, AUTHOR) == made


def test_files_are_read_whole_in_portions_of_any_size(place: Place) -> None:
    files = {f"content/{size}.txt": f"{size}".encode() * size for size in range(8)}
    made = place.repository.commit(place.first, files, "Write", AUTHOR)
    known = {entry.path: entry.blob for entry in place.repository.entries(made)}
    for portion in (1, 5, 9, 1_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("publisher.adapters.git.repository.PORTION", portion)
            read = dict(place.repository.blobs([known[path] for path in files]))
        assert read == {known[path]: data for path, data in files.items()}
    assert not dict(place.repository.blobs(()))


def test_what_was_noted_and_came_to_nothing_does_not_commit_a_later_edit(place: Place) -> None:
    with writing(place.service) as note:
        note(Path("content/a.md"))  # and the disk is full
    assert place.tree.commit_written(place.first, lambda _wrote: "Nothing", AUTHOR) == place.first
    (place.service / "content/a.md").write_text("an editor's, half done\n")
    assert place.tree.commit_written(place.first, lambda _wrote: "Nothing", AUTHOR) == place.first


def test_nothing_moves_the_folder_on_while_a_backup_reads_it(place: Place) -> None:
    own = own_folder(place.service)
    assert own
    with still(place.service), locked(own / TREE_LOCK, wait=False) as free:
        assert not free
    with still(place.editor.folder):
        assert not (place.editor.folder / ".git/pressroom").exists(), "only where a service has been"


def test_while_another_git_is_at_work_nothing_is_moved(place: Place) -> None:
    place.editor.write("content/a.md", "theirs\n")
    second = place.fetched()
    lock = place.service / ".git/index.lock"
    lock.touch()
    with pytest.raises(GitFailed, match="another git is at work"):
        place.tree.advance(place.first, second)
    place.tree.recover()
    assert lock.exists(), "it is not ours"
    assert place.status() == ""


def test_the_lock_that_a_killed_git_left_on_a_branch_is_taken_away_and_a_living_ones_is_not(place: Place) -> None:
    lock = place.service / ".git/refs/heads/main.lock"
    lock.touch()
    place.repository.free("main", "origin")
    assert lock.exists()
    place.repository.free("main", "origin", time.time() + 60)
    assert not lock.exists()


def test_a_folder_in_which_a_killed_process_was_checking_what_came_is_taken_away(place: Place) -> None:
    own = own_folder(place.service)
    assert own
    (own / "new.abc/content").mkdir(parents=True)
    (own / "new.abc/content/a.md").write_text("a\n")
    place.tree.recover()
    assert not list(own.glob("new.*"))


def killed(work: Callable[[], object], after: float | None = None) -> bool:
    """Do some work in a process that is killed: by itself after some seconds, or by whatever it runs."""
    child = os.fork()
    if not child:
        try:
            if after is not None:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, after)
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def test_whatever_command_a_kill_comes_at_the_next_round_finishes_and_loses_nothing(
    place: Place, tmp_path: Path
) -> None:
    place.editor.write("content/a.md", "theirs\n")
    (place.editor.folder / "content/b.md").unlink()
    place.editor.write("content/deep/c.md", "new\n")
    second = place.fetched()
    with writing(place.service) as note:
        note(Path("content/ours.md"))
        (place.service / "content/ours.md").write_text("ours\n")
    count, stub = tmp_path / "count", tmp_path / "bin" / "git"
    stub.parent.mkdir()
    stub.write_text(
        f'#!/bin/sh\nleft=$(cat {count}); echo $((left - 1)) > {count}\n[ "$left" -gt 0 ] || {{ kill -9 $PPID; exit 1; }}\nexec {git_itself()} "$@"\n'
    )
    stub.chmod(0o755)

    def work() -> None:
        repository = Repository(place.service, {**ENVIRONMENT, "PATH": f"{stub.parent}:{ENVIRONMENT['PATH']}"})
        round_of(repository, second)

    for allowed in range(100):
        count.write_text(f"{allowed}\n")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", f"{stub.parent}:{ENVIRONMENT['PATH']}")  # where Python looks for the program
            if not killed(work):
                break
    assert 5 < allowed < 99
    assert_whole(place)


def test_whatever_moment_a_kill_comes_at_the_next_round_finishes_and_loses_nothing(place: Place) -> None:
    for number in range(60):
        place.editor.write(f"content/many/{number}.md", f"{number}\n" * 50)
    place.editor.write("content/a.md", "theirs\n")
    second = place.fetched()
    with writing(place.service) as note:
        note(Path("content/ours.md"))
        (place.service / "content/ours.md").write_text("ours\n")
    seconds = 0.005
    while killed(lambda: round_of(Repository(place.service, ENVIRONMENT), second), seconds):
        seconds *= 1.6
    assert_whole(place)


def round_of(repository: Repository, there: str) -> None:
    """Do what a round does, from what an earlier one left to the next commit."""
    tree = WorkingTree(repository, "main")
    repository.free("main", "origin", time.time() + 60)
    tree.recover()
    here = tree.commit_written(repository.standing("main", "origin"), write, AUTHOR)
    if not repository.contains(here, there):
        merged = repository.merge(here, there, "2026-W49: merge", AUTHOR)
        assert merged
        assert tree.advance(here, merged) == ()


def assert_whole(place: Place) -> None:
    round_of(place.repository, git(place.editor.folder, "rev-parse", "HEAD"))
    assert place.status() == ""
    assert (place.service / "content/ours.md").read_text() == "ours\n"
    assert git(place.service, "show", "HEAD:content/ours.md") == "ours"
    assert (place.service / "content/a.md").read_text() == "theirs\n"
    assert not list((place.service / ".git").rglob("*.lock")) or {
        path.name for path in (place.service / ".git").rglob("*.lock")
    } <= {"tree.lock", "round.lock"}
    own = own_folder(place.service)
    assert own
    assert {path.name for path in own.iterdir()} <= {"tree.lock", "round.lock", "mark"}


def git_itself() -> str:
    return next(f"{folder}/git" for folder in ENVIRONMENT["PATH"].split(":") if os.access(f"{folder}/git", os.X_OK))
