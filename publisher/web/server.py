"""The server that `pressroom run` starts: uvicorn, without the access log that would write tokens down."""

from __future__ import annotations

import logging

import uvicorn
from starlette.types import ASGIApp

HANDS_AT_ONCE = 200
"""So many requests are worked on at once; the next ones are told to come back (503)."""


def make_server(app: ASGIApp, host: str, port: int, *, trusted_proxies: str = "127.0.0.1") -> uvicorn.Server:
    """Return a server; its run() serves until its `should_exit` is set or a signal comes.

    X-Forwarded-For counts only from `trusted_proxies` (addresses or networks, joined by commas). The log has one line
    for each request, written by publisher.web.shell with tokens masked.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        limit_concurrency=HANDS_AT_ONCE,
        timeout_keep_alive=10,
        timeout_graceful_shutdown=10,
    )
    # access_log=False alone only takes the handlers away; whoever adds one gets every token.
    logging.getLogger("uvicorn.access").disabled = True
    return uvicorn.Server(config)
