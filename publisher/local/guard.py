"""Who may ask a server on this machine: its own pages in a browser, and programs, but no other site (pure, and as ASGI).

A site that somebody visits can send requests to 127.0.0.1, and by DNS rebinding even under a name of its own, which
then counts as the same origin. So the Host has to be an address in digits or a name that we know, and what a browser
marks as coming from another site is refused.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-dns-prefetch-control", b"off"),
)


def refusal(method: str, headers: Mapping[str, str], known: str) -> tuple[int, str] | None:
    """Return the status and the words with which a request is refused, None if it may pass.

    `headers` have lower-case names; `known` is the name on which the server was told to listen.

    >>> refusal("GET", {"host": "attacker.example:8026"}, "127.0.0.1")
    (421, 'this server answers to the address that it printed, not to attacker.example')
    """
    host = _name(headers.get("host", ""))
    if host not in ("localhost", known) and not _is_address(host):
        return 421, f"this server answers to the address that it printed, not to {host or 'an empty name'}"
    if method not in ("GET", "HEAD"):
        return 405, "these pages only show; nothing can be sent to them"
    came, opened = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-dest") == "document"
    if came not in ("same-origin", "none") and not opened:
        return 403, "another site asked for this page"
    return None


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class LocalGuard:
    """The outermost ASGI application: it refuses others, and gives every answer the headers that keep them out."""

    def __init__(self, app: ASGIApp, known: str) -> None:
        self._app, self._known = app, known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        refused = refusal(scope["method"], headers, self._known)
        answer: ASGIApp = PlainTextResponse(f"{refused[1]}\n", refused[0]) if refused else self._app
        await answer(scope, receive, guarded)
