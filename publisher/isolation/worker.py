"""What a worker does: it answers one call after the other, within the limits of each."""

from __future__ import annotations

import gc
import importlib
import io
import os
import pickle
import resource
import signal
import socket
import time
import traceback
from pathlib import Path

from publisher.isolation import calls
from publisher.isolation.wire import CallFailedError, TooCostlyError, receive, send


def work(number: int, idle: float) -> None:
    """Answer the calls that come by a socket, until it is closed or nobody has called for `idle` seconds."""
    calls.IN_WORKER = True
    gc.set_threshold(
        20_000, 10, 10
    )  # a text makes many objects and no garbage; the search for it took a fifteenth of the time
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
            call = receive(caller)
        except (OSError, EOFError):
            os._exit(0)
        caller.settimeout(None)
        send(caller, _answer(call, data))


def _answer(call: bytes, data: int) -> bytes:
    """Answer a call; `data` is how much memory an idle worker takes."""
    said = io.BytesIO(call)  # from the process that began this one
    seconds, memory = pickle.load(said)  # noqa: S301
    module, name, args, kwargs = pickle.load(said)  # noqa: S301
    begun = time.process_time()
    resource.setrlimit(resource.RLIMIT_DATA, (data + memory, resource.RLIM_INFINITY))
    signal.setitimer(signal.ITIMER_PROF, seconds)  # SIGPROF ends the process, inside of a library too
    answer: object
    try:
        found = getattr(importlib.import_module(module), name)
        assert isinstance(found, calls.Isolated), f"{module}.{name} is not isolated"
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
