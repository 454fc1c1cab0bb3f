"""Who on this machine may read what: readers, mail and secrets are for the owner alone, the site is for everybody."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from publisher.errors import Problem, Severity

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
PUBLIC_FOLDER = 0o755
_OTHERS = 0o077
_ENDS = ("", "-wal", "-shm")
"""What SQLite adds to the name of a database for the files beside it."""


def make_private(folder: Path) -> None:
    """Make a folder and its missing parents for their owner alone; folders that exist keep their permissions."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    folder.mkdir(exist_ok=True)  # raises when a file is in the way


def make_public(folder: Path, top: Path) -> None:
    """Make a folder at or below `top` that a web server may read, whatever the umask; `top` has to have a parent."""
    if not folder.exists():
        if folder != top:
            make_public(folder.parent, top)
        folder.mkdir(exist_ok=True)
        folder.chmod(PUBLIC_FOLDER)


def create_private(file: Path) -> None:
    """Create an empty file for its owner alone; a file that exists stays as it is."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
    except FileExistsError:
        pass  # it keeps its permissions; `exposed` warns if they are too wide
    except OSError:
        pass  # SQLite opens the same path next and raises the reason


def exposed(publication: Path, database: Path | None, site: Path, keys: Iterable[Path] = ()) -> Iterator[Problem]:
    """Yield a warning for each file or folder that others on this machine could read; `site` is meant for everybody.

    `keys` are files of keys; one that is not there, such as the environment, is none.
    """
    var = publication / "var"
    files = [publication / ".env", *keys, *(var / f"answers.db{end}" for end in _ENDS)]
    if database is not None:
        files += [database.with_name(database.name + end) for end in _ENDS]
    yield from _open(publication, files, "600")
    yield from _open(publication, [var], "700")
    for place, folders, names in os.walk(var):
        folders[:] = [name for name in folders if Path(place, name) != site]
        if any(_is_open(Path(place, name)) for name in names if name.endswith(".eml")):
            yield _warning(publication, Path(place), "the mail in it", "chmod -R go=")


def _open(publication: Path, paths: Iterable[Path], mode: str) -> Iterator[Problem]:
    return (_warning(publication, path, "it", f"chmod {mode}") for path in paths if _is_open(path))


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False


def _warning(publication: Path, path: Path, read: str, command: str) -> Problem:
    shown = path.relative_to(publication) if path.is_relative_to(publication) else path
    what = f"others on this machine can read {read}"
    return Problem(shown, None, what, f"run: {command} {shlex.quote(str(shown))}", Severity.WARNING, "permissions")
