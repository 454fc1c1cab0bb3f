"""Runs what reads other people's words in processes of their own, which may take so much time and memory and no more.

A function that is `@isolated` runs in a worker: a Python process that stays for the next call, as long as there is one
within a minute. A worker has no secret in its environment, no open file of ours, and may write none. Whatever takes too
much ends the worker, not us, and the caller gets a TooCostlyError; the next call begins another worker. A worker ends
when we do, however we end.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import io
import json
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

MEMORY: Final = 144 * 2**20
"""Bytes of memory that a call may take, beyond what Python itself needs, unless it says otherwise."""

_DEADLINE = 60.0
"""Seconds after which a call that neither computes nor answers is given up, even on a busy machine."""

IDLE: float = 60.0
"""Seconds without a call after which a worker ends."""

_KEPT = 2
"""Workers that are kept for the next call; more only run while more threads need one at once."""

_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ", "XDG_DATA_DIRS", "XDG_DATA_HOME")
_LENGTH = struct.Struct("!Q")
_STARTED = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from publisher.worker import work; work(int(sys.argv[1]), float(sys.argv[3]))"


class TooCostlyError(Exception):
    """A call that took too much; the message completes a sentence that begins with what was read: "takes more than ..."."""


class CallFailedError(Exception):
    """A bug of ours or of a library; the message is the worker's traceback."""


class Isolated(Generic[P, R]):
    """A function of a module that runs in a worker; see `isolated`."""

    def __init__(self, function: Callable[P, R], seconds: float, in_a_file: float, memory: int) -> None:
        functools.update_wrapper(self, function)
        self.function, self._seconds, self._in_a_file, self._memory = function, seconds, in_a_file, memory

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if _IN_WORKER:
            return self.function(*args, **kwargs)
        return self.begin(*args, **kwargs).result()

    def begin(self, *args: P.args, **kwargs: P.kwargs) -> Pending[R]:
        """Have a worker begin, and return at once."""
        seconds, too_slow = self._seconds, f"takes more than {self._seconds:g} seconds of computing"
        spent_before = _SPENT.get()
        left = self._in_a_file - spent_before.get(self, 0.0) if spent_before is not None else seconds
        if left < seconds:
            seconds = left
            too_slow = f"takes more than {self._in_a_file:g} seconds of computing, with what is before it in the file"
        call = (self.function.__module__, self.function.__qualname__, args, kwargs, seconds, self._memory)
        asked = _Asked(pickle.dumps(call, pickle.HIGHEST_PROTOCOL)) if seconds > 0 else None

        def result() -> R:
            try:
                spent, answer = asked.answer() if asked else (0.0, TooCostlyError(too_slow))
            except _TooSlow:
                spent, answer = seconds, TooCostlyError(too_slow)
            if spent_before is not None:
                spent_before[self] = spent_before.get(self, 0.0) + spent
            if isinstance(answer, Exception):
                raise answer
            return cast("R", answer)

        return Pending(result)


@dataclass(frozen=True, slots=True)
class Pending(Generic[R]):
    """A call under way: `result`, which is to be called once, waits for its answer. Another worker serves who asks meanwhile."""

    result: Callable[[], R]


def isolated(
    *, seconds: float = 1.5, in_a_file: float = 1.5, memory: int = MEMORY
) -> Callable[[Callable[P, R]], Isolated[P, R]]:
    """Make a function of a module run in a worker, in at most `seconds` of computing; see `one_file`.

    Its arguments are pickled; it returns plain values, dataclasses and enums of ours, or raises errors of ours. It depends on
    its arguments alone. Calling it may raise TooCostlyError.
    """
    return lambda function: Isolated(function, seconds, in_a_file, memory)


_SPENT: ContextVar[dict[Isolated[..., Any], float] | None] = ContextVar("spent", default=None)


@contextmanager
def one_file() -> Iterator[None]:
    """Let all calls of a function inside take `in_a_file` seconds together: many small costs are one large one."""
    token = _SPENT.set({})
    try:
        yield
    finally:
        _SPENT.reset(token)


# Our side


class _Worker:
    """A process that answers one call after the other."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(_DEADLINE)
        self.calls = 0
        with theirs:
            path = [str(Path(folder).absolute()) for folder in sys.path]  # the worker is elsewhere
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _STARTED, str(theirs.fileno()), json.dumps(path), str(IDLE)],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                pass_fds=[theirs.fileno()], env=_environment(),
            )  # fmt: skip

    def begin(self, call: bytes) -> None:
        """Hand over a call. That the worker has ended shows when it should answer."""
        self.calls += 1
        with suppress(OSError):
            send(self._ours, call)

    def answer(self) -> tuple[float, object]:
        """Return the seconds that a call took and its answer. Raises OSError or EOFError when the worker ends."""
        return cast("tuple[float, object]", _Answers(io.BytesIO(receive(self._ours))).load())

    def __del__(self) -> None:
        """End a process for whose answer nobody has waited."""
        self.end()

    def end(self) -> int:
        """End the process, and return how it ended."""
        self._ours.close()
        if self._process.poll() is None:
            try:
                return self._process.wait(0.05)  # it ends by itself, unless it is busy
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()


_LOCK = threading.Lock()
_IDLE_WORKERS: list[_Worker] = []
_IN_WORKER = False
"""Whether this process is a worker: publisher.worker says so."""


class _TooSlow(Exception):
    """A call has used up its time."""


class _Asked:
    """A call, and the worker that has it."""

    def __init__(self, call: bytes) -> None:
        self._call = call
        self._worker = _take()
        self._worker.begin(call)

    def answer(self) -> tuple[float, object]:
        """Wait: return the seconds that the call took, and its answer or the error."""
        worker = self._worker
        del self._worker  # only one of us may keep it
        while True:
            try:
                spent, answer = worker.answer()
            except TimeoutError:
                worker.end()
                return 0.0, TooCostlyError(f"is not done within {_DEADLINE:g} seconds")
            except (OSError, EOFError) as error:
                ended = worker.end()
                if ended == -signal.SIGPROF:
                    raise _TooSlow from error
                if worker.calls == 1:
                    if ended >= 0:
                        raise RuntimeError(f"{sys.executable} ended with {ended} before it read anything") from error
                    return 0.0, TooCostlyError("takes too much memory, or makes a library crash")
                worker = _Worker()  # nobody had called for a minute, or an earlier call is to blame
                worker.begin(self._call)
            except BaseException:
                worker.end()  # it still has our call
                raise
            else:
                _give_back(worker)
                return spent, answer


def _take() -> _Worker:
    with _LOCK:
        if _IDLE_WORKERS:
            return _IDLE_WORKERS.pop()
    return _Worker()


def _give_back(worker: _Worker) -> None:
    with _LOCK:
        if len(_IDLE_WORKERS) < _KEPT:
            _IDLE_WORKERS.append(worker)
            return
    worker.end()


@atexit.register
def end_workers() -> None:
    """End the workers that wait for a call."""
    while _IDLE_WORKERS:
        _IDLE_WORKERS.pop().end()


def _forget_workers() -> None:
    """Leave the workers to the process from which this one was forked."""
    global _LOCK  # noqa: PLW0603  # another thread may have held it at the fork
    _LOCK = threading.Lock()
    _IDLE_WORKERS.clear()


os.register_at_fork(after_in_child=_forget_workers)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"MALLOC_ARENA_MAX": "1"}


class _Answers(pickle.Unpickler):
    """Reads answers of a worker, which a bug in a library may have handed to an attacker: plain values and ours only."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("publisher."):
            found = getattr(importlib.import_module(module), name)
            if isinstance(found, type) and (issubclass(found, Exception | Enum) or is_dataclass(found)):
                return found
        raise pickle.UnpicklingError(f"a worker may not answer with {module}.{name}")


# What both sides say


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
