"""What is around every request: its size and time, its method, the headers of every answer, a log without secrets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.language import Language, Phrase, language_of
from publisher.publication import Publication

LONGEST_BODY = 64 * 1024
"""Bytes. The longest honest form has a few hundred."""

LONGEST_REPORT = 1024 * 1024
"""Bytes of what a provider reports in one call: many events at once."""

TWO_LENGTHS = Phrase("The request states its length in two ways.")
INCOMPLETE = Phrase("The request did not arrive completely. Please send it again.")
TOO_LONG = Phrase("The request is longer than %(most)s KB.")

_log = logging.getLogger(__name__)
_TOKEN = re.compile(r"(?i)(/(?:confirm|unsubscribe|preferences|move|stay|never|approve|preview)/+)[^/?#]+")


def masked(path: str) -> str:
    """Return a path without the token in it, on one line.

    >>> masked("/unsubscribe/c2VjcmV0")
    '/unsubscribe/…'
    """
    return _TOKEN.sub(r"\1…", path).encode("unicode_escape").decode("ascii").replace("\\u2026", "…")[:200]


@dataclass(frozen=True, slots=True)
class ResponseHeaders:
    """The headers of every answer as ASGI has them, the path below which the publication lives, and its language."""

    prefix: str
    headers: tuple[tuple[bytes, bytes], ...]
    language: Language

    @classmethod
    def of(cls, publication: Publication) -> ResponseHeaders:
        base = urlsplit(publication.service())
        forms = f" {base.scheme}://{base.netloc}" if publication.service_url else ""  # also on the site's own host
        policy = (
            f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'{forms}; "
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
        raw = tuple((name.lower().encode("ascii"), value.encode("ascii")) for name, value in headers)
        return cls(unquote(base.path.rstrip("/")), raw, language_of(publication))


class RequestGuard:
    """The outermost ASGI application.

    `begin` is called when a request begins, and returns the headers of its answer. `patience` is how many seconds a
    body may take to arrive.
    """

    def __init__(self, app: ASGIApp, begin: Callable[[], Awaitable[ResponseHeaders]], patience: float) -> None:
        self._app = app
        self._begin = begin
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        frame = await self._begin()
        answer = _Answer(send, frame, only_head=scope["method"] == "HEAD")
        try:
            await self._answer(scope, receive, answer, frame)
        finally:
            spent = (answer.ended - began) * 1000  # the reader does not wait for what follows the answer
            _log.info("%s %s %s %.0f ms", scope["method"], masked(scope["path"]), answer.status, spent)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer, frame: ResponseHeaders) -> None:
        prefix = frame.prefix
        if _ambiguous(scope):
            await _refuse(answer, 400, frame.language.say(TWO_LENGTHS))
            return
        longest = _longest(scope, prefix)
        try:
            async with asyncio.timeout(self._patience):
                body = await _read(scope, receive, longest)
        except TimeoutError:
            await _refuse(answer, 408, frame.language.say(INCOMPLETE))
        except _TooLong:
            await _refuse(answer, 413, frame.language.say(TOO_LONG, most=longest // 1024))
        except ClientDisconnect:
            return  # nobody is there to answer, and half a form is dropped: half an address is a different one
        else:
            app: ASGIApp = self._app
            if prefix and scope["path"] == prefix:
                app = RedirectResponse(f"{prefix}/")
            await app(_inner(scope, prefix), _replay(body, receive), answer)


class _Answer:
    """Sends an answer on, with the headers of every answer and, for HEAD, without a body."""

    def __init__(self, send: Send, frame: ResponseHeaders, *, only_head: bool) -> None:
        self.status = 0
        self.ended = time.perf_counter()
        self._send = send
        self._frame = frame
        self._only_head = only_head

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name for name, _ in message["headers"]}
            more = [header for header in self._frame.headers if header[0] not in given]
            message = {**message, "headers": [*message["headers"], *more]}
        elif self._only_head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)
        self.ended = time.perf_counter()


def _ambiguous(scope: Scope) -> bool:
    """Whether a proxy may have seen this request end elsewhere, with another one behind it (RFC 9112 6.1, 6.3)."""
    names = {name for name, _ in scope["headers"]}
    return b"transfer-encoding" in names and (b"content-length" in names or scope["http_version"] == "1.0")


class _TooLong(Exception):
    """The body is too long; the rest of it is never read."""


def _inner(scope: Scope, prefix: str) -> Scope:
    """Turn HEAD into GET, and a path below the publication's own into one below the root."""
    inner = dict(scope)
    if scope["method"] == "HEAD":
        inner["method"] = "GET"
    if prefix and scope["path"].startswith(f"{prefix}/"):
        inner["path"] = scope["path"].removeprefix(prefix)
        inner.pop("raw_path", None)  # it is optional, and may spell the prefix in many ways
    return inner


def _longest(scope: Scope, prefix: str) -> int:
    return LONGEST_REPORT if scope["path"].removeprefix(prefix).startswith("/hooks/") else LONGEST_BODY


async def _read(scope: Scope, receive: Receive, longest: int) -> bytes:
    """Return the whole body. Raises _TooLong, ClientDisconnect."""
    for name, value in scope["headers"]:
        if name == b"content-length" and (not value.isdigit() or int(value) > longest):
            raise _TooLong
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > longest:
            raise _TooLong
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


async def _refuse(answer: _Answer, status: int, words: str) -> None:
    text = json.dumps({"message": words}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(text)),
        (b"connection", b"close"),
    ]
    await answer({"type": "http.response.start", "status": status, "headers": headers})
    await answer({"type": "http.response.body", "body": text})
