"""The workers, from our side: each is a process with a socket; one that waits serves the next call."""

from __future__ import annotations

import atexit
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from publisher.isolation.wire import TooCostlyError, answer_of, receive, send

_DEADLINE = 60.0
"""Seconds after which a call that neither computes nor answers is given up, even on a busy machine."""

IDLE: float = 60.0
"""Seconds without a call after which a worker ends."""

_KEPT = 2
"""Workers that are kept for the next call; more only run while more threads need one at once."""

_TICKS = os.sysconf("SC_CLK_TCK")
_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ", "XDG_DATA_DIRS", "XDG_DATA_HOME")
_STARTED = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from publisher.isolation.worker import work; work(int(sys.argv[1]), float(sys.argv[3]))"


class _Worker:
    """A process that answers one call after the other."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair()
        self._ours.settimeout(_DEADLINE)
        self.calls = 0
        self._seen = 0.0
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
        self._before = self._computed()
        with suppress(OSError):
            send(self._ours, call, self._goes_on)

    def answer(self) -> bytes:
        """Return what the worker says. Raises OSError or EOFError when it ends, and TimeoutError when it only waits."""
        return receive(self._ours, self._goes_on)

    def _goes_on(self) -> bool:
        """Say whether the worker has computed since this was asked last, or would, were a processor free."""
        before, self._seen = self._seen, self._computed()
        return self._seen > before or self._stat()[:1] in (["R"], ["D"])

    def took(self) -> float:
        """Return the seconds that the last call has computed, also of a worker that it has ended."""
        return self._computed() - self._before

    def _computed(self) -> float:
        """Return the seconds that the process has computed; the kernel knows them until somebody asks how it ended."""
        return sum(map(int, self._stat()[11:13])) / _TICKS

    def _stat(self) -> list[str]:
        """Return what the kernel says of the process: its state first; nothing once it is gone."""
        try:
            said = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return said.rpartition(")")[2].split()

    def __del__(self) -> None:
        """End a process for whose answer nobody has waited."""
        if hasattr(self, "_process"):  # else it could not be begun
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


class TooSlowError(Exception):
    """A call has used up its time."""


class Asked:
    """A call, and the worker that has it."""

    def __init__(self, call: bytes, seconds: float, memory: int) -> None:
        self._call, self._seconds, self._memory = call, seconds, memory
        self._worker = _take()
        self._begin(self._worker, seconds)

    def _begin(self, worker: _Worker, seconds: float) -> None:
        worker.begin(pickle.dumps((seconds, self._memory)) + self._call)

    def answer(self) -> tuple[bytes, float, object]:
        """Wait; return what the worker says: as it was said, the seconds that the call took, and its answer or error.

        Raises TooCostlyError, or TooSlowError when it was the time.
        """
        worker, before = self._worker, 0.0
        del self._worker  # only one of us may keep it
        while True:
            try:
                said = worker.answer()
                spent, answer = answer_of(said)
            except TimeoutError:
                worker.end()
                raise TooCostlyError(f"is not done within {_DEADLINE:g} seconds") from None
            except (OSError, EOFError) as error:
                before += worker.took()
                ended = worker.end()
                if ended == -signal.SIGPROF:
                    raise TooSlowError from error
                if worker.calls == 1 and ended >= 0:
                    raise RuntimeError(f"{sys.executable} ended with {ended} before it read anything") from error
                if worker.calls == 1 or before >= self._seconds:
                    raise TooCostlyError("takes too much memory, or makes a library crash") from error
                worker = _Worker()  # nobody had called for a minute, or an earlier call is to blame
                self._begin(worker, self._seconds - before)
            except BaseException:
                worker.end()  # it still has our call
                raise
            else:
                _give_back(worker)
                return said, before + spent, answer


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
