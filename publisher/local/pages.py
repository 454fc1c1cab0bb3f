"""The frame of the pages for whoever sits at this machine, and what browsers are told about them.

The shipped templates make them: those of a publication belong to its readers, and may be broken just now.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from jinja2 import Environment
from starlette.exceptions import HTTPException

from publisher.language import Language
from publisher.local.changes import Changes
from publisher.render.templates import environment, expand
from publisher.resources import shipped

PAGE: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FILES: Final = {"live.js": "text/javascript", "favicon.svg": "image/svg+xml"}
_FOLDERS: Final = {"favicon.svg": "web"}


class LocalPages:
    """Makes pages of templates/local/, in English, as everything that editors get."""

    @cached_property
    def _templates(self) -> Environment:
        return environment(shipped("templates"))

    def page(self, name: str, status: int = 200, /, **words: object) -> Response:
        """Return a page. What cannot be encoded, such as half of a surrogate pair in a file's name, is a question mark."""
        html = expand(self._templates, f"local/{name}.html", {"language": Language(), **words})
        return HTMLResponse(html.encode("utf-8", "replace"), status, {"Content-Security-Policy": PAGE})

    def say(self, status: int, title: str, lead: str, /, **words: object) -> Response:
        """Return a page that says one thing."""
        return self.page("said", status, title=title, lead=f"{lead[:1].upper()}{lead[1:]}", **words)

    def add_routes(self, app: FastAPI, changes: Changes, ended: Callable[[], bool]) -> None:
        """Add what all pages need: styles, scripts, the stream of changes, and the answers to errors."""

        @app.get("/style.css")
        def style() -> Response:
            return Response("".join(expand(self._templates, name, {}) for name in ("web/style.css", "local/local.css")), media_type="text/css")  # fmt: skip

        @app.get("/file/{name}")
        def file(name: str) -> Response:
            if name not in _FILES:
                return self.say(404, "There is no such page", "nothing is at this address")
            path = shipped("templates") / _FOLDERS.get(name, "local") / name
            return Response(path.read_bytes(), media_type=_FILES[name])

        @app.get("/events")
        def events() -> StreamingResponse:
            told: AsyncIterator[str] = changes.stream(ended)
            return StreamingResponse(told, media_type="text/event-stream")

        @app.exception_handler(HTTPException)
        @app.exception_handler(RequestValidationError)
        def wrong(_request: object, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 404
            return self.say(status, "There is no such page", "nothing is at this address")


def framed(html: str, *, policy: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return other people's HTML for a frame; `policy` says what it may load besides its own inline styles."""
    rules = f"default-src 'none'; {policy}; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
    return HTMLResponse(html.encode("utf-8", "replace"), 200, {**(headers or {}), "Content-Security-Policy": rules})
