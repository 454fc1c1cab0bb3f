"""What a test copy of an issue links to until the issue is out. In English, as all that editors get.

GET  /preview/{token}        where a reader's own page would be: it says that this was a test copy
GET  /preview/{token}/page   the issue's page           GET  /preview/{token}/files/{name}  its pictures

Once the issue is out, all of them lead to its page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from publisher import pipeline
from publisher.errors import AlreadyOut, ContentError, ExpiredLink, ForgedLink
from publisher.issue import Rendered
from publisher.numbers import page_of
from publisher.web import pages
from publisher.web.approving import issue_page, picture_of, said_on_a_page
from publisher.web.context import WebContext, html_answers

_ANSWERS = html_answers(_303="The issue is out", _409="The issue cannot be shown as it is", _410="The link is too old")
_COPY = (
    "In a mail to a reader this link leads to their own page, where they choose what they get. Nobody on the list got the "
    "copy that you came from, and nothing was changed."
)
_UNSUBSCRIBED = (
    "In your readers’ copies this link unsubscribes the reader whose copy it is. The copy that you came from belongs to nobody "
    "on the list, so nothing was changed."
)


def add_routes(app: FastAPI, web: WebContext, act: Callable[[], pipeline.Ports]) -> None:
    """Add these routes; `act` begins an act, which reads content once."""

    @app.get("/preview/{token}", response_class=HTMLResponse, responses=_ANSWERS)
    def copy(token: str) -> Response:
        """Say that this was a test copy."""
        return _answer(
            web, act, token, lambda _: said_on_a_page(web, 200, "This was a test copy", _COPY, eyebrow="preview")
        )

    @app.get("/preview/{token}/page", response_class=HTMLResponse, responses=_ANSWERS)
    def page(token: str) -> Response:
        """Show the page that the mail links to."""
        return _answer(web, act, token, lambda rendered: issue_page(web, rendered))

    @app.get("/preview/{token}/files/{name}", response_class=Response, responses=_ANSWERS)
    def picture(token: str, name: str) -> Response:
        """Return a picture of the mail."""
        return _answer(web, act, token, lambda rendered: picture_of(web, rendered, name))


def unsubscribed_test_copy(web: WebContext) -> Response:
    """Say what the unsubscribe link of a test copy is in readers' copies."""
    return said_on_a_page(web, 200, "This was a test copy", _UNSUBSCRIBED, eyebrow="unsubscribe")


def _answer(
    web: WebContext, act: Callable[[], pipeline.Ports], token: str, answer: Callable[[Rendered], Response]
) -> Response:
    """Answer, or say in words why not. A link that proves nothing costs no reading of content."""
    ports, said = act(), partial(said_on_a_page, web, eyebrow="preview")
    try:
        number = ports.approval_links.read_preview(web.publication, token, web.clock.now())
        return answer(pipeline.still_open(ports, number).rendered)
    except AlreadyOut:
        return Response(status_code=303, headers={**pages.PRIVATE, "Location": f"{web.pages.root}{page_of(number)}"})
    except ForgedLink as error:
        return said(400, "This link does not work", f"{error}.")
    except ExpiredLink as error:
        return said(410, "This link is too old", f"{error}.")
    except ContentError as error:
        return said(409, "It cannot be shown as it is", "These errors come first:", error.problems)
