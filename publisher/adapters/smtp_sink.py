"""A small SMTP server that takes every message and passes nothing on: for `pressroom sink`, the demo and tests."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from email.parser import BytesHeaderParser
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher.adapters.permissions import create_private, make_private
from publisher.errors import OutsideError

LONGEST_HEAD = 100_000
"""Bytes in which a Message-ID is looked for."""
LONGEST_NAME = 150
"""Characters of a file's name: file systems take 255 bytes."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


Keep = Callable[[bytes, str, Sequence[str]], None]
"""Keeps a message: its bytes as they came over the wire, dot-stuffing undone, then the envelope's sender and recipients."""


class Catcher:
    """Listens on 127.0.0.1 from start() to stop(), on `port`, or a free one for 0; use it as a context manager.

    `keep` gets each message before it is answered with 250; an OSError that it raises tells the sender to try later.
    `received` counts them; `options` are those of aiosmtpd's SMTP class (authenticator, tls_context ...).
    """

    def __init__(self, keep: Keep, port: int = 0, **options: Any) -> None:
        self.received = 0
        self.port = port
        self._keep = keep
        self._options = options
        self._ended: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """What PRESSROOM_SMTP_URL would say."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Return when the port is open. Raises OutsideError when it cannot be."""
        opened: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(opened)), name="sink", daemon=True)
        self._thread.start()
        self.port = opened.result(timeout=10.0)
        return self

    def stop(self) -> None:
        """Return when the port is closed and every message that was accepted is kept."""
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
            server = await self._loop.create_server(accept, "127.0.0.1", self.port)
        except OSError as error:
            why = os.strerror(error.errno or 0)
            said = f"cannot take mail on 127.0.0.1, port {self.port} ({why}); choose another with --smtp-port"
            opened.set_exception(OutsideError(said))
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
        try:
            self._keep(octets, envelope.mail_from or "", envelope.rcpt_tos)
        except OSError as error:
            return f"451 4.3.0 it could not be kept: {error.strerror}"
        self.received += 1
        return "250 2.0.0 kept"


class Sink(Catcher):
    """Keeps every message as one .eml file, named by its Message-ID."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(self._write, **options)
        self.folder = folder
        self._numbers = itertools.count(1)

    def start(self) -> Self:
        """Return when the port is open."""
        make_private(self.folder)
        return super().start()

    def _write(self, octets: bytes, _sender: str, _recipients: Sequence[str]) -> None:
        part = self.folder / f".{next(self._numbers):06d}.part"
        create_private(part)
        part.write_bytes(octets)
        part.replace(self.folder / f"{file_name(octets) or part.stem.strip('.')}.eml")


def file_name(octets: bytes) -> str:
    """Return a message's Message-ID as a file may be called, without `.eml`; empty if it has none that can be read."""
    try:
        found = str(BytesHeaderParser().parsebytes(octets[:LONGEST_HEAD]).get("Message-ID", ""))
    except (ValueError, LookupError):  # whatever the library makes of a broken header
        return ""
    return _UNSAFE.sub("_", found.strip("<> "))[:LONGEST_NAME].lstrip(".")
