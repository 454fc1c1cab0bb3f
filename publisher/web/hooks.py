"""A forge's webhook: somebody has pushed. It only wakes the scheduler, which fetches and looks for itself."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from publisher.web.pages import PRIVATE


@dataclass(frozen=True, slots=True)
class GitHook:
    """The secret that the forge signs with, and what is to happen when it calls."""

    secret: str
    wake: Callable[[], object]

    def signed(self, body: bytes, signature: str, token: str) -> bool:
        """Whether the body is signed (GitHub, Gitea, Forgejo), or the secret itself came with it (GitLab)."""
        key = self.secret.encode()
        made = "sha256=" + hmac.digest(key, body, "sha256").hex()
        same_signature = hmac.compare_digest(made.encode(), signature.encode("latin-1", "replace"))
        return same_signature | hmac.compare_digest(key, token.encode("latin-1", "replace"))


def add_routes(app: FastAPI, hook: GitHook) -> None:
    answers: dict[int | str, dict[str, object]] = {
        403: {"description": "The signature is missing or wrong"},
        405: {"description": "This address does not accept that method"},
        408: {"description": "The body did not arrive completely"},
        413: {"description": "The body is too long"},
    }

    @app.post("/hooks/git", status_code=202, responses=answers)
    async def pushed(request: Request) -> Response:
        """Fetch soon. The body must be signed with PRESSROOM_GIT_HOOK_SECRET; what it says is not read."""
        headers = request.headers
        signature, token = headers.get("x-hub-signature-256", ""), headers.get("x-gitlab-token", "")
        if not hook.signed(await request.body(), signature, token):
            return JSONResponse({"message": "The signature is missing or wrong."}, 403, PRIVATE)
        hook.wake()
        return JSONResponse({"message": "Pressroom fetches in a moment."}, 202, PRIVATE)
