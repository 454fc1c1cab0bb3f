"""What callers see of isolation: functions that run in a worker."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Generic, ParamSpec, Protocol, TypeVar, cast

from publisher.isolation.processes import Asked, TooSlowError
from publisher.isolation.wire import TooCostlyError, answer_of

P = ParamSpec("P")
R = TypeVar("R")

MEMORY: Final = 144 * 2**20
"""Bytes of memory that a call may take, beyond what Python itself needs, unless it says otherwise."""

TOGETHER: Final = 1.7
"""Seconds of computing that one file may take in all functions that may take no more by themselves; see `one_file`."""

IN_WORKER = False
"""Whether this process is a worker."""


class Isolated(Generic[P, R]):
    """A function of a module that runs in a worker; see `isolated`."""

    def __init__(
        self, function: Callable[P, R], seconds: float, in_a_file: float, memory: int, *, keep: bool = False
    ) -> None:
        functools.update_wrapper(self, function)
        self.function, self._seconds, self._in_a_file, self._memory = function, seconds, in_a_file, memory
        self._keep = keep
        self._bounds: dict[object, float] = {self: in_a_file} | ({TOGETHER: TOGETHER} if in_a_file <= TOGETHER else {})

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if IN_WORKER:
            return self.function(*args, **kwargs)
        return self.begin(*args, **kwargs).result()

    def begin(self, *args: P.args, **kwargs: P.kwargs) -> Pending[R]:
        """Have a worker begin, and return at once."""
        call = (self.function.__module__, self.function.__qualname__, args, kwargs)
        asking = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        spent_before = _SPENT.get()
        kept = _ANSWERS if self._keep else None
        known = _read(kept.get(asking)) if kept else None
        bound, left = min(self._left(spent_before), key=lambda one: one[1])
        if known and (spent_before is None or known[0] <= left):
            self._spend(spent_before, known[0])  # so that a file takes too much the second time, too
            answer = cast("R", known[1])
            return Pending(lambda: answer)
        seconds, too_slow = self._seconds, f"takes more than {self._seconds:g} seconds of computing"
        if left < seconds:
            seconds = left
            too_slow = f"takes more than {bound:g} seconds of computing, with what is before it in the file"
        asked = Asked(asking, seconds, self._memory) if seconds > 0 else None

        def result() -> R:
            if asked is None:
                raise TooCostlyError(too_slow)
            spent = 0.0
            try:
                said, spent, answer = asked.answer()
            except TooSlowError as error:
                spent = seconds
                raise TooCostlyError(too_slow) from error
            finally:
                self._spend(spent_before, spent)
            if isinstance(answer, Exception):
                raise answer
            if kept:
                kept.put(asking, said)
            return cast("R", answer)

        return Pending(result)

    def _left(self, spent: _Spent | None) -> Iterator[tuple[float, float]]:
        """Yield each bound of a file, and the seconds that are left of it; outside of files, there is only that of a call."""
        yield self._seconds, self._seconds
        if spent is not None:
            yield from ((most, most - spent.get(bound, 0.0)) for bound, most in self._bounds.items())

    def _spend(self, spent: _Spent | None, seconds: float) -> None:
        if spent is not None:
            spent |= {bound: spent.get(bound, 0.0) + seconds for bound in self._bounds}


_Spent = dict[object, float]
"""Seconds that a file has taken: of each function, and of all that share `TOGETHER`."""


@dataclass(frozen=True, slots=True)
class Pending(Generic[R]):
    """A call under way: `result`, which is to be called once, waits for its answer. Another worker serves who asks meanwhile."""

    result: Callable[[], R]


def isolated(
    *, seconds: float = 1.4, in_a_file: float = 1.4, memory: int = MEMORY, keep: bool = False
) -> Callable[[Callable[P, R]], Isolated[P, R]]:
    """Make a function of a module run in a worker, in at most `seconds` of computing; see `one_file`.

    Its arguments are pickled; it returns plain values, dataclasses and enums of ours, or raises errors of ours. It depends on
    its arguments alone. Calling it may raise TooCostlyError. To `keep` its answers is for what takes longer than to read
    them from a disk.
    """
    return lambda function: Isolated(function, seconds, in_a_file, memory, keep=keep)


class Answers(Protocol):
    """A place that keeps answers for the next process. It may lose them at any time."""

    def get(self, asking: bytes) -> bytes | None: ...

    def put(self, asking: bytes, said: bytes) -> None: ...


_ANSWERS: Answers | None = None


def keep_answers(place: Answers | None) -> None:
    """Keep answers there from now on; None keeps none."""
    global _ANSWERS  # noqa: PLW0603  # an answer depends on the call alone, so any place serves everybody
    _ANSWERS = place


def keep_no_more(place: Answers) -> None:
    """Keep no answers there, unless another place took its turn before."""
    if _ANSWERS is place:
        keep_answers(None)


def _read(said: bytes | None) -> tuple[float, object] | None:
    try:
        return answer_of(said) if said else None
    except Exception:  # noqa: BLE001  # whatever a broken file makes of a pickle
        return None


_SPENT: ContextVar[_Spent | None] = ContextVar("spent", default=None)


@contextmanager
def one_file() -> Iterator[None]:
    """Let all calls of a function inside take `in_a_file` seconds together, and all that may take no more than `TOGETHER`
    that much: many small costs are one large one.

    What is one file to the caller stays one.
    """
    spent = _SPENT.get()
    token = _SPENT.set({} if spent is None else spent)
    try:
        yield
    finally:
        _SPENT.reset(token)
