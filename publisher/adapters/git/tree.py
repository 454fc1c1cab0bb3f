"""The folder that editors see, and git's index of it, moved from one commit to the next so that no crash loses anything.

Each file is replaced as a whole, and only if it is what the commit says: an edit that nobody has committed stays. What is
to be done is written down first, so whoever comes after a crash finishes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from publisher.adapters.files import replace_file
from publisher.adapters.git.repository import REGULAR, Author, Change, Entry, Repository
from publisher.adapters.git.written import TREE_LOCK, before, forget_written, locked, own_folder, written
from publisher.errors import GitFailed

_GOING: Final = "going"
"""Says from which commit to which the folder is being moved."""
_MARK: Final = "mark"
"""While we write the index, its lock is a second name of this file; so we know our own."""
_FOLDER: Final = "a folder"
_SUBMODULE: Final = "160000"


class WorkingTree:
    """The folder of a repository, on one branch. Raises GitFailed while another git is at work in it."""

    def __init__(self, repository: Repository, branch: str) -> None:
        self._repository = repository
        self._branch = branch
        self._root = repository.root
        own = own_folder(self._root)
        assert own is not None, "the repository is there"
        self._own = own

    def recover(self) -> None:
        """Finish what a killed process began, and take away what it left."""
        with locked(self._own / TREE_LOCK):
            lock, mark = self._repository.folder / "index.lock", self._own / _MARK
            if lock.exists() and mark.exists() and lock.samefile(mark):
                lock.unlink()
            for left in (*self._own.glob("*.index*"), *self._own.glob("new.*"), *self._own.glob(".*")):
                shutil.rmtree(left) if left.is_dir() else left.unlink()  # a folder: what came was being checked in it
            if not (self._own / _GOING).exists():
                return
            before, _, after = (self._own / _GOING).read_text(encoding="ascii").partition(" ")
            if self._here() in (before, after):
                with self._index_lock():
                    self._finish(before, after, self._repository.changes(before, after))
            (self._own / _GOING).unlink(missing_ok=True)  # where a person has committed meanwhile, it is over

    def advance(self, before: str, after: str) -> tuple[str, ...]:
        """Move folder, branch and index on to a commit, or return the paths of edits in the way, with nothing changed."""
        changes = self._repository.changes(before, after)
        with locked(self._own / TREE_LOCK), self._index_lock():
            if edited := tuple(path for path in sorted(changes) if self._is_edited(path, changes)):
                return edited
            self._finish(before, after, changes)
        return ()

    def commit_written(self, here: str, message: Callable[[Collection[str]], str], author: Author) -> str:
        """Commit what the service wrote; return where the branch is then.

        What else is in these files and was not committed before stays so. Where the two cannot be told apart, the file waits:
        see `waiting`. `message` says of the files' paths what the commit does.
        """
        with locked(self._own / TREE_LOCK):
            changed, waiting = self._unsaved(here)
            if changed:
                made = self._repository.commit(here, changed, message(changed), author)
                with self._index_lock():
                    self._finish(here, made, self._repository.changes(here, made))
                here = made
            forget_written(self._own, but=waiting)
        return here

    def waiting(self) -> tuple[str, ...]:
        """Return the files that the service wrote into right where they had been changed without a commit."""
        return written(self._own)

    def _unsaved(self, here: str) -> tuple[dict[str, bytes], list[str]]:
        """Return the files that the service wrote as they are to be committed, and those of which that cannot be said."""
        noted = written(self._own)
        known = {entry.path: entry.blob for entry in self._repository.entries(here)} if noted else {}
        found: dict[str, bytes] = {}
        waiting: list[str] = []
        for path in noted:
            file = self._root / path
            if file.is_symlink() or not file.is_file():
                continue
            ours = self._ours(path, file.read_bytes(), known.get(path))
            if ours is None:
                waiting.append(path)
            elif known.get(path) != _blob(ours, here):
                found[path] = ours
        return found, waiting

    def _ours(self, path: str, data: bytes, committed: str | None) -> bytes | None:
        """Return a file as it is committed (`committed` is its name there) with what the service changed in it, None for a conflict."""
        was = before(self._own, path)
        if committed is None or _blob(data, committed) == committed or (was and _blob(was, committed) == committed):
            return data
        ((_, theirs),) = self._repository.blobs([committed])
        return self._repository.merged(data, was or b"", theirs)

    # How it is done

    def _finish(self, before: str, after: str, changes: Mapping[str, Change]) -> None:
        """Do what is left of a move. What is neither as before nor as after was edited meanwhile, and stays."""
        replace_file(self._own / _GOING, f"{before} {after}".encode("ascii"), private=True)
        come = {path: new for path, change in changes.items() if (new := change.after) and new.mode in REGULAR}
        gone = [path for path in changes if path not in come]
        for path in _in_the_way(gone, come):
            self._remove(path, changes[path].before)
        texts = [path for path in come if path.endswith((".md", ".toml"))]
        for some in ([path for path in come if path not in texts], texts):  # a text after the images that it shows
            self._write({path: come[path] for path in some}, changes)
        for path in gone:
            self._remove(path, changes[path].before)
        if self._here() == before:
            self._repository.move(self._branch, before, after)
        self._write_index(changes, after)
        (self._own / _GOING).unlink()

    def _here(self) -> str | None:
        return self._repository.commit_of(f"refs/heads/{self._branch}")

    def _write(self, come: Mapping[str, Entry], changes: Mapping[str, Change]) -> None:
        paths: dict[str, list[str]] = {}
        for path, entry in come.items():
            if self._held(path, entry.blob) == _name(changes[path].before):
                paths.setdefault(entry.blob, []).append(path)
        for blob, data in self._repository.blobs(paths):
            for path in paths[blob]:
                target, fresh = self._root / path, self._own / "new.file"
                target.parent.mkdir(parents=True, exist_ok=True)
                replace_file(fresh, data)
                fresh.chmod(0o755 if come[path].mode == REGULAR[1] else 0o644)
                fresh.replace(target)

    def _remove(self, path: str, before: Entry | None) -> None:
        """Remove a file that is as it was, and the folders that are empty then."""
        target = self._root / path
        if before is None or self._held(path, before.blob) != _name(before):
            return
        target.unlink()
        for folder in target.parents:
            if folder == self._root:
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def _is_edited(self, path: str, changes: Mapping[str, Change]) -> bool:
        """Whether somebody changed what a move has to replace, and did not commit it."""
        change = changes[path]
        sides = [side for side in (change.before, change.after) if side]
        if any(side.mode == _SUBMODULE for side in sides):
            return False
        for parent in Path(path).parents[:-1]:
            at = self._root / parent
            if os.path.lexists(at) and (at.is_symlink() or not at.is_dir()):
                return parent.as_posix() not in changes  # else it is in the list by itself
        held = self._held(path, sides[0].blob)
        if held == _FOLDER:  # a file comes in its place: nothing may be in it but what goes
            inside = (self._root / path).rglob("*")
            left = {one.relative_to(self._root).as_posix() for one in inside if one.is_symlink() or not one.is_dir()}
            return not left <= {other for other, its in changes.items() if its.after is None}
        return held not in (_name(change.before), _name(change.after))

    def _held(self, path: str, like: str) -> str | None:
        """Return git's name of what is in the folder, None for nothing; `like` is such a name, of the same length."""
        target = self._root / path
        if not os.path.lexists(target):
            return None
        if target.is_symlink():
            return _blob(os.fsencode(target.readlink()), like)
        return _blob(target.read_bytes(), like) if target.is_file() else _FOLDER

    @contextlib.contextmanager
    def _index_lock(self) -> Iterator[None]:
        """Keep every other git from writing the index, as they keep us."""
        lock, mark = self._repository.folder / "index.lock", self._own / _MARK
        mark.touch()
        try:
            os.link(mark, lock)
        except FileExistsError:
            raise GitFailed(f"another git is at work in {self._root}; if none is, remove {lock}") from None
        try:
            yield
        finally:
            lock.unlink()

    def _write_index(self, changes: Mapping[str, Change], after: str) -> None:
        """Let the index have what the new commit has, and leave what else is staged in it."""
        index, fresh = self._repository.folder / "index", self._own / "fresh.index"
        if index.exists():
            shutil.copyfile(index, fresh)
        gone = [f"0 {'0' * len(after)}\t{path}" for path, change in changes.items() if change.after is None]
        come = [f"{new.mode} {new.blob}\t{path}" for path, change in changes.items() if (new := change.after)]
        self._repository.index([*gone, *come], fresh)
        fresh.replace(index)


def _in_the_way(gone: Iterable[str], come: Iterable[str]) -> list[str]:
    """Return the paths that go where a folder comes in the place of a file, or a file in that of a folder."""
    files = set(come)
    folders = {parent.as_posix() for path in files for parent in Path(path).parents}
    return [path for path in gone if path in folders or files & {parent.as_posix() for parent in Path(path).parents}]


def _name(entry: Entry | None) -> str | None:
    return entry.blob if entry and entry.mode != _SUBMODULE else None


def _blob(data: bytes, like: str) -> str:
    """Return git's name of a file with these bytes, as long as `like` is: SHA-1 or SHA-256."""
    made = hashlib.new("sha1" if len(like) == 40 else "sha256", usedforsecurity=False)
    made.update(b"blob %d\0" % len(data) + data)
    return made.hexdigest()
