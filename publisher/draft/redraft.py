"""Whose words a section holds: only a text that is byte for byte our own earlier draft may be replaced (pure)."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Sequence

from publisher.draft.drafted_section import read_claims, to_markdown
from publisher.errors import Problem, Severity
from publisher.issue import Draft, DraftNote, Issue


def replaceable(issue: Issue, section_id: str) -> bool:
    """Say whether drafting may write this section: it is empty, or holds exactly what drafting wrote."""
    section = issue.section(section_id)
    if section is None or not section.body.strip():
        return True
    return issue.draft is not None and issue.draft.hashes.get(section_id) == _hash(section.body)


def words_of_editors(issue: Issue) -> tuple[Problem, ...]:
    """Report each drafted section that holds words of an editor, with its line."""
    sections = [section for section in issue.sections if section.id in issue.drafted]
    return tuple(
        Problem(
            issue.path, section.line, f"the section {section.title!r} was written or changed by an editor, so it is kept",
            "use --force to replace it and keep a backup", Severity.WARNING, rule="draft",
        )
        for section in sections
        if not replaceable(issue, section.id)
    )  # fmt: skip


def notes(issue: Issue, drafts: Sequence[Draft], today: dt.date) -> list[DraftNote]:
    """Return the notes for the front matter: on what was drafted now, and on earlier drafts that are still there.

    `today` is the day where the schedule's clocks are.
    """
    written = {draft.section for draft in drafts}
    made = [
        dataclasses.replace(
            draft.note,
            hashes={draft.section: _hash(to_markdown(draft.claims, draft.opening))},
            sections={draft.section: dataclasses.replace(draft.note.of(draft.section), date=today)},
        )
        for draft in drafts
    ]
    hashes = {id_: known for id_, known in (issue.draft.hashes if issue.draft else {}).items() if id_ not in written}
    standing = [section for section in issue.sections if section.id in hashes]
    if issue.draft is None or not standing:
        return made
    passages = tuple(claim.passage for section in standing for claim in read_claims(section))
    sections = {section.id: issue.draft.of(section.id) for section in standing}
    return [dataclasses.replace(issue.draft, passages=passages, hashes=hashes, sections=sections), *made]


def _hash(body: str) -> str:
    return hashlib.sha256(body.strip("\n").encode()).hexdigest()[:32]
