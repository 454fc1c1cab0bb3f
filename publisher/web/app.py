"""The readers' web application: sign up, confirm, choose, move, leave, and the site. It translates, and decides nothing.

    signup.py    the form, the confirmation             leaving.py   unsubscribe, by the button or by RFC 8058
    portal.py    a reader's own page                    account.py   moving, their data, deletion
    link.py      mails the way to that page             api.py       JSON for other sites' scripts
    approving.py an editor approves by their link       previewing.py what a test copy links to
    site.py      everything else: the static site       watching.py  /healthz, /readyz, /metrics
    hooks.py     a forge says that somebody pushed      provider_reports.py  a provider reports bounces

No GET or HEAD changes anything: programs that scan mail open every link. No cookies are set.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from publisher import __version__
from publisher.web import (
    account,
    api,
    approving,
    hooks,
    leaving,
    link,
    pages,
    portal,
    previewing,
    provider_reports,
    signup,
    staying,
    watching,
)
from publisher.web.context import WebContext
from publisher.web.guard import RequestGuard, ResponseHeaders, masked
from publisher.web.pages import Words
from publisher.web.site import Site
from subscribers import ExpiredToken, ForgedToken, NoSuchReader
from subscribers.database import DatabaseUnavailable

_log = logging.getLogger(__name__)


def create_app(web: WebContext) -> ASGIApp:
    """Return the ASGI application."""

    async def begin() -> ResponseHeaders:
        return (await web.views.begin()).frame

    @asynccontextmanager
    async def open_hours(_app: FastAPI) -> AsyncIterator[None]:
        yield
        web.batcher.close()

    app = FastAPI(
        title=web.publication.name, version=__version__, lifespan=open_hours, docs_url=None, redoc_url=None,
        description="Sign-up, confirmation, a reader's own page, and leaving. Links in mail carry the tokens.",
    )  # fmt: skip
    for router in (signup, leaving, staying, portal, account, link, api):
        router.add_routes(app, web)
    if web.act is not None:
        approving.add_routes(app, web, web.act)
        previewing.add_routes(app, web, web.act)
    if web.git_hook is not None:
        hooks.add_routes(app, web.git_hook)
    if web.provider_hook is not None and web.act is not None:
        provider_reports.add_routes(app, web, web.provider_hook, web.act)
    watching.add_routes(app, web.watch)
    _link_answers(app, web)
    _error_answers(app, web)
    app.mount("/", Site(web.site, lambda: web.subscribers.links.form_token(web.clock.now())), name="site")
    # Not as a middleware: FastAPI's answer to an unexpected exception would bypass it.
    return RequestGuard(app, begin, web.abuse_limits.patience)


def _link_answers(app: FastAPI, web: WebContext) -> None:

    @app.exception_handler(ExpiredToken)
    def too_old(request: Request, _error: Exception) -> Response:
        token, page = request.path_params["token"], request.scope["path"].split("/")[1]
        if page == "move":
            return web.pages.say(pages.MOVE_TOO_OLD, 410)
        if page == "never":  # it came to an address that its reader has moved away from
            return web.pages.say(pages.NO_SUCH_READER, 410)
        if page == "confirm":
            return web.too_old(f"confirm/{token}/again")
        whose = web.subscribers.links.check_page(token, now=web.clock.now(), late=True)
        return web.too_old(f"preferences/{token}/link", subject_id=whose)

    @app.exception_handler(ForgedToken)
    def forged(request: Request, _error: Exception) -> Response:
        leaving_ = request.url.path.startswith("/unsubscribe/")
        return web.pages.say(pages.BAD_UNSUBSCRIPTION if leaving_ else pages.BAD_LINK, 400)

    @app.exception_handler(NoSuchReader)
    def nobody(_request: Request, error: Exception) -> Response:
        deleted = isinstance(error, NoSuchReader) and error.deleted
        return web.pages.say(pages.DELETED_READER if deleted else pages.NO_SUCH_READER, 404)


def _error_answers(app: FastAPI, web: WebContext) -> None:
    def answer(request: Request, words: Words, status: int, headers: Mapping[str, str] | None = None) -> Response:
        if request.url.path.startswith("/api/"):
            return api.say(web, words.lead, status, dict(headers or {}))
        return web.pages.say(words, status, headers)

    @app.exception_handler(DatabaseUnavailable)
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
        return api.message(f"{field}: {first['msg']}", 422)

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        words = {404: pages.NOT_FOUND, 405: pages.NOT_ALLOWED}.get(error.status_code, pages.UNREADABLE_FORM)
        return answer(request, words, error.status_code, error.headers)

    @app.exception_handler(Exception)
    def broken(request: Request, _error: Exception) -> Response:
        return answer(request, pages.OUR_FAULT, 500)  # the server logs the traceback
