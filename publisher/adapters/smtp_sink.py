"""A small SMTP server for the demo and for tests: it keeps every message as one .eml file and passes nothing on."""

from __future__ import annotations

import asyncio
import itertools
import re
import threading
from concurrent.futures import Future
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher.adapters.permissions import create_private, make_private

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Sink:
    """Listens on 127.0.0.1 from start() to stop(), on a free port; use it as a context manager.

    The files hold the bytes as they came over the wire, dot-stuffing undone. `received` counts them; `options` are
    those of aiosmtpd's SMTP class (authenticator, tls_context ...).
    """

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.received = 0
        self.port = 0
        self._options = options
        self._numbers = itertools.count(1)
        self._ended: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """What PRESSROOM_SMTP_URL would say."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Return when the port is open."""
        make_private(self.folder)
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(opened)), name="sink", daemon=True)
        self._thread.start()
        self.port = opened.result(timeout=10.0)
        return self

    def stop(self) -> None:
        """Return when the port is closed and every message that was accepted is a file."""
        if self._thread is None or self._loop is None or self._ended is None:
            return
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=10.0)
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    async def _serve(self, opened: Future[int]) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        options = {"hostname": "sink.example.com", "enable_SMTPUTF8": True, **self._options}
        connections: set[SMTP] = set()

        def accept() -> SMTP:
            connection = SMTP(self, loop=self._loop, **options)
            connections.add(connection)
            return connection

        try:
            server = await self._loop.create_server(accept, "127.0.0.1", 0)
        except OSError as error:
            opened.set_exception(error)
            return
        opened.set_result(server.sockets[0].getsockname()[1])
        await self._ended.wait()
        server.close()
        for connection in connections:
            if connection.transport is not None:
                connection.transport.close()
        await asyncio.sleep(0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: ARG002, N802  aiosmtpd's interface
        """Keep one message; called by aiosmtpd."""
        content = envelope.content or b""
        octets = content if isinstance(content, bytes) else content.encode("utf-8")
        name = _UNSAFE.sub("_", str(BytesHeaderParser().parsebytes(octets).get("Message-ID", "")).strip("<> "))
        part = self.folder / f".{next(self._numbers):06d}.part"
        create_private(part)
        part.write_bytes(octets)
        part.replace(self.folder / f"{name or part.stem.strip('.')}.eml")
        self.received += 1
        return "250 2.0.0 kept"
