"""A server for whoever sits at this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from publisher.local.guard import LocalGuard
from publisher.web import make_server


class LocalServer:
    """Serves pages on a socket that already listens. `make` is told how to ask whether the server is to end."""

    def __init__(self, listening: socket.socket, make: Callable[[Callable[[], bool]], ASGIApp], known: str) -> None:
        self._listening = listening
        host, port = listening.getsockname()[:2]
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
        self._server: uvicorn.Server = make_server(LocalGuard(make(self.ends), known), host, port)

    def ends(self) -> bool:
        return self._server.should_exit

    def end(self) -> None:
        """Let `run` return; any thread may call this."""
        self._server.should_exit = True

    def run(self) -> None:
        """Serve until `end`."""
        self._server.run(sockets=[self._listening])

    def run_until_interrupted(self) -> None:
        """Serve until Ctrl-C or SIGTERM, which uvicorn raises again once it has shut down: that is no error here."""

        def end(_number: int, _frame: object) -> None:
            self.end()

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, end)
        self.run()
