"""The public site as pages that know what they are made from: every page, the feed, the sitemap.

The same input gives the same bytes, so a page whose `made_from` is the same need not be made again.

Links between pages are relative and name index.html, so that the folder can be opened without a server.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment

from publisher.content.aliases import redirects
from publisher.content.learning_paths import homes
from publisher.content.links import Links
from publisher.content.markdown import parse
from publisher.isolation import one_file
from publisher.issue import Issue, Page
from publisher.language import Phrase, language_of
from publisher.ports import Content, File, SitePart
from publisher.render import feed, page
from publisher.render.asked import Asked, Asking, answers
from publisher.render.labels import localise
from publisher.render.markup import safe
from publisher.render.palette import hue
from publisher.render.paths import PathPages, tick_marks
from publisher.render.pictures import Images
from publisher.render.reading import Reading, read
from publisher.render.render import as_page, local, pictures_of
from publisher.render.templates import digest_of, expand


def site_parts(content: Content, public: Sequence[Issue], templates: Environment) -> Iterator[SitePart]:
    """Yield every part of the site. `public` are the issues that may be shown: published, or being sent.

    All corrections in `content` are shown.
    """
    site = _Site(content, tuple(sorted(public, key=lambda issue: issue.number, reverse=True)), templates)
    frame, issues = (
        site.frame,
        _digest(site.frame, *(repr(issue.path).encode() + issue.source for issue in site.public)),
    )
    paths, pages = (
        repr(content.paths).encode(),
        repr([(one.slug, one.title, one.summary) for one in content.pages]).encode(),
    )
    yield SitePart("index.html", _digest(issues, paths), site.index)
    yield SitePart("issues/index.html", issues, site.archive)
    for index, (issue, (earlier, later)) in enumerate(zip(site.public, site.neighbours(), strict=True)):
        corrected = (part for one in content.corrections_of(issue.number) for part in (_shown(one), one.source))
        made_from = _digest(frame, _shown(issue), issue.source, _shown(earlier), _shown(later), *corrected)
        make = partial(site.issue, issue, [one for one in (earlier, later) if one])
        yield site.asking(issue.page, made_from, make, apart=index >= feed.NEWEST)
    if content.paths:
        yield SitePart("learn/index.html", _digest(frame, paths), site.paths)
    for walk in site.path_pages():
        steps = walk.made_from(site.links)
        yield site.asking(walk.folder, _digest(frame, steps), walk.overview)
        for number, step in enumerate(walk.path.steps, 1):
            made_from = _digest(frame, steps, repr(walk.text_of(step)).encode())
            yield site.asking(walk.path.page_of(step), made_from, partial(walk.step, number))
    moved = homes(content.paths)
    for one in content.pages:
        made_from = _digest(frame, repr((one, moved.get(one.slug))).encode())
        yield site.asking(f"{one.slug}/", made_from, partial(site.text_page, one, moved.get(one.slug)))
    for name, issue in redirects(content, site.public).items():
        yield SitePart(
            name, _digest(frame, _shown(issue)), partial(site.redirect, name, issue.page, issue.title), apart=True
        )
    newest = site.public[: feed.NEWEST]
    told = [*newest, *(fix for one in newest for fix in content.corrections_of(one.number))]
    yield site.asking("feed.xml", _digest(frame, *(_shown(one) + one.source for one in told)), site.feed)
    corrections = repr([(one.number, one.day) for one in content.corrections]).encode()
    yield SitePart("sitemap.xml", _digest(issues, paths, pages, corrections), site.around)


def site_files(content: Content, public: Sequence[Issue], templates: Environment) -> Iterator[File]:
    """Yield every file of the site: a path below its root, and what is in it."""
    for part in site_parts(content, public, templates):
        yield from part.make()


def _shown(issue: Issue | None) -> bytes:
    """Return what another page may show of an issue, and what follows from its file's name."""
    return repr(
        issue and (issue.path, issue.number, issue.title, issue.preheader, issue.date, issue.published)
    ).encode()


def _digest(first: str, *rest: bytes) -> str:
    made = hashlib.sha256(first.encode())
    for one in rest:
        made.update(hashlib.sha256(one).digest())
    return made.hexdigest()


def navigation(content: Content) -> dict[str, object]:
    """Return the links in the header and footer of every page."""
    learn = ""
    if content.paths:
        learn = "learn/index.html" if len(content.paths) > 1 else f"learn/{content.paths[0].slug}/index.html"
    nav = [{"href": learn, "path": "learn/", "label": Phrase("Learn")}] if learn else []
    steps = {step.link.rpartition("/")[2] for path in content.paths for step in path.steps}
    steps |= {path.guide_link.rpartition("/")[2] for path in content.paths}
    foot = [
        {"href": f"{one.slug}/index.html", "path": f"{one.slug}/", "label": one.slug.replace("-", " ").capitalize()}
        for one in content.pages
        if f"{one.slug}.md" not in steps
    ]
    return {"nav": nav, "footnav": foot, "privacy": _privacy(content)}


def _privacy(content: Content) -> str:
    """Return where a page says what becomes of readers' data: a path below the root, a web address, or nothing."""
    page = content.publication.privacy.page
    if "://" in page:
        return page
    return f"{page}/index.html" if any(one.slug == page for one in content.pages) else ""


@dataclass(frozen=True)
class _Site:
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
        return _digest(digest_of(self.templates), said.encode())

    @cached_property
    def readings(self) -> dict[int, tuple[Reading, Asked]]:
        """The newest issues, parsed once for their pages and the feed, and what was asked for that."""
        return {}

    def reading(self, issue: Issue, asking: Asking) -> Reading:
        if issue.number not in self.readings:
            own = Asking(self.content, self.links, {})
            made = read(issue, own.content, own.links)
            own.note(made.problems)
            if issue not in self.public[: feed.NEWEST]:
                asking.asked |= own.asked
                return made
            self.readings[issue.number] = made, own.asked
        made, asked = self.readings[issue.number]
        asking.asked |= asked
        return made

    def neighbours(self) -> Iterator[tuple[Issue | None, Issue | None]]:
        """Yield for each public issue the one before it and the one after it."""
        around = (None, *self.public, None)
        return zip(around[2:], around[:-2], strict=True)

    def asking(
        self, name: str, made_from: str, make: Callable[[Asking], Iterator[File]], *, apart: bool = False
    ) -> SitePart:
        """Return a part that is also made from what it asks."""
        asked: Asked = {}
        return SitePart(
            name, made_from, lambda: make(Asking(self.content, self.links, asked)), lambda: [*asked],
            lambda questions: answers(questions, self.content, self.links), apart,
        )  # fmt: skip

    def index(self) -> Iterator[File]:
        yield self.page(
            "index.html",
            "web/index.html",
            latest=self.public[:6],
            parts=self.parts(),
            paths=self.content.paths,
            here="",
        )

    def archive(self) -> Iterator[File]:
        yield self.page("issues/index.html", "web/archive.html", issues=self.public, source="archive", here="issues/")

    def paths(self) -> Iterator[File]:
        known = [tick_marks(path, self.canonical(f"learn/{path.slug}/")) for path in self.content.paths]
        paths = list(zip(self.content.paths, known, strict=True))
        yield self.page("learn/index.html", "web/paths.html", paths=paths, source="learn", here="learn/")

    def page(self, name: str, template: str, *, root: str | None = None, **context: object) -> File:
        """Make one page; `root` is how it gets back to the site's root."""
        root = "../" * name.count("/") if root is None else root
        frame = {"publication": self.content.publication, "canonical": self.canonical(name)}
        made = expand(self.templates, template, frame | navigation(self.content) | {"root": root} | context)
        return name, made.encode()

    def canonical(self, name: str) -> str:
        return self.content.publication.url(name.removesuffix("index.html"))

    def parts(self) -> list[dict[str, object]]:
        """Return the parts of an issue, each with what the latest public one had in it."""
        publication = self.content.publication
        latest = self.public[0] if self.public else None
        return [
            {"number": f"{number:02d}", "label": plan.label, "hue": hue(publication, plan.id), "id": plan.id,
             "issue": latest if latest and latest.section(plan.id) else None, "section": latest.section(plan.id) if latest else None}
            for number, plan in enumerate(publication.sections, 1)
        ]  # fmt: skip

    def issue(self, issue: Issue, others: Sequence[Issue], asking: Asking) -> Iterator[File]:
        reading, folder = self.reading(issue, asking), issue.page
        corrections = self.corrections(issue, asking)
        made = as_page(
            reading,
            self.content,
            self.templates,
            public=others,
            corrections=corrections,
            source=f"issue-{reading.issue.number}",
            **navigation(self.content),
        )
        yield f"{folder}index.html", made.encode()
        for one in pictures_of([reading, *corrections]):
            yield folder + one.name, one.data

    def corrections(self, issue: Issue, asking: Asking) -> list[Reading]:
        return [self.reading(one, asking) for one in self.content.corrections_of(issue.number)]

    def redirect(self, name: str, place: str, title: str) -> Iterator[File]:
        """Yield the page at an old address of an issue or a step, which leads to `place`."""
        yield self.page(name, "web/redirect.html", place=place, title=title, canonical=self.canonical(place))

    def text_page(self, one: Page, home: str | None, asking: Asking) -> Iterator[File]:
        """Yield a page with its pictures; of one that is a step of a path (`home`), what leads there in its place."""
        name = f"{one.slug}/index.html"
        html, files = self.prose(one.body, one.path, one.line, f"{one.slug}/", asking)
        if home:
            yield from self.redirect(name, home, one.title)
        else:
            yield self.page(name, "web/page.html", page=one, body=html, source=one.slug, here=f"{one.slug}/")
        yield from files

    def path_pages(self) -> Iterator[PathPages]:
        public = frozenset(issue.number for issue in self.public)
        for path in self.content.paths:
            yield PathPages(path, self.content, public, self)

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

    def feed(self, asking: Asking) -> Iterator[File]:
        newest = self.public[: feed.NEWEST]
        readings = [(self.reading(issue, asking), self.corrections(issue, asking)) for issue in newest]
        found = [*feed.entries(self.content.publication, readings)]
        yield "feed.xml", feed.atom(self.content.publication, found)
        yield "feed.json", feed.json_feed(self.content.publication, found)

    def around(self) -> Iterator[File]:
        """Yield everything else: the sitemap, the stylesheet, and the page for a missing page."""
        publication = self.content.publication
        places = [
            "",
            "issues/",
            *(issue.page for issue in self.public),
            *(f"{one.slug}/" for one in self.content.pages if one.slug not in homes(self.content.paths)),
        ]
        places += ["learn/"] if self.content.paths else []
        for walk in self.path_pages():
            places += [walk.folder, *walk.own_steps()]
        base = urlsplit(publication.base_url).path.rstrip("/") + "/"
        yield self.page("404.html", "web/404.html", root=base, here="", canonical="")
        changed = {issue.page: issue.day for issue in self.public}
        for one in self.content.corrections:
            if one.page in changed:
                changed[one.page] = max(changed[one.page], one.day)
        yield "sitemap.xml", feed.sitemap(publication, places, changed)
        yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {publication.url('sitemap.xml')}\n".encode()
        for name in ("style.css", "favicon.svg", "embed.js", "progress.js"):
            assert self.templates.loader is not None
            yield name, self.templates.loader.get_source(self.templates, f"web/{name}")[0].encode()
