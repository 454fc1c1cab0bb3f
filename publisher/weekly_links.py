"""Once a week: the links to other sites in what readers can read, and mail to the editors about those that died or moved."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from publisher import editors, pipeline
from publisher.content.leftovers import without_code
from publisher.issue import IsoWeek
from publisher.ports import Content, LinkAnswer
from subscribers import EmailKind

log = logging.getLogger("pressroom.links")

MOST = 500
"""Links of one week: with more of them, each week has its share in turn."""
KEPT = "https://web.archive.org/web/"
"""Before an address: the newest copy of it that the web's archive has, if it has one."""
_URL = re.compile(r"https?://(?:\([^\s()<>]*\)|[^\s<>\"'`()\]}|])+")


def announce_dead(ports: pipeline.Ports, week: IsoWeek) -> list[str]:
    """Fetch the links of a week and tell the editors which are dead, with what may be put in their place.

    Does nothing unless publication.toml asks for it (`schedule.check_links`), and says nothing while all is well.
    """
    if not ports.content.publication.schedule.check_links:
        return []
    places = outside_links(ports.content)
    answers = ports.follow_links(of_this_week(places, week))
    found = [line for url in places if url in answers for line in _said(url, places[url], answers[url])]
    if not found:
        return [f"{week}: {len(answers)} links to other sites were looked up, and all are well"]
    title = "A link does not work as it did" if len(found) == 1 else f"{len(found)} links do not work as they did"
    editors.tell(
        ports, EmailKind.NOTICE, f"{week} links", title=title,
        what=("Readers of paths, pages and issues follow these links:", *found),
    )  # fmt: skip
    return [f"{week}: told the editors: {title}"]


def outside_links(content: Content) -> Mapping[str, list[str]]:
    """Return each link to another site in paths, pages and published issues, with the files and lines that have it (pure)."""
    own = urlsplit(content.publication.base_url).netloc
    found: dict[str, list[str]] = {}
    for path, line, text in _texts(content):
        for match in _URL.finditer(text):
            url = match[0].rstrip(".,;:!?*_")
            if urlsplit(url).netloc != own:
                places = found.setdefault(url, [])
                if (place := f"{path}:{line}") not in places:
                    places.append(place)
    return found


def of_this_week(places: Mapping[str, object], week: IsoWeek) -> list[str]:
    """Return the links that are looked up in a week: all, or the share whose turn it is."""
    urls = sorted(places)
    shares = max(1, -(-len(urls) // MOST))
    return urls[week.monday().toordinal() // 7 % shares :: shares]


def _texts(content: Content) -> Iterator[tuple[Path, int, str]]:
    for path in content.paths:
        yield path.path, path.guide_line, path.guide_link
        yield from ((path.path, step.line, step.link) for step in path.steps)
    bodies = [(path.path, path.line, path.body) for path in content.paths]
    bodies += [(page.path, page.line, page.body) for page in content.pages]
    bodies += [
        (issue.path, part.line, part.body) for issue in content.issues if issue.published for part in issue.sections
    ]
    for file, first, body in bodies:
        yield from ((file, line, text) for line, text in without_code(enumerate(body.split("\n"), first)))


def _said(url: str, places: list[str], answer: LinkAnswer) -> Iterator[str]:
    where = ", ".join(places)
    if answer.problem:
        yield f"{where}: {url} {answer.problem}. Remove it, or link to a copy, if there is one: {KEPT}{url}"
    elif answer.moved:
        yield f"{where}: {url} moved for good to {answer.moved}: write that instead."
