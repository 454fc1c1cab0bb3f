"""What is around every page: links in its header and footer."""

from __future__ import annotations

from publisher.language import Phrase
from publisher.ports import Content


def navigation(content: Content) -> dict[str, object]:
    """Return the links in the header and footer of every page."""
    learn = ""
    if content.paths:
        learn = "learn/" if len(content.paths) > 1 else f"learn/{content.paths[0].slug}/"
    nav = [{"href": learn, "path": "learn/", "label": Phrase("Learn")}] if learn else []
    steps = {step.link.rpartition("/")[2] for path in content.paths for step in path.steps}
    steps |= {path.guide_link.rpartition("/")[2] for path in content.paths}
    foot = [
        {"href": f"{one.slug}/", "path": f"{one.slug}/", "label": one.slug.replace("-", " ").capitalize()}
        for one in content.pages
        if f"{one.slug}.md" not in steps
    ]
    return {"nav": nav, "footnav": foot, "privacy": _privacy(content)}


def _privacy(content: Content) -> str:
    """Return where a page says what becomes of readers' data: a path below the root, a web address, or nothing."""
    page = content.publication.privacy.page
    if "://" in page:
        return page
    return f"{page}/" if any(one.slug == page for one in content.pages) else ""
