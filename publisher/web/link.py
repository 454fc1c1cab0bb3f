"""Mails readers the link to their own page, when they have lost it.

GET  /link   one field        POST /link   one answer for every address
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.language import NOTHING, Phrase
from publisher.web import pages
from publisher.web.context import WebContext, client_of, form_body, html_answers
from publisher.web.form import LONGEST_ADDRESS, UnreadableForm, one_line, read_fields
from subscribers import InvalidAddress, mailbox_of, parse_address


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""
    answers = html_answers(
        _403="The button has to be pressed once more", _422="The address has to be fixed", _429="Too many forms"
    )

    @app.get("/link", response_class=HTMLResponse, responses=html_answers())
    def form() -> Response:
        """Show the form."""
        return _form(web)

    @app.post("/link", response_class=HTMLResponse, responses=answers, openapi_extra=form_body(email="the address"))
    async def mail_link(request: Request) -> Response:
        """Mail the link to a reader's page to them. The answer is the same for every address."""
        began = time.monotonic()
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return web.pages.say(pages.UNREADABLE_FORM, 400)
        answer = await run_in_threadpool(_mail_link, web, fields, client_of(request))
        await web.in_step(began)
        return answer


def _mail_link(web: WebContext, fields: Mapping[str, str], client: str) -> Response:
    wait = web.budgets.spend_visit(client)
    if wait:
        return web.too_many(wait)
    typed = fields.get("email", "")
    try:
        address = parse_address(typed)
    except InvalidAddress:
        return _form(web, 422, typed, pages.WRONG_ADDRESS if typed.strip() else pages.NO_ADDRESS)
    token = fields.get("form", "")[:100]
    if not web.fetched_well(token) or not web.used_well(token, address):
        return _form(web, 403, typed)
    if not web.budgets.spend_address(f"link {mailbox_of(address.canonical)}"):
        wait = web.budgets.spend_domain(address.domain)
        if wait:
            return web.too_many(wait)
        web.subscribers.page.ask_link(address.written, now=web.clock.now())
        web.batcher.post()
    return web.pages.say(pages.LINK_ASKED)


def _form(web: WebContext, status: int = 200, typed: str = "", problem: Phrase = NOTHING) -> Response:
    """Return the form with what was typed, and what is wrong with it."""
    return web.pages.page(
        "link", status, written=one_line(typed, LONGEST_ADDRESS), problem=web.pages.language.say(problem), once_more=status == 403,
        form_token=web.subscribers.links.form_token(web.clock.now()),
    )  # fmt: skip
