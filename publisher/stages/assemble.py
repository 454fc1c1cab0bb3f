"""Assemble: the week's pieces -> the issue's file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from publisher import assemble as assembly
from publisher import timetable
from publisher.errors import ContentError, Problem, Refused, Severity
from publisher.issue import IsoWeek, Piece
from publisher.numbers import is_correction
from publisher.old_news import sent_before
from publisher.ports import Content
from publisher.stages.lookup import no_errors
from publisher.stages.lost import lost, texts_of
from publisher.stages.ports import AssemblePorts


class Outcome(StrEnum):
    """What became of the week's file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    """It no longer matches its pieces, mostly because an editor worked on it, so it was left alone."""
    REPLACED = "replaced"
    OUT = "out"
    """It was sent, or is being sent, and stays as it was."""


@dataclass(frozen=True, slots=True)
class Assembled:
    """The week's issue, and what became of its file; `backup` is the copy of one that was replaced."""

    number: int
    week: IsoWeek
    path: Path
    outcome: Outcome
    backup: Path | None = None
    left_out: tuple[Problem, ...] = ()
    """Problems of pieces that could not be read, and so could not be picked."""
    unmarked: tuple[Problem, ...] = ()
    """Pieces into which `id:` could not be written. The issue's file knows them all the same, by what they say."""


def assemble(ports: AssemblePorts, week: IsoWeek | None = None, *, force: bool = False) -> Assembled:
    """Write the week's issue from its pieces; an edited file is kept, or with `force` backed up and replaced."""
    content = ports.content
    week = week or timetable.current_week(content.publication.schedule, ports.clock.now())
    present = next((issue for issue in content.issues if issue.week == week), None)
    if present and (present.published or ports.ledger.records.entry(present.number)):
        if force:
            raise Refused(
                f"issue {present.number} is out, and its file stays as it was sent; --force cannot replace it"
            )
        return Assembled(present.number, week, present.path, Outcome.OUT)
    # An unreadable issue does not say which pieces and which number it used; both would be used again.
    no_errors([problem for problem in content.problems if "issues" in problem.path.parts])
    mailings = ports.ledger.records.entries()
    gone = texts_of(lost(content, mailings), ports.ledger)
    others = [issue for issue in content.issues if issue.week != week]
    outline = assembly.outline(
        content.publication, week, content.pieces, content.issues, taken=[mailing.number for mailing in mailings if not is_correction(mailing.number)],
        sent=sent_before(content.pieces, others, content.publication, gone),
    )  # fmt: skip
    left_out = _of_pieces(content)
    text = assembly.to_markdown(outline, content.publication)
    if present and present.source != text.encode() and not force:
        return Assembled(outline.number, week, present.path, Outcome.KEPT)
    unmarked = _mark(ports, outline.pieces.values())
    if present is None:
        path = ports.write_issue(outline.number, text, expected=None)
        return Assembled(outline.number, week, path, Outcome.WRITTEN, left_out=left_out, unmarked=unmarked)
    if present.source == text.encode():
        return Assembled(outline.number, week, present.path, Outcome.UNCHANGED, unmarked=unmarked)
    backup = ports.back_up(outline.number)
    path = ports.write_issue(outline.number, text, expected=present.source)
    return Assembled(outline.number, week, path, Outcome.REPLACED, backup, left_out, unmarked)


def _mark(ports: AssemblePorts, pieces: Iterable[Piece]) -> tuple[Problem, ...]:
    """Write `id:` into the pieces that have none; return those where that cannot be. The week goes on without it."""
    unmarked = []
    for piece in pieces:
        if piece.id is None:
            try:
                ports.write_id(piece)
            except (Refused, ContentError, OSError) as error:
                what = f"`id:` could not be written into it ({getattr(error, 'strerror', None) or error})"
                fix = f"write `id: {piece.identity}` into its front matter"
                unmarked.append(Problem(piece.path, 1, what, fix, Severity.WARNING, "id"))
    return tuple(unmarked)


def _of_pieces(content: Content) -> tuple[Problem, ...]:
    folders = {plan.folder for plan in content.publication.sections}
    return tuple(problem for problem in content.problems if folders.intersection(problem.path.parts))
