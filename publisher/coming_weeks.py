"""What the coming weeks have and lack, and what each waiting piece waits for. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from publisher.assemble import pick
from publisher.content.used import Uses, named, piece_of
from publisher.errors import Problem
from publisher.issue import IsoWeek, Issue, Piece, PieceStatus
from publisher.ports import Content, Week, WeekState
from publisher.publication import Publication, SectionPlan

WEEKS = 8


class Filling(StrEnum):
    """How a section of a coming issue is filled, as the files are now."""

    IN_ISSUE = "in the issue"
    """Its file is written and has the section."""
    PINNED = "pinned"
    PICKED = "would be picked"
    EVERGREEN = "evergreen"
    DRAFTED = "drafted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Place:
    """A section of a coming issue, and its piece if it has one; `why` says what holds it up besides that none is ready."""

    section: str
    filling: Filling
    piece: Path | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ComingWeek:
    """A week, its issue if there is one already, and its sections in their order; why it is `held` or `skipped`, if it is."""

    week: IsoWeek
    issue: int | None
    places: tuple[Place, ...]
    held: str = ""
    skipped: str = ""


@dataclass(frozen=True, slots=True)
class WaitingPiece:
    """A piece that no issue has yet, and what it `waits_for`."""

    piece: Path
    title: str
    waits_for: str


@dataclass(frozen=True, slots=True)
class Queue:
    """The coming weeks, and the pieces that wait."""

    weeks: tuple[ComingWeek, ...]
    waiting: tuple[WaitingPiece, ...]


def queue(
    content: Content, first: IsoWeek, sent: Mapping[Path, int], decided: Mapping[IsoWeek, Week] = MappingProxyType({})
) -> Queue:
    """Return what the weeks from `first` on would have if nothing changed.

    `sent` names pieces whose words went out before, as `old_news.sent_before` finds them. `decided` has the
    weeks that a person held or skipped; a skipped one takes no pieces.
    """
    uses = Uses(content.issues)
    old = dict(sent) | {piece.path: found[-1].issue.number for piece in content.pieces if (found := uses.of(piece))}
    number = max((issue.number for issue in content.issues), default=0)
    weeks, week = list[ComingWeek](), first
    for _ in range(WEEKS):
        issue = next((issue for issue in content.issues if issue.week == week), None)
        held, skipped = _reasons(decided.get(week))
        number += issue is None and not skipped
        places = _of_issue(issue, content) if issue else () if skipped else _picked(content, week, old)
        old |= {place.piece: number for place in places if place.piece and issue is None}
        weeks.append(ComingWeek(week, issue.number if issue else None, places, held, skipped))
        week = week.next()
    over = {coming.week for coming in weeks if coming.skipped}
    taken = {place.piece: coming for coming in reversed(weeks) for place in coming.places if place.piece}
    waiting = tuple(
        WaitingPiece(piece.path, piece.title, _waits_for(piece, content, taken.get(piece.path), first, sent, over))
        for piece in sorted(content.pieces, key=lambda piece: (piece.section, piece.added, piece.slug))
        if not uses.of(piece) or piece.status is PieceStatus.EVERGREEN
    )
    return Queue(tuple(weeks), waiting)


def _reasons(week: Week | None) -> tuple[str, str]:
    """Return why a week is held, and why it is skipped; empty where it is not."""
    if week is None:
        return "", ""
    return (week.why if week.held else ""), (week.why if week.state is WeekState.SKIPPED else "")


def _of_issue(issue: Issue, content: Content) -> tuple[Place, ...]:
    known = named(content.pieces)

    def place(plan: SectionPlan) -> Place:
        piece, section = piece_of(issue, plan.id, known), issue.section(plan.id)
        if plan.id in issue.drafted:
            return Place(plan.id, Filling.DRAFTED)
        return Place(plan.id, Filling.IN_ISSUE if section else Filling.MISSING, piece.path if piece else None)

    return tuple(map(place, content.publication.sections))


def _picked(content: Content, week: IsoWeek, old: Mapping[Path, int]) -> tuple[Place, ...]:
    def place(plan: SectionPlan) -> Place:
        problems: list[Problem] = []
        piece = pick(plan, week, content.pieces, old, problems)
        if piece is not None:
            return Place(plan.id, _filling(piece), piece.path)
        if plan.when_empty == "drafted" and content.publication.draft.enabled and not problems:
            return Place(plan.id, Filling.DRAFTED)
        return Place(plan.id, Filling.MISSING, why="; ".join(problem.what for problem in problems))

    return tuple(map(place, content.publication.sections))


def _filling(piece: Piece) -> Filling:
    if piece.week:
        return Filling.PINNED
    return Filling.EVERGREEN if piece.status is PieceStatus.EVERGREEN else Filling.PICKED


def _waits_for(
    piece: Piece,
    content: Content,
    coming: ComingWeek | None,
    first: IsoWeek,
    sent: Mapping[Path, int],
    skipped: Collection[IsoWeek],
) -> str:
    if piece.status is PieceStatus.DRAFT:
        return "`status: ready`"
    if piece.path in sent:
        return f"other words: what it says is already in issue {sent[piece.path]}"
    if piece.week and piece.week < first:
        return f"another `week:`, because {piece.week} is over"
    if piece.week in skipped:
        return f"another `week:`, because {piece.week} is skipped"
    if coming:
        return f"{coming.week}"
    if piece.week:
        of_week = next((issue for issue in content.issues if issue.week == piece.week), None)
        return f"another `week:`, because issue {of_week.number} has another piece" if of_week else f"{piece.week}"
    if piece.status is PieceStatus.READY:
        return f"its turn, in more than {WEEKS} weeks"
    return "a week in which nothing is ready" if _repeats(piece, content.publication) else "a `week:` of its own"


def _repeats(piece: Piece, publication: Publication) -> bool:
    plans: Sequence[SectionPlan] = publication.sections
    return any(plan.id == piece.section and plan.when_empty == "evergreen" for plan in plans)
