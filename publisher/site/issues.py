"""The pages of issues, their archive, and the feed of the newest ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from publisher.issue import Issue
from publisher.ports import File, SitePart
from publisher.render.asked import Asking
from publisher.render.render import as_page, local, pictures_of
from publisher.site import feed
from publisher.site.frame import navigation
from publisher.site.pages import Site, digest


def parts(site: Site) -> Iterator[SitePart]:
    yield SitePart("issues/index.html", site.issues, partial(_archive, site))
    for index, (issue, (earlier, later)) in enumerate(zip(site.public, _neighbours(site), strict=True)):
        corrected = (part for one in site.content.corrections_of(issue.number) for part in (shown(one), one.source))
        made_from = digest(site.frame, shown(issue), issue.source, shown(earlier), shown(later), *corrected)
        make = partial(_issue, site, issue, [one for one in (earlier, later) if one])
        yield site.asking(issue.page, made_from, make, apart=index >= feed.NEWEST)


def feeds(site: Site) -> Iterator[SitePart]:
    newest = site.public[: feed.NEWEST]
    told = [*newest, *(fix for one in newest for fix in site.content.corrections_of(one.number))]
    made_from = digest(site.frame, *(shown(one) + one.source for one in told))
    yield site.asking("feed.xml", made_from, partial(_feed, site))


def shown(issue: Issue | None) -> bytes:
    """Return what another page may show of an issue, and what follows from its file's name."""
    return repr(
        issue and (issue.path, issue.number, issue.title, issue.preheader, issue.date, issue.published)
    ).encode()


def _neighbours(site: Site) -> Iterator[tuple[Issue | None, Issue | None]]:
    """Yield for each public issue the one before it and the one after it."""
    around = (None, *site.public, None)
    return zip(around[2:], around[:-2], strict=True)


def _archive(site: Site) -> Iterator[File]:
    yield site.page(
        "issues/index.html",
        "web/archive.html",
        issues=site.public,
        source="archive",
        here="issues/",
        topics=_topics(site),
        local=partial(local, "../"),
    )


def _topics(site: Site) -> dict[str, int]:
    """Return each topic, and how many parts of issues are about it."""
    found = Counter(tag for issue in site.public for facts in issue.facts.values() for tag in facts.tags)
    return {tag: found[tag] for tag in sorted(found)}


def _issue(site: Site, issue: Issue, others: Sequence[Issue], asking: Asking) -> Iterator[File]:
    reading, folder = site.reading(issue, asking), issue.page
    corrections = site.corrections(issue, asking)
    made = as_page(
        reading, site.content, site.templates, public=others, corrections=corrections,
        source=f"issue-{reading.issue.number}", **navigation(site.content),
    )  # fmt: skip
    yield f"{folder}index.html", made.encode()
    for one in pictures_of([reading, *corrections]):
        yield folder + one.name, one.data


def _feed(site: Site, asking: Asking) -> Iterator[File]:
    newest = site.public[: feed.NEWEST]
    readings = [(site.reading(issue, asking), site.corrections(issue, asking)) for issue in newest]
    found = [*feed.entries(site.content.publication, readings)]
    channel = feed.Channel(site.content.publication.name)
    yield "feed.xml", feed.atom(site.content.publication, found, channel)
    yield "feed.json", feed.json_feed(site.content.publication, found, channel)
