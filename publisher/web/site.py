"""Serves the static site that `publisher.site` made, compressed where the reader's program takes that.

Sign-up forms on its pages get their token here. When another server serves the same files, the token stays empty, and
the reader has to press the button once more. Such a page is compressed, too, with the campaign of its address in it:
its token is no secret, since anybody gets one (https://breachattack.com needs one that belongs to the reader).
"""

from __future__ import annotations

import functools
import gzip
import mimetypes
import os
from collections.abc import Callable
from html import escape
from pathlib import Path, PurePath
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from publisher.web.form import one_line

FRESH = "public, max-age=300"
"""Five minutes: a new issue shows soon, a busy day costs little."""


FRESH_FOR_ONE = "private, max-age=300"
"""The same for a page with a form: its token is good for a day, but is not for everybody's cache."""
EMPTY_TOKEN = b'name="form" value=""'
EMPTY_CAMPAIGN = b'name="campaign" value=""'
COMPRESSED = (
    "text/",
    "image/svg",
    "application/atom+xml",
    "application/xml",
    "application/json",
    "application/feed+json",
)
"""How types begin whose files become much smaller."""
SMALLEST = 1_000
"""Bytes; what is smaller fits into one packet anyway."""
TYPES = {"feed.xml": "application/atom+xml; charset=utf-8", "feed.json": "application/feed+json; charset=utf-8"}
"""The types of files whose names do not tell them."""
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
        if scope["path"].endswith("/index.html") and self.lookup_path(path)[1]:
            query = scope["query_string"].decode("latin-1")
            return RedirectResponse("./" + (f"?{query}" if query else ""), 301)  # pages have one address
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            response.headers["Location"] = _with_slash(scope)
        if isinstance(response, FileResponse):
            if told := TYPES.get(PurePath(response.path).name):
                response.headers["Content-Type"] = told
            if response.headers["Content-Type"].startswith("text/html"):
                page = await run_in_threadpool(Path(response.path).read_bytes)
                if EMPTY_TOKEN in page:
                    return await _smaller(self._with_token(page, response.status_code, scope), scope)
            response = await _compressed(response, scope)
        elif isinstance(response, NotModifiedResponse):
            _unchanged(response, path if PurePath(path).suffix else "index.html", scope)
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


def _takes_gzip(response: Response, size: int, scope: Scope) -> bool:
    """Return whether an answer of this size comes compressed; the answer says that it depends on that header."""
    if size < SMALLEST or not response.headers["Content-Type"].startswith(COMPRESSED):
        return False
    response.headers.add_vary_header("Accept-Encoding")
    asked = Headers(scope=scope)
    return "range" not in asked and _accepts_gzip(asked.get("Accept-Encoding", ""))


def _accepts_gzip(accepted: str) -> bool:
    """Return whether a header Accept-Encoding takes gzip (RFC 9110 12.5.3).

    >>> _accepts_gzip("br, gzip;q=0.5"), _accepts_gzip("gzip;q=0"), _accepts_gzip("identity")
    (True, False, False)
    """
    for one in accepted.split(","):
        name, _, weight = one.strip().lower().partition(";")
        if name.strip() == "gzip":
            return weight.strip().removeprefix("q=") not in ("0", "0.0", "0.00", "0.000")
    return False


async def _smaller(response: Response, scope: Scope) -> Response:
    body = bytes(response.body)
    if not _takes_gzip(response, len(body), scope):
        return response
    response.body = await run_in_threadpool(gzip.compress, body, 5)
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Content-Length"] = str(len(response.body))
    return response


def _unchanged(response: NotModifiedResponse, path: str, scope: Scope) -> None:
    """Give an answer that says «what you have is still right» the headers of the answer that it stands for (RFC 9110 15.4.5)."""
    kind = TYPES.get(PurePath(path).name) or mimetypes.guess_type(path)[0] or ""
    if kind.startswith(COMPRESSED):
        response.headers.add_vary_header("Accept-Encoding")
        if _accepts_gzip(Headers(scope=scope).get("Accept-Encoding", "")):
            response.headers["ETag"] = f"W/{response.headers['ETag']}"


async def _compressed(response: FileResponse, scope: Scope) -> Response:
    if not _takes_gzip(response, int(response.headers["Content-Length"]), scope):
        return response
    found = response.stat_result
    assert found is not None, "the site looked it up"
    small = await run_in_threadpool(_small, str(response.path), found.st_mtime_ns, found.st_size)
    made = Response(small, response.status_code, dict(response.headers))
    made.headers["Content-Encoding"], made.headers["Content-Length"] = "gzip", str(len(small))
    made.headers["ETag"] = f"W/{response.headers['ETag']}"  # the same words in other bytes (RFC 9110 8.8.1)
    return made


@functools.lru_cache(maxsize=256)
def _small(path: str, _changed: int, _size: int) -> bytes:
    """Return a file compressed; it is done once for each version of it."""
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


def _with_slash(scope: Scope) -> str:
    """Return where a folder's name redirects to: the folder itself.

    It is relative: Starlette would make a URL from the Host header, which the client chooses, and does not know the path
    below which the publication lives.
    """
    name = str(scope["path"]).rpartition("/")[2]
    query = scope["query_string"].decode("latin-1")
    return f"{quote(name, safe='')}/" + (f"?{query}" if query else "")
