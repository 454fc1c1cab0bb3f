"""Correction -> Rendered: its short mail, and the page of its issue with the correction at the top."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment

from publisher.errors import ContentError, Problem
from publisher.issue import Correction, Issue, Rendered
from publisher.ports import Content
from publisher.render.reading import read
from publisher.render.render import as_page, as_text, mail_context, pictures_of, to_mail


def render_correction(correction: Correction, content: Content, templates: Environment) -> Rendered:
    """Render a correction. Raises as `render_issue` does, and ContentError if its issue has no file."""
    wrong = _issue_of(correction, content)
    reading, of_issue = read(correction, content), read(wrong, content)
    others = [read(one, content) for one in shown_with(correction, content) if one != correction]
    on_page = sorted([*others, reading], key=lambda one: one.issue.number)
    context = mail_context(reading, content.publication) | {"wrong": wrong}
    return Rendered(
        number=correction.number,
        subject=correction.title,
        preheader=correction.preheader,
        html=to_mail(templates, "email/correction.mjml", context),
        text=as_text(reading, content.publication, templates, "email/correction.txt", wrong=wrong),
        web=as_page(of_issue, content, templates, corrections=on_page),
        pictures=pictures_of([reading, of_issue, *others]),
        problems=reading.problems,
    )


def shown_with(correction: Correction, content: Content) -> Sequence[Correction]:
    """Return the corrections that the page shows once this one is out."""
    return [one for one in content.corrections_of(correction.corrects) if one.published or one == correction]


def _issue_of(correction: Correction, content: Content) -> Issue:
    wrong = content.issue(correction.corrects)
    if wrong is None:
        raise ContentError([
            Problem(
                Path(correction.path), None, f"it corrects issue {correction.corrects}, whose file is missing or broken",
                "restore that file; see: pressroom check",
            )
        ])  # fmt: skip
    return wrong
