"""New: a section and a title -> the file of a piece, as a draft."""

from __future__ import annotations

from pathlib import Path

from publisher import timetable
from publisher.content.issue_file import with_field
from publisher.content.slug import slug_of
from publisher.errors import Refused
from publisher.publication import SectionPlan
from publisher.stages.ports import FilePorts

TEMPLATE = "_template.md"
"""The file of a section's folder that its new pieces are copies of. Its name begins with _, so it is no piece itself."""

_TEXT = """\
---
title: ""
summary: "TODO: one line, which stands in the lead"
status: draft
---
TODO: the text. Headings begin at ###.
"""
_ANSWER = """
### Model answer

TODO: the answer, which goes out a week later.
"""


def new(ports: FilePorts, section: str, title: str) -> Path:
    """Write a draft for a section from its template and return the file. Raises Refused, and ContentError for the template."""
    publication = ports.content.publication
    plan = next((plan for plan in publication.sections if plan.id == section), None)
    if plan is None:
        known = ", ".join(plan.id for plan in publication.sections)
        raise Refused(f"there is no section {section!r}; the sections are {known}")
    if not title.strip():
        raise Refused('a piece needs a title: pressroom new concept "Golden sets"')
    day = ports.clock.now().astimezone(timetable.clock(publication.schedule.zone)).date()
    folder = Path("content") / plan.folder
    template = ports.template(folder / TEMPLATE) or _shipped(plan)
    text = with_field(folder / TEMPLATE, template, "title", " ".join(title.split()))
    text = with_field(folder / TEMPLATE, text.encode(), "added", day)
    path = folder / f"{slug_of(title) or f'{section}-{day}'}.md"
    ports.write_piece(path, text)
    return path


def _shipped(plan: SectionPlan) -> bytes:
    return (_TEXT + (_ANSWER if plan.answers_next_week else "")).encode()
