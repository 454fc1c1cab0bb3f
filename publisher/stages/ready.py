"""Ready: a draft -> a piece that issues take, if nothing in it was left to be written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from plaintext import nearest
from publisher.check import leftovers_of
from publisher.content.issue_file import with_field
from publisher.content.leftovers import leftover, without_leftover_lines
from publisher.content.pieces import read_piece
from publisher.errors import ContentError, Problem, Refused
from publisher.issue import Piece, PieceStatus
from publisher.stages.ports import FilePorts


def ready(ports: FilePorts, path: Path, *, as_it_is: bool = False) -> Piece:
    """Let a draft be a piece that issues take, and return it; an evergreen one stays so.

    With `as_it_is`, lines that begin with TODO are taken out, as in the starters of a new publication, and the title stands
    in for a summary that is still to be written. Raises Refused when the file is not a piece, ContentError for what is
    left to be written or wrong.
    """
    content = ports.content
    piece = next((piece for piece in content.pieces if piece.path == path), None)
    if piece is None:
        if problems := [problem for problem in content.problems if problem.path == path]:
            raise ContentError(problems)
        named = {piece.path.stem: piece.path for piece in content.pieces}
        near = nearest(path.stem, named)
        meant = f"did you mean {named[near]}? " if near else ""
        raise Refused(f"{path} is not a piece; {meant}`pressroom queue` names those that wait, and what each waits for")
    if piece.status is not PieceStatus.DRAFT and not as_it_is:
        return piece
    before = ports.template(path)
    assert before is not None, path
    text = before.decode()
    if as_it_is:
        text = without_leftover_lines(text)
        if leftover(piece.summary):
            text = with_field(path, text.encode(), "summary", piece.title)
    if piece.status is PieceStatus.DRAFT:
        text = with_field(path, text.encode(), "status", PieceStatus.READY.value)
    plan = next(plan for plan in content.publication.sections if plan.id == piece.section)
    made = read_piece(path, text.encode(), plan)
    left = list(leftovers_of(made))
    if found := leftover(made.summary):
        what = f"«{found}» was left in the summary"
        left.insert(0, Problem(path, made.lines["summary"], what, "say in a line what is in it", rule="leftover"))
    if left:
        raise ContentError([dataclasses.replace(one, fix=one.fix.partition("; or ")[0]) for one in left])
    ports.rewrite_piece(path, text, expected=before)
    return made
