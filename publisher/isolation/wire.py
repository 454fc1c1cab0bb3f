"""What both sides of a worker's socket say: errors, and messages with their lengths."""

from __future__ import annotations

import datetime as dt
import importlib
import io
import pickle
import socket
import struct
from collections.abc import Callable
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PosixPath
from typing import Any, cast

_LENGTH = struct.Struct("!Q")


class TooCostlyError(Exception):
    """A call that took too much; the message completes a sentence that begins with what was read: "takes more than ..."."""


class CallFailedError(Exception):
    """A bug of ours or of a library; the message is the worker's traceback."""


def _never() -> bool:
    return False


def send(to: socket.socket, data: bytes, goes_on: Callable[[], bool] = _never) -> None:
    """Send a message. Whenever the socket's time is over, `goes_on` says whether to wait once more; else TimeoutError is raised."""
    left = memoryview(_LENGTH.pack(len(data)) + data)
    while left:
        try:
            left = left[to.send(left) :]
        except TimeoutError:
            if not goes_on():
                raise


def receive(sender: socket.socket, goes_on: Callable[[], bool] = _never) -> bytes:
    """Return what was sent; `goes_on` as in `send`. Raises EOFError when the other side has closed the socket."""
    (length,) = _LENGTH.unpack(_exactly(sender, _LENGTH.size, goes_on))
    return _exactly(sender, length, goes_on)


def _exactly(sender: socket.socket, length: int, goes_on: Callable[[], bool]) -> bytes:
    data = bytearray()
    while len(data) < length:
        try:
            some = sender.recv(min(length - len(data), 2**20))
        except TimeoutError:
            if goes_on():
                continue
            raise
        if not some:
            raise EOFError
        data += some
    return bytes(data)


def answer_of(said: bytes) -> tuple[float, object]:
    """Return the seconds that a call took, and its answer or error."""
    return cast("tuple[float, object]", _Answers(io.BytesIO(said)).load())


_PLAIN = {"date": dt.date, "PosixPath": PosixPath}


class _Answers(pickle.Unpickler):
    """Reads answers of a worker, which a bug in a library may have handed to an attacker: plain values and ours only."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN:
            return _PLAIN[name]
        if module.startswith("publisher."):
            found = getattr(importlib.import_module(module), name)
            if isinstance(found, type) and (issubclass(found, Exception | Enum) or is_dataclass(found)):
                return found
        raise pickle.UnpicklingError(f"a worker may not answer with {module}.{name}")
