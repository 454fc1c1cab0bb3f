"""Related: a piece -> what past issues said of it, so that nobody says it a second time without knowing."""

from __future__ import annotations

from pathlib import Path

from publisher.draft import citable
from publisher.draft.related import Related
from publisher.draft.related import related as related_to
from publisher.errors import ContentError, Problem
from publisher.stages.ports import DraftPorts


def related(ports: DraftPorts, path: Path) -> Related:
    """Return what past issues have on a piece; `path` begins with content/. Raises ContentError when there is none."""
    content = ports.content
    piece = next((one for one in content.pieces if one.path == path), None)
    if piece is None:
        problems = [problem for problem in content.problems if problem.path == path]
        fix = "name a file of a section's folder, such as content/concepts/golden-sets.md"
        raise ContentError(problems or [Problem(path, None, "there is no such piece", fix)])
    today = ports.clock.now().date()
    retriever = ports.index(tuple(citable(content.issues, before=today).values()))
    return related_to(piece, content.issues, retriever, today=today)
