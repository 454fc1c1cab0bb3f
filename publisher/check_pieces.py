"""What is wrong with pieces as issues take them: lost, taken twice, old news, pinned to a week that never takes them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.assemble import AGAIN
from publisher.content.frontmatter import take_apart
from publisher.content.used import Uses, named, piece_of
from publisher.errors import Problem, Severity
from publisher.issue import IsoWeek, Issue, Piece, PieceStatus
from publisher.old_news import Sent, repeated, sent_before
from publisher.ports import Content


def check_pieces(content: Content, week: IsoWeek | None) -> Iterator[Problem]:
    """Find what is wrong with pieces and with what issues say of them; `week` is the next to go out."""
    uses = Uses(content.issues)
    yield from named_by_issues(content.issues, content)
    yield from _same_id(content)
    yield from _authors(content)
    for piece in content.pieces:
        if piece.status is not PieceStatus.DRAFT and (found := _never_taken(piece, content, uses, week)):
            yield found
    sent = sent_before(content.pieces, content.issues, content.publication)
    renamed = {path for issue in content.issues if not issue.published for path in _gone(issue, content).values()}
    for piece in content.pieces:
        if piece.path in sent and piece.path not in renamed:
            what = f"half of what it says, or more, is already in issue {sent[piece.path]}, so no issue takes it"
            yield Problem(piece.path, piece.line, what, f"write it anew, or {AGAIN}", rule="repeated")


def named_by_issues(issues: tuple[Issue, ...], content: Content) -> Iterator[Problem]:
    """Find what `pieces:` names and is not there, in issues that are still to go out."""
    for issue in issues:
        if issue.published:
            continue  # a piece may be removed once its issue is out
        for section, there in _gone(issue, content).items():
            path = issue.pieces[section]
            line = take_apart(issue.path, issue.source).line_of(("pieces", section))
            what = f"names the piece {path}, which does not exist"
            fix = f"restore content/{path}, correct its name, or remove the line"
            if there:
                what, fix = f"{what}; {there} says the same", f"write {there.relative_to('content')} instead"
            yield Problem(issue.path, line, what, fix, rule="pieces")


def _gone(issue: Issue, content: Content) -> dict[str, Path | None]:
    """Return the sections whose piece is gone, each with a piece that says the same: it was probably renamed."""
    known, broken = named(content.pieces), {problem.path for problem in content.problems}
    found: dict[str, Path | None] = {}
    for section, path in issue.pieces.items():
        if piece_of(issue, section, known) is None and Path("content") / path not in broken:
            taken = issue.section(section)
            texts = {piece.path: piece.body for piece in content.pieces if piece.section == section}
            same = repeated(texts, [Sent(issue.number, taken.body)] if taken else [])
            found[section] = min(same, default=None)
    return found


def _authors(content: Content) -> Iterator[Problem]:
    """Find authors whom publication.toml does not know, in pieces and in issues that are still to go out."""
    publication = content.publication
    known = ", ".join(author.id for author in publication.authors)
    fix = f"write one of {known}, or add an [[author]] with this id" if known else "add an [[author]] with this id"
    for piece in content.pieces:
        if piece.facts.author and not publication.author(piece.facts.author):
            what = f"the author {piece.facts.author!r} is not in publication.toml"
            yield Problem(piece.path, piece.lines.get("author"), what, fix, rule="author")
    for issue in content.issues:
        for section, facts in issue.facts.items() if not issue.published else ():
            if facts.author and not publication.author(facts.author):
                line = take_apart(issue.path, issue.source).line_of(("facts", section, "author"))
                what = f"the author {facts.author!r} is not in publication.toml"
                yield Problem(issue.path, line, what, fix, rule="author")


def _same_id(content: Content) -> Iterator[Problem]:
    seen: dict[str, Path] = {}
    for piece in sorted(content.pieces, key=lambda piece: (piece.id is None, piece.added)):
        first = seen.setdefault(piece.identity, piece.path)
        if first == piece.path:
            continue
        if piece.id:
            what = f"the id {piece.id!r} is also that of {first}, so the two count as one piece"
            yield Problem(piece.path, piece.lines.get("id"), what, "remove `id:` from the newer one", rule="id")
        elif piece.status is not PieceStatus.DRAFT:
            what = f"says the same as {first}, so the two count as one piece"
            yield Problem(piece.path, piece.line, what, "remove one of them, or set `status: draft`", rule="id")


def _never_taken(piece: Piece, content: Content, uses: Uses, week: IsoWeek | None) -> Problem | None:
    """Say why a piece goes into no issue although its editor expects it; None when it went into one, or still may."""
    if piece.week is None:
        return _old_name(piece, uses) if piece.status is PieceStatus.READY else None
    took, over = uses.of(piece), week is not None and piece.week < week
    line, coming = piece.lines.get("week"), "name a coming week, or remove `week:`"
    if over and not took:
        return Problem(
            piece.path, line, f"pinned to {piece.week}, which is over, so no issue takes it", coming, rule="pinned"
        )
    if over and piece.status is PieceStatus.EVERGREEN:
        what = f"pinned to {piece.week}, which is over, so no issue takes it again"
        return Problem(piece.path, line, what, coming, Severity.WARNING, "pinned")
    if over or any(use.issue.week == piece.week for use in took):
        return None
    if took and piece.status is PieceStatus.READY:
        what = f"pinned to {piece.week}, but it is already in issue {took[-1].issue.number}"
        return Problem(piece.path, line, what, f"remove `week:`, or {AGAIN}", rule="pinned")
    issue = next((issue for issue in content.issues if issue.week == piece.week), None)
    if issue and issue.published:
        what = f"pinned to {piece.week}, but issue {issue.number} of that week is out without it"
        return Problem(piece.path, line, what, coming, rule="pinned")
    if issue:
        what = f"pinned to {piece.week}, but issue {issue.number} of that week was assembled without it"
        fix = f"run pressroom assemble --week {piece.week} --force, or name another week"
        return Problem(piece.path, line, what, fix, Severity.WARNING, "pinned")
    return None


def _old_name(piece: Piece, uses: Uses) -> Problem | None:
    """Say that a new piece has the name of an old one that an issue of an older release knows by nothing else."""
    took = uses.of(piece)
    if not took or piece.added <= max(use.issue.date for use in took) or any(use.issue.ids for use in took):
        return None
    number = took[-1].issue.number
    what = f"was added after issue {number}, in which a piece of this name was used, so no issue takes it"
    return Problem(piece.path, piece.lines.get("added"), what, "rename the file", Severity.WARNING, rule="pieces")
