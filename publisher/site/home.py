"""The first page."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from publisher.ports import File, SitePart
from publisher.render.palette import hue
from publisher.site.pages import Site, digest


def parts(site: Site) -> Iterator[SitePart]:
    yield SitePart("index.html", digest(site.issues, repr(site.content.paths).encode()), partial(_index, site))


def _index(site: Site) -> Iterator[File]:
    yield site.page(
        "index.html", "web/index.html", latest=site.public[:6], parts=_sections(site), paths=site.content.paths, here=""
    )


def _sections(site: Site) -> list[dict[str, object]]:
    """Return the sections of an issue, each with what the latest public one had in it."""
    publication = site.content.publication
    latest = site.public[0] if site.public else None
    return [
        {"number": f"{number:02d}", "label": plan.label, "hue": hue(publication, plan.id), "id": plan.id,
         "issue": latest if latest and latest.section(plan.id) else None, "section": latest.section(plan.id) if latest else None}
        for number, plan in enumerate(publication.sections, 1)
    ]  # fmt: skip
