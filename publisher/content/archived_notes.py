"""Warnings about what an import changes: the first line and the count of each kind. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from publisher.errors import Problem, Severity

_LOOK: Final = "look at the imported issue"


@dataclass(slots=True)
class Notes:
    """Collects the warnings of one file."""

    path: Path
    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, line: int, what: str, fix: str = _LOOK) -> None:
        self.found.setdefault((what, fix), []).append(line)

    def problems(self) -> Iterator[Problem]:
        for (what, fix), lines in sorted(self.found.items(), key=lambda item: item[1]):
            more = f" ({len(lines)} times)" if len(lines) > 1 else ""
            yield Problem(self.path, lines[0], what + more, fix, Severity.WARNING, "import")
