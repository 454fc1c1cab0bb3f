"""`pressroom archive import`: a folder of Markdown issues from elsewhere becomes issues of this publication."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher.adapters.files import Folder
from publisher.archive_pictures import ArchivePictures
from publisher.content.aliases import Claims, place
from publisher.content.archived_addresses import Surroundings
from publisher.content.archived_apart import definitions_in, read_apart
from publisher.content.archived_issue import ForeignIssue, to_text
from publisher.content.archived_matter import name_of_issue, parse_date
from publisher.content.archived_plan import plan_import, without_date
from publisher.content.frontmatter import MAX_FILE, decode
from publisher.content.issue_file import read_issue
from publisher.errors import ContentError, Problem, Severity
from publisher.inside import is_inside, leads_out, read_inside, unreadable
from publisher.isolation import one_file
from publisher.issue import Issue
from publisher.ports import Content
from publisher.render.reading import read

SUFFIXES = (".md", ".markdown", ".mkd")
NO_ISSUES = ("README", "LICENSE", "CHANGELOG", "_INDEX")
_ANY_DAY = dt.date(2001, 1, 1)


@dataclass(frozen=True, slots=True)
class Reading:
    """How an archive is read.

    `first_date` and `every_days` give dates to files without one. `origin` is the old site's address, and `definitions`
    are files of link definitions that all issues share. With `cut_at`, each heading of that level begins an issue.
    """

    first_date: dt.date | None = None
    every_days: int = 7
    origin: str | None = None
    definitions: tuple[Path, ...] = ()
    cut_at: int | None = None


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was imported, as (foreign file, our file); how many issues were already known.

    `skipped` says why files were left out: an error is to be fixed, and a warning says that a file was not meant to be
    imported. `problems` are warnings about what was removed from the others.
    """

    written: tuple[tuple[Path, Path], ...]
    known: int
    skipped: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    dry_run: bool

    @property
    def complete(self) -> bool:
        return all(problem.severity is Severity.WARNING for problem in self.skipped)


def import_archive(store: Folder, source: Path, how: Reading, *, dry_run: bool) -> ArchiveReport:
    """Import every issue below `source` that can be; those imported before are left alone.

    A file that cannot be used, or of which `check` would refuse what became of it, is skipped and reported. Raises
    ContentError when there is nothing to import, and when an issue that is already here cannot be read.
    """
    content = store.read()
    broken = [problem for problem in content.problems if "issues" in problem.path.parts]
    if broken:  # nobody knows whether it was imported before, and which number it has
        raise ContentError(broken)
    found = _Archive(source, how, store)
    dated = list(found.acceptable(dataclasses.replace(content, picture=found.pictures.fetch)))
    undated = [problem.path for problem in found.skipped if parse_date(name_of_issue(problem.path)) is None]
    planned = plan_import(
        dated,
        content.issues,
        first_date=how.first_date,
        every_days=how.every_days,
        skipped=list(dict.fromkeys(undated)),
    )
    texts, lost = _with_aliases(planned, content, store)
    written = []
    for (number, issue), text in zip(planned, texts, strict=True):
        if not dry_run:
            found.pictures.copy(text)
            content = store.write_issue(content, number, text, expected=None)
        written.append((issue.path, store.issue_path(number).relative_to(store.root)))
    warnings = (*found.passed_over, *(warning for issue in dated for warning in issue.warnings), *lost)
    return ArchiveReport(tuple(written), len(dated) - len(planned), tuple(found.skipped), warnings, dry_run)


@dataclass(slots=True)
class _Archive:
    """A folder of foreign files, or one of them, and what was found in it so far."""

    source: Path
    how: Reading
    store: Folder
    skipped: list[Problem] = field(default_factory=list)
    passed_over: list[Problem] = field(default_factory=list)
    folder: Path = field(init=False)
    pictures: ArchivePictures = field(init=False)

    def __post_init__(self) -> None:
        # A file that was named on the command line may be a link: whoever named it knows where it leads.
        self.folder = self.source.resolve().parent if self.source.is_file() else self.source
        self.pictures = ArchivePictures(self.folder, self.store, self.how.origin)

    def acceptable(self, content: Content) -> Iterator[ForeignIssue]:
        """Yield the issues that can be imported; `skipped` says what is wrong with the others."""
        definitions = _definitions(self.how.definitions)
        for path in self._paths():
            around = Surroundings(self.how.origin, definitions, self.pictures.of(path))
            try:
                data = read_inside(self.folder, path, shown=path, most=MAX_FILE)
                with one_file():
                    checked = self._checked(path, data, around, content)
                    if any(problem.rule == "diagram" for _, wrong in checked for problem in wrong):
                        checked = self._checked(path, data, dataclasses.replace(around, diagrams=False), content)
            except ContentError as error:
                self.skipped.extend(error.problems)
                continue
            for issue, wrong in checked:
                self.skipped.extend(wrong)
                if not wrong:
                    yield issue

    def _checked(
        self, path: Path, data: bytes, around: Surroundings, content: Content
    ) -> list[tuple[ForeignIssue, list[Problem]]]:
        """Return the issues in one file, each with what stops it."""
        issues = read_apart(path, data, self.how.cut_at, around)
        must_be_dated = self.how.first_date is None
        return [
            (one, [*_refused(one, content, data), *(without_date([one]) if must_be_dated else ())]) for one in issues
        ]

    def _paths(self) -> list[Path]:
        """Return the files to read. Raises ContentError when there is none."""
        if not self.source.exists():
            fix = "name the folder with the old issues"
            raise ContentError([Problem(self.source, None, "there is no such file or folder", fix)])
        paths = [self.source] if self.source.is_file() else sorted(self._markdown())
        about = [self.source / f"{name}{suffix}" for name in ("index", "Index", "INDEX") for suffix in SUFFIXES]
        paths = [path for path in paths if path.stem.upper() not in NO_ISSUES and path not in about]
        if not paths and not self.skipped:
            fix = "name the folder with the old issues"
            raise ContentError([Problem(self.source, None, "there is no Markdown file here", fix)])
        return paths

    def _markdown(self) -> Iterator[Path]:
        """Yield everything below a folder that is named like Markdown; folders behind links are not entered."""

        def failed(error: OSError) -> None:
            self.skipped.append(unreadable(Path(error.filename), error))

        for name, folders, files in os.walk(self.source, onerror=failed):
            below = Path(name)
            links = [path for one in sorted(folders) if (path := below / one).is_symlink()]
            outside = (leads_out(path) for path in links if not is_inside(self.source, path))
            self.passed_over += (dataclasses.replace(problem, severity=Severity.WARNING) for problem in outside)
            yield from (path for one in (*files, *folders) if (path := below / one).suffix.lower() in SUFFIXES)


def _definitions(paths: Sequence[Path]) -> Mapping[str, str]:
    """Return the link definitions in files that the user names."""
    found: dict[str, str] = {}
    for path in paths:
        text = decode(path, read_inside(path.resolve().parent, path, shown=path, most=MAX_FILE))
        addresses = definitions_in(path, text)
        if not addresses:
            raise ContentError([Problem(path, None, "there is no link definition in this file", "write [label]: URL")])
        found |= addresses
    return found


def _refused(foreign: ForeignIssue, content: Content, data: bytes) -> list[Problem]:
    """Return what `check` would refuse of an issue, at the lines of the foreign file."""
    dated = foreign if foreign.date else dataclasses.replace(foreign, date=_ANY_DAY)
    text = to_text(dataclasses.replace(dated, aliases=()), 1)
    try:
        issue = read_issue(Path("content/issues/0001.md"), text.encode())
        problems: Sequence[Problem] = read(issue, content).problems
    except ContentError as error:
        problems = error.problems
    lines, ours = data.decode("utf-8", "replace").splitlines(), text.split("\n")
    return [
        dataclasses.replace(problem, path=foreign.path, line=_line_of(ours, problem.line, lines) or foreign.line)
        for problem in problems
        if problem.severity is Severity.ERROR
    ]


def _line_of(ours: Sequence[str], line: int | None, lines: Sequence[str]) -> int | None:
    """Return the line of the foreign file that says what a line of ours says, or what the nearest line above it does."""
    places = {text.strip(" \t#"): number for number, text in reversed(list(enumerate(lines, 1)))}
    above = (text.partition(" {#")[0].strip(" \t#") for text in reversed(ours[: line or 0]))
    return next((places[text] for text in above if text and text in places), None)


def _with_aliases(
    planned: Sequence[tuple[int, ForeignIssue]], content: Content, store: Folder
) -> tuple[list[str], list[Problem]]:
    """Return the text of each issue with the old addresses that it can keep, and warnings about the others."""
    ours: list[Issue] = []
    for number, one in planned:
        text = to_text(dataclasses.replace(one, aliases=()), number)
        ours.append(read_issue(store.issue_path(number).relative_to(store.root), text.encode()))
    claims = Claims(dataclasses.replace(content, issues=(*content.issues, *ours)))
    for issue in content.issues:
        for alias in issue.aliases:
            with contextlib.suppress(ValueError):  # `check` says so
                claims.claim(alias, issue)
    texts, lost = [], []
    for (number, one), issue in zip(planned, ours, strict=True):
        kept = []
        for alias in one.aliases:
            if place(alias) == f"{issue.page}index.html":
                continue
            try:
                claims.claim(alias, issue)
                kept.append(alias)
            except ValueError as error:
                what, fix = f"an old address is not kept: {error}", "add it to the issue by hand if it is still needed"
                lost.append(Problem(one.path, 1, what, fix, Severity.WARNING, "import"))
        texts.append(to_text(dataclasses.replace(one, aliases=tuple(kept)), number))
    return texts, lost
