"""The feeds with whole texts in them, as Atom and as JSON, and the sitemap."""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from feedgen.feed import FeedGenerator

from publisher.issue import Correction, Issue
from publisher.language import language_of
from publisher.publication import Publication
from publisher.render.markup import escape
from publisher.render.page import Page
from publisher.render.reading import Reading

NEWEST = 20
"""How many issues the feed holds."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What a feed is called, and the folder of it and its page below the base URL."""

    title: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An issue, or a part of one: the moments when it went out and when it, or a correction of it, was last changed."""

    title: str
    summary: str
    id: str
    url: str
    published: dt.datetime
    changed: dt.datetime
    html: str


def entries(publication: Publication, readings: Sequence[tuple[Reading, Sequence[Reading]]]) -> Iterator[Entry]:
    """Yield these issues, each with its corrections."""
    for reading, corrections in readings:
        issue = reading.issue
        changed = max(moment(one.issue, publication) for one in (reading, *corrections))
        yield Entry(
            issue.title, issue.preheader, publication.lasting_id(issue.page), publication.url(issue.page),
            moment(issue, publication), changed, _whole(reading, corrections, publication),
        )  # fmt: skip


def atom(publication: Publication, found: Sequence[Entry], channel: Channel) -> bytes:
    """Return the feed of these entries, the newest first. Source: RFC 4287."""
    feed = FeedGenerator()
    feed.id(publication.lasting_id(channel.folder))
    feed.title(channel.title)
    feed.subtitle(publication.tagline)
    feed.language(publication.language)
    feed.author({"name": publication.sender.name})
    feed.link([
        {"href": publication.url(f"{channel.folder}feed.xml"), "rel": "self", "type": "application/atom+xml"},
        {"href": publication.url(channel.folder), "rel": "alternate", "type": "text/html"},
    ])  # fmt: skip
    feed.updated(max((one.changed for one in found), default=dt.datetime(2000, 1, 1, tzinfo=dt.UTC)))
    for one in found:
        entry = feed.add_entry(order="append")
        entry.id(one.id)
        entry.title(one.title)
        entry.link({"href": one.url, "rel": "alternate", "type": "text/html"})
        entry.published(one.published)
        entry.updated(one.changed)
        entry.summary(one.summary)
        entry.content(one.html, type="html")
    return bytes(feed.atom_str(pretty=True))


def json_feed(publication: Publication, found: Sequence[Entry], channel: Channel) -> bytes:
    """Return the same as JSON. Source: https://www.jsonfeed.org/version/1.1/"""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "description": publication.tagline,
        "home_page_url": publication.url(channel.folder),
        "feed_url": publication.url(f"{channel.folder}feed.json"),
        "language": publication.language,
        "authors": [{"name": publication.sender.name}],
        "items": [
            {
                "id": one.id, "url": one.url, "title": one.title, "summary": one.summary, "content_html": one.html,
                "date_published": one.published.isoformat(), "date_modified": one.changed.isoformat(),
            }
            for one in found
        ],
    }  # fmt: skip
    return json.dumps(feed, ensure_ascii=False, indent=1).encode() + b"\n"


def sitemap(publication: Publication, places: Sequence[str], dates: Mapping[str, dt.date]) -> bytes:
    """Return the sitemap of these paths below the base URL; `dates` says when some of them last changed."""
    root = Element("urlset", {"xmlns": "http://www.sitemaps.org/schemas/sitemap/0.9"})
    for place in places:
        url = SubElement(root, "url")
        SubElement(url, "loc").text = publication.url(place)
        if place in dates:
            SubElement(url, "lastmod").text = dates[place].isoformat()
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def moment(issue: Issue, publication: Publication) -> dt.datetime:
    """When an issue is due to go out: its day, at the schedule's time. It never changes afterwards.

    Files say the day of a correction and not the hour, so it is a minute later: also on the day of its issue, it is the
    newer of the two.
    """
    zone = zoneinfo.ZoneInfo(publication.schedule.zone)
    due = dt.datetime.combine(issue.day, publication.schedule.send.time, zone)
    return due + dt.timedelta(minutes=issue.which) if isinstance(issue, Correction) else due


def of_part(root: Element, issue: Issue, publication: Publication) -> str:
    """Return a part of an issue as HTML with absolute addresses."""
    return _directed(_writer(issue, publication).inside(root), publication)


def _writer(issue: Issue, publication: Publication) -> Page:
    return Page(publication.url, lambda name: publication.url(issue.page + name), language_of(publication))


def _directed(html: str, publication: Publication) -> str:
    return f'<div dir="rtl">{html}</div>' if language_of(publication).direction == "rtl" else html


def _whole(reading: Reading, corrections: Sequence[Reading], publication: Publication) -> str:
    writer = _writer(reading.issue, publication)
    parts = [f"<h2>{escape(one.issue.title)}</h2>\n{writer.inside(one.lead)}<hr/>" for one in corrections]
    parts += [writer.inside(reading.lead)]
    parts += [
        f"<h2>{part.number} {writer.inside(part.title)}</h2>\n{writer.inside(part.root)}" for part in reading.parts
    ]
    return _directed("\n".join(parts), publication)
