"""Mails readers the way to their own page, when they lost it.

GET  /link   one field        POST /link   one answer for every address
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.web import pages
from publisher.web.door import Door, client_of, form_body, html_answers
from publisher.web.form import LONGEST_ADDRESS, UnreadableForm, one_line, read_fields
from subscribers import InvalidAddress, parse_address


def add_routes(app: FastAPI, door: Door) -> None:
    """Add the pages of this room."""
    answers = html_answers(
        _403="The button has to be pressed once more", _422="The address has to be mended", _429="Too many forms"
    )

    @app.get("/link", response_class=HTMLResponse, responses=html_answers())
    def form() -> Response:
        """Show the form."""
        return _form(door)

    @app.post("/link", response_class=HTMLResponse, responses=answers, openapi_extra=form_body(email="the address"))
    async def mail_link(request: Request) -> Response:
        """Mail the link to a reader's page to them. The answer is the same for every address."""
        began = time.monotonic()
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return door.pages.say(pages.UNREADABLE_FORM, 400)
        answer = await run_in_threadpool(_mail_link, door, fields, client_of(request))
        await door.in_step(began)
        return answer


def _mail_link(door: Door, fields: Mapping[str, str], client: str) -> Response:
    wait = door.budgets.spend_visit(client)
    if wait:
        return door.too_many(wait)
    typed = fields.get("email", "")
    try:
        address = parse_address(typed)
    except InvalidAddress:
        return _form(door, 422, typed, pages.WRONG_ADDRESS if typed.strip() else pages.NO_ADDRESS)
    if not door.fetched_well(fields.get("form", "")):
        return _form(door, 403, typed)
    wait = door.budgets.spend_domain(address.domain)
    if wait:
        return door.too_many(wait)
    if not door.budgets.spend_address(f"link {address.canonical}"):
        door.subscribers.page.ask_link(address.written, now=door.clock.now())
        door.desk.post()
    return door.pages.say(pages.LINK_ASKED)


def _form(door: Door, status: int = 200, typed: str = "", problem: str = "") -> Response:
    """Return the form with what was typed, and what is wrong with it."""
    return door.pages.page(
        "link", status, written=one_line(typed, LONGEST_ADDRESS), problem=problem, once_more=status == 403,
        form_token=door.subscribers.links.form_token(door.clock.now()),
    )  # fmt: skip
