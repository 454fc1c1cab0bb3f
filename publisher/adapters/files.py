"""The Library port over a folder: content/ is read whole, issues are written at once or not at all."""

from __future__ import annotations

import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from publisher.adapters.publication_file import line_of, read_publication
from publisher.content.frontmatter import MAX_FILE, legible
from publisher.content.issue_file import read_issue
from publisher.content.pieces import read_page, read_path, read_piece
from publisher.errors import ContentError, Problem, Refused
from publisher.inside import is_inside, leads_out, read_inside, unreadable
from publisher.ports import Shelf, Text
from publisher.publication import Publication

MAX_PICTURE = 5_000_000
"""Bytes of one image below content/."""

Noun = TypeVar("Noun")


class Folder:
    """A publication's folder, with content/ in it."""

    def __init__(self, root: Path, base_url: str | None = None) -> None:
        self.root = root
        self.content = root / "content"
        self._base_url = base_url
        self._declaration = self.content / "publication.toml"

    def read(self) -> Shelf:
        """Read all of content/. Raises ContentError when publication.toml itself cannot be used."""
        publication = self.publication()
        problems: list[Problem] = []
        unread: list[Text] = []
        pieces = [
            piece
            for plan in publication.sections
            for piece in self._each(plan.folder, functools.partial(read_piece, plan=plan), problems, unread)
        ]
        issues = sorted(self._each("issues", read_issue, problems, unread), key=lambda issue: issue.number)
        paths = list(self._each("paths", read_path, problems, unread))
        pages = list(self._each("pages", read_page, problems, unread))
        declared = (
            {"welcome.issues": line_of(self._declaration, "welcome", "issues")} if publication.welcome.issues else {}
        )
        return Shelf(
            publication, tuple(pieces), tuple(issues), tuple(paths), tuple(pages), tuple(problems), tuple(unread), declared
        )  # fmt: skip

    def publication(self) -> Publication:
        """Read publication.toml alone. Raises ContentError."""
        if self.content.is_symlink() and not is_inside(self.root, self.content):
            raise ContentError([leads_out(self._shown(self.content))])
        publication = read_publication(self._declaration, Path("content/publication.toml"))
        return publication.model_copy(update={"base_url": self._base_url}) if self._base_url else publication

    def picture(self, path: Path) -> bytes | None:
        """Return an image's bytes; `path` is relative to content/. None when it is not there or lies outside."""
        target, shown = self.content / path, Path("content") / path
        try:
            if not is_inside(self.content, target) or not target.is_file():
                return None
        except (OSError, ValueError):  # too long a name, a NUL in it, symbolic links in a circle
            return None
        if target.stat().st_size > MAX_PICTURE:
            mend = "make it smaller: readers load it on a phone"
            raise ContentError([Problem(shown, None, f"the image is above {MAX_PICTURE:,} bytes", mend)])
        return read_inside(self.content, target, shown=shown, most=MAX_PICTURE)

    def issue_path(self, number: int) -> Path:
        return self.content / "issues" / f"{number:04d}.md"

    def write_issue(self, number: int, text: str, *, expected: bytes | None) -> Path:
        """Write an issue's file at once or not at all; Refused when it is not what the caller believes."""
        path = self.issue_path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_inside(self.content, path.parent):
            raise ContentError([leads_out(self._shown(path.parent))])
        present = path.read_bytes() if path.exists() else None
        if present != expected:
            raise Refused(f"{self._shown(path)} was changed by someone else just now; run the command again")
        replace_file(path, text.encode())
        return self._shown(path)

    def back_up(self, number: int) -> Path:
        """Copy an issue's file beside it and return the copy's path below the publication."""
        path = self.issue_path(number)
        copies = (path.with_name(f"{path.name}.bak{suffix}") for suffix in ("", *map(str, range(2, 1000))))
        copy = next(candidate for candidate in copies if not candidate.exists())
        replace_file(copy, path.read_bytes())
        return self._shown(copy)

    def _shown(self, path: Path) -> Path:
        return path.relative_to(self.root)

    def _each(
        self, folder: str, parse: Callable[[Path, bytes], Noun], problems: list[Problem], unread: list[Text]
    ) -> Iterator[Noun]:
        for path in self._markdown(folder, problems):
            shown = self._shown(path)
            data = b""
            try:
                data = read_inside(self.content, path, shown=shown, most=MAX_FILE)
                yield parse(shown, data)
            except ContentError as error:
                problems.extend(error.problems)
                if text := legible(shown, data):
                    unread.append(text)

    def _markdown(self, folder: str, problems: list[Problem]) -> list[Path]:
        listed = self.content / folder
        try:
            if not is_inside(self.content, listed):
                problems.append(leads_out(self._shown(listed)))
                return []
            found = sorted(listed.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:  # an empty answer would pass for a folder in which nothing is ready
            problems.append(unreadable(self._shown(listed), error))
            return []
        return [path for path in found if path.suffix == ".md" and path.name[0] not in "._" and path.stem != "README"]


def replace_file(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a file so that a crash leaves the old one or the new one, never half of it. An OSError names the file.

    `durable` waits until the disk has it; what can be made again need not wait.
    """
    try:
        _replace(path, data, durable=durable)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _replace(path: Path, data: bytes, *, durable: bool) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
