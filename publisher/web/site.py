"""Serves the static site that `publisher.render.site` made."""

from __future__ import annotations

import os
from pathlib import PurePath
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FRESH = "public, max-age=300"
"""Five minutes: a new issue shows soon, a busy day costs little."""


class Site(StaticFiles):
    """A folder of files, which may not be there yet; its 404.html answers what is missing."""

    def __init__(self, directory: os.PathLike[str]) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)

    async def check_config(self) -> None:
        """Accept a folder that the first issue has still to make."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file, but not one whose name begins with a dot: those are notes of the system to itself."""
        if any(part.startswith(".") for part in PurePath(path).parts):
            return "", None
        return super().lookup_path(path)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if isinstance(response, RedirectResponse):
            response.headers["Location"] = _with_slash(scope)
        if response.status_code < 400:
            response.headers.setdefault("Cache-Control", FRESH)
        return response


def _with_slash(scope: Scope) -> str:
    """Return the way from a folder's name to the folder.

    It is relative: Starlette makes a URL of the Host header, which is the client's word, and does not know the path
    that the publication lives below.
    """
    name = str(scope["path"]).rpartition("/")[2]
    query = scope["query_string"].decode("latin-1")
    return f"{quote(name, safe='')}/" + (f"?{query}" if query else "")
