"""Reads files that have to be inside a folder. No link out of it is followed, and nothing waits for a pipe or a device.

Content, templates and archives come from other people: a pull request may bring a symbolic link to `.env`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from publisher.errors import ContentError, Problem

_GONE = " (deleted)"
"""What the kernel puts behind the name of a file that was replaced just now."""


def is_inside(folder: Path, path: Path) -> bool:
    """Say whether `path` is inside `folder` once all links are followed. An OSError says why that cannot be known."""
    return _holds(_real(folder), _real(path))


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _real(path: Path) -> str:
    """Return where a path leads once all links are followed. Raises OSError if there is nothing.

    The kernel knows it of a handle, which opens nothing; os.path.realpath asks for each folder on the way.
    """
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        leads = os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115  # a path costs more than the call
    except OSError:  # a system without /proc
        leads = _GONE
    finally:
        os.close(handle)
    return os.path.realpath(path, strict=True) if leads.endswith(_GONE) else leads


def read_inside(folder: Path, path: Path, *, shown: Path, most: int) -> bytes:
    """Return the bytes of a regular file of at most `most` bytes; `shown` is its name in messages.

    Links may be followed as long as they stay inside `folder`. Raises ContentError with one problem.
    """
    try:
        target = _real(path)
        if not _holds(_real(folder), target):
            raise ContentError([leads_out(shown)])
        found = os.lstat(target)  # before it is opened: opening alone may wait, or move a tape
        if not stat.S_ISREG(found.st_mode):
            raise ContentError([Problem(shown, None, "is not a regular file", "move it away")])
        if found.st_size > most:
            raise ContentError([_too_large(shown, found.st_size, most)])
        handle = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            data = file.read(most + 1)  # it may have grown
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.is_symlink():
            leads = Problem(shown, None, "is a link to a file that is not there", "remove it, or put the file there")
            raise ContentError([leads]) from error
        raise ContentError([unreadable(shown, error)]) from error
    if len(data) > most:
        raise ContentError([_too_large(shown, len(data), most)])
    return data


def leads_out(shown: Path) -> Problem:
    what = "is a link that leads out of the folder, and files outside are not read"
    return Problem(shown, None, what, "put a copy of the file in its place, or remove the link")


def unreadable(shown: Path, error: OSError) -> Problem:
    return Problem(shown, None, f"cannot be read: {error.strerror}", "fix it or its permissions")


def _too_large(shown: Path, size: int, most: int) -> Problem:
    return Problem(shown, None, f"the file has {size:,} bytes, more than {most:,}", "make it smaller or move it away")
