"""The readers' door: sign up, confirm, leave, and the site. It translates, and decides nothing.

    GET  /subscribe             the form            POST /subscribe             form or JSON: one answer for every address
    GET  /confirm/{token}       one button          POST /confirm/{token}       confirms; may be repeated
    GET  /unsubscribe/{token}   one button          POST /unsubscribe/{token}   leaves, by the button or by RFC 8058
    GET  /healthz               for machines        everything else: the static site

No GET or HEAD changes anything: programs that scan mail open every link. No cookies are set.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from publisher.ports import Clock
from publisher.publication import Publication
from publisher.web import pages
from publisher.web.budgets import Budgets, Limits
from publisher.web.form import Form, UnreadableForm, one_line, read_form
from publisher.web.pages import Pages, Words
from publisher.web.shell import Frame, Shell, masked
from publisher.web.site import Site
from publisher.web.wording import wording
from subscribers import (
    Confirmed,
    ExpiredToken,
    ForgedToken,
    InvalidAddress,
    StoreUnavailable,
    Subscribers,
    SubscribersError,
    Wording,
    domain_of,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manners:
    """How the door treats its visitors.

    A sign-up is answered after a multiple of `answer_every` seconds, so that nobody can tell by the time it took
    whether an address is on the list (a commit takes longer than none); 0 answers at once. The body of a request has
    `patience` seconds to come in.
    """

    limits: Limits = field(default_factory=Limits)
    answer_every: float = 0.2
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class _Door:
    subscribers: Subscribers
    wording: Wording
    pages: Pages
    clock: Clock
    budgets: Budgets
    manners: Manners


def create_app(
    subscribers: Subscribers,
    publication: Publication,
    templates: Environment,
    site: Path,
    clock: Clock,
    *,
    manners: Manners | None = None,
    navigation: Mapping[str, object] | None = None,
) -> ASGIApp:
    """Return the ASGI application. `site` is the folder of the static site; it may not be there yet.

    `navigation` is that of the site's pages (see `publisher.render.site.navigation`).
    """
    chosen = manners or Manners()
    door = _Door(
        subscribers,
        wording(publication, templates),
        Pages(publication, templates, navigation or {}),
        clock,
        Budgets(chosen.limits),
        chosen,
    )
    app = FastAPI(title=publication.name, openapi_url=None)  # nor the pages that show it
    _sign_up_routes(app, door)
    _link_routes(app, door)
    _health_route(app, door)
    _error_answers(app, door.pages)
    app.mount("/", Site(site), name="site")
    # Not as a middleware: FastAPI's answer to an unexpected exception would go out around it.
    return Shell(app, Frame.of(publication), chosen.patience)


def _sign_up_routes(app: FastAPI, door: _Door) -> None:
    @app.get("/subscribe", response_class=HTMLResponse)
    def form(source: str = "") -> Response:
        return door.pages.form(source=one_line(source, 150) or "subscribe")

    @app.post("/subscribe", response_class=HTMLResponse)
    async def sign_up(request: Request) -> Response:
        began = time.monotonic()
        try:
            sent = await read_form(request)
        except UnreadableForm:
            return door.pages.say(pages.UNREADABLE_FORM, 400)
        client = request.client.host if request.client else "unknown"
        answer = await run_in_threadpool(_sign_up, door, sent, client)
        if door.manners.answer_every:
            await asyncio.sleep(_until_next(time.monotonic() - began, door.manners.answer_every))
        return answer


def _until_next(spent: float, every: float) -> float:
    return math.ceil(spent / every) * every - spent


def _sign_up(door: _Door, sent: Form, client: str) -> Response:
    wait = door.budgets.spend_visit(client) or door.budgets.spend_domain(domain_of(sent.email.strip()[:320]))
    if wait:
        return _answer(door, sent, pages.TOO_MANY, 429, {"Retry-After": str(wait)})
    if not sent.trapped:
        try:
            door.subscribers.sign_up(
                sent.email, source=f"form {sent.source}", wording=door.wording, now=door.clock.now()
            )
        except InvalidAddress:
            problem = pages.WRONG_ADDRESS if sent.email.strip() else pages.NO_ADDRESS
            if sent.is_json:
                return JSONResponse({"message": problem}, 422, pages.PRIVATE)
            return door.pages.form(source=sent.source, written=sent.email[:320], problem=problem, status=422)
    answer = _answer(door, sent, pages.LOOK_IN_YOUR_MAILBOX, 200)
    answer.background = BackgroundTask(_post_letters, door)
    return answer


def _answer(door: _Door, sent: Form, words: Words, status: int, headers: dict[str, str] | None = None) -> Response:
    if sent.is_json:
        return JSONResponse({"message": words.lead}, status, {**pages.PRIVATE, **(headers or {})})
    return door.pages.say(words, status, headers)


def _link_routes(app: FastAPI, door: _Door) -> None:
    @app.get("/confirm/{token}", response_class=HTMLResponse)
    def ask_to_confirm(token: str) -> Response:
        door.subscribers.check_confirmation(token, now=door.clock.now())
        return door.pages.button("confirm")

    @app.post("/confirm/{token}", response_class=HTMLResponse)
    def confirm(token: str) -> Response:
        if door.subscribers.confirm(token, now=door.clock.now()) is Confirmed.NOT:
            return door.pages.say(pages.CONFIRMED_NOT, 409)
        answer = door.pages.say(pages.CONFIRMED)
        answer.background = BackgroundTask(_post_letters, door)
        return answer

    @app.get("/unsubscribe/{token}", response_class=HTMLResponse)
    def ask_to_unsubscribe(token: str) -> Response:
        door.subscribers.check_unsubscription(token)
        return door.pages.button("unsubscribe")

    @app.post("/unsubscribe/{token}", response_class=HTMLResponse)
    def unsubscribe(token: str) -> Response:
        # The body is not looked at: RFC 8058's List-Unsubscribe=One-Click, urlencoded or multipart, and the page's
        # button say the same thing, and whoever holds the link may say it.
        door.subscribers.unsubscribe(token, now=door.clock.now())
        return door.pages.say(pages.UNSUBSCRIBED)


def _post_letters(door: _Door) -> None:
    try:
        door.subscribers.post_letters(door.clock.now())
    except SubscribersError as error:
        # The reader has had the answer, and the letters stay due: the scheduler's next tick posts them.
        _log.warning("letters stay due: %s", error)


def _health_route(app: FastAPI, door: _Door) -> None:
    @app.get("/healthz")
    def health() -> Response:
        try:
            door.subscribers.check_database()
        except SubscribersError as error:
            _log.warning("the database is not healthy: %s", error)
            return JSONResponse({"status": "the database does not answer"}, 503, pages.PRIVATE)
        return JSONResponse({"status": "ok"}, 200, pages.PRIVATE)


def _error_answers(app: FastAPI, made: Pages) -> None:
    @app.exception_handler(ExpiredToken)
    def too_old(_request: Request, _error: Exception) -> Response:
        return made.say(pages.TOO_OLD, 400)

    @app.exception_handler(ForgedToken)
    def forged(request: Request, _error: Exception) -> Response:
        leaving = request.url.path.startswith("/unsubscribe/")
        return made.say(pages.BAD_UNSUBSCRIPTION if leaving else pages.BAD_CONFIRMATION, 400)

    @app.exception_handler(StoreUnavailable)
    def out_of_order(request: Request, error: Exception) -> Response:
        _log.error("%s %s: %s", request.method, masked(request.url.path), error)
        return made.say(pages.OUT_OF_ORDER, 503, {"Retry-After": "60"})

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> Response:
        words = {404: pages.NOT_FOUND, 405: pages.NOT_ALLOWED}.get(error.status_code, pages.UNREADABLE_FORM)
        return made.say(words, error.status_code, error.headers)

    @app.exception_handler(Exception)
    def broken(_request: Request, _error: Exception) -> Response:
        return made.say(pages.OUR_FAULT, 500)  # the server logs the traceback
