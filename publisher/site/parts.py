"""Content -> every part of the site, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from jinja2 import Environment

from publisher.issue import Issue
from publisher.ports import Content, File, SitePart
from publisher.site import around, home, issues, lists, paths, search, texts
from publisher.site.pages import Site


def site_parts(content: Content, public: Sequence[Issue], templates: Environment) -> Iterator[SitePart]:
    """Yield every part of the site. `public` are the issues that may be shown: published, or being sent.

    All corrections in `content` are shown.
    """
    site = Site(content, tuple(sorted(public, key=lambda issue: issue.number, reverse=True)), templates)
    for parts in (
        home.parts,
        issues.parts,
        lists.parts,
        paths.parts,
        texts.parts,
        issues.feeds,
        search.parts,
        around.parts,
    ):
        yield from parts(site)


def site_files(content: Content, public: Sequence[Issue], templates: Environment) -> Iterator[File]:
    """Yield every file of the site: a path below its root, and what is in it."""
    for part in site_parts(content, public, templates):
        yield from part.make()
