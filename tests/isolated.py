"""Functions that a worker runs for tests/integration/test_isolation.py: well behaved, and otherwise."""

from __future__ import annotations

import ctypes
import datetime as dt
import os
import time
from pathlib import Path

from publisher.content.converted import Oddity
from publisher.errors import ConfigurationError, ContentError, Problem
from publisher.isolation import isolated


@isolated()
def echo(text: str) -> str:
    return text


@isolated()
def process() -> int:
    return os.getpid()


@isolated(seconds=0.2)
def compute() -> None:
    while True:
        pass


@isolated(seconds=0.2)
def compute_in_a_library() -> int:
    return len(str(9**9**9))  # one instruction of Python


@isolated(seconds=0.3, in_a_file=0.3)
def compute_for(seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


@isolated()
def take(size: int) -> int:
    return len(bytearray(size))


@isolated()
def crash() -> None:
    ctypes.string_at(0)


@isolated(seconds=0.6)
def compute_and_crash() -> None:
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass
    ctypes.string_at(0)


@isolated(seconds=1.5)
def compute_long(seconds: float) -> int:
    return compute_for.function(seconds)


@isolated(seconds=4, in_a_file=20)
def compute_apart(seconds: float) -> int:
    return compute_for.function(seconds)


@isolated()
def nest(depth: int) -> int:
    return nest.function(depth + 1)


@isolated()
def fail(*, with_ours: bool) -> None:
    if with_ours:
        raise ConfigurationError("a package is missing")
    raise LookupError("a bug")


@isolated()
def warn() -> Oddity:
    return Oddity(1, "wrong", "fix it")


@isolated()
def tell(path: str, *, raising: bool) -> tuple[dt.date, Path]:
    if raising:
        raise ContentError([Problem(Path(path), 3, "what is wrong", "how to fix it")])
    return dt.date(2026, 11, 30), Path(path)


@isolated()
def answer_with_a_function() -> object:
    return os.system


@isolated()
def surroundings() -> tuple[list[str], list[str]]:
    """Return the names of the environment's variables, and what the open descriptors are."""
    descriptors = Path("/proc/self/fd")
    return sorted(os.environ), [os.readlink(one) for one in descriptors.iterdir() if one.exists()]


@isolated()
def write(path: str) -> None:
    Path(path).write_text("x")


def plain() -> None:
    """Is not isolated."""


@isolated(keep=True)
def kept(text: str) -> tuple[int, str]:
    """Return a number that is another one each time, and the text."""
    if text == "fail":
        raise ConfigurationError("a package is missing")
    return time.monotonic_ns(), text


@isolated(seconds=0.3, in_a_file=0.3, keep=True)
def kept_and_costly(number: int) -> int:
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    return number
