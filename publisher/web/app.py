"""The readers' door: sign up, confirm, choose, move, leave, and the site. It translates, and decides nothing.

    signup.py    the form, the confirmation             leaving.py   unsubscribe, by the button or by RFC 8058
    portal.py    a reader's own page                    account.py   moving, their data, deletion
    link.py      mails the way to that page             api.py       JSON for other sites' scripts
    /healthz     for machines                           site.py      everything else: the static site

No GET or HEAD changes anything: programs that scan mail open every link. No cookies are set.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from publisher import __version__
from publisher.ports import Clock
from publisher.publication import Publication
from publisher.web import account, api, leaving, link, pages, portal, signup
from publisher.web.budgets import Budgets
from publisher.web.desk import Desk
from publisher.web.door import Door, Manners, remembered
from publisher.web.pages import Pages, Words
from publisher.web.shell import Frame, Shell, masked
from publisher.web.site import Site
from publisher.web.wording import wording
from subscribers import (
    ExpiredToken,
    ForgedToken,
    NoSuchReader,
    StoreUnavailable,
    Subscribers,
    SubscribersError,
    Trail,
)

_log = logging.getLogger(__name__)


def create_app(
    subscribers: Subscribers,
    publication: Publication,
    templates: Environment,
    site: Path,
    clock: Clock,
    *,
    manners: Manners | None = None,
    navigation: Mapping[str, object] | None = None,
    paths: Callable[[], Mapping[str, str]] = dict,
    steps: Callable[[], Mapping[str, int]] = dict,
    lately: Callable[[], Mapping[str, str]] = dict,
    deliveries: Callable[[Trail], Sequence[object]] = lambda _trail: (),
    forget: Callable[[Trail], object] = lambda _trail: None,
    redis_url: str | None = None,
) -> ASGIApp:
    """Return the ASGI application. `site` is the folder of the static site; it may not be there yet.

    `navigation` is that of the site's pages (see `publisher.render.site.navigation`). `paths` returns the titles of the
    learning paths by their slugs, `steps` how many steps each has, `lately` the titles of the newest issue's sections by
    their ids, all as they are now. `deliveries` returns what was sent to a reader, `forget` takes them out of those
    records. Raises ConfigurationError for a Redis that cannot be used.
    """
    chosen = manners or Manners()
    door = Door(
        subscribers,
        publication,
        wording(publication, templates),
        Pages(publication, templates, navigation or {}),
        clock,
        Budgets(chosen.limits, redis_url),
        Desk(subscribers, clock),
        chosen,
        remembered(paths),
        remembered(steps),
        remembered(lately),
        deliveries,
        forget,
    )

    @asynccontextmanager
    async def open_hours(_app: FastAPI) -> AsyncIterator[None]:
        yield
        door.desk.close()

    app = FastAPI(
        title=publication.name, version=__version__, lifespan=open_hours, docs_url=None, redoc_url=None,
        description="Sign-up, confirmation, a reader's own page, and leaving. Links in mail carry the tokens.",
    )  # fmt: skip
    for room in (signup, leaving, portal, account, link, api):
        room.add_routes(app, door)
    _health_route(app, door)
    _link_answers(app, door)
    _error_answers(app, door)
    app.mount("/", Site(site, lambda: subscribers.form_token(clock.now())), name="site")
    # Not as a middleware: FastAPI's answer to an unexpected exception would go out around it.
    return Shell(app, Frame.of(publication), chosen.patience)


def _health_route(app: FastAPI, door: Door) -> None:
    @app.get("/healthz", responses={405: {"description": "This address does not take that"}, 503: {"description": "The database does not answer"}})  # fmt: skip
    def health() -> Response:
        """Say whether the database answers."""
        try:
            door.subscribers.check_database()
        except SubscribersError as error:
            _log.warning("the database is not healthy: %s", error)
            return JSONResponse({"status": "the database does not answer"}, 503, pages.PRIVATE)
        return JSONResponse({"status": "ok"}, 200, pages.PRIVATE)


def _link_answers(app: FastAPI, door: Door) -> None:
    made = door.pages

    @app.exception_handler(ExpiredToken)
    def too_old(request: Request, _error: Exception) -> Response:
        token, room = request.path_params["token"], request.scope["path"].split("/")[1]
        if room == "move":
            return made.say(pages.MOVE_TOO_OLD, 410)
        if room == "confirm":
            return door.too_old(f"confirm/{token}/again")
        whose = door.subscribers.check_page(token, now=door.clock.now(), late=True)
        return door.too_old(f"preferences/{token}/link", subject_id=whose)

    @app.exception_handler(ForgedToken)
    def forged(request: Request, _error: Exception) -> Response:
        leaving_ = request.url.path.startswith("/unsubscribe/")
        return made.say(pages.BAD_UNSUBSCRIPTION if leaving_ else pages.BAD_LINK, 400)

    @app.exception_handler(NoSuchReader)
    def nobody(_request: Request, error: Exception) -> Response:
        deleted = isinstance(error, NoSuchReader) and error.deleted
        return made.say(pages.DELETED_READER if deleted else pages.NO_SUCH_READER, 404)


def _error_answers(app: FastAPI, door: Door) -> None:
    made = door.pages

    def answer(request: Request, words: Words, status: int, headers: Mapping[str, str] | None = None) -> Response:
        if request.url.path.startswith("/api/"):
            return api.say(words.lead, status, dict(headers or {}))
        return made.say(words, status, headers)

    @app.exception_handler(StoreUnavailable)
    def out_of_order(request: Request, error: Exception) -> Response:
        _log.error("%s %s: %s", request.method, masked(request.url.path), error)
        return answer(request, pages.OUT_OF_ORDER, 503, {"Retry-After": "60"})

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return answer(request, pages.UNREADABLE_FORM, 400)
        field = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return api.say(f"{field}: {first['msg']}", 422)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        words = {404: pages.NOT_FOUND, 405: pages.NOT_ALLOWED}.get(error.status_code, pages.UNREADABLE_FORM)
        return answer(request, words, error.status_code, error.headers)

    @app.exception_handler(Exception)
    def broken(request: Request, _error: Exception) -> Response:
        return answer(request, pages.OUR_FAULT, 500)  # the server logs the traceback
