"""Which files the service wrote, noted in .git/pressroom before each is written, and the locks of that folder.

Beside the note, each file is kept as it was before, so that it is known what in it is the service's.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Final, Literal

FOLDER: Final = "pressroom"
_WRITTEN: Final = "written"
_BEFORE: Final = "before"
TREE_LOCK: Final = "tree.lock"
"""Held while files are written or moved on, for an instant."""


def git_folder(root: Path) -> Path | None:
    """Return .git of the repository whose top is `root`, None without one; in a linked worktree it is a file that names it."""
    path = root / ".git"
    if path.is_dir():
        return path
    with contextlib.suppress(OSError, ValueError):
        word, _, named = path.read_text(encoding="utf-8").strip().partition(": ")
        if word == "gitdir":
            return (root / named).resolve()
    return None


def own_folder(root: Path) -> Path | None:
    """Return .git/pressroom, made if need be; None without a repository."""
    git = git_folder(root)
    if git is None:
        return None
    (git / FOLDER).mkdir(mode=0o700, exist_ok=True)
    return git / FOLDER


@contextlib.contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock that ends with this process; yields False if another has it and `wait` is not set."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[Callable[[Path], None]]:
    """Let nothing move the folder on, and yield what notes that the service is about to write a file.

    Its path begins with content/. What is noted is committed, so nothing is noted that is not written then.
    """
    own = own_folder(root)
    if own is None:
        yield lambda _path: None
        return
    with locked(own / TREE_LOCK):
        yield lambda path: _note(root, own, path)


def still(root: Path) -> contextlib.AbstractContextManager[object]:
    """Let nothing move the folder on for a moment, if content comes by git and we may say so."""
    git = git_folder(root)
    own = git and git / FOLDER
    return locked(own / TREE_LOCK) if own and os.access(own, os.W_OK | os.X_OK) else contextlib.nullcontext()


def _note(root: Path, own: Path, path: Path) -> None:
    """Write down, before a file is written, that it will be ours to commit, and how it was when we first wrote into it."""
    if path.as_posix() not in written(own):
        kept = _kept(own, path.as_posix())
        kept.parent.mkdir(exist_ok=True)
        if (root / path).is_file():
            _save(kept.with_name("new"), (root / path).read_bytes(), "wb")
            kept.with_name("new").replace(kept)
        else:
            kept.unlink(missing_ok=True)
    _save(own / _WRITTEN, os.fsencode(path.as_posix()) + b"\0", "ab")


def _save(path: Path, data: bytes, mode: Literal["ab", "wb"]) -> None:
    with path.open(mode) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _kept(own: Path, path: str) -> Path:
    return own / _BEFORE / hashlib.sha256(os.fsencode(path)).hexdigest()


def before(own: Path, path: str) -> bytes | None:
    """Return a file as it was before we wrote into it for the first time since the last commit; None if it was not there."""
    try:
        return _kept(own, path).read_bytes()
    except FileNotFoundError:
        return None


def written(own: Path) -> tuple[str, ...]:
    """Return the paths that were written since the last commit."""
    try:
        noted = (own / _WRITTEN).read_bytes()
    except FileNotFoundError:
        return ()
    whole = noted[: noted.rfind(b"\0") + 1]  # the last may be cut off: then its file was not written yet
    return tuple(dict.fromkeys(os.fsdecode(path) for path in whole.split(b"\0") if path))


def forget_written(own: Path, but: Collection[str] = ()) -> None:
    """Forget what was written, but for some; for whoever holds the lock of the tree and has committed it."""
    if but:
        fresh = own / f".{_WRITTEN}"
        _save(fresh, b"".join(os.fsencode(path) + b"\0" for path in but), "wb")
        fresh.replace(own / _WRITTEN)
        return
    (own / _WRITTEN).unlink(missing_ok=True)
    shutil.rmtree(own / _BEFORE, ignore_errors=True)
