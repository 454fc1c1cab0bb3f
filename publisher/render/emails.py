"""Emails: the short mails beside the issues. The notice goes to editors, the others to one reader each; see proof.py, too."""

from __future__ import annotations

from collections.abc import Collection

from jinja2 import Environment

from publisher.language import Language, language_of
from publisher.merge_fields import FIELDS, filled
from publisher.ports import Content, RenderedEmail
from publisher.publication import Publication
from publisher.render import palette
from publisher.render.columns import columns
from publisher.render.font_stacks import MONO, label_font, sans
from publisher.render.render import to_mail, wrapping
from publisher.render.templates import expand


def render_email(name: str, publication: Publication, templates: Environment, **context: object) -> RenderedEmail:
    """Render templates/email/<name>.mjml and .txt; the text's first line is the subject.

    confirmation: needs nothing; `courses` (LearningPaths) that begin with it; merge_fields.ACTION is the page with the button.
    welcome: needs nothing; `issues` to begin with, `chosen` by the editors or the latest, `course` (a LearningPath or
    None) that begins as well.
    link, move, stay: need nothing; ACTION is the reader's page, or the page with the button. moved: needs nothing.
    step: see publisher.render.course.
    notice: `title`, `what` (paragraphs), `commands` (shell lines); `unreached`: addresses of editors whom the last mail did
    not reach.
    """
    words = words_of(name, publication) | _DEFAULTS | context
    text = expand(templates, f"email/{name}.txt", words)
    subject, _, body = text.partition("\n")
    subject = subject.removeprefix("Subject:").strip()
    html = to_mail(templates, f"email/{name}.mjml", words | {"subject": subject})
    return RenderedEmail(subject, html, body.strip("\n") + "\n")


def words_of(name: str, publication: Publication) -> dict[str, object]:
    """Return what the templates of every such mail are given."""
    language = Language() if name in _TO_EDITORS else language_of(publication)
    return {
        "language": language, "columns": columns, "publication": publication, "fields": FIELDS, "light": palette.LIGHT, "dark": palette.DARK, "mono": MONO, "sans": sans(language), "label_font": label_font(language), "wrap": wrapping(language),
        "weekday": language.weekday(publication.schedule.send.weekday),
    }  # fmt: skip


def render_confirmation(content: Content, templates: Environment, *, paths: Collection[str] = ()) -> RenderedEmail:
    """Render the mail that asks for a confirmation; `paths` are the slugs of learning paths that begin with it."""
    courses = [each for each in content.paths if each.slug in paths]
    return render_email("confirmation", content.publication, templates, courses=courses)


def render_welcome(content: Content, templates: Environment, *, path: str = "") -> RenderedEmail:
    """Render the welcome mail with the issues that the editors chose, else the latest one.

    `path` is the slug of a learning path that begins with it; a path that is gone is not promised.
    """
    published = {one.number: one for one in content.issues if one.published}
    chosen = [published[number] for number in content.publication.welcome.issues if number in published]
    latest = [published[max(published)]] if published else []
    course = next((each for each in content.paths if each.slug == path), None)
    return render_email(
        "welcome", content.publication, templates, issues=chosen or latest, chosen=bool(chosen), course=course
    )


def sample(text: str) -> str:
    """Return an issue's whole text, with words in place of its merge fields, for a proof: it has no reader yet."""
    return filled(text, **_SAMPLES)


_SAMPLES = {
    "greeting": "Hello,", "address": "(the reader's address)", "unsubscribe": "(the reader's own link)",
    "preferences": "(the reader's own page)",
}  # fmt: skip
_TO_EDITORS = ("proof", "notice")
"""Editors' mail is in English, whatever the publication's language."""
_DEFAULTS: dict[str, object] = {
    "issues": (), "chosen": False, "course": None, "courses": (), "commands": (), "unreached": (),
}  # fmt: skip
