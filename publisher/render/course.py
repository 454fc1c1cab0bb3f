"""A learning path as a course by mail: one step as an email, with its whole text where that is the publication's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import Environment

from publisher.content.learning_paths import page_of
from publisher.content.links import BrokenLinkError, Links
from publisher.content.markdown import parse
from publisher.errors import Refused, UserError
from publisher.isolation import one_file
from publisher.issue import LearningPath, Page, Step
from publisher.language import language_of
from publisher.ports import Content, RenderedEmail
from publisher.render.emails import render_email
from publisher.render.labels import localise
from publisher.render.mail import Block, Mail
from publisher.render.markup import safe
from publisher.render.pictures import Images
from publisher.render.text import Text

MOST = 90_000
"""Bytes of a step's HTML. Gmail hides everything beyond 102 KB, with the unsubscribe link; a reader's values need their share."""


def steps_of(content: Content, slug: str) -> int:
    """Return how many steps a learning path has; 0 when there is no such path.

    Raises UserError when its file is there and cannot be read: no course ends because of a typo.
    """
    path = next((each for each in content.paths if each.slug == slug), None)
    if path is None and any(problem.path.as_posix().endswith(f"paths/{slug}.md") for problem in content.problems):
        raise UserError(f"the learning path {slug} cannot be read now; see: pressroom check")
    return len(path.steps) if path is not None else 0


def render_step(
    content: Content,
    templates: Environment,
    *,
    slug: str,
    number: int,
    every_days: int,
) -> RenderedEmail:
    """Render the step `number` (from 1) of a learning path; the next one comes `every_days` later.

    Raises Refused for a step that is no longer there, UserError for one that cannot be shown now.
    """
    if number > steps_of(content, slug):
        raise Refused(f"the learning path {slug} no longer has a step {number}")
    path = next(each for each in content.paths if each.slug == slug)
    step = path.steps[number - 1]
    page = page_of(step, {one.slug: one for one in content.pages})
    site = path.page_of(step) if page else _site(content, path, step)
    context: dict[str, object] = {
        "path": path, "step": step, "number": number, "count": len(path.steps), "every_days": every_days,
        "url": content.publication.url(site) if site is not None else step.link,
    }  # fmt: skip
    if page is not None:
        body = _body(content, page)
        email = render_email("step", content.publication, templates, body=body, **context)
        if len(email.html.encode()) <= MOST:
            return email
    return render_email("step", content.publication, templates, body=None, **context)


@dataclass(frozen=True, slots=True)
class Body:
    """A page as a part of a mail: `blocks` in HTML; `text` and the list of its `links` in plain text."""

    blocks: tuple[Block, ...]
    text: str
    links: str


def _site(content: Content, path: LearningPath, step: Step) -> str | None:
    """Return where a step is below the base URL; None for a step elsewhere."""
    if urlsplit(step.link).scheme:
        return None
    try:
        return Links.of(content).resolve(step.link, path.path)
    except BrokenLinkError as error:
        raise UserError(f"the step «{step.title}» of {path.path}: {error.what}; {error.fix}") from error


@one_file()
def _body(content: Content, page: Page) -> Body:
    """Write a page with the writers of an issue; its pictures are those of its web page, also where that is a step's."""
    publication, album = content.publication, Images(content.picture, content.convert)
    language = language_of(publication)
    prose = parse(page.body, path=page.path, line=page.line, links=Links.of(content), top=1)
    album.illustrate(prose, page.path)
    localise(prose.root, language)

    def picture(name: str) -> str:
        return publication.url(f"{page.slug}/{name}")

    mail, text = Mail(publication.url, picture, 1, language), Text(publication.url, picture, language)
    blocks = tuple(Block(safe(block.html), block.wide) for block in mail.blocks(prose.root))
    return Body(blocks, text.write(prose.root), text.links())
