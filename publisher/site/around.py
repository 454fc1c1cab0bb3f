"""Everything else: the sitemap, the stylesheet, and the page for a missing page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

from publisher.content.learning_paths import homes
from publisher.ports import File, SitePart
from publisher.site import feed
from publisher.site.lists import part_lists
from publisher.site.pages import Site, digest
from publisher.site.paths import path_pages

ASSETS = ("style.css", "favicon.svg", "embed.js", "progress.js", "questions.js", "search.js")


def parts(site: Site) -> Iterator[SitePart]:
    pages = repr([(one.slug, one.title, one.summary) for one in site.content.pages])
    corrections = repr([(one.number, one.day) for one in site.content.corrections])
    known = (repr(site.content.paths), pages, corrections)
    yield SitePart("sitemap.xml", digest(site.issues, *(one.encode() for one in known)), partial(_around, site))


def _around(site: Site) -> Iterator[File]:
    publication = site.content.publication
    base = urlsplit(publication.base_url).path.rstrip("/") + "/"
    yield site.page("404.html", "web/404.html", root=base, here="", canonical="")
    changed = {issue.page: issue.day for issue in site.public}
    for one in site.content.corrections:
        if one.page in changed:
            changed[one.page] = max(changed[one.page], one.day)
    yield "sitemap.xml", feed.sitemap(publication, [*_places(site)], changed)
    yield "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {publication.url('sitemap.xml')}\n".encode()
    for name in ASSETS:
        assert site.templates.loader is not None
        yield name, site.templates.loader.get_source(site.templates, f"web/{name}")[0].encode()


def _places(site: Site) -> Iterator[str]:
    """Yield the address of every page for the sitemap, below the base URL."""
    content = site.content
    yield from ("", "issues/", "search/", *(issue.page for issue in site.public))
    yield from (f"{one.slug}/" for one in content.pages if one.slug not in homes(content.paths))
    if content.paths:
        yield "learn/"
    yield from (one.folder for one in part_lists(site))
    for walk in path_pages(site):
        yield from (walk.folder, *walk.own_steps())
