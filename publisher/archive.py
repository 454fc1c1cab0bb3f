"""`pressroom archive import`: a folder of Markdown issues from elsewhere becomes issues of this publication."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from publisher.adapters.files import Folder
from publisher.content.foreign import ForeignIssue, plan_import, read_foreign, to_text
from publisher.errors import ContentError, Problem

SUFFIXES = (".md", ".markdown", ".mkd")


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was imported, as (foreign file, our file); how many were known already; warnings on what was taken out."""

    written: tuple[tuple[Path, Path], ...]
    known: int
    problems: tuple[Problem, ...]
    dry_run: bool


def import_archive(
    store: Folder, source: Path, *, first_date: dt.date | None, every_days: int, origin: str | None, dry_run: bool
) -> ArchiveReport:
    """Import every issue below `source`, all of them or none; what was imported before is left alone.

    Raises ContentError with every problem of every file: numbers follow the dates, so a file that is mended later
    would come too late for its number.
    """
    foreign, problems = _read(source, origin)
    if problems:
        raise ContentError(problems)
    content = store.read()
    broken = [problem for problem in content.problems if problem.path.parent.name == "issues"]
    if broken:  # whether it was imported before, and which number it has, nobody knows
        raise ContentError(broken)
    planned = plan_import(foreign, content.issues, first_date=first_date, every_days=every_days)
    written = []
    for number, issue in planned:
        path = store.issue_path(number)
        if not dry_run:
            content = store.write_issue(content, number, to_text(issue, number), expected=None)
        written.append((issue.path, path.relative_to(store.root)))
    warnings = tuple(warning for issue in foreign for warning in issue.warnings)
    return ArchiveReport(tuple(written), len(foreign) - len(planned), warnings, dry_run)


def _read(source: Path, origin: str | None) -> tuple[list[ForeignIssue], list[Problem]]:
    if not source.exists():
        raise ContentError(
            [Problem(source, None, "there is no such file or folder", "name the folder with the old issues")]
        )
    paths = (
        [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.suffix.lower() in SUFFIXES)
    )
    paths = [path for path in paths if path.stem.upper() not in ("README", "LICENSE", "CHANGELOG", "INDEX")]
    if not paths:
        raise ContentError(
            [Problem(source, None, "there is no Markdown file here", "name the folder with the old issues")]
        )
    foreign: list[ForeignIssue] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            foreign.append(read_foreign(path, path.read_bytes(), origin=origin))
        except ContentError as error:
            problems.extend(error.problems)
        except OSError as error:
            problems.append(
                Problem(path, None, f"cannot be read: {error.strerror}", "mend its permissions, or move it away")
            )
    return foreign, problems
