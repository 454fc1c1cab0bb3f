"""What the pages show of one snapshot of content. A request takes one view, and keeps it until it is answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from publisher.errors import PressroomError
from publisher.issue import IsoWeek
from publisher.next_issue import WeekIssue
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render.templates import digest_of
from publisher.site import navigation
from publisher.web.budgets import Limits
from publisher.web.guard import ResponseHeaders
from publisher.web.pages import Pages
from publisher.web.wording import wording
from subscribers import Wording

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class View:
    """One snapshot as the web shows it; `hash` is of the snapshot and the templates.

    `paths` has the titles of the learning paths by their slugs, `steps` how many steps each has, `latest` the titles of
    the newest published issue's sections by their ids, `weeks` each week's issue.
    """

    hash: str
    publication: Publication
    wording: Wording
    pages: Pages
    frame: ResponseHeaders
    limits: Limits
    paths: Mapping[str, str]
    steps: Mapping[str, int]
    latest: Mapping[str, str]
    weeks: Mapping[IsoWeek, WeekIssue]

    @classmethod
    def of(cls, content: Content, templates: Environment) -> View:
        publication = content.publication
        newest = max((one for one in content.issues if one.published), key=lambda one: one.number, default=None)
        return cls(
            f"{content.hash} {digest_of(templates)}",
            publication,
            wording(publication, templates),
            Pages(publication, templates, navigation(content)),
            ResponseHeaders.of(publication),
            Limits.of(publication.signup),
            {path.slug: path.title for path in content.paths},
            {path.slug: len(path.steps) for path in content.paths},
            {section.id: section.title for section in newest.sections} if newest else {},
            {issue.week: WeekIssue(issue.number, bool(issue.published)) for issue in content.issues},
        )


class Views:
    """Gives each request the newest view; content is read again when the last reading is `seconds` old."""

    def __init__(self, look: Callable[[], View], seconds: float = 5.0) -> None:
        self._look = look
        self._seconds = seconds
        self._newest = look()
        self._looked = time.monotonic()
        self._looking = False
        self._current: ContextVar[View] = ContextVar("view")

    @property
    def current(self) -> View:
        """The view of the request that is being answered; outside a request, the newest."""
        return self._current.get(self._newest)

    async def begin(self) -> View:
        """Take the view of a request that begins."""
        if time.monotonic() - self._looked >= self._seconds and not self._looking:
            self._looking = True
            try:
                await run_in_threadpool(self._renew)
            finally:
                self._looked = time.monotonic()
                self._looking = False
        self._current.set(self._newest)
        return self._newest

    def _renew(self) -> None:
        try:
            found = self._look()
        except (PressroomError, OSError) as error:  # an editor is in the middle of something
            log.warning("the pages still show the content as it was before: %s", error)
            return
        if found.hash != self._newest.hash:  # otherwise the pages that are already made stay valid
            self._newest = found
