"""The lines of an issue's file, to say where something is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.content.leftovers import without_code
from publisher.errors import Problem, Severity
from publisher.issue import Issue


@dataclass(frozen=True, slots=True)
class Source:
    """An issue's file; lines count from 1."""

    issue: Issue

    def lines(self) -> list[str]:
        return self.issue.source.decode("utf-8", "replace").split("\n")

    def prose(self) -> Iterator[tuple[int, str]]:
        """Return (line, text) of everything that is neither front matter nor code; code spans are removed."""
        lines = self.lines()
        ends = [number for number, line in enumerate(lines, 1) if line.rstrip() == "---"]
        first = ends[1] if len(ends) > 1 else len(lines)
        return without_code(iter(list(enumerate(lines, 1))[first:]))

    def line_of(self, needle: str) -> int | None:
        return next((number for number, line in enumerate(self.lines(), 1) if needle in line), None)

    def key(self, name: str) -> int | None:
        """Return the line of a key of the front matter."""
        return next((number for number, line in enumerate(self.lines(), 1) if line.startswith(f"{name}:")), None)

    def warning(self, line: int | None, what: str, fix: str, rule: str) -> Problem:
        return Problem(self.issue.path, line, what, fix, Severity.WARNING, rule)

    def error(self, line: int | None, what: str, fix: str, rule: str) -> Problem:
        return Problem(self.issue.path, line, what, fix, Severity.ERROR, rule)
