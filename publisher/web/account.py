"""What only the link that was mailed alone opens: another address, everything that is known, deletion.

POST /preferences/{token}/move     asks at a new address        GET  /move/{token}   one button
POST /preferences/{token}/data     everything, as JSON          POST /move/{token}   moves the subscription
POST /preferences/{token}/delete   deletes the reader
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import time
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from publisher.web import pages, portal
from publisher.web.door import Door, client_of, form_body, html_answers
from publisher.web.form import UnreadableForm, form_token_of, read_fields
from publisher.web.portal import ANSWERS, ENDED, ONCE_MORE, Say, show
from subscribers import InvalidAddress, State, parse_address

NOT_SURE = "Nothing was deleted yet. Tick the box to say that you mean it."
NOT_SENT = "Nothing was sent yet. Look at the address below."
NOT_TRUSTED = "Nothing was done: for this we need to know that it is you. Have a link mailed to you, below."
PRESSED = html_answers(
    _403="The button has to be pressed once more",
    _409="There is nothing to move any more",
    _410="The link is too old",
)


def add_routes(app: FastAPI, door: Door) -> None:
    """Add the pages of this room."""

    @app.post(
        "/preferences/{token}/move", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(email="the new address"),
    )  # fmt: skip
    async def ask_move(token: str, request: Request) -> Response:
        """Ask at a new address whether the mail shall come there. One answer for every address."""
        began = time.monotonic()
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return portal.unreadable(door, token)
        answer = await run_in_threadpool(_ask_move, door, token, fields, client_of(request))
        await door.in_step(began)
        return answer

    @app.post(
        "/preferences/{token}/data", response_class=JSONResponse, responses=ANSWERS, openapi_extra=form_body()
    )  # fmt: skip
    async def data(token: str, request: Request) -> Response:
        """Return everything that is known about the reader, as a file."""
        return await run_in_threadpool(_data, door, token, await form_token_of(request))

    @app.post(
        "/preferences/{token}/delete", response_class=HTMLResponse, responses=ANSWERS,
        openapi_extra=form_body(sure="`yes`"),
    )  # fmt: skip
    async def delete(token: str, request: Request) -> Response:
        """Delete the reader for good."""
        try:
            fields = await read_fields(request)
        except UnreadableForm:
            return portal.unreadable(door, token)
        return await run_in_threadpool(_delete, door, token, fields)

    @app.get("/move/{token}", response_class=HTMLResponse, responses=html_answers(_410="The link is too old"))
    def ask_to_move(token: str) -> Response:
        """Show the button that moves the subscription to the address to which the link was mailed."""
        return _button(door, door.subscribers.links.check_move(token, now=door.clock.now()))

    @app.post("/move/{token}", response_class=HTMLResponse, responses=PRESSED, openapi_extra=form_body())
    async def move(token: str, request: Request) -> Response:
        """Move the subscription."""
        return await run_in_threadpool(_move, door, token, await form_token_of(request))


def _ask_move(door: Door, token: str, fields: Mapping[str, str], client: str) -> Response:
    now, typed = door.clock.now(), fields.get("email", "")
    own = door.subscribers.page.portal(token, now=now)
    if not door.fetched_well(fields.get("form", ""), own.reader.subject_id):
        return show(door, token, own, Say(ONCE_MORE, typed=typed), 403)
    if not own.trusted:
        return show(door, token, own, Say(NOT_TRUSTED), 403)
    if own.reader.state is not State.ACTIVE:
        return show(door, token, own, Say(ENDED), 409)
    wait = door.budgets.spend_visit(client)
    if wait:
        return door.too_many(wait)
    try:
        wanted = parse_address(typed)
    except InvalidAddress:
        problem = pages.WRONG_ADDRESS if typed.strip() else pages.NO_ADDRESS
        return show(door, token, own, Say(NOT_SENT, {"email": problem}, typed=typed), 422)
    wait = door.budgets.spend_domain(wanted.domain)
    if wait:
        return door.too_many(wait)
    if not door.budgets.spend_address(f"move {wanted.canonical}"):
        door.subscribers.page.ask_move(token, wanted.written, now=now)
        door.desk.post()
    way = ("Back to your page", f"preferences/{token}")
    return door.pages.say(dataclasses.replace(pages.MOVE_ASKED, way=way))


def _data(door: Door, token: str, form_token: str) -> Response:
    now = door.clock.now()
    own = door.subscribers.page.portal(token, now=now)
    if not door.fetched_well(form_token, own.reader.subject_id):
        return show(door, token, own, Say(ONCE_MORE), 403)
    if not own.trusted:
        return show(door, token, own, Say(NOT_TRUSTED), 403)
    known = {
        "publication": door.publication.name,
        "made": now,
        **door.subscribers.leaving.my_data(token, now=now),
        "deliveries": door.deliveries(door.subscribers.editors.show(own.reader.canonical).trail),
    }
    headers = {**pages.PRIVATE, "Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(json.dumps(known, default=_plain, indent=1), 200, headers, "application/json")


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return str(value)


def _delete(door: Door, token: str, fields: Mapping[str, str]) -> Response:
    now = door.clock.now()
    whose = door.subscribers.links.check_page(token, now=now)
    if not door.fetched_well(fields.get("form", ""), whose):
        return show(door, token, door.subscribers.page.portal(token, now=now), Say(ONCE_MORE), 403)
    if fields.get("sure") != "yes":
        problems = {"sure": NOT_SURE}
        return show(door, token, door.subscribers.page.portal(token, now=now), Say(NOT_SURE, problems), 422)
    trail = door.subscribers.leaving.delete_me(token, now=now)
    # Whoever wants to be deleted leaves the list first, and then the records of what was sent.
    held = door.forget(trail) if trail is not None else 0
    return door.pages.say(pages.DELETION_GOES_ON if held else pages.DELETED)


def _move(door: Door, token: str, form_token: str) -> Response:
    now = door.clock.now()
    whose = door.subscribers.links.check_move(token, now=now)
    if not door.fetched_well(form_token, whose):
        return _button(door, whose, 403)
    if door.subscribers.page.confirm_move(token, now=now) is None:
        return door.pages.say(pages.MOVED_NOT, 409)
    door.desk.post()
    return door.pages.say(pages.MOVED)


def _button(door: Door, subject_id: str, status: int = 200) -> Response:
    form_token = door.subscribers.links.form_token(door.clock.now(), subject_id)
    return door.pages.page("move", status, form_token=form_token, once_more=status == 403)
