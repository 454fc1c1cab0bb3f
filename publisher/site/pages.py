"""How a page of the site is made: its frame, its text with pictures, and what it asks of the rest meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Environment

from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.isolation import one_file
from publisher.issue import Issue
from publisher.language import language_of
from publisher.ports import Content, File, SitePart
from publisher.render import page
from publisher.render.asked import Asked, Asking, answers
from publisher.render.labels import localise
from publisher.render.markup import safe
from publisher.render.pictures import Images
from publisher.render.reading import Reading, read
from publisher.render.render import local
from publisher.render.templates import digest_of, expand
from publisher.site import feed
from publisher.site.frame import navigation


@dataclass(frozen=True)
class Site:
    """A snapshot of content, the issues of it that may be shown, newest first, and the templates."""

    content: Content
    public: tuple[Issue, ...]
    templates: Environment

    @cached_property
    def links(self) -> Links:
        return Links.of(self.content)

    @cached_property
    def frame(self) -> str:
        """The digest of what is around every page."""
        said = repr((self.content.publication, navigation(self.content)))
        return digest(digest_of(self.templates), said.encode())

    @cached_property
    def issues(self) -> str:
        """The digest of all public issues, and of the frame."""
        return digest(self.frame, *(repr(issue.path).encode() + issue.source for issue in self.public))

    @cached_property
    def _readings(self) -> dict[int, tuple[Reading, Asked]]:
        """The newest issues, parsed once for their pages and the feed, and what was asked for that."""
        return {}

    def reading(self, issue: Issue, asking: Asking) -> Reading:
        if issue.number not in self._readings:
            own = Asking(self.content, self.links, {})
            made = read(issue, own.content, own.links)
            own.note(made.problems)
            if issue not in self.public[: feed.NEWEST]:
                asking.asked |= own.asked
                return made
            self._readings[issue.number] = made, own.asked
        made, asked = self._readings[issue.number]
        asking.asked |= asked
        return made

    def corrections(self, issue: Issue, asking: Asking) -> list[Reading]:
        return [self.reading(one, asking) for one in self.content.corrections_of(issue.number)]

    def asking(
        self, name: str, made_from: str, make: Callable[[Asking], Iterator[File]], *, apart: bool = False
    ) -> SitePart:
        """Return a part that is also made from what it asks."""
        asked: Asked = {}
        return SitePart(
            name, made_from, lambda: make(Asking(self.content, self.links, asked)), lambda: [*asked],
            lambda questions: answers(questions, self.content, self.links), apart,
        )  # fmt: skip

    def page(self, name: str, template: str, *, root: str | None = None, **context: object) -> File:
        """Make one page; `root` is how it gets back to the site's root."""
        root = "../" * name.count("/") if root is None else root
        frame = {"publication": self.content.publication, "canonical": self.canonical(name)}
        made = expand(self.templates, template, frame | navigation(self.content) | {"root": root} | context)
        return name, made.encode()

    def canonical(self, name: str) -> str:
        return self.content.publication.url(name.removesuffix("index.html"))

    @one_file()
    def prose(
        self, body: str, path: Path, line: int, folder: str, asking: Asking, *,
        pictures: str | None = None, place: Callable[[str], str] = str,
    ) -> tuple[str, list[File]]:  # fmt: skip
        """Return a text as HTML, and its pictures, which are in `folder`, or where `pictures` leads.

        `place` may send a link that leads to a place of the site to another.
        """
        root, album = "../" * folder.count("/"), Images(asking.content.picture, asking.content.convert)
        prose = parse(body, path=path, line=line, links=asking.links, top=1)
        asking.note([*prose.problems, *album.illustrate(prose, path)])
        language = language_of(self.content.publication)
        localise(prose.root, language)
        html = page.Page(
            lambda target: local(root, place(target)), lambda name: f"{pictures or ''}{name}", language
        ).inside(prose.root)
        return safe(html), [(folder + one.name, one.data) for one in album.pictures]


def digest(first: str, *rest: bytes) -> str:
    """Return the digest of what a part is made from; `first` is a digest, or other ASCII text."""
    made = hashlib.sha256(first.encode())
    for one in rest:
        made.update(hashlib.sha256(one).digest())
    return made.hexdigest()
