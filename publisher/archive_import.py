"""`pressroom archive import`: a folder of Markdown issues from elsewhere becomes issues of this publication."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from publisher.adapters.files import Folder
from publisher.content.archived_issue import ForeignIssue, plan_import, read_foreign, to_text
from publisher.content.frontmatter import MAX_FILE
from publisher.errors import ContentError, Problem, Severity
from publisher.inside import is_inside, leads_out, read_inside, unreadable

SUFFIXES = (".md", ".markdown", ".mkd")


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was imported, as (foreign file, our file); how many were already known; warnings about what was removed."""

    written: tuple[tuple[Path, Path], ...]
    known: int
    problems: tuple[Problem, ...]
    dry_run: bool


def import_archive(
    store: Folder, source: Path, *, first_date: dt.date | None, every_days: int, origin: str | None, dry_run: bool
) -> ArchiveReport:
    """Import every issue below `source`, all of them or none; those imported before are left alone.

    Raises ContentError with every problem of every file: numbers follow the dates, so a file that is fixed later
    would come too late for its number.
    """
    foreign, problems, passed_over = _read(source, origin)
    if problems:
        raise ContentError(problems)
    content = store.read()
    broken = [problem for problem in content.problems if "issues" in problem.path.parts]
    if broken:  # nobody knows whether it was imported before, and which number it has
        raise ContentError(broken)
    planned = plan_import(foreign, content.issues, first_date=first_date, every_days=every_days)
    written = []
    for number, issue in planned:
        path = store.issue_path(number)
        if not dry_run:
            content = store.write_issue(content, number, to_text(issue, number), expected=None)
        written.append((issue.path, path.relative_to(store.root)))
    warnings = (*passed_over, *(warning for issue in foreign for warning in issue.warnings))
    return ArchiveReport(tuple(written), len(foreign) - len(planned), warnings, dry_run)


def _read(source: Path, origin: str | None) -> tuple[list[ForeignIssue], list[Problem], list[Problem]]:
    """Return the issues, what is wrong with files, and warnings about folders that were passed over."""
    if not source.exists():
        raise ContentError(
            [Problem(source, None, "there is no such file or folder", "name the folder with the old issues")]
        )
    problems: list[Problem] = []
    passed_over: list[Problem] = []
    # A file that was named on the command line may be a link: whoever named it knows where it leads.
    folder = source.resolve().parent if source.is_file() else source
    paths = [source] if source.is_file() else sorted(_markdown(source, problems, passed_over))
    paths = [path for path in paths if path.stem.upper() not in ("README", "LICENSE", "CHANGELOG", "INDEX")]
    if not paths and not problems:
        raise ContentError(
            [Problem(source, None, "there is no Markdown file here", "name the folder with the old issues")]
        )
    foreign: list[ForeignIssue] = []
    for path in paths:
        try:
            data = read_inside(folder, path, shown=path, most=MAX_FILE)
            foreign.append(read_foreign(path, data, origin=origin))
        except ContentError as error:
            problems.extend(error.problems)
    return foreign, problems, passed_over


def _markdown(source: Path, problems: list[Problem], passed_over: list[Problem]) -> Iterator[Path]:
    """Yield everything below a folder that is named like Markdown; folders behind links are not entered."""

    def failed(error: OSError) -> None:
        problems.append(unreadable(Path(error.filename), error))

    for name, folders, files in os.walk(source, onerror=failed):
        below = Path(name)
        links = [path for one in sorted(folders) if (path := below / one).is_symlink()]
        outside = (leads_out(path) for path in links if not is_inside(source, path))
        passed_over += (dataclasses.replace(problem, severity=Severity.WARNING) for problem in outside)
        yield from (path for one in (*files, *folders) if (path := below / one).suffix.lower() in SUFFIXES)
