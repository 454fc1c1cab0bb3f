"""Leaving: one button, or RFC 8058's one click; undoing it for a while; refusing all mail.

GET  /unsubscribe/{token}   one button          POST /unsubscribe/{token}        leaves, by the button or by RFC 8058
                                                POST /unsubscribe/{token}/undo   comes back, within an hour
GET  /never/{token}         one button          POST /never/{token}              is never written to again

The unsubscribe link of a test copy belongs to nobody: every one of these says so, and changes nothing.
"""

from __future__ import annotations

import contextlib
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.web import pages
from publisher.web.context import WebContext, client_of, form_body, html_answers
from publisher.web.form import UnreadableForm, form_token_of, one_line, read_fields
from publisher.web.previewing import unsubscribed_test_copy
from subscribers import NOBODY, Left, Undone, Whereabouts
from subscribers.database import DatabaseUnavailable

WHY_LENGTH = 300


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""
    undone = html_answers(_403="The button has to be pressed once more", _409="It is too late to undo")

    @app.get("/unsubscribe/{token}", response_class=HTMLResponse, responses=html_answers())
    def ask_to_unsubscribe(token: str) -> Response:
        """Show the button that unsubscribes, or what is true of a reader who has left or was deleted."""
        if web.subscribers.links.check_unsubscription(token) == NOBODY:
            return unsubscribed_test_copy(web)
        with contextlib.suppress(DatabaseUnavailable):  # then the button is shown, and its answer says the rest
            if web.subscribers.leaving.whereabouts(token, now=web.clock.now()) is not Whereabouts.HERE:
                return _left(web, token)
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
        return await run_in_threadpool(_unsubscribe, web, token, why)

    @app.post("/unsubscribe/{token}/undo", response_class=HTMLResponse, responses=undone, openapi_extra=form_body())
    async def undo(token: str, request: Request) -> Response:
        """Bring back a reader who left by mistake a short while ago."""
        return await run_in_threadpool(_undo, web, token, await form_token_of(request), client_of(request))

    @app.get("/unsubscribe/{token}/undo", include_in_schema=False)
    def back(token: str) -> Response:
        """Lead whoever reloads the answer back to the page."""
        # Relative, as the site's redirects are: only the client knows the host and the path in front.
        return Response(status_code=303, headers={**pages.PRIVATE, "Location": f"../{quote(token, safe='')}"})

    @app.get("/never/{token}", response_class=HTMLResponse, responses=html_answers())
    def ask_to_refuse(token: str) -> Response:
        """Show the button by which a mailbox refuses all mail."""
        web.subscribers.links.check_refusal(token, now=web.clock.now())
        return web.pages.page("never")

    @app.post("/never/{token}", response_class=HTMLResponse, responses=html_answers(_410="The reader has moved since"))
    def refuse(token: str) -> Response:
        """Never write to a mailbox again. The link is all the proof it needs."""
        web.subscribers.leaving.refuse(token, now=web.clock.now())
        return web.pages.say(pages.REFUSED)


def _unsubscribe(web: WebContext, token: str, why: str) -> Response:
    if web.subscribers.links.check_unsubscription(token) == NOBODY:
        return unsubscribed_test_copy(web)
    left = web.subscribers.leaving.unsubscribe(token, now=web.clock.now(), why=why)
    return web.pages.say(pages.DELETED_READER) if left is Left.DELETED else _left(web, token)


def _left(web: WebContext, token: str, status: int = 200) -> Response:
    """Return what is true of a reader who left: they are off the list, and may undo it for a while; or they are deleted."""
    now = web.clock.now()
    there = web.subscribers.leaving.whereabouts(token, now=now)
    if there is Whereabouts.DELETED:
        return web.pages.say(pages.DELETED_READER)
    if there is not Whereabouts.JUST_LEFT:
        return web.pages.say(pages.UNSUBSCRIBED, status)
    form_token = web.subscribers.links.form_token(now, web.subscribers.links.check_unsubscription(token))
    return web.pages.page("left", status, token=token, form_token=form_token, once_more=status == 403)


def _undo(web: WebContext, token: str, form_token: str, client: str) -> Response:
    whose = web.subscribers.links.check_unsubscription(token)
    if whose == NOBODY:
        return unsubscribed_test_copy(web)
    if not web.fetched_well(form_token, whose):
        return _left(web, token, 403)
    result = web.subscribers.leaving.undo(token, now=web.clock.now(), client=client)
    return web.pages.say(pages.UNDONE_NOT, 409) if result is Undone.LATE else web.pages.say(pages.UNDONE)
