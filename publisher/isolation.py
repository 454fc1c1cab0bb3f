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
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import is_dataclass
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
_STARTED = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from publisher.isolation import work; work(int(sys.argv[1]), float(sys.argv[3]))"


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
        if _IS_WORKER:
            return self.function(*args, **kwargs)
        seconds, too_slow = self._seconds, f"takes more than {self._seconds:g} seconds of computing"
        spent_before = _SPENT.get()
        left = self._in_a_file - spent_before.get(self, 0.0) if spent_before is not None else seconds
        if left < seconds:
            seconds = left
            too_slow = f"takes more than {self._in_a_file:g} seconds of computing, with what is before it in the file"
        if seconds <= 0:
            raise TooCostlyError(too_slow)
        call = (self.function.__module__, self.function.__qualname__, args, kwargs, seconds, self._memory)
        try:
            spent, answer = _ask(pickle.dumps(call, pickle.HIGHEST_PROTOCOL))
        except _TooSlow:
            spent, answer = seconds, TooCostlyError(too_slow)
        if spent_before is not None:
            spent_before[self] = spent_before.get(self, 0.0) + spent
        if isinstance(answer, Exception):
            raise answer
        return cast("R", answer)


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

    def ask(self, call: bytes) -> tuple[float, object]:
        """Return the seconds that a call took and its answer. Raises OSError or EOFError when the worker ends."""
        self.calls += 1
        _send(self._ours, call)
        return cast("tuple[float, object]", _Answers(io.BytesIO(_receive(self._ours))).load())

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
_IS_WORKER = False


class _TooSlow(Exception):
    """A call has used up its time."""


def _ask(call: bytes) -> tuple[float, object]:
    """Have a worker answer: return the seconds that it took, and the answer or the error."""
    worker = _take()
    while True:
        try:
            spent, answer = worker.ask(call)
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


# The worker's side


def work(number: int, idle: float) -> None:
    """Answer the calls that come by a socket, until it is closed or nobody has called for `idle` seconds."""
    global _IS_WORKER  # noqa: PLW0603  # a process is a worker from here on
    _IS_WORKER = True
    for sign in (signal.SIGINT, signal.SIGTERM):  # they are for the process that will close the socket
        signal.signal(sign, signal.SIG_IGN)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])  # as RLIMIT_DATA counts them
    data = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    caller = socket.socket(fileno=number)
    while True:
        caller.settimeout(idle)
        try:
            call = _receive(caller)
        except (OSError, EOFError):
            os._exit(0)
        caller.settimeout(None)
        _send(caller, _answer(call, data))


def _answer(call: bytes, data: int) -> bytes:
    """Answer a call; `data` is how much memory an idle worker takes."""
    module, name, args, kwargs, seconds, memory = pickle.loads(call)  # noqa: S301  # from the process that began this one
    begun = time.process_time()
    resource.setrlimit(resource.RLIMIT_DATA, (data + memory, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends the process, inside of a library too
    answer: object
    try:
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, Isolated), f"{module}.{name} is not isolated"
        answer = found.function(*args, **kwargs)
    except MemoryError:
        os.abort()  # what is left of this process cannot be relied on
    except RecursionError:
        answer = TooCostlyError("is nested too deep")
    except Exception as error:  # noqa: BLE001  # the caller raises it
        answer = error if type(error).__module__.startswith("publisher.") else CallFailedError(traceback.format_exc())
    made = pickle.dumps((time.process_time() - begun, answer), pickle.HIGHEST_PROTOCOL)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return made


def _send(to: socket.socket, data: bytes) -> None:
    to.sendall(_LENGTH.pack(len(data)) + data)


def _receive(sender: socket.socket) -> bytes:
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
