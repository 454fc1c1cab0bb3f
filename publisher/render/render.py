"""Issue -> Rendered: the mail's two bodies with their merge fields, the web page, the pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from jinja2 import Environment

from publisher import merge_fields
from publisher.errors import ContentError, Problem
from publisher.isolation import TooCostlyError
from publisher.issue import NO_FACTS, Correction, Facts, Issue, Picture, Rendered
from publisher.language import Language, Phrase, language_of
from publisher.ports import Content
from publisher.publication import Author, Publication
from publisher.render import page, palette
from publisher.render.columns import columns, fill
from publisher.render.direction import directed
from publisher.render.font_stacks import MONO, label_font, sans
from publisher.render.labels import time_of
from publisher.render.made import Details, details_of, line_of
from publisher.render.mail import Block, Mail
from publisher.render.markup import safe
from publisher.render.mjml_html import html_of
from publisher.render.reading import Reading, read
from publisher.render.structured import of_issue
from publisher.render.templates import compiled_meanwhile, expand
from publisher.render.text import WIDTH, Text

_TEMPLATES = (
    "email/issue.mjml",
    "email/frame.mjml",
    "email/issue.txt",
    "web/issue.html",
    "web/base.html",
    "web/form.html",
)
"""What takes longest to compile of an issue's templates."""


def render_issue(issue: Issue, content: Content, templates: Environment) -> Rendered:
    """Render an issue as mail, text and page. Preflight says what is wrong with its content.

    Raises ContentError when a template cannot be used, ConfigurationError when diagrams need a package.
    """
    with compiled_meanwhile(templates, *_TEMPLATES):
        reading = read(issue, content)
    return render_reading(reading, content, templates)


def render_reading(reading: Reading, content: Content, templates: Environment) -> Rendered:
    """Render what `read` made of an issue."""
    issue = reading.issue
    corrections = [read(one, content) for one in content.corrections_of(issue.number) if one.published]
    return Rendered(
        number=issue.number,
        subject=issue.title,
        preheader=issue.preheader,
        html=to_mail(templates, "email/issue.mjml", mail_context(reading, content.publication)),
        text=as_text(reading, content.publication, templates),
        web=as_page(reading, content, templates, corrections=corrections),
        pictures=pictures_of([reading, *corrections]),
        problems=reading.problems,
    )


def pictures_of(readings: Iterable[Reading]) -> tuple[Picture, ...]:
    """Return the pictures of several texts, each once: a picture's name says what is in it."""
    return tuple({picture.name: picture for reading in readings for picture in reading.pictures}.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as templates see it: `blocks` in mail, `html` on pages, `text` in plain text.

    `made` is the line on how a drafted section was made, `details`, on pages alone, the rest of it.
    """

    id: str
    number: str
    label: str
    title: str
    hue: int
    blocks: tuple[Block, ...] = ()
    html: str = ""
    text: str = ""
    made: str = ""
    details: Details | None = None
    author: Author | None = None
    facts: Facts = NO_FACTS
    time: Mapping[str, int] | None = None
    section: bool = False
    """Whether it is a section of the publication, which has a page of its own, and no drafted one."""

    @property
    def begins(self) -> str:
        """The mark before the part in a mail; with `ends` after it, it can be left out for readers who do not want it."""
        return merge_fields.around(self.id).begins

    @property
    def ends(self) -> str:
        return merge_fields.around(self.id).ends


def mail_context(reading: Reading, publication: Publication) -> dict[str, object]:
    """Return what the mail's template needs."""
    issue, language = reading.issue, language_of(publication)

    def picture(name: str) -> str:
        return publication.url(issue.page + name)

    parts = []
    for part in reading.parts:
        mail = Mail(publication.url, picture, part.hue, language)
        blocks = tuple(Block(safe(block.html), block.wide) for block in mail.blocks(part.root))
        title, line = safe(mail.inside(part.title)), line_of(issue, part.id, language)
        parts.append(
            Shown(
                part.id,
                part.number,
                part.label,
                title,
                part.hue,
                blocks=blocks,
                made=line,
                author=_author(issue, part.id, publication),
            )
        )
    lead = Mail(publication.url, picture, 1, language)
    return {
        "publication": publication, "issue": issue, "minutes": reading.minutes, "parts": parts, "fields": merge_fields.IN_ISSUES,
        "lead": safe("".join(block.html for block in lead.blocks(reading.lead))), "url": publication.url(issue.page),
        "subject": issue.title, "light": palette.LIGHT, "dark": palette.DARK, "mono": MONO, "sans": sans(language),
        "label_font": label_font(language),
    }  # fmt: skip


def to_mail(templates: Environment, name: str, context: dict[str, object]) -> str:
    """Expand a template, Jinja first, then MJML. Raises ContentError when MJML does not understand the result."""
    source = expand(templates, name, context)
    try:
        return html_of(source.strip())
    except TooCostlyError as error:
        fix = "shorten the issue; what is above 102 KB is cut off in Gmail anyway"
        raise ContentError(
            [Problem(Path("templates") / name, None, f"the mail {error}", fix, rule="template")]
        ) from error
    except ValueError as error:
        fix = "every tag must be closed and every attribute quoted; undo the last change to the template"
        raise ContentError(
            [Problem(Path("templates") / name, None, f"MJML says: {error}", fix, rule="template")]
        ) from error


def as_text(
    reading: Reading, publication: Publication, templates: Environment, name: str = "email/issue.txt", **more: object
) -> str:
    """Return the issue as plain text, with its merge fields; `more` is what its template needs besides."""
    issue, language = reading.issue, language_of(publication)
    text = Text(publication.url, lambda name: publication.url(issue.page + name), language)
    lead = text.write(reading.lead)
    parts = []
    for part in reading.parts:
        text.enter(part.id)
        title = text.write(part.title)
        written, line = text.write(part.root), line_of(issue, part.id, language)
        parts.append(
            Shown(
                part.id,
                part.number,
                part.label,
                title,
                part.hue,
                text=written,
                made=line,
                author=_author(issue, part.id, publication),
            )
        )
    context = {
        "publication": publication, "issue": issue, "minutes": reading.minutes, "lead": lead, "parts": parts, "fields": merge_fields.IN_ISSUES,
        "links": text.links(), "links_marks": text.links_marks(), "url": publication.url(issue.page), "wrap": wrapping(language),
        "columns": columns,
    }  # fmt: skip
    return expand(templates, name, context | more).strip("\n") + "\n"


def as_page(
    reading: Reading,
    content: Content,
    templates: Environment,
    *,
    public: Sequence[Issue] | None = None,
    corrections: Sequence[Reading] = (),
    **frame: object,
) -> str:
    """Return the issue's web page, with its corrections.

    `public` are the issues that it may link to, by default those published.
    """
    issue, root = reading.issue, "../../"
    known = public if public is not None else [other for other in content.issues if other.published]
    language = language_of(content.publication)
    writer = page.Page(lambda path: local(root, path), lambda name: name, language)
    parts = [
        Shown(
            part.id,
            part.number,
            part.label,
            safe(writer.inside(part.title)),
            part.hue,
            html=safe(writer.inside(part.root)),
            made=line_of(issue, part.id, language),
            details=details_of(issue, part.id, content),
            author=_author(issue, part.id, content.publication),
            facts=issue.facts_of(part.id),
            time=time_of(issue.facts_of(part.id).minutes),
            section=any(plan.id == part.id for plan in content.publication.sections),
        )
        for part in reading.parts
    ]
    context: dict[str, object] = {
        "publication": content.publication, "root": root, "issue": issue, "minutes": reading.minutes, "parts": parts,
        "corrections": [(one.issue, safe(writer.inside(one.lead))) for one in corrections if isinstance(one.issue, Correction)],
        "lead": safe(writer.inside(reading.lead)), "canonical": content.publication.url(issue.page), "local": partial(local, root),
        "previous": max((i for i in known if i.number < issue.number), key=lambda i: i.number, default=None),
        "next": min((i for i in known if i.number > issue.number), key=lambda i: i.number, default=None),
        "kind": "article", "structured": of_issue(issue, content.publication, language.say(Phrase("All issues"))),
    }  # fmt: skip
    return expand(templates, "web/issue.html", context | frame)


def _author(issue: Issue, section: str, publication: Publication) -> Author | None:
    """Return who wrote a section; None when nobody in publication.toml has the id."""
    return publication.author(issue.facts_of(section).author)


def local(root: str, path: str) -> str:
    """Return a link to a place of the site; `root` is how a page gets back to the site's root.

    >>> local("../../", "issues/3/#concept"), local("", ""), local("", "#subscribe")
    ('../../issues/3/#concept', './', './#subscribe')
    """
    return f"{root}{path}" if root or path.partition("#")[0] else f"./{path}"


def wrapping(language: Language) -> Callable[[str], str]:
    """Return the function that breaks lines; a merge field ends its line: nobody knows how long its value will be."""

    def wrap(text: str) -> str:
        lines = _AFTER_FIELD.sub(r"\1\n", text).split("\n")
        filled = "\n".join(fill(line, WIDTH) for line in lines)
        return directed(filled, language.direction)

    return wrap


_AFTER_FIELD = re.compile(rf"({merge_fields.PATTERN.pattern.replace('(', '(?:', 1)}\S*) ")
