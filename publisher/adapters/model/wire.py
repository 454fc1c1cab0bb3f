"""One attempt over a socket, which ends at its deadline whatever the other side does.

An HTTP client's time-out runs between two bytes, so a body that comes drop by drop would outlive it. Only an event loop
can stop at any moment; it runs in a thread of its own, so that whoever calls may be inside a running loop themselves.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
import threading
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, Final, TypeVar

import httpx2
import openai

from publisher.adapters.model.endpoints import Endpoint
from publisher.adapters.model.replies import Reply

MOST_BYTES: Final = 4_000_000
"""Bytes of one reply. A section of six sentences has a thousandth of this; 256 vectors of 1,024 dimensions fit."""

GRACE: Final = 5.0
"""Seconds that a thread may be late on a machine that is at its limits. It is left to itself afterwards."""

UNUSABLE: Final = "its URL or key, or the proxy or certificates of the environment, cannot be used"

Result = TypeVar("Result")


class WireError(Exception):
    """There is no whole reply; the message says why, in words of ours."""


class Late(WireError):
    """The time was over."""


class NotConnected(WireError):
    """No connection came about, so nothing was asked."""


class Broken(WireError):
    """The connection broke, or what came was not HTTP."""


class TooMuch(WireError):
    """The reply is compressed although we asked for none of that, or has too many bytes."""


def post(endpoint: Endpoint, path: str, body: Mapping[str, Any], seconds: float) -> Reply:
    """Post `body` to the endpoint, and return the reply whatever its status. Raises a WireError."""
    return _in_a_thread(_within(seconds, endpoint, path, body), seconds)


async def _within(seconds: float, endpoint: Endpoint, path: str, body: Mapping[str, Any]) -> Reply:
    try:
        async with asyncio.timeout(seconds), _client(endpoint, seconds) as client:
            return await _posted(client, path, body)
    except TimeoutError:
        raise Late("no reply in time") from None


async def _posted(client: openai.AsyncOpenAI, path: str, body: Mapping[str, Any]) -> Reply:
    try:
        response = await client.post(path, body=dict(body), cast_to=httpx2.Response)
    except UnicodeEncodeError:  # a key that no header can carry
        raise NotConnected(UNUSABLE) from None
    except openai.APIStatusError as error:  # its body has been read
        response = error.response
    except TooMuch:
        raise
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, TooMuch):
            raise error.__cause__ from None
        never = isinstance(error.__cause__, httpx2.ConnectError)
        raise (NotConnected if never else Broken)("the connection failed") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, openai.OpenAIError, ValueError):
        raise Broken("the connection failed") from None
    return Reply(
        response.status_code, {name.lower(): value for name, value in response.headers.items()}, response.content
    )


def _client(endpoint: Endpoint, seconds: float) -> openai.AsyncOpenAI:
    try:
        http = httpx2.AsyncClient(
            timeout=seconds,
            follow_redirects=False,  # a redirected POST becomes a GET, and the key is for this host alone
            trust_env=not endpoint.local,  # a server on this machine is not reached through the environment's proxy
            verify=_trusted(),
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [_limit]},
        )
        key = endpoint.key or "none"
        return openai.AsyncOpenAI(base_url=endpoint.url, api_key=key, max_retries=0, http_client=http)
    except (httpx2.InvalidURL, ValueError, ImportError, OSError):  # their words may hold the password of a proxy
        raise NotConnected(UNUSABLE) from None


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Return the authorities that this machine trusts: reading them takes a tenth of a second."""
    return httpx2.create_ssl_context()


class _Limited(httpx2.AsyncByteStream):
    """A body of which at most MOST_BYTES are read, whatever the server goes on sending."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise TooMuch(f"reply has more than {MOST_BYTES:,} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _limit(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise TooMuch("reply is compressed, which was not asked for")
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _Limited(response.stream)


def _in_a_thread(call: Coroutine[Any, Any, Result], seconds: float) -> Result:
    came: list[Result | BaseException] = []

    def work() -> None:
        try:
            came.append(_run(call))
        except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
            came.append(error)

    thread = threading.Thread(target=work, name="model call", daemon=True)
    thread.start()
    thread.join(seconds + GRACE)
    if not came:
        raise Late("no reply in time")
    if isinstance(came[0], BaseException):
        raise came[0]
    return came[0]


def _run(call: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a loop of its own.

    Unlike asyncio.run(), it does not wait for a thread that is still resolving a host name: that could take longer
    than the deadline allows.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(call)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
