"""A repository as the service uses it: commits, what differs between them, and the remote. It touches no file and no index."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plaintext import printable
from publisher.adapters.git.program import NETWORK_SECONDS, GitProgram
from publisher.adapters.git.written import git_folder
from publisher.errors import GitFailed

REGULAR: Final = ("100644", "100755")
PORTION: Final = 4_000_000
"""Bytes of files that are read in one go."""
STALE_SECONDS: Final = 10.0
"""A lock of a branch that is older was left by a process that was killed: git holds one for milliseconds."""

_UNDER_WAY: Final = {
    "MERGE_HEAD": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert", "rebase-merge": "a rebase",
    "rebase-apply": "a rebase", "BISECT_LOG": "a bisection",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Author:
    """Who commits, and when."""

    name: str
    address: str
    at: dt.datetime

    @property
    def variables(self) -> dict[str, str]:
        who = {"NAME": self.name, "EMAIL": self.address, "DATE": f"{int(self.at.timestamp())} +0000"}
        return {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit; `size` is in bytes, 0 for anything that is not a file."""

    mode: str
    blob: str
    path: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What a path is before and after; None: nothing."""

    before: Entry | None
    after: Entry | None


class Repository:
    """The repository whose top is `root`. Raises GitFailed for whatever git cannot do, and where there is none."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self.root = root.resolve()
        self.git = GitProgram(self.root, environment)
        found = git_folder(self.root)
        if found is None:
            raise GitFailed(
                f"{root} is not the top of a git repository, as [git] in publication.toml says; clone the repository of "
                "the publication there (where content/ is there already: clone it elsewhere, and move its .git there), or remove [git]"
            )
        self.folder = found

    # Commits

    def standing(self, branch: str, remote: str) -> str:
        """Return the commit that the folder stands on. Raises GitFailed where a person is in the middle of something."""
        for name, what in _UNDER_WAY.items():
            if (self.folder / name).exists():
                raise GitFailed(f"{what} is under way in {self.root}; finish it there, or end it with --abort")
        _, out = self.git("symbolic-ref", "--quiet", "HEAD", codes=(0, 1))
        on = out.decode().strip().removeprefix("refs/heads/")
        if on != branch:
            raise GitFailed(f"{self.root} is on {on or 'no branch'}, not on {branch}; run there: git switch {branch}")
        if not self.git("config", "--get", f"remote.{remote}.url", codes=(0, 1))[1]:
            raise GitFailed(f"{self.root} has no remote {remote}; run there: git remote add {remote} URL")
        here = self.commit_of(f"refs/heads/{branch}")
        if here is None:
            raise GitFailed(f"the branch {branch} in {self.root} has no commit yet; commit the publication there")
        return here

    def commit_of(self, ref: str) -> str | None:
        """Return a ref's commit, None when there is no such ref."""
        code, out = self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}", codes=(0, 1))
        return out.decode().strip() if code == 0 else None

    def contains(self, commit: str, older: str) -> bool:
        """Whether `older` is part of the history of `commit`."""
        return self.git("merge-base", "--is-ancestor", older, commit, codes=(0, 1))[0] == 0

    def base(self, one: str, other: str) -> str | None:
        """Return the last commit that two have in common, None when they have none."""
        return self.git("merge-base", one, other, codes=(0, 1))[1].decode().strip() or None

    def subject(self, commit: str) -> str:
        return self.git("log", "-1", "--format=%s", commit, "--")[1].decode("utf-8", "replace").strip()

    def author(self, commit: str) -> str:
        return self.git("log", "-1", "--format=%an", commit, "--")[1].decode("utf-8", "replace").strip()

    def entries(self, commit: str) -> tuple[Entry, ...]:
        """Return everything that a commit has."""
        found = []
        for row in _rows(self.git("ls-tree", "-r", "-l", "-z", "--full-tree", commit)[1]):
            about, _, path = row.partition("\t")
            mode, _, blob, size = about.split()
            found.append(Entry(mode, blob, path, int(size) if size.isdigit() else 0))
        return tuple(found)

    def changes(self, before: str, after: str) -> dict[str, Change]:
        """Return what differs between two commits, by path; a file that was renamed is one that went and one that came."""
        rows = _rows(self.git("diff-tree", "-r", "-z", "--raw", "--no-renames", before, after, "--")[1])
        found = {}
        for about, path in zip(rows, rows, strict=True):
            old_mode, new_mode, old, new, _ = about.removeprefix(":").split()
            was = None if set(old) == {"0"} else Entry(old_mode, old, path)
            found[path] = Change(was, None if set(new) == {"0"} else Entry(new_mode, new, path))
        return found

    def blobs(self, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """Yield the bytes of files, by their names in git, some megabytes at a time."""
        for some in self._portions(sorted(set(names))):
            out = memoryview(self.git("cat-file", "--batch", stdin="".join(f"{one}\n" for one in some).encode())[1])
            at = 0
            for one in some:
                end = bytes(out[at : at + 200]).index(b"\n")
                about = bytes(out[at : at + end]).split()
                if len(about) != 3:
                    raise GitFailed(f"the repository in {self.root} lacks a file, {one}; run there: git fsck")
                size = int(about[2])
                yield one, bytes(out[at + end + 1 : at + end + 1 + size])
                at += end + size + 2

    def _portions(self, names: Sequence[str]) -> Iterator[Sequence[str]]:
        """Yield the names in portions that are small together, or of one file."""
        if not names:
            return
        listed = self.git(
            "cat-file", "--batch-check=%(objectsize)", stdin="".join(f"{one}\n" for one in names).encode()
        )
        start = together = 0
        for index, said in enumerate(listed[1].splitlines()):
            size = int(said) if said.isdigit() else 0  # whoever reads a file that is missing says so
            if index > start and together + size > PORTION:
                yield names[start:index]
                start, together = index, 0
            together += size
        yield names[start:]

    def commit(self, parent: str, files: Mapping[str, bytes], message: str, author: Author) -> str:
        """Return a new commit that differs from its parent by these files; no branch has it yet."""
        modes = {entry.path: entry.mode for entry in self.entries(parent)}
        with self._index(parent) as index:
            rows = []
            for path, data in files.items():
                blob = self.git("hash-object", "-w", "-t", "blob", "--no-filters", "--stdin", stdin=data)[1].decode()
                mode = modes.get(path, REGULAR[0])
                rows.append(f"{mode if mode in REGULAR else REGULAR[0]} {blob.strip()}\t{path}")
            self.index(rows, index)
            tree = self.git("write-tree", more={"GIT_INDEX_FILE": str(index)})[1].decode().strip()
        return self._commit(tree, (parent,), message, author)

    def merge(self, ours: str, theirs: str, message: str, author: Author) -> str | None:
        """Return a new commit that has both, None where git cannot merge them; no branch has it yet."""
        code, out = self.git("merge-tree", "--write-tree", "--no-messages", "-z", ours, theirs, codes=(0, 1))
        return None if code else self._commit(next(_rows(out)), (ours, theirs), message, author)

    def merged(self, ours: bytes, base: bytes, theirs: bytes) -> bytes | None:
        """Return a text that has what two made of a third, None where both changed the same place."""
        with tempfile.TemporaryDirectory(prefix="new.", dir=self.folder / "pressroom") as name:
            files = [Path(name) / part for part in ("ours", "base", "theirs")]
            for file, data in zip(files, (ours, base, theirs), strict=True):
                file.write_bytes(data)
            code, out = self.git("merge-file", "-p", "--", *map(str, files), codes=range(128))
        return None if code else out

    def _commit(self, tree: str, parents: tuple[str, ...], message: str, author: Author) -> str:
        named = [part for parent in parents for part in ("-p", parent)]
        done = self.git("commit-tree", tree, *named, stdin=message.encode(), more=author.variables)[1]
        return done.decode().strip()

    @contextlib.contextmanager
    def _index(self, commit: str) -> Iterator[Path]:
        """Give an index of our own that has a commit's files."""
        path = self.folder / "pressroom" / "commit.index"
        path.unlink(missing_ok=True)
        try:
            self.git("read-tree", commit, more={"GIT_INDEX_FILE": str(path)})
            yield path
        finally:
            path.unlink(missing_ok=True)

    def index(self, rows: Collection[str], index: Path) -> None:
        """Write rows of the form «mode blob TAB path» into an index."""
        told = b"".join(os.fsencode(row) + b"\0" for row in rows)
        self.git("update-index", "-z", "--index-info", stdin=told, more={"GIT_INDEX_FILE": str(index)})

    # Branches and the remote

    def move(self, branch: str, before: str, after: str) -> None:
        """Let a branch be at another commit, if it is still at `before`."""
        self.git("update-ref", "-m", "pressroom", f"refs/heads/{branch}", after, before)

    def free(self, branch: str, remote: str, now: float | None = None) -> None:
        """Take away the locks that a killed process left on the branches that we move."""
        names = (f"refs/heads/{branch}", f"refs/remotes/{remote}/{branch}", "HEAD", "packed-refs")
        for name in names:
            lock = self.folder / f"{name}.lock"
            with contextlib.suppress(FileNotFoundError):
                if (now or time.time()) - lock.stat().st_mtime > STALE_SECONDS:
                    lock.unlink()

    def fetch(self, remote: str, branch: str) -> bool:
        """Fetch the remote's branch; False when it has none of that name."""
        which = f"+refs/heads/{branch}:{_tracking(remote, branch)}"
        options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
        try:
            self.git("fetch", *options, "--", remote, which, seconds=NETWORK_SECONDS)
        except GitFailed as error:
            if "couldn't find remote ref" in str(error):
                return False
            raise
        return True

    def there(self, remote: str, branch: str) -> str | None:
        """Return where the remote's branch was at the last fetch."""
        return self.commit_of(_tracking(remote, branch))

    def push(self, remote: str, commit: str, branch: str) -> bool:
        """Let a branch of the remote go forward to a commit, never back; False when it has what the commit has not."""
        what = f"{commit}:refs/heads/{branch}"
        code, out = self.git(
            "push", "--porcelain", "--no-verify", "--no-follow-tags", "--", remote, what, seconds=NETWORK_SECONDS, codes=(0, 1)
        )  # fmt: skip
        if code == 0:
            return True
        said = out.decode("utf-8", "replace")
        if re.search(r"^!\t.*\[rejected\]", said, re.MULTILINE):
            return False
        reasons = re.findall(r"^!\t\S+\t(.*)$", said, re.MULTILINE)
        raise GitFailed(f"git push failed: {printable('; '.join(reasons)) or 'the remote does not say why'}")


def _tracking(remote: str, branch: str) -> str:
    return f"refs/remotes/{remote}/{branch}"


def _rows(out: bytes) -> Iterator[str]:
    return (os.fsdecode(row) for row in out.split(b"\0") if row)
