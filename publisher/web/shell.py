"""What is around every request: its size, its method, the headers of every answer, one line of log without secrets."""

from __future__ import annotations

import json
import logging
import re
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.publication import Publication

LONGEST_BODY = 64 * 1024
"""Bytes. The longest honest form has a few hundred."""

_log = logging.getLogger(__name__)
_TOKEN = re.compile(r"(?i)(/(?:confirm|unsubscribe)/+)[^/?#]+")


def masked(path: str) -> str:
    """Write a path without the token in it, on one line.

    >>> masked("/unsubscribe/c2VjcmV0")
    '/unsubscribe/…'
    """
    return _TOKEN.sub(r"\1…", path).encode("unicode_escape").decode("ascii").replace("\\u2026", "…")[:200]


@dataclass(frozen=True, slots=True)
class Frame:
    """The headers of every answer, and the path below which the publication lives."""

    prefix: str
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, publication: Publication) -> Frame:
        base = urlsplit(publication.base_url)
        # Forms post to the publication's own URL, which in a trial is not where the page was served from.
        forms = f"'self' {base.scheme}://{base.netloc}"
        policy = (
            f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {forms}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        headers = [
            ("Content-Security-Policy", policy),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
        ]
        if base.scheme == "https":
            headers.append(("Strict-Transport-Security", "max-age=31536000"))
        return cls(base.path.rstrip("/"), tuple(headers))


class Shell:
    """The outermost ASGI application."""

    def __init__(self, app: ASGIApp, frame: Frame) -> None:
        self._app = app
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        answer = _Answer(send, self._frame, only_head=scope["method"] == "HEAD")
        body = await _read(scope, receive)
        if body is None:
            await _refuse(answer)
        else:
            await self._app(self._inner(scope), _replay(body, receive), answer)
        spent = (answer.ended - began) * 1000  # what follows the answer, such as a letter, is not the reader's wait
        _log.info("%s %s %s %.0f ms", scope["method"], masked(scope["path"]), answer.status, spent)

    def _inner(self, scope: Scope) -> Scope:
        """Serve HEAD as GET without its body, and a publication below a path as one at the root."""
        inner = dict(scope)
        if scope["method"] == "HEAD":
            inner["method"] = "GET"
        prefix = self._frame.prefix
        if prefix and scope["path"].startswith(f"{prefix}/"):
            inner["path"] = scope["path"].removeprefix(prefix)
            inner["raw_path"] = scope.get("raw_path", b"").removeprefix(prefix.encode())
        return inner


class _Answer:
    """Sends an answer on, with the headers of every answer and, for HEAD, without a body."""

    def __init__(self, send: Send, frame: Frame, *, only_head: bool) -> None:
        self.status = 0
        self.ended = time.perf_counter()
        self._send = send
        self._frame = frame
        self._only_head = only_head

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._frame.headers:
                headers.setdefault(name, value)
        elif self._only_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)
        self.ended = time.perf_counter()


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """Return the whole body, None when it is too long; then the rest is never read."""
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > LONGEST_BODY):
            return None
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            return None
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _refuse(answer: _Answer) -> None:
    text = json.dumps({"message": f"What you sent is longer than {LONGEST_BODY // 1024} KB."}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await answer({"type": "http.response.start", "status": 413, "headers": headers})
    await answer({"type": "http.response.body", "body": text})
