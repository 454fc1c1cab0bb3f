"""Staying: one button, behind the mail that asks a reader who was not seen for long.

GET  /stay/{token}   one button          POST /stay/{token}   the reader stays on the list
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.web import pages
from publisher.web.context import WebContext, form_body, html_answers
from publisher.web.form import form_token_of

PRESSED = html_answers(_403="The button has to be pressed once more", _409="The subscription has ended")


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""

    @app.get("/stay/{token}", response_class=HTMLResponse, responses=html_answers())
    def ask_to_stay(token: str) -> Response:
        """Show the button that keeps the subscription."""
        return _button(web, web.subscribers.staying.check(token))

    @app.post("/stay/{token}", response_class=HTMLResponse, responses=PRESSED, openapi_extra=form_body())
    async def stay(token: str, request: Request) -> Response:
        """Keep the subscription."""
        return await run_in_threadpool(_stay, web, token, await form_token_of(request))


def _stay(web: WebContext, token: str, form_token: str) -> Response:
    whose = web.subscribers.staying.check(token)
    if not web.fetched_well(form_token, whose):
        return _button(web, whose, 403)
    if web.subscribers.staying.stay(token, now=web.clock.now()):
        return web.pages.say(pages.STAYS)
    return web.pages.say(pages.STAYS_NOT, 409)


def _button(web: WebContext, subject_id: str, status: int = 200) -> Response:
    form_token = web.subscribers.links.form_token(web.clock.now(), subject_id)
    leave = f"unsubscribe/{web.subscribers.links.unsubscribe_token(subject_id)}"
    return web.pages.page("stay", status, form_token=form_token, leave=leave, once_more=status == 403)
