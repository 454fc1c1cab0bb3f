"""The mail that editors look at: the very mail that readers get, under a banner; before it is out, with its pictures in it (pure)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from jinja2 import Environment

from publisher.errors import Problem, Severity
from publisher.issue import Picture, Rendered
from publisher.merge_fields import ACTION, unmarked
from publisher.numbers import corrected, page_of, typed
from publisher.ports import RenderedEmail
from publisher.publication import Publication
from publisher.render.emails import words_of
from publisher.render.templates import expand
from publisher.review import Review

MOST_EMBEDDED: Final = 6_000_000
"""Bytes of pictures in one mail: with what base64 adds they stay below 10 MB, which nearly every mail server takes."""

_BODY: Final = re.compile(r"""<body\b(?:[^>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)


def render_proof(
    publication: Publication, templates: Environment, rendered: Rendered, *, problems: Sequence[Problem] = (),
    digest: str, command: str = "", due: str = "", early: Sequence[str] = (), unreached: Sequence[str] = (), review: Review | None = None,
) -> RenderedEmail:  # fmt: skip
    """Return the proof of an issue: its own mail under the banner of templates/email/proof.html.

    `problems` are those of preflight; `command` approves (empty if none does); `due` is the day and time at which it goes
    out, `early` until when it must be approved for whose own morning; `unreached` are addresses of editors whom the last
    mail did not reach; `review` is what changed and what was drafted from what. merge_fields.ACTION is the editor's own page, with which all links to the issue's page begin.
    """
    mail = before_publication(rendered, publication, ACTION)
    words = words_of("proof", publication) | {
        "rendered": replace(rendered, html=mail.html, text=mail.text), "problems": problems, "digest": digest, "command": command,
        "when": _when(due, publication, rendered.number), "number": typed(rendered.number), "broken": any(one.severity is Severity.ERROR for one in problems),
        "early": early, "unreached": unreached, "review": review,
    }  # fmt: skip
    subject, _, text = expand(templates, "email/proof.txt", words).partition("\n")
    subject = subject.removeprefix("Subject:").strip()
    html = _under(expand(templates, "email/proof.html", words), mail.html)
    return RenderedEmail(subject, html, text.strip("\n") + "\n", mail.pictures)


def render_test_copy(
    publication: Publication,
    templates: Environment,
    rendered: Rendered,
    preview: str,
    *,
    out: bool,
    changed: bool = False,
) -> RenderedEmail:
    """Return an issue's mail under the banner of templates/email/test_copy.html, in its own language.

    It is as readers get it, or, while it is not `out`, as before_publication shows it below `preview`; if it was `changed`
    after sending had begun, the banner says so.
    """
    mail = RenderedEmail(rendered.subject, rendered.html, rendered.text)
    mail = mail if out else before_publication(rendered, publication, preview)
    words = words_of("test_copy", publication) | {"number": typed(rendered.number), "out": out, "changed": changed}
    html = _under(expand(templates, "email/test_copy.html", words), mail.html)
    text = expand(templates, "email/test_copy.txt", words).strip("\n")
    return RenderedEmail(f"[Test] {rendered.subject}", html, f"{text}\n\n{mail.text}", mail.pictures)


def _when(due: str, publication: Publication, number: int) -> str:
    """Say when it goes out, and who decides that it does."""
    *others, last = [editor.name for editor in publication.editors]
    names = f"{', '.join(others)} and {last}" if others else last
    people = publication.approval.people
    needed = "the approval of one editor" if people == 1 else f"the approval of {people} editors"
    goes = f"It goes out on {due} if it is approved by then." if due else "Its send window is over."
    if (wrong := corrected(number)) is not None:
        goes = f"It goes out as soon as it is approved, to those who got issue {wrong}."
    return f"{goes} It needs {needed}; this proof went to {names}."


def before_publication(rendered: Rendered, publication: Publication, at: str) -> RenderedEmail:
    """Return an issue's mail for somebody who sees it before it is out; its merge fields stay open.

    Its pictures are in the mail. Links to its page lead to `at`/page, and links to its pictures to `at`/files/NAME.
    """
    page = publication.url(page_of(rendered.number))
    html, pictures = _embedded(unmarked(rendered.html), rendered, page)
    text = unmarked(rendered.text)
    return RenderedEmail(rendered.subject, _led(html, rendered, page, at), _led(text, rendered, page, at), pictures)


def _embedded(html: str, rendered: Rendered, page: str) -> tuple[str, tuple[Picture, ...]]:
    """Let the HTML show the pictures that come with it, and return these, too."""
    known = {picture.name: picture for picture in rendered.pictures}
    shown = dict[str, Picture]()

    def show(found: re.Match[str]) -> str:
        picture = known.get(found[2])
        if picture is None or sum(len(one.data) for one in {**shown, picture.name: picture}.values()) > MOST_EMBEDDED:
            return found[0]
        shown[picture.name] = picture
        return f"{found[1]}cid:{picture.content_id}"

    html = re.sub(rf"""(\bsrc(?:set)?=["']){re.escape(page)}([\w.-]+)""", show, html)
    return html, tuple(shown.values())


def _led(body: str, rendered: Rendered, page: str, at: str) -> str:
    for picture in rendered.pictures:
        body = body.replace(page + picture.name, f"{at}/files/{picture.name}")
    return re.sub(rf"{re.escape(page)}(?![\w%~-])", lambda _: f"{at}/page", body)


def _under(banner: str, html: str) -> str:
    """Put a banner before all else that a mail shows, and leave the mail as it is."""
    body = _BODY.search(html)
    at = body.end() if body else 0
    return f"{html[:at]}{banner.strip()}{html[at:]}"
