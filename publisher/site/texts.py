"""The publication's other pages, and those at old addresses, which lead to the new ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from publisher.content.aliases import redirects
from publisher.content.learning_paths import homes
from publisher.issue import Page
from publisher.ports import File, SitePart
from publisher.render.asked import Asking
from publisher.site.issues import shown
from publisher.site.pages import Site, digest


def parts(site: Site) -> Iterator[SitePart]:
    moved = homes(site.content.paths)
    for one in site.content.pages:
        made_from = digest(site.frame, repr((one, moved.get(one.slug))).encode())
        yield site.asking(f"{one.slug}/", made_from, partial(_text_page, site, one, moved.get(one.slug)))
    for name, issue in redirects(site.content, site.public).items():
        made_from = digest(site.frame, shown(issue))
        yield SitePart(name, made_from, partial(_redirect, site, name, issue.page, issue.title), apart=True)


def _redirect(site: Site, name: str, place: str, title: str) -> Iterator[File]:
    """Yield the page at an old address of an issue or a step, which leads to `place`."""
    yield site.page(name, "web/redirect.html", place=place, title=title, canonical=site.canonical(place))


def _text_page(site: Site, one: Page, home: str | None, asking: Asking) -> Iterator[File]:
    """Yield a page with its pictures; of one that is a step of a path (`home`), what leads there in its place."""
    name = f"{one.slug}/index.html"
    html, files = site.prose(one.body, one.path, one.line, f"{one.slug}/", asking)
    if home:
        yield from _redirect(site, name, home, one.title)
    else:
        yield site.page(name, "web/page.html", page=one, body=html, source=one.slug, here=f"{one.slug}/")
    yield from files
