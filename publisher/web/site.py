"""Serves the static site that `publisher.render.site` made."""

from __future__ import annotations

import os

from starlette.responses import Response
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

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code < 400:
            response.headers.setdefault("Cache-Control", FRESH)
        return response
