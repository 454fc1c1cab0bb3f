"""Leaving: one button, or RFC 8058's one click.

GET  /unsubscribe/{token}   one button          POST /unsubscribe/{token}   leaves, by the button or by RFC 8058
"""

from __future__ import annotations

import contextlib

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.web import pages
from publisher.web.context import WebContext, html_answers
from publisher.web.form import UnreadableForm, one_line, read_fields
from subscribers import Left
from subscribers.database import DatabaseUnavailable

WHY_LENGTH = 300


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""

    @app.get("/unsubscribe/{token}", response_class=HTMLResponse, responses=html_answers())
    def ask_to_unsubscribe(token: str) -> Response:
        """Show the button that unsubscribes, unless the reader was deleted."""
        web.subscribers.links.check_unsubscription(token)
        with contextlib.suppress(DatabaseUnavailable):  # then the button is shown, and its answer says the rest
            if not web.subscribers.leaving.has_reader(token):
                return web.pages.say(pages.DELETED_READER)
        return web.pages.page("unsubscribe")

    @app.post("/unsubscribe/{token}", response_class=HTMLResponse, responses=html_answers())
    async def unsubscribe(token: str, request: Request) -> Response:
        """Unsubscribe. The link is all the proof it needs, as RFC 8058 demands."""
        # RFC 8058's List-Unsubscribe=One-Click, urlencoded or multipart, and the page's button say the same thing, and
        # whoever holds the link may say it. A body that cannot be read is not a reason to go on mailing.
        try:
            why = one_line((await read_fields(request)).get("why", ""), WHY_LENGTH)
        except UnreadableForm:
            why = ""
        left = await run_in_threadpool(web.subscribers.leaving.unsubscribe, token, now=web.clock.now(), why=why)
        return web.pages.say(pages.DELETED_READER if left is Left.DELETED else pages.UNSUBSCRIBED)
