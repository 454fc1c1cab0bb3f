"""What a page is about, as schema.org says it, for machines: JSON-LD that may stand in a page."""

from __future__ import annotations

import json

from publisher.issue import Issue, LearningPath
from publisher.publication import Publication
from publisher.render.markup import safe


def of_issue(issue: Issue, publication: Publication, archive: str) -> str:
    """Describe an issue; `archive` is what the page of all issues is called. Source: https://schema.org/Article"""
    url = publication.url(issue.page)
    article = {
        "@type": "Article", "headline": issue.title, "description": issue.preheader, "url": url, "mainEntityOfPage": url,
        "datePublished": issue.day.isoformat(), "inLanguage": publication.language, "isAccessibleForFree": True,
        "author": _publisher(publication), "publisher": _publisher(publication),
        "isPartOf": {"@type": "Periodical", "name": publication.name, "url": publication.url()},
    }  # fmt: skip
    return _embedded(
        article, _way((publication.name, publication.url()), (archive, publication.url("issues/")), (issue.title, url))
    )


def of_path(path: LearningPath, publication: Publication, overview: str, url: str) -> str:
    """Describe a learning path; `overview` is what the page of all paths is called. Source: https://schema.org/Course"""
    course = {
        "@type": "Course", "name": path.title, "description": path.summary, "url": url, "inLanguage": publication.language,
        "isAccessibleForFree": True, "provider": _publisher(publication),
        "hasPart": [
            {"@type": "LearningResource", "position": number, "name": step.title, "url": publication.url(path.page_of(step))}
            for number, step in enumerate(path.steps, 1)
        ],
    }  # fmt: skip
    return _embedded(
        course, _way((publication.name, publication.url()), (overview, publication.url("learn/")), (path.title, url))
    )


def _publisher(publication: Publication) -> dict[str, str]:
    return {"@type": "Organization", "name": publication.sender.name, "url": publication.url()}


def _way(*places: tuple[str, str]) -> dict[str, object]:
    """Return the way from the landing page to this one."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": url}
            for number, (name, url) in enumerate(places, 1)
        ],
    }


def _embedded(*things: dict[str, object]) -> str:
    """Return the JSON of these, in which nothing ends a script's element, whatever titles say."""
    made = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    return safe(made.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
