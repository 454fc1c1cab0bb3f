"""The first page: what one gets, shown by what the newest issues had."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from publisher.issue import Issue
from publisher.ports import File, SitePart
from publisher.render.asked import Asking
from publisher.render.palette import hue
from publisher.render.reading import Part
from publisher.render.render import local
from publisher.site.excerpts import Readings, excerpt, questions
from publisher.site.issues import shown
from publisher.site.pages import Site, digest

LATEST = 5
"""Issues in the list of the latest."""

_LOOKED_INTO = 3
"""Issues, the newest, in which there may be a diagram and a question to show."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Something of a part of an issue, as HTML."""

    issue: Issue
    part: Part
    html: str


def parts(site: Site) -> Iterator[SitePart]:
    known = (*site.public[:LATEST], *_chosen(site))
    sources = (one.source for one in site.public[:_LOOKED_INTO])
    made_from = digest(site.frame, repr(site.content.paths).encode(), *map(shown, known), *sources)
    yield site.asking("index.html", made_from, partial(_index, site))


def _index(site: Site, asking: Asking) -> Iterator[File]:
    readings = [(issue, site.reading(issue, asking).parts) for issue in site.public[:_LOOKED_INTO]]
    question = next((one for one in questions(site, readings) if one.answer), None)
    yield site.page(
        "index.html", "web/index.html", latest=site.public[:LATEST], parts=_sections(site), paths=site.content.paths, here="",
        diagram=_diagram(site, readings), question=question, chosen=_chosen(site), local=partial(local, ""),
    )  # fmt: skip


def _chosen(site: Site) -> list[Issue]:
    """Return the issues with which the editors would have a reader begin."""
    public = {issue.number: issue for issue in site.public}
    return [public[number] for number in site.content.publication.welcome.issues if number in public]


def _sections(site: Site) -> list[dict[str, object]]:
    """Return the sections of an issue, each with what the latest public one had in it."""
    publication = site.content.publication
    latest = site.public[0] if site.public else None
    return [
        {"number": f"{number:02d}", "label": plan.label, "hue": hue(publication, plan.id), "id": plan.id,
         "issue": latest if latest and latest.section(plan.id) else None, "section": latest.section(plan.id) if latest else None}
        for number, plan in enumerate(publication.sections, 1)
    ]  # fmt: skip


def _diagram(site: Site, readings: Readings) -> Excerpt | None:
    """Return the newest diagram."""
    for issue, parts_ in readings:
        for part in parts_:
            for figure in part.root.iter("figure"):
                return Excerpt(issue, part, excerpt(site, issue, [figure]))
    return None
