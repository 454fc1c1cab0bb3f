"""Serves the static site that `publisher.render.site` made.

Sign-up forms on its pages get their token here. When another server serves the same files, the token stays empty, and
the reader has to press the button once more.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from pathlib import Path, PurePath
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from publisher.web.form import one_line

FRESH = "public, max-age=300"
"""Five minutes: a new issue shows soon, a busy day costs little."""


FRESH_FOR_ONE = "private, max-age=300"
"""The same for a page with a form: its token is good for a day, but is not for everybody's cache."""
EMPTY_TOKEN = b'name="form" value=""'
EMPTY_CAMPAIGN = b'name="campaign" value=""'
CAMPAIGN = ("utm_campaign", "campaign", "utm_source", "ref")
"""Query parameters that say where a reader came from, the most telling first."""


class Site(StaticFiles):
    """A folder of files, which may not exist yet; its 404.html answers for missing files."""

    def __init__(self, directory: os.PathLike[str], form_token: Callable[[], str]) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self._form_token = form_token

    async def check_config(self) -> None:
        """Accept a folder that does not exist until the first issue makes it."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file, unless its name begins with a dot: those are the system's own notes."""
        if any(part.startswith(".") for part in PurePath(path).parts):
            return "", None
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            response.headers["Location"] = _with_slash(scope)
        if response.headers.get("content-type", "").startswith("text/html") and isinstance(response, FileResponse):
            page = await run_in_threadpool(Path(response.path).read_bytes)
            if EMPTY_TOKEN in page:
                return self._with_token(page, response.status_code, scope)
        if response.status_code < 400:
            response.headers.setdefault("Cache-Control", FRESH)
        return response

    def _with_token(self, page: bytes, status: int, scope: Scope) -> Response:
        """Return a page whose form can be sent: with a token of its own, and the campaign that the address names."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        campaign = next((query[name][0] for name in CAMPAIGN if name in query), "")
        page = page.replace(EMPTY_TOKEN, b'name="form" value="%s"' % self._form_token().encode())
        page = page.replace(EMPTY_CAMPAIGN, b'name="campaign" value="%s"' % escape(one_line(campaign, 80)).encode())
        return HTMLResponse(page, status, {"Cache-Control": FRESH_FOR_ONE})


def _with_slash(scope: Scope) -> str:
    """Return where a folder's name redirects to: the folder itself.

    It is relative: Starlette would make a URL from the Host header, which the client chooses, and does not know the path
    below which the publication lives.
    """
    name = str(scope["path"]).rpartition("/")[2]
    query = scope["query_string"].decode("latin-1")
    return f"{quote(name, safe='')}/" + (f"?{query}" if query else "")
