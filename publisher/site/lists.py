"""Parts of issues, listed by section, by topic and by author: a page for each, with its feeds.

What a page says of a part stands in the issue's file; only the newest issues are parsed for it, for their diagrams and for
the feeds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from xml.etree.ElementTree import Element

from publisher.issue import Facts, Issue, Section
from publisher.language import Phrase, language_of
from publisher.ports import File, SitePart
from publisher.publication import Author
from publisher.render.asked import Asking
from publisher.render.labels import time_of
from publisher.render.markup import safe
from publisher.render.page import Page
from publisher.render.palette import hue
from publisher.render.render import local
from publisher.site import feed
from publisher.site.excerpts import Question, questions
from publisher.site.issues import shown
from publisher.site.pages import Site, digest

SECTION, TOPIC, AUTHOR = Phrase("section"), Phrase("topic"), Phrase("author")


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of an issue."""

    issue: Issue
    section: Section
    facts: Facts

    @property
    def place(self) -> str:
        return f"{self.issue.page}#{self.section.id}"


@dataclass(frozen=True, slots=True)
class PartList:
    """A list of parts, the newest first; `kind` says by what, `folder` where its page is."""

    kind: Phrase
    folder: str
    title: str
    parts: Sequence[Listed]
    author: Author | None = None

    @property
    def newest(self) -> Sequence[Listed]:
        """The parts whose texts the feeds have."""
        return self.parts[: feed.NEWEST]


def parts(site: Site) -> Iterator[SitePart]:
    for one in part_lists(site):
        listed = repr([(part.issue.number, part.section.id, part.section.title, part.facts) for part in one.parts])
        known = {part.issue.number: part.issue for part in one.parts}
        parsed = {*(part.issue.number for part in one.newest), *(issue.number for issue in site.public[: feed.NEWEST])}
        sources = (issue.source for issue in known.values() if issue.number in parsed)
        made_from = digest(site.frame, repr(one.title).encode(), listed.encode(), *map(shown, known.values()), *sources)
        yield site.asking(one.folder, made_from, partial(_made, site, one))


def part_lists(site: Site) -> Iterator[PartList]:
    """Yield every list that has a part: those of sections first, then of topics, then of authors."""
    publication, listed = site.content.publication, [*_listed(site)]
    for plan in publication.sections:
        yield PartList(
            SECTION,
            f"sections/{plan.id}/",
            plan.label[:1].upper() + plan.label[1:],
            [one for one in listed if one.section.id == plan.id],
        )
    topics = dict[str, list[Listed]]()
    for one in listed:
        for tag in one.facts.tags:
            topics.setdefault(tag, []).append(one)
    for tag in sorted(topics):
        yield PartList(TOPIC, f"topics/{tag}/", tag, topics[tag])
    for author in publication.authors:
        own = [one for one in listed if one.facts.author == author.id]
        yield PartList(AUTHOR, f"authors/{author.id}/", author.name, own, author)


def _listed(site: Site) -> Iterator[Listed]:
    for issue in site.public:
        for section in issue.sections:
            yield Listed(issue, section, issue.facts_of(section.id))


def _made(site: Site, one: PartList, asking: Asking) -> Iterator[File]:
    root = "../" * one.folder.count("/")
    rows = [_row(site, part, root, asking) for part in one.parts]
    asked = [*_questions(site, one, root, asking)]
    template = "web/questions.html" if asked else "web/list.html"
    yield site.page(
        f"{one.folder}index.html", template, list=one, rows=rows[len(asked) :], count=len(rows), questions=asked, local=partial(local, root), here=one.folder,
        wall=2 * sum(bool(row["diagram"]) for row in rows) > len(one.newest), feeds=one.folder, source="archive",
    )  # fmt: skip
    yield from _feeds(site, one, asking)


def _feeds(site: Site, one: PartList, asking: Asking) -> Iterator[File]:
    publication = site.content.publication
    channel = feed.Channel(f"{one.title} · {publication.name}", one.folder)
    found = [_entry(site, part, asking) for part in one.newest]
    yield f"{one.folder}feed.xml", feed.atom(publication, found, channel)
    yield f"{one.folder}feed.json", feed.json_feed(publication, found, channel)


def _questions(site: Site, one: PartList, root: str, asking: Asking) -> Iterator[Question]:
    """Yield the newest questions of a section that has its answers a week later."""
    if any(
        one.folder == f"sections/{plan.id}/" for plan in site.content.publication.sections if plan.answers_next_week
    ):
        readings = [(issue, site.reading(issue, asking).parts) for issue in site.public[: feed.NEWEST]]
        own = {part.section.id for part in one.parts}
        yield from (asked for asked in questions(site, readings, root) if asked.part.id in own)


def _row(site: Site, one: Listed, root: str, asking: Asking) -> dict[str, object]:
    publication = site.content.publication
    return {
        "part": one, "label": publication.label(one.section.id), "hue": hue(publication, one.section.id),
        "time": time_of(one.facts.minutes), "author": publication.author(one.facts.author), "diagram": _diagram(site, one, root, asking),
    }  # fmt: skip


def _diagram(site: Site, one: Listed, root: str, asking: Asking) -> str:
    """Return the first diagram of a part of one of the newest issues, as a picture."""
    if one.issue not in site.public[: feed.NEWEST]:
        return ""
    figure = next(_root(site, one, asking).iter("figure"), None)
    if figure is None:
        return ""
    writer = Page(
        partial(local, root), lambda name: f"{root}{one.issue.page}{name}", language_of(site.content.publication)
    )
    return safe(writer.inside(figure).replace("<img ", '<img loading="lazy" '))


def _entry(site: Site, one: Listed, asking: Asking) -> feed.Entry:
    publication, issue = site.content.publication, one.issue
    when = feed.moment(issue, publication)
    return feed.Entry(
        one.section.title, issue.title, publication.lasting_id(one.place), publication.url(one.place), when, when,
        feed.of_part(_root(site, one, asking), issue, publication),
    )  # fmt: skip


def _root(site: Site, one: Listed, asking: Asking) -> Element:
    return next(part.root for part in site.reading(one.issue, asking).parts if part.id == one.section.id)
