"""Bytes to and from an SMTP server, each with its time limit; answers of one line or several become a Reply."""

from __future__ import annotations

import re
import socket
import ssl
import struct
import time
from dataclasses import dataclass

from publisher.ports import Reply

_REPLY_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)", re.DOTALL)
_LONGEST_REPLY = 64 * 1024  # octets; a server that says more than this says nothing of use
_SEND_BUFFER = 256 * 1024  # octets; a usual message leaves with one system call


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
    """A connected socket. Every method raises OSError or NoReplyError when the server is gone or talks nonsense."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._received = bytearray()
        self._limits: dict[int, float] = {}
        # The dot travels alone: with Nagle's algorithm it would wait for the receiver's delayed ACK, 40 ms each time.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        # The kernel's own time limits save a poll() and two switches of thread for each call. TLS cannot use them: the
        # ssl module takes their expiry for "try again" and does so forever.
        self._by_kernel = not isinstance(connected, ssl.SSLSocket)
        if self._by_kernel:
            connected.settimeout(None)

    def send(self, octets: bytes, seconds: float) -> None:
        """Write everything; `seconds` is for each part that the server takes."""
        self._limit(socket.SO_SNDTIMEO, seconds)
        try:
            self._socket.sendall(octets)
        except BlockingIOError:
            raise NoReplyError("the server took too long to read") from None

    def reply(self, step: str, seconds: float) -> Reply:
        """Read one answer; its step is `step`."""
        deadline = time.monotonic() + seconds
        lines: list[str] = []
        read = 0
        while True:
            line = self._line(deadline)
            read += len(line)
            match = _REPLY_LINE.fullmatch(line)
            if match is None or read > _LONGEST_REPLY:
                raise NoReplyError(f"not an SMTP reply: {line[:80]!r}")
            lines.append(match[3].decode("utf-8", "replace"))
            if match[2] != b"-":
                return Reply(int(match[1]), " ".join(lines), step)

    def listen(self) -> None:
        """Raise if the server has hung up or said something unasked, without waiting for either."""
        try:
            if self._by_kernel:
                said = self._socket.recv(512, socket.MSG_DONTWAIT)
            else:
                self._socket.settimeout(0.0)
                said = self._socket.recv(512)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        raise NoReplyError(f"the server said {said!r} unasked" if said else "the connection was closed")

    def _line(self, deadline: float) -> bytes:
        while True:
            end = self._received.find(b"\n")
            if end >= 0:
                line = bytes(self._received[:end]).rstrip(b"\r")
                del self._received[: end + 1]
                return line
            if len(self._received) > _LONGEST_REPLY:
                raise NoReplyError("a reply without an end")
            left = deadline - time.monotonic()
            if left <= 0:
                raise NoReplyError("the server took too long")
            self._limit(socket.SO_RCVTIMEO, left)
            try:
                more = self._socket.recv(4096)
            except (BlockingIOError, TimeoutError):
                continue  # the deadline says whether that was long enough
            if not more:
                raise NoReplyError("the connection was closed")
            self._received += more

    def _limit(self, option: int, seconds: float) -> None:
        if not self._by_kernel:
            self._socket.settimeout(seconds)
        elif not 0.9 * seconds <= self._limits.get(option, 0.0) <= 1.1 * seconds:
            self._limits[option] = seconds
            whole, part = divmod(max(seconds, 0.001), 1.0)  # zero would mean no limit
            self._socket.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(whole), int(part * 1_000_000)))
