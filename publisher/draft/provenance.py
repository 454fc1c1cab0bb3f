"""Where the words of a drafted section come from, for readers: who drafted it, from how many issues, and who changed it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from publisher.draft.drafted_section import read_claims
from publisher.draft.redraft import replaceable
from publisher.issue import Issue, Section


@dataclass(frozen=True, slots=True)
class Provenance:
    """How one section came about. `issues` counts those that its sentences cite now.

    `model` is None where none was asked or none was of use. `edited` says whether somebody changed what was drafted, None
    where nobody knows: release 0.1 kept no hash of it. `edited_by` is the name that the issue's file gives.
    """

    model: str | None
    issues: int
    edited: bool | None
    edited_by: str = ""
    date: dt.date | None = None
    fallbacks: tuple[str, ...] = ()


def provenance(issue: Issue, section: Section) -> Provenance | None:
    """Return how a section came about; None if an editor wrote all of it, or nothing in it cites an issue."""
    note = issue.draft
    if note is None or section.id not in issue.drafted or (note.hashes and section.id not in note.hashes):
        return None
    issues = {claim.passage.partition("-")[0] for claim in read_claims(section)}
    if not issues:
        return None
    edited = not replaceable(issue, section.id) if note.hashes else None
    own = note.of(section.id)
    return Provenance(own.model, len(issues), edited, (own.edited_by or "") if edited else "", own.date, own.fallbacks)
