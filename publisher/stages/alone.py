"""Alone: a piece -> how it looks in an issue that has nothing else, before any issue has it. Nothing is written."""

from __future__ import annotations

from pathlib import Path

from publisher import approve as approval
from publisher import assemble as assembly
from publisher import timetable
from publisher.content.issue_file import read_issue
from publisher.errors import ContentError, Problem
from publisher.issue import Piece
from publisher.ports import Content
from publisher.render import render_issue
from publisher.render.check import check_piece
from publisher.stages.ports import Proof, RenderPorts
from publisher.stages.proof import frozen


def alone(ports: RenderPorts, reference: str) -> Proof:
    """Return a piece as an issue of its own, with what is wrong in its file; `reference` is its path below content/.

    It is assembled, parsed and rendered as every issue is, under the next number, but only in memory. Raises
    ContentError for a piece that cannot be read.
    """
    content = ports.content
    piece = piece_at(content, reference)
    number = max((issue.number for issue in content.issues), default=0) + 1
    week = piece.week or timetable.current_week(content.publication.schedule, ports.clock.now())
    text = assembly.to_markdown(assembly.alone(content.publication, piece, number, week), content.publication)
    issue = read_issue(Path(f"content/issues/{number:04d}.md"), text.encode())
    rendered = render_issue(issue, content, ports.templates)
    message = frozen(rendered, content.publication)
    return Proof(issue, rendered, message, approval.digest_of(issue.source, message), check_piece(piece, content))


def piece_at(content: Content, reference: str) -> Piece:
    """Return a piece by its path below content/. Raises ContentError when its file is broken or missing."""
    found = next((piece for piece in content.pieces if piece.reference == reference), None)
    if found:
        return found
    path = Path("content") / reference
    problems = [problem for problem in content.problems if problem.path == path]
    raise ContentError(
        problems or [Problem(path, None, "there is no such piece", "`pressroom queue` lists the pieces")]
    )
