"""Which files the service wrote, noted in .git/pressroom before each is written, and the locks of that folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

FOLDER: Final = "pressroom"
_WRITTEN: Final = "written"
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
        yield lambda path: note_written(own, path)


def still(root: Path) -> contextlib.AbstractContextManager[object]:
    """Let nothing move the folder on for a moment, if content comes by git and we may say so."""
    git = git_folder(root)
    own = git and git / FOLDER
    return locked(own / TREE_LOCK) if own and os.access(own, os.W_OK | os.X_OK) else contextlib.nullcontext()


def note_written(own: Path, path: Path) -> None:
    """Write down, before a file is written, that it will be ours to commit."""
    with (own / _WRITTEN).open("ab") as file:
        file.write(os.fsencode(path.as_posix()) + b"\0")
        file.flush()
        os.fsync(file.fileno())


def written(own: Path) -> tuple[str, ...]:
    """Return the paths that were written since the last commit."""
    try:
        noted = (own / _WRITTEN).read_bytes()
    except FileNotFoundError:
        return ()
    whole = noted[: noted.rfind(b"\0") + 1]  # the last may be cut off: then its file was not written yet
    return tuple(dict.fromkeys(os.fsdecode(path) for path in whole.split(b"\0") if path))


def forget_written(own: Path) -> None:
    """Forget what was written; for whoever holds the lock of the tree and has committed it."""
    (own / _WRITTEN).unlink(missing_ok=True)
