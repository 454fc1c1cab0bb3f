"""Learning paths as pages that one walks: the path, and a page for each of its steps.

A step that is a page of the publication has its whole text. When several paths have it, the first one's is the page that
others name (`homes`); the page's own address leads there, and keeps its pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from publisher.content.learning_paths import homes, page_of
from publisher.content.links import BrokenLinkError, Links
from publisher.issue import Issue, LearningPath, Page, Row, Step
from publisher.language import Phrase, language_of
from publisher.ports import Content, File, SitePart
from publisher.render.asked import Asking
from publisher.render.labels import time_of
from publisher.render.render import local
from publisher.render.structured import of_path
from publisher.site.pages import Site, digest


def parts(site: Site) -> Iterator[SitePart]:
    if site.content.paths:
        made_from = digest(site.frame, repr(site.content.paths).encode())
        yield SitePart("learn/index.html", made_from, partial(_overview, site))
    for walk in path_pages(site):
        steps = walk.made_from(site.links)
        yield site.asking(walk.folder, digest(site.frame, steps), walk.overview)
        for number, step in enumerate(walk.path.steps, 1):
            made_from = digest(site.frame, steps, repr(walk.text_of(step)).encode())
            yield site.asking(walk.path.page_of(step), made_from, partial(walk.step, number))


def path_pages(site: Site) -> Iterator[PathPages]:
    public = frozenset(issue.number for issue in site.public)
    for path in site.content.paths:
        yield PathPages(path, site.content, public, site)


def _overview(site: Site) -> Iterator[File]:
    known = [tick_marks(path, site.canonical(f"learn/{path.slug}/")) for path in site.content.paths]
    paths = list(zip(site.content.paths, known, strict=True))
    yield site.page("learn/index.html", "web/paths.html", paths=paths, source="learn", here="learn/")


@dataclass(frozen=True)
class PathPages:
    """Makes the pages of one learning path. `public` has the numbers of the issues that may be shown."""

    path: LearningPath
    content: Content
    public: frozenset[int]
    pages: Site

    @property
    def folder(self) -> str:
        return f"learn/{self.path.slug}/"

    def made_from(self, links: Links) -> bytes:
        """Return everything that these pages are made from, but for the text of a step."""
        taught = [self.taught(row, links, "") for row in self.path.rows]
        led = [self._site(step.link, links) for step in self.path.steps if not urlsplit(step.link).scheme]
        leads = [(site, self._title(site)) for site in led]
        return repr((self.path, taught, leads, homes(self.content.paths))).encode()

    def overview(self, asking: Asking) -> Iterator[File]:
        """Make the page of the path."""
        path, root = self.path, "../../"
        html, files = self.pages.prose(path.body, path.path, path.line, self.folder, asking, place=self._walked)
        yield self.pages.page(
            f"{self.folder}index.html", "web/path.html", path=path, body=html, source=f"learn-{path.slug}", here="learn/",
            guide=self._href(path.guide_link, asking.links, root), known=tick_marks(path, self.pages.canonical(self.folder)),
            rows=[(row, self.taught(row, asking.links, root)) for row in path.rows],
            steps=[self._entry(number, step) for number, step in enumerate(path.steps, 1)], structured=self._structured(),
        )  # fmt: skip
        yield from files

    def step(self, number: int, asking: Asking) -> Iterator[File]:
        """Make the page of a step; `number` counts from 1."""
        path, step, root = self.path, self.path.steps[number - 1], "../../../"
        page, folder, html = self.text_of(step), path.page_of(step), ""
        elsewhere = "" if page else self._href(step.link, asking.links, root)
        there = None if page or urlsplit(step.link).scheme else self._title(self._site(step.link, asking.links))
        if page:
            # Its pictures are made for the page's own address.
            html, _ = self.pages.prose(
                page.body, page.path, page.line, folder, asking, pictures=f"{root}{page.slug}/", place=self._walked
            )
        entries = [self._entry(place, one) for place, one in enumerate(path.steps, 1)]
        home = homes(self.content.paths).get(page.slug, folder) if page else folder
        yield self.pages.page(
            f"{folder}index.html", "web/step.html", path=path, step=step, number=number, count=len(path.steps), body=html,
            summary=page.summary if page else "", elsewhere=elsewhere, there=there,
            previous=entries[number - 2] if number > 1 else None, next=entries[number] if number < len(entries) else None,
            needs=[one for one in entries if one["slug"] in step.needs], checks=checks(step), time=time_of(step.minutes),
            known=tick_marks(path, self.pages.canonical(self.folder)), source=f"learn-{path.slug}", here="learn/",
            canonical=self.pages.canonical(home),
        )  # fmt: skip

    def _structured(self) -> str:
        publication = self.content.publication
        overview = language_of(publication).say(Phrase("Learning paths"))
        return of_path(self.path, publication, overview, self.pages.canonical(self.folder))

    def own_steps(self) -> Iterator[str]:
        """Yield the places of the steps whose texts are not at home in another path."""
        known = homes(self.content.paths)
        for step in self.path.steps:
            page, place = self.text_of(step), self.path.page_of(step)
            if page is None or known[page.slug] == place:
                yield place

    def text_of(self, step: Step) -> Page | None:
        """Return the page that a step consists of."""
        return page_of(step, {one.slug: one for one in self.content.pages})

    def taught(self, row: Row, links: Links, root: str) -> Sequence[Mapping[str, object]]:
        """Return what teaches a row: its title, its link and, of an issue, its number."""
        found = [(self._site(link, links), link) for link in row.teach]
        return [
            {"href": local(root, site), **title}
            for site, _ in found if site and (title := self._title(site))
        ]  # fmt: skip

    def _title(self, site: str) -> dict[str, object] | None:
        """Return what is at a place of the site; None for an issue that may not be shown."""
        place, _, anchor = site.partition("#")
        for issue in self.content.issues:
            if issue.page == place:
                return self._of_issue(issue, anchor)
        for path in self.content.paths:
            if place == f"learn/{path.slug}/":
                return {"title": path.title, "issue": 0}
            for step in path.steps:
                if place == path.page_of(step):
                    return {"title": step.title, "issue": 0}
        return next(({"title": one.title, "issue": 0} for one in self.content.pages if place == f"{one.slug}/"), None)

    def _of_issue(self, issue: Issue, anchor: str) -> dict[str, object] | None:
        section = issue.section(anchor)
        title = section.title if section else issue.title
        return {"title": title, "issue": issue.known_as} if issue.number in self.public else None

    def _site(self, link: str, links: Links) -> str:
        """Return where a link leads, below the base URL and on this path's own way; empty when nowhere."""
        try:
            return self._walked(links.resolve(link, self.path.path))
        except BrokenLinkError:
            return ""  # `check` says so

    def _href(self, link: str, links: Links, root: str) -> str:
        if urlsplit(link).scheme:
            return link
        site = self._site(link, links)
        hidden = site.startswith("issues/") and self._title(site) is None
        return local(root, site) if site and not hidden else ""

    def _walked(self, site: str) -> str:
        """Return a place of the site, or of a text that is a step of this path too, its step here."""
        place, mark, anchor = site.partition("#")
        here = {home: slug for slug, home in homes(self.content.paths).items()}.get(place)
        for step in self.path.steps if here else ():
            page = self.text_of(step)
            if page and page.slug == here:
                return f"{self.path.page_of(step)}{mark}{anchor}"
        return site

    def _entry(self, number: int, step: Step) -> dict[str, object]:
        """Return what other pages of the path show of a step."""
        return {
            "number": number, "slug": step.slug, "title": step.title, "about": step.about, "time": time_of(step.minutes),
            "level": step.level,
        }  # fmt: skip


def checks(step: Step) -> Sequence[tuple[str, str]]:
    """Return what readers tick at the end of a step: a short name for each, and its words; of a step without a test, one."""
    return [(hashlib.sha256(words.encode()).hexdigest()[:8], words) for words in step.exit] or [("done", "")]


def tick_marks(path: LearningPath, place: str) -> Mapping[str, str]:
    """Return what templates/web/progress.js needs to know of a path: its name in the browser, and what each step has to tick."""
    steps = " ".join(f"{step.slug}:{','.join(name for name, _ in checks(step))}" for step in path.steps)
    return {"path": place, "steps": steps}
