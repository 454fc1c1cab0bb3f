"""What both sides of a worker's socket say: errors, and messages with their lengths."""

from __future__ import annotations

import datetime as dt
import importlib
import io
import pickle
import socket
import struct
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PosixPath
from typing import Any, cast

_LENGTH = struct.Struct("!Q")


class TooCostlyError(Exception):
    """A call that took too much; the message completes a sentence that begins with what was read: "takes more than ..."."""


class CallFailedError(Exception):
    """A bug of ours or of a library; the message is the worker's traceback."""


def send(to: socket.socket, data: bytes) -> None:
    to.sendall(_LENGTH.pack(len(data)) + data)


def receive(sender: socket.socket) -> bytes:
    """Return what was sent. Raises EOFError when the other side has closed the socket."""
    (length,) = _LENGTH.unpack(_exactly(sender, _LENGTH.size))
    return _exactly(sender, length)


def _exactly(sender: socket.socket, length: int) -> bytes:
    data = bytearray()
    while len(data) < length:
        some = sender.recv(min(length - len(data), 2**20))
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
