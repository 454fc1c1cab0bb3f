"""Private folders beside what is being written: gone at the end, and after a kill as soon as the next one is made there."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = ".pressroom."


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """Make a folder for its owner alone in `parent`, on the same disk, and remove it at the end.

    It is locked as long as this process lives. So those that are not were left by killed processes, and are removed first.
    """
    for left in parent.glob(f"{_PREFIX}*"):
        _clear(left)
    folder, handle = _made(parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _made(parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        with suppress(FileNotFoundError):
            handle = _opened(folder)
            with suppress(OSError):  # a file system without locks: nobody clears there either
                fcntl.flock(handle, fcntl.LOCK_EX)
            if _is(folder, handle):
                return folder, handle
            os.close(handle)  # another process took it for one that was left, before it was locked


def _clear(folder: Path) -> None:
    """Remove a folder of ours that nobody has locked."""
    try:
        handle = _opened(folder)
    except OSError:  # gone, a link, a file, or somebody else's
        return
    try:
        if os.fstat(handle).st_uid == os.geteuid():
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # somebody is at work in it, or the file system has no locks
        pass
    finally:
        os.close(handle)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)


def _is(folder: Path, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(folder.lstat(), os.fstat(handle))
    return False
