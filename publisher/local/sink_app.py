"""The pages of `pressroom sink`.

GET /                 what came, the newest first        GET /mails/{number}    one mail
GET /html/{number}    its HTML, for a frame              GET /source/{number}   its bytes, as text
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import FastAPI, Query
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.types import ASGIApp

from publisher.local.caught import Summary, parts_of, summary_of
from publisher.local.changes import Changes
from publisher.local.mailbox import Mailbox
from publisher.local.pages import LocalPages, framed
from publisher.render.framed import opening_apart

LONGEST_SOURCE = 200_000
"""Bytes of a mail's source that its page shows; the whole is behind a link."""
_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
"""For the frame of other people's HTML: no script, no form, an origin of its own."""


class Choice(BaseModel, frozen=True):
    """How somebody wants to see a mail; it is the page's query."""

    show: Literal["html", "text", "headers", "source"] = "html"
    width: Literal["phone", "desktop"] = "desktop"
    remote: Literal["on", "off"] = "off"


def sink_app(mailbox: Mailbox, smtp_url: str, changes: Changes, ended: Callable[[], bool]) -> ASGIApp:
    """Return the ASGI application; see publisher.local.guard for what has to stand before it."""
    app, pages = FastAPI(docs_url=None, redoc_url=None, openapi_url=None), LocalPages()
    pages.add_routes(app, changes, ended)
    known: dict[int, Summary] = {}

    def gone() -> Response:
        return pages.say(404, "This mail is not here", "it was dropped for newer ones, or never came")

    @app.get("/")
    def every() -> Response:
        nonlocal known
        kept = mailbox.newest_first()
        known = {mail.number: known.get(mail.number) or summary_of(mail.octets) for mail in kept}
        mails = [(mail, known[mail.number]) for mail in kept]
        return pages.page("sink_list", mails=mails, came=mailbox.came, smtp_url=smtp_url, number=changes.number)

    @app.get("/mails/{number}")
    def one(number: int, choice: Annotated[Choice, Query()]) -> Response:
        mail = mailbox.find(number)
        if mail is None:
            return gone()
        parts = parts_of(mail.octets)
        source = mail.octets[:LONGEST_SOURCE].decode("utf-8", "replace")
        return pages.page(
            "sink_mail", mail=mail, parts=parts, choice=choice, source=source, cut=len(mail.octets) > LONGEST_SOURCE,
            sandbox=_SANDBOX,
        )  # fmt: skip

    @app.get("/html/{number}")
    def html(number: int, choice: Annotated[Choice, Query()]) -> Response:
        mail = mailbox.find(number)
        if mail is None:
            return gone()
        elsewhere = " http: https:" if choice.remote == "on" else ""
        policy = f"style-src 'unsafe-inline'; img-src data:{elsewhere}; sandbox {_SANDBOX}"
        return framed(opening_apart(parts_of(mail.octets).html), policy=policy)

    @app.get("/source/{number}")
    def source(number: int) -> Response:
        mail = mailbox.find(number)
        if mail is None:
            return gone()
        return Response(mail.octets, media_type="text/plain; charset=utf-8")

    return app
