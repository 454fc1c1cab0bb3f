"""Files below content/ that look like pieces and are never read, because of their folder or their name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from plaintext import nearest
from publisher.errors import Problem, Severity

READ: Final = ("issues", "corrections", "paths", "pages")
"""The folders that are read whatever the sections are."""
_LIKE_MARKDOWN: Final = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".md.txt")


def is_read(path: Path) -> bool:
    """Say whether a file of a folder that is read is read itself."""
    return path.suffix == ".md" and path.name[0] not in "._" and path.stem != "README"


def unread(paths: Iterable[Path], folders: Iterable[str]) -> Iterator[Problem]:
    """Yield a warning for each file that somebody may take for a piece; paths begin with content/, folders are those of sections.

    What begins with `.` or `_`, or is a README, is not meant to be read.
    """
    known = [f"content/{name}" for name in (*folders, *READ)]
    for path in paths:
        if (
            not path.name.lower().endswith(_LIKE_MARKDOWN)
            or path.stem == "README"
            or any(part[0] in "._" for part in path.parts)
        ):
            continue
        folder = path.parent.as_posix()
        aside = "or let its name begin with _ if it is no piece"
        if folder in known and path.suffix != ".md":
            yield _warning(
                path,
                "is never read, because its name does not end in .md",
                f"rename it to {path.name.partition('.')[0]}.md, {aside}",
            )
        elif folder not in known and path.suffix == ".md":
            whose = next((each for each in known if folder.startswith(f"{each}/")), nearest(folder, known))
            fix = f"move it into {whose}, {aside}" if whose else f"move it into one of {', '.join(known)}, {aside}"
            yield _warning(path, f"is never read, because no section has the folder {folder}", fix)


def _warning(path: Path, what: str, fix: str) -> Problem:
    return Problem(path, None, what, fix, Severity.WARNING, "unread")
