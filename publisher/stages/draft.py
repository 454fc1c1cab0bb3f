"""Draft: past issues -> the sections that are written from them, every claim with its citation."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from publisher.content import issue_file
from publisher.draft import citable, draft_section, notes, replaceable, to_markdown, words_of_editors
from publisher.errors import NothingToDraft, Problem, Refused
from publisher.issue import Draft, Issue
from publisher.stages.lookup import issue_of
from publisher.stages.ports import DraftPorts


@dataclass(frozen=True, slots=True)
class Drafted:
    """What drafting wrote, which sections it kept because an editor wrote in them, and the copy of a file it replaced."""

    drafts: tuple[Draft, ...]
    kept: tuple[Problem, ...] = ()
    backup: Path | None = None


def draft(
    ports: DraftPorts, number: int, *, force: bool = False, only_empty: bool = False, leave_out: bool = False
) -> Drafted:
    """Write the issue's drafted sections from past issues, with citations.

    An editor's words are kept, or with `force` backed up and replaced. `only_empty` also keeps our own earlier drafts.
    With `leave_out`, the issue goes on without an empty section for which there is too little, and its file says so;
    else that raises NothingToDraft.
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
    retriever = ports.index(tuple(citable(content.issues, before=dt.date.max).values()))
    drafts: tuple[Draft, ...] = ()
    too_little: dict[str, str] = {}
    for section in wanted:
        try:
            made = draft_section(issue, section, retriever, ports.writers, content=content)
        except NothingToDraft as error:
            if not leave_out or not _empty(issue, section):
                raise
            too_little[section] = error.problems[0].what.rpartition(": ")[2]
        else:
            drafts = (*drafts, made)
    bodies = {one.section: to_markdown(one.claims, one.opening) for one in drafts}
    text = (
        issue_file.with_drafts(issue.path, issue.source, bodies, notes(issue, drafts, ports.clock.now().date()))
        if drafts
        else None
    )
    if too_little:
        text = issue_file.without_sections(issue.path, text.encode() if text else issue.source, too_little)
    assert text is not None, "every wanted section was drafted or left out"
    backup = ports.back_up(number) if force and edited else None
    ports.write_issue(number, text, expected=issue.source)
    return Drafted(drafts, () if force else edited, backup)


def _empty(issue: Issue, section_id: str) -> bool:
    section = issue.section(section_id)
    return section is not None and not section.body.strip()
