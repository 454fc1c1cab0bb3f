"""Bytes to and from an SMTP server in an event loop, each with its time limit; answers become a Reply."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from publisher.ports import Reply

_REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.DOTALL)
_LONGEST_REPLY = 64 * 1024  # octets; a server that says more than this says nothing of use
_SEND_BUFFER = 256 * 1024  # octets; a usual message leaves with one system call
_READ = 16 * 1024  # octets; a whole record of TLS, so that nothing is left where select() does not see it


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a server may take, in seconds: RFC 5321 4.5.3.2, except for `connect`."""

    connect: float = 30.0
    command: float = 300.0
    block: float = 180.0
    dot: float = 600.0


class NoReplyError(Exception):
    """The server gave no usable answer: none in time, half of one, or something else."""


class Wire:
    """A connected socket, with TLS or without. Its methods raise OSError or NoReplyError when the server is gone or talks
    nonsense.

    What the server says is read as soon as it comes; whoever waits for it is woken.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        connected.settimeout(0.0)
        # The dot travels alone: with Nagle's algorithm it would wait for the receiver's delayed ACK, 40 ms each time.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._loop.add_reader(connected, self._read)

    async def send(self, octets: bytes, seconds: float) -> None:
        """Write everything; `seconds` is for each part that the server takes."""
        left = memoryview(octets)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                await self._writable(seconds)
            except ssl.SSLWantReadError:
                await self._wait(seconds, "the server took too long to read")

    async def reply(self, step: str, seconds: float) -> Reply:
        """Read one answer; its step is `step`."""
        deadline = self._loop.time() + seconds
        lines: list[str] = []
        read = 0
        while True:
            line = await self._line(deadline)
            read += len(line)
            match = _REPLY_LINE.fullmatch(line)
            if match is None or read > _LONGEST_REPLY:
                raise NoReplyError(f"not an SMTP reply: {line[:80]!r}")
            lines.append(match[3].decode("utf-8", "replace"))
            if match[2] != b"-":
                return Reply(int(match[1]), " ".join(lines), step)

    def listen(self) -> None:
        """Raise if the server has hung up or said something unasked, without waiting for either."""
        self._read()
        if self._received:
            raise NoReplyError(f"the server said {bytes(self._received[:512])!r} unasked")
        if self._failure:
            raise self._failure

    def close(self, last_words: bytes = b"") -> None:
        """Stop reading, and say something if that needs no waiting. The socket itself stays open."""
        if self._socket.fileno() < 0:  # it was closed before
            return
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if last_words:
            with suppress(OSError):
                self._socket.send(last_words)

    def _read(self) -> None:
        """Take what the server has said."""
        try:
            while len(self._received) <= _LONGEST_REPLY:
                more = self._socket.recv(_READ)
                if not more:
                    self._fail(NoReplyError("the connection was closed"))
                    return
                self._received += more
                if len(more) < _READ and not isinstance(self._socket, ssl.SSLSocket):
                    break  # else there may be more within TLS, of which select() does not know
            else:
                self._fail(NoReplyError("a reply without an end"))
        except (BlockingIOError, ssl.SSLWantReadError):
            pass  # that was all for now
        except ssl.SSLWantWriteError:
            self._loop.add_writer(self._socket, self._written, self._read)
        except OSError as error:
            self._fail(error)
        self._wake()

    def _fail(self, error: Exception) -> None:
        self._failure = error
        self._loop.remove_reader(self._socket)
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _written(self, then: Callable[[], None]) -> None:
        self._loop.remove_writer(self._socket)
        then()

    async def _line(self, deadline: float) -> bytes:
        while True:
            end = self._received.find(b"\n")
            if end >= 0:
                line = bytes(self._received[:end]).rstrip(b"\r")
                del self._received[: end + 1]
                return line
            if self._failure:
                raise self._failure
            await self._wait(deadline - self._loop.time(), "the server took too long")

    async def _writable(self, seconds: float) -> None:
        self._loop.add_writer(self._socket, self._written, self._wake)
        try:
            await self._wait(seconds, "the server took too long to read")
        finally:
            self._loop.remove_writer(self._socket)

    async def _wait(self, seconds: float, late: str) -> None:
        """Wait until the server has said something, hung up, or can be written to again."""
        self._waiter = waiter = self._loop.create_future()
        timer = self._loop.call_later(max(seconds, 0.0), _late, waiter, late)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None


def _late(waiter: asyncio.Future[None], words: str) -> None:
    if not waiter.done():
        waiter.set_exception(NoReplyError(words))
