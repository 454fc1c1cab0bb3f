"""Draft: past issues -> the sections that are written from them, every claim with its citation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher import timetable
from publisher.assemble import as_in_issue, stand_in
from publisher.content import issue_file
from publisher.draft import citable, draft_section, notes, replaceable, to_markdown, words_of_editors
from publisher.errors import NothingToDraft, Problem, Refused, Severity
from publisher.issue import Draft, Issue, Piece
from publisher.ports import Content
from publisher.stages.lookup import issue_of
from publisher.stages.ports import DraftPorts


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafting wrote, which sections it kept, and the copy of a file it replaced.

    Where nothing holds, a section has an evergreen piece that `stood_in`, or is `left_out`, with the reason. `models` says
    which settings of models were refused.
    """

    drafts: tuple[Draft, ...]
    kept: tuple[Problem, ...] = ()
    backup: Path | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    stood_in: Mapping[str, Path] = field(default_factory=dict)
    models: tuple[Problem, ...] = ()


def draft(ports: DraftPorts, number: int, *, force: bool = False, only_empty: bool = False) -> Drafted:
    """Write the issue's drafted sections from past issues, with citations.

    An editor's words are kept, or with `force` backed up and replaced. `only_empty` also keeps our own earlier drafts.
    Where past issues have too little, an empty section gets the evergreen piece that publication.toml declares for it, or
    the issue goes on without it, and its file says why; a section that has words keeps them.
    """
    content = ports.content
    issue = issue_of(content, number)
    if issue.published or ports.ledger.records.entry(number):
        raise Refused(f"issue {number} is out, and its text stays as it was sent")
    edited = words_of_editors(issue)
    wanted = [section for section in issue.drafted if force or replaceable(issue, section)]
    if only_empty:
        empty = [section.id for section in issue.sections if not section.body.strip()]
        wanted = [section for section in wanted if section in empty]
    if not wanted:
        return Drafted((), edited)
    drafts, too_little = _drafts(ports, issue, wanted)
    kept = () if force else edited
    kept += tuple(_stays(issue, section, why) for section, why in too_little.items() if not _empty(issue, section))
    reasons = {section: why for section, why in too_little.items() if _empty(issue, section)}
    today = ports.clock.now().astimezone(timetable.clock(content.publication.schedule.zone)).date()
    text = _with_drafts(issue, drafts, today)
    pieces, text = _with_pieces(content, issue, reasons, text)
    left_out = {section: why for section, why in reasons.items() if section not in pieces}
    if left_out:
        text = issue_file.without_sections(issue.path, text.encode(), left_out)
    if text.encode() == issue.source:
        return Drafted(drafts, kept, models=ports.model_problems(number))
    backup = ports.back_up(number) if force and edited else None
    ports.write_issue(number, text, expected=issue.source)
    stood_in = {section: piece.path for section, piece in pieces.items()}
    return Drafted(drafts, kept, backup, left_out, stood_in, ports.model_problems(number))


def _drafts(ports: DraftPorts, issue: Issue, wanted: Sequence[str]) -> tuple[tuple[Draft, ...], dict[str, str]]:
    """Return what could be drafted, and of the other sections why not."""
    content = ports.content
    retriever = ports.index(tuple(citable(content.issues, before=dt.date.max).values()))
    drafts: tuple[Draft, ...] = ()
    too_little: dict[str, str] = {}
    for section in wanted:
        try:
            drafts = (*drafts, draft_section(issue, section, retriever, ports.writers, content=content))
        except NothingToDraft as error:
            too_little[section] = error.problems[0].what.rpartition(": ")[2]
    return drafts, too_little


def _with_drafts(issue: Issue, drafts: Sequence[Draft], today: dt.date) -> str:
    if not drafts:
        return issue.source.decode()
    bodies = {one.section: to_markdown(one.claims, one.opening) for one in drafts}
    return issue_file.with_drafts(issue.path, issue.source, bodies, notes(issue, drafts, today))


def _with_pieces(content: Content, issue: Issue, sections: Iterable[str], text: str) -> tuple[dict[str, Piece], str]:
    """Put an evergreen piece into each section that has one, and return them."""
    found: dict[str, Piece] = {}
    for section in sections:
        taken = {*issue.pieces.values(), *(piece.reference for piece in found.values())}
        if piece := stand_in(section, content, issue, taken):
            found[section] = piece
            text = issue_file.with_piece(issue.path, text.encode(), section, piece, as_in_issue(piece, piece.body))
    return found, text


def _empty(issue: Issue, section_id: str) -> bool:
    section = issue.section(section_id)
    return section is not None and not section.body.strip()


def _stays(issue: Issue, section_id: str, why: str) -> Problem:
    section = issue.section(section_id)
    what = f"the section {section_id!r} stays as it is: {why}"
    line = section.line if section else None
    return Problem(issue.path, line, what, "read it once more before you approve it", Severity.WARNING, rule="draft")
