"""What came by git, looked at in a folder of its own before the service goes on to it."""

from __future__ import annotations

import contextlib
import os
import pwd
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from plaintext import printable
from publisher import pipeline
from publisher.adapters.git.repository import REGULAR, Entry, Repository
from publisher.adapters.git.written import own_folder
from publisher.app import App
from publisher.errors import Problem, Severity

MOST_BYTES = 25_000_000
"""Of one file. What content/ may have is far smaller; `check` says so."""
READ = ("content/", "templates/")
_OF_REPOSITORIES = (".gitignore", ".gitattributes", ".github", ".gitea", ".forgejo", ".gitlab", ".gitlab-ci.yml")
"""Hidden files of a repository's own: only git and forges read them, and git runs nothing because of them."""


def new_errors(app: App, repository: Repository, commit: str, here: str) -> tuple[Problem, ...]:
    """Return the errors that `check` finds in a commit and did not find before, where the folder stands.

    An old one, such as a pin to a week that is over by now, or a link that is there, keeps nobody from putting other
    things right.
    """
    entries, before = repository.entries(commit), repository.entries(here)
    if found := tuple(unsafe(set(entries).difference(before), in_home=_is_home(repository.root))):
        return found
    found = _errors(app, repository, entries)
    known = {(one.path, one.what) for one in _errors(app, repository, before)} if found else set()
    return tuple(one for one in found if (one.path, one.what) not in known)


def _errors(app: App, repository: Repository, entries: Sequence[Entry]) -> tuple[Problem, ...]:
    apart = {problem.path for problem in unsafe(entries)}
    with tempfile.TemporaryDirectory(prefix="new.", dir=own_folder(repository.root)) as name:
        folder = Path(name)
        paths: dict[str, list[str]] = {}
        for entry in entries:
            if entry.path.startswith(READ) and Path(shown(entry.path)) not in apart:
                paths.setdefault(entry.blob, []).append(entry.path)
        for blob, data in repository.blobs(paths):
            for path in paths[blob]:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(data)
        checked = pipeline.check(app.act_on(folder))
    return tuple(problem for problem in checked if problem.severity is Severity.ERROR)


def _is_home(folder: Path) -> bool:
    """Whether a folder is the home of the user that runs this, where git, ssh and shells look for their settings."""
    homes = [os.path.expanduser("~")]  # noqa: PTH111 - Path.home() raises for a user without one
    with contextlib.suppress(KeyError):  # a container may run as a user that has no name
        homes.append(pwd.getpwuid(os.geteuid()).pw_dir)
    return folder in {Path(home).resolve() for home in homes}


def unsafe(entries: Iterable[Entry], *, in_home: bool = False) -> Iterator[Problem]:
    """Find what must not be written into the publication's folder, whoever sends it."""
    for entry in sorted(entries, key=lambda one: one.path):
        path, parts = Path(shown(entry.path)), PurePosixPath(entry.path).parts
        if entry.mode not in REGULAR:
            kind = "a submodule" if entry.mode == "160000" else "a symbolic link"
            yield _problem(path, f"is {kind}, and only files are taken by git", "put a copy of its files in its place")
        elif parts[0] in (".env", "var"):
            yield _problem(path, "belongs to each machine and is not taken by git", f"run: git rm --cached {path}")
        elif in_home and parts[0].startswith(".") and parts[0] not in _OF_REPOSITORIES:
            what = "is a hidden file in the home folder of the service's user, where other programs take it for their settings"
            yield _problem(path, what, f"run: git rm --cached {path}; or give that user another home folder")
        elif shown(entry.path) != entry.path:
            yield _problem(path, "has a name with characters that nobody can read", "rename it")
        elif any(part in ("", ".", "..") or part.casefold() == ".git" for part in entry.path.split("/")):
            yield _problem(path, "is a name that no file may have", "rename it")
        elif entry.size > MOST_BYTES:
            what = f"the file has {entry.size:,} bytes, more than {MOST_BYTES:,}"
            yield _problem(path, what, "make it smaller, or keep it elsewhere")


def shown(path: str) -> str:
    """Return a path as it can be printed and mailed, whatever bytes are in it."""
    return printable(path.encode("utf-8", "replace").decode())


def _problem(path: Path, what: str, fix: str) -> Problem:
    return Problem(path, None, what, fix, rule="git")
