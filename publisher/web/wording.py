"""The words that a reader agrees to: the promise beside every sign-up form."""

from __future__ import annotations

from jinja2 import Environment
from markupsafe import Markup

from publisher.publication import Publication
from publisher.render.templates import expand
from subscribers import Wording


def wording(publication: Publication, templates: Environment) -> Wording:
    """Return templates/web/promise.html as a reader saw it, to be kept as proof of consent."""
    return as_shown(publication, expand(templates, "web/promise.html", {"publication": publication}))


def as_shown(publication: Publication, html: str) -> Wording:
    """Return the words of a page, with the name of what they are about."""
    shown = Markup(html)  # noqa: S704  unescaped here
    return Wording(f"{publication.name}: {' '.join(shown.unescape().split())}")
