"""What only a link that was mailed by itself opens: another address, everything that is known, deletion.

POST /preferences/{token}/move     asks at a new address        GET  /move/{token}   one button
POST /preferences/{token}/data     everything, as JSON          POST /move/{token}   moves the subscription
POST /preferences/{token}/delete   deletes the reader
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from plaintext import escaped
from publisher.language import Phrase
from publisher.plain import plain
from publisher.privacy import processing
from publisher.web import pages, portal
from publisher.web.context import WebContext, client_of, form_body, html_answers
from publisher.web.form import UnreadableForm, form_token_of, read_fields
from publisher.web.portal import ANSWERS, ENDED, ONCE_MORE, Say, show
from subscribers import InvalidAddress, State, mailbox_of, parse_address

NOT_SURE = Phrase("Nothing has been deleted yet. Tick the box to say that you mean it.")
NOT_SENT = Phrase("Nothing has been sent yet. Please correct the address below.")
SAME_ADDRESS = Phrase("Your mail comes to this address already.")
ASKED_JUST_NOW = Phrase("You asked for a move less than an hour ago. Please wait until the hour is over.")
NOT_TRUSTED = Phrase("Nothing was done: for this we need to know that it is you. Ask for a link by mail, below.")
PRESSED = html_answers(
    _403="The button has to be pressed once more",
    _409="There is nothing left to move",
    _410="The link is too old",
)


def add_routes(app: FastAPI, web: WebContext) -> None:
    """Add these routes."""

    @app.post(
        "/preferences/{token}/move", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(email="the new address"),
    )  # fmt: skip
    async def ask_move(token: str, request: Request) -> Response:
        """Ask at a new address whether mail should go there. The answer is the same for every address."""
        began = time.monotonic()
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return portal.unreadable(web, token)
        answer = await run_in_threadpool(_ask_move, web, token, fields, client_of(request))
        await web.in_step(began)
        return answer

    @app.post(
        "/preferences/{token}/data", response_class=JSONResponse, responses=ANSWERS, openapi_extra=form_body()
    )  # fmt: skip
    async def data(token: str, request: Request) -> Response:
        """Return everything that is known about the reader, as a file."""
        return await run_in_threadpool(_data, web, token, await form_token_of(request))

    @app.post(
        "/preferences/{token}/delete", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(sure="`yes`"),
    )  # fmt: skip
    async def delete(token: str, request: Request) -> Response:
        """Delete the reader for good."""
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return portal.unreadable(web, token)
        return await run_in_threadpool(_delete, web, token, fields)

    @app.get(
        "/move/{token}",
        response_class=HTMLResponse,
        responses=html_answers(_409="There is nothing left to move", _410="The link is too old"),
    )
    def ask_to_move(token: str) -> Response:
        """Show the button that moves the subscription to the address to which the link was mailed."""
        moved = web.subscribers.page.moved(token, now=web.clock.now())
        if moved is not None:
            return web.pages.say(pages.MOVED) if moved else web.pages.say(pages.MOVED_NOT, 409)
        return _button(web, web.subscribers.links.check_move(token, now=web.clock.now()))

    @app.post("/move/{token}", response_class=HTMLResponse, responses=PRESSED, openapi_extra=form_body())
    async def move(token: str, request: Request) -> Response:
        """Move the subscription."""
        return await run_in_threadpool(_move, web, token, await form_token_of(request))


def _ask_move(web: WebContext, token: str, fields: Mapping[str, str], client: str) -> Response:
    now, typed = web.clock.now(), fields.get("email", "")
    own = web.subscribers.page.portal(token, now=now)
    if not web.fetched_well(fields.get("form", ""), own.reader.subject_id):
        return show(web, token, own, Say(ONCE_MORE, typed=typed), 403)
    if not own.trusted:
        return show(web, token, own, Say(NOT_TRUSTED), 403)
    if own.reader.state is not State.ACTIVE:
        return show(web, token, own, Say(ENDED), 409)
    wait = web.budgets.spend_visit(client)
    if wait:
        return web.too_many(wait)
    try:
        wanted = parse_address(typed)
    except InvalidAddress:
        problem = pages.WRONG_ADDRESS if typed.strip() else pages.NO_ADDRESS
        return show(web, token, own, Say(NOT_SENT, {"email": problem}, typed=typed), 422)
    wait = web.budgets.spend_domain(wanted.domain)
    if wait:
        return web.too_many(wait)
    if not web.budgets.spend_address(f"move {mailbox_of(wanted.canonical)}"):
        if not web.subscribers.page.ask_move(token, wanted.written, now=now):
            same = wanted.canonical == own.reader.canonical
            problems = {"email": SAME_ADDRESS if same else ASKED_JUST_NOW}
            return show(web, token, own, Say(NOT_SENT, problems, typed=typed), 422 if same else 429)
        web.batcher.post()
    way = (Phrase("Back to your page"), f"preferences/{token}")
    return web.pages.say(dataclasses.replace(pages.MOVE_ASKED, way=way))


def _data(web: WebContext, token: str, form_token: str) -> Response:
    now = web.clock.now()
    own = web.subscribers.page.portal(token, now=now)
    if not web.fetched_well(form_token, own.reader.subject_id):
        return show(web, token, own, Say(ONCE_MORE), 403)
    if not own.trusted:
        return show(web, token, own, Say(NOT_TRUSTED), 403)
    known = {
        "publication": web.publication.name,
        "made": now,
        **web.subscribers.leaving.my_data(token, now=now),
        "processing": processing(web.publication),
        "deliveries": web.deliveries(web.subscribers.editors.show(own.reader.canonical).address_history),
    }
    headers = {**pages.PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    # Whoever opens the file reads it: letters are not written by their numbers, only characters that command are.
    written = escaped(json.dumps(plain(known), ensure_ascii=False, indent=1))
    return Response(written.encode(), 200, headers, "application/json")


def _delete(web: WebContext, token: str, fields: Mapping[str, str]) -> Response:
    now = web.clock.now()
    whose = web.subscribers.links.check_page(token, now=now)
    if not web.fetched_well(fields.get("form", ""), whose):
        return show(web, token, web.subscribers.page.portal(token, now=now), Say(ONCE_MORE), 403)
    if fields.get("sure") != "yes":
        problems = {"sure": NOT_SURE}
        return show(web, token, web.subscribers.page.portal(token, now=now), Say(NOT_SURE, problems), 422)
    history = web.subscribers.leaving.delete_me(token, now=now)
    # Readers who want to be deleted leave the list first, and then the records of what was sent.
    held = web.forget(history) if history is not None else 0
    return web.pages.say(pages.DELETION_GOES_ON if held else pages.DELETED)


def _move(web: WebContext, token: str, form_token: str) -> Response:
    now = web.clock.now()
    whose = web.subscribers.links.check_move(token, now=now)
    if not web.fetched_well(form_token, whose):
        return _button(web, whose, 403)
    if web.subscribers.page.confirm_move(token, now=now) is None:
        return web.pages.say(pages.MOVED_NOT, 409)
    web.batcher.post()
    return web.pages.say(pages.MOVED)


def _button(web: WebContext, subject_id: str, status: int = 200) -> Response:
    form_token = web.subscribers.links.form_token(web.clock.now(), subject_id)
    return web.pages.page("move", status, form_token=form_token, once_more=status == 403)
