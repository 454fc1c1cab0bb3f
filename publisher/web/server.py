"""The server that `pressroom run` starts: uvicorn, without the access log that would write tokens down."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

HANDS_AT_ONCE = 500
"""How many requests are served at once; the next ones are told to come back (503). Most of them only wait: a sign-up for
its 200 ms."""

PATIENCE = 10
"""Seconds that a client has for the head of a request, and that a connection may stay open without one."""


class BoundedProtocol(H11Protocol):
    """One connection. Clients that send nothing, or send slowly, keep nobody out.

    Uvicorn waits forever for the end of a request's head, and counts each connection as a request. Here the head has a
    deadline, and when all places are taken, the client that has kept us waiting longest loses its own. This works
    behind a proxy, too, where a limit for each address would hit everybody.
    """

    since = 0.0
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head(self.timeout_keep_alive)
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        # Uvicorn ends a pause that is too long, but only if no byte of the next request has come.
        self._expect_head(2 * self.timeout_keep_alive)
        super().on_response_complete()

    def _expect_head(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self.since = self.loop.time()
        self._deadline = self.loop.call_later(seconds, self._end_unless_begun)

    def _end_unless_begun(self) -> None:
        if self.idle:
            self.transport.abort()  # close() would wait for the client to take what was sent

    def _make_room(self) -> None:
        others = [web for web in self.connections if isinstance(web, BoundedProtocol) and web is not self and web.waits]
        if others:
            longest = min(others, key=lambda web: web.since)
            self.connections.discard(longest)  # now, since the next connection may be made before this one is lost
            longest.transport.abort()

    @property
    def waits(self) -> bool:
        """Whether it is the client's turn: to send a head or a body, or to take an answer."""
        return self.idle or self.cycle.more_body or self.flow.write_paused

    @property
    def idle(self) -> bool:
        """Whether there is no request whose head is complete and whose answer is not."""
        return bool(getattr(self.cycle, "response_complete", True))  # None before the first one, whatever its type says


def settle_heap() -> None:
    """Keep the garbage collector from scanning everything that was made at start-up, which stays until the end.

    In a rush each such scan delayed every answer by a tenth of a second, and they took a tenth of the time. Half as much
    went into scanning, every 700 objects, hundreds of forms that only wait for their answers.

    The tree of a large text has hundreds of thousands of objects. To scan all of them kept the web waiting as long again,
    so by itself the collector only looks at what was made last; `tidily` looks at the rest.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 1_000_000)


def tidily(do: Callable[[], object]) -> Callable[[], None]:
    """Return a function that calls `do`, and looks for garbage among all that was made since `settle_heap`.

    That takes a few ms while no large text is being read.
    """

    def done() -> None:
        try:
            do()
        finally:
            gc.collect()

    return done


def make_server(
    app: ASGIApp,
    host: str,
    port: int,
    *,
    trusted_proxies: str = "127.0.0.1",
    hands: int = HANDS_AT_ONCE,
    patience: int = PATIENCE,
) -> uvicorn.Server:
    """Return a server; its run() serves until its `should_exit` is set or a signal comes.

    X-Forwarded-For counts only from `trusted_proxies` (addresses or networks, joined by commas). The log has one line
    for each request, written by publisher.web.guard with tokens masked.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        limit_concurrency=hands,
        timeout_keep_alive=patience,
        timeout_graceful_shutdown=10,
    )
    # access_log=False alone only removes the handlers; whoever adds one gets every token.
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Server(config)
