"""Pieces + a week -> Outline -> the text of the issue's file. Pure and deterministic.

The picking rule: a piece pinned to the week by `week:`; otherwise the oldest `ready` one (by `added`, then by name)
that no issue has used and that is not pinned to another week. Only an evergreen piece is used again. A section with
nothing ready follows its declared fallback: `evergreen` takes the evergreen piece that was used longest ago, `drafted`
leaves the section to the drafting stage, for which `stand_in` has an evergreen piece if nothing can be drafted, `hold` holds the issue and says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from publisher.content.issue_file import compose, facts_in_file
from publisher.content.moved import moved
from publisher.content.pieces import answer_line
from publisher.content.used import Uses, named, piece_of
from publisher.errors import ContentError, Problem, Severity
from publisher.issue import ARCHIVE, IsoWeek, Issue, Outline, Piece, PieceStatus, Section
from publisher.language import Phrase, language_of
from publisher.ports import Content
from publisher.publication import Publication, SectionPlan

SUBJECT_LENGTH = 60
"""Characters of a subject that a phone shows."""

FEWEST_PAST_ISSUES = 2
"""Three sentences, at most two of them from one issue: with fewer past issues there is nothing to draft from yet."""

LAST_ANSWER = Phrase("Last week's answer")
"""The heading above the answer to the question of the issue before."""

AGAIN = "set `status: evergreen` to let it repeat, or `status: draft`"
"""How to fix a piece that would go out a second time."""


def outline(
    publication: Publication,
    week: IsoWeek,
    pieces: Sequence[Piece],
    issues: Sequence[Issue],
    *,
    taken: Iterable[int] = (),
    sent: Mapping[Path, int] | None = None,
) -> Outline:
    """Decide what goes into the week's issue. Numbers in `taken` were sent once, even if their files are gone.

    `sent` names pieces whose words went out before, as `old_news.sent_before` finds them, and in which issue.

    Raises ContentError for every section that holds the issue up: nothing ready, two pieces pinned to the week, or a
    pinned one that went out before.
    """
    earlier = sorted((issue for issue in issues if issue.week != week), key=lambda issue: issue.number)
    uses = Uses(earlier)
    old = dict(sent or {}) | {piece.path: found[-1].issue.number for piece in pieces if (found := uses.of(piece))}
    current = next((issue for issue in issues if issue.week == week), None)
    picked: dict[str, Piece] = {}
    published = sum(issue.published is not None for issue in earlier)
    drafted: list[str] = [ARCHIVE] if publication.draft.enabled and published >= FEWEST_PAST_ISSUES else []
    problems: list[Problem] = []
    for plan in publication.sections:
        piece = pick(plan, week, pieces, old, problems)
        if piece is not None:
            picked[plan.id] = piece
        elif plan.when_empty == "drafted" and publication.draft.enabled:
            drafted.append(plan.id)
        elif not any(problem.rule == plan.id for problem in problems):
            problems.append(
                _nothing_ready(plan, [p for p in pieces if p.section == plan.id and p.path in (sent or {})])
            )
    problems += exposed_answers(publication, pieces)
    if problems:
        raise ContentError(problems)
    number = current.number if current else max([0, *taken, *(issue.number for issue in issues)]) + 1
    return Outline(
        number=number, week=week, date=week.day(publication.schedule.send.weekday), pieces=picked, drafted=tuple(drafted),
        last_answer=_last_answer(publication, number, earlier, pieces),
    )  # fmt: skip


def pick(
    plan: SectionPlan, week: IsoWeek, pieces: Iterable[Piece], old: Mapping[Path, int], problems: list[Problem]
) -> Piece | None:
    """Return the piece that a section gets, None when there is none; why not is added to `problems`, unless none is ready.

    `old` says of pieces that went out which issue had them last.
    """
    own = [piece for piece in pieces if piece.section == plan.id]
    pinned = [p for p in own if p.week == week and p.status is not PieceStatus.DRAFT]
    if len(pinned) > 1:
        names = " and ".join(str(piece.path) for piece in pinned)
        problems.append(
            Problem(
                pinned[1].path,
                pinned[1].lines.get("week"),
                f"{names} are both pinned to {week}",
                "keep `week:` in one of them",
                rule=plan.id,
            )
        )
        return None
    if pinned and pinned[0].path in old and pinned[0].status is PieceStatus.READY:
        piece = pinned[0]
        problems.append(
            Problem(
                piece.path,
                piece.lines.get("week"),
                f"pinned to {week}, but it was already in issue {old[piece.path]}",
                AGAIN,
                rule=plan.id,
            )
        )
        return None
    if pinned:
        return pinned[0]
    ready = [p for p in own if p.status is PieceStatus.READY and p.week is None and p.path not in old]
    if ready:
        return min(ready, key=lambda piece: (piece.added, piece.slug))
    return _evergreen(own, old) if plan.when_empty == "evergreen" else None


def stand_in(section: str, content: Content, issue: Issue, taken: Collection[str]) -> Piece | None:
    """Return the evergreen piece for a section that could not be drafted, the one that was used longest ago.

    A section of publication.toml has its own folder's, the one from the archive those of `draft.evergreen`. `taken` has the
    references of pieces that the issue has already.
    """
    source = content.publication.draft.evergreen if section == ARCHIVE else section
    uses = Uses([one for one in content.issues if one.number != issue.number])
    own = [piece for piece in content.pieces if piece.section == source and piece.reference not in taken]
    return _evergreen(own, {piece.path: found[-1].issue.number for piece in own if (found := uses.of(piece))})


def _evergreen(own: Iterable[Piece], old: Mapping[Path, int]) -> Piece | None:
    evergreen = [p for p in own if p.status is PieceStatus.EVERGREEN and p.week is None]
    return min(evergreen, key=lambda piece: (old.get(piece.path, 0), piece.added, piece.slug), default=None)


def _nothing_ready(plan: SectionPlan, sent: Sequence[Piece]) -> Problem:
    fallback = f" (its fallback is {plan.when_empty!r})" if plan.when_empty != "hold" else ""
    what = f"no piece is ready for the section {plan.id!r}{fallback}"
    if sent:
        what += f": what {' and '.join(str(piece.path) for piece in sent)} says was sent before"
    return Problem(
        Path("content") / plan.folder,
        None,
        what,
        "set `status: ready` in one that no issue has used",
        Severity.ERROR,
        plan.id,
    )


def _last_answer(
    publication: Publication, number: int, earlier: Sequence[Issue], pieces: Iterable[Piece]
) -> str | None:
    """Return the model answer to the question of the issue before this one, if its piece is still there."""
    before = max((issue for issue in earlier if issue.number < number), key=lambda issue: issue.number, default=None)
    known = named(pieces)
    for plan in publication.sections:
        if plan.answers_next_week and before:
            piece = piece_of(before, plan.id, known)
            if piece and piece.answer:
                return as_in_issue(piece, piece.answer)
    return None


def alone(publication: Publication, piece: Piece, number: int, week: IsoWeek) -> Outline:
    """Return the outline of an issue that has one piece and nothing else, to look at.

    A section that holds answers back shows the piece's own, which readers get a week later.
    """
    answer = as_in_issue(piece, piece.answer) if piece.answer else None
    day = week.day(publication.schedule.send.weekday)
    return Outline(number=number, week=week, date=day, pieces={piece.section: piece}, drafted=(), last_answer=answer)


def exposed_answers(publication: Publication, pieces: Iterable[Piece]) -> list[Problem]:
    """Find model answers in sections that hold none back.

    A section that has lost `answers_next_week` owes the answer to the last question, and would send the next one
    beside its question.
    """
    plain = {plan.id for plan in publication.sections if not plan.answers_next_week}
    found = [(piece, answer_line(piece.body)) for piece in pieces if piece.section in plain]
    return [
        Problem(
            piece.path, piece.line + line,
            f"a model answer, but the section {piece.section!r} does not have answers_next_week: nobody would get the answer "
            "to the last question, and the next one goes out beside its question",
            f"set answers_next_week = true below [[section]] {piece.section!r} in publication.toml, or give the heading another name",
        )
        for piece, line in found
        if line is not None
    ]  # fmt: skip


def to_markdown(decided: Outline, publication: Publication) -> str:
    """Return the text of the issue's file, in which sections to be drafted are empty."""
    first = next(iter(decided.pieces.values()), None)
    fields = {
        "number": decided.number,
        "week": str(decided.week),
        "date": decided.date,
        "title": _title([piece.title for piece in decided.pieces.values()]) or f"{publication.name}, {decided.week}",
        "preheader": first.summary if first else publication.tagline,
        "pieces": {section: piece.reference for section, piece in decided.pieces.items()},
        "ids": {piece.reference: piece.identity for piece in decided.pieces.values()},
        "facts": facts_in_file({section: piece.facts for section, piece in decided.pieces.items()}),
        "drafted": decided.drafted,
    }
    sections = []
    for section_id in publication.order():
        if section_id in decided.pieces:
            piece = decided.pieces[section_id]
            sections.append(Section(section_id, piece.title, _body(piece, decided, publication)))
        elif section_id in decided.drafted:
            title = publication.draft.title if section_id == ARCHIVE else _capital(publication.label(section_id))
            sections.append(Section(section_id, title, ""))
    return compose(fields, _lead(decided), sections)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _body(piece: Piece, decided: Outline, publication: Publication) -> str:
    plan = next(plan for plan in publication.sections if plan.id == piece.section)
    if not plan.answers_next_week or not decided.last_answer:
        return as_in_issue(piece, piece.body)
    answer = language_of(publication).say(LAST_ANSWER)
    return f"{as_in_issue(piece, piece.body).rstrip()}\n\n### {answer}\n\n{decided.last_answer.strip()}\n"


def as_in_issue(piece: Piece, text: str) -> str:
    """Return a piece's text as it stands in content/issues/: its links and pictures are relative to the piece."""
    return moved(text, origin=piece.reference.rpartition("/")[0], to="issues")


_ENDED = re.compile(r"[.!?:;…。！？।؟][\"'”’»›)\]*_`]*$")
"""The end of a sentence, also within a quotation or brackets."""


def _title(titles: Sequence[str]) -> str:
    """Return a subject that an editor may keep: what the first two pieces are about, if that fits.

    >>> _title(["Golden sets: how many questions", "Offline evaluation in CI, then shadow traffic"])
    'Golden sets · Offline evaluation in CI'
    """
    joined = " · ".join(re.split(r"[:,;] ", title, maxsplit=1)[0] for title in titles[:2])
    return joined if len(joined) <= SUBJECT_LENGTH else "".join(titles[:1])


def _lead(decided: Outline) -> str:
    """Return two lines that an editor may keep or rewrite. The first section's summary is already the preheader."""
    summaries = [_sentence(piece.summary) for piece in decided.pieces.values()]
    return " ".join(summaries[1:3])


def _sentence(words: str) -> str:
    """Return a summary with the mark that ends a sentence, if it has none.

    >>> _sentence("Retries cost"), _sentence("Who runs it?"), _sentence("She said “stop!”"), _sentence("谁来运行？")
    ('Retries cost.', 'Who runs it?', 'She said “stop!”', '谁来运行？')
    """
    words = words.strip()
    return words if _ENDED.search(words) else f"{words}."
