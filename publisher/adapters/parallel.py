"""Makes many things on every processor: copies of this process make a part of them.

A copy is made by fork: it has at once all that was read, and hands over only what it made. It asks workers of its own for
what is isolated, and waits for them, so that there is at any time one process to run for each processor.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Generic, TypeVar, cast

from publisher.isolation import end_workers

Thing = TypeVar("Thing")
Made = TypeVar("Made")

_FEW: Final = 40
"""Things that one process makes sooner than another one has begun."""

_MOST_PROCESSES: Final = 4
"""Processes: each takes memory."""

_MOST_CHUNKS: Final = 200
"""Into how many chunks things are cut, so that all processes end at about the same time. A chunk's number has to fit into a byte."""


def processes_for(things: int) -> int:
    """Return how many processes should make so many things.

    It is one in a process with threads: in its copy, what another thread had locked would be locked for ever.
    """
    if things < _FEW or not _has_one_thread():
        return 1
    return min(len(os.sched_getaffinity(0)), _MOST_PROCESSES)


def _has_one_thread() -> bool:
    """Return whether this process has a single thread, those of libraries included."""
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


def made_in_parallel(
    things: Sequence[Thing], make: Callable[[Thing], Made], processes: int, apart: Callable[[Thing], bool]
) -> list[Made]:
    """Make things in so many processes; those that are not `apart` are made here. What is made must be fit for pickling.

    Raises what the first thing raises that cannot be made.
    """
    own = [index for index, thing in enumerate(things) if not apart(thing)]
    queue, copies = _Queue.of(sorted({*range(len(things))} - {*own})), list[_Copy[Made]]()
    made = dict[int, Made]()

    def make_all(indices: Iterator[int]) -> dict[int, Made]:
        done = dict[int, Made]()
        with suppress(Exception):  # it is made again below, in its turn
            for index in indices:
                done[index] = make(things[index])
        return done

    looking = gc.isenabled()
    gc.disable()  # a page leaves no garbage but what its last reference takes along; the search took a tenth of the time
    gc.freeze()  # what was read stays: nobody looks for garbage in it, nor copies it therefore
    try:
        with suppress(OSError):  # the system allows no more processes: those that there are make the rest
            while len(copies) < processes - 1:
                copies.append(_Copy.begin(lambda alive: make_all(queue.take(alive)), copies))
        made |= make_all(iter(own))
        made |= make_all(queue.take())
        for copy in copies:
            made |= copy.made()
    finally:
        gc.unfreeze()
        if looking:
            gc.enable()
        queue.close()
        for copy in copies:
            copy.said.close()  # all of them first: one that still speaks would wait for somebody who hears it
        for copy in copies:
            copy.end()
    return [made[index] if index in made else make(thing) for index, thing in enumerate(things)]


@dataclass(frozen=True, slots=True)
class _Queue:
    """What nobody makes yet, in chunks, whose numbers are in a pipe: whoever reads one has it."""

    numbers: int
    indices: Sequence[int]
    length: int

    @classmethod
    def of(cls, indices: Sequence[int]) -> _Queue:
        length = max(1, -(-len(indices) // _MOST_CHUNKS))
        read, write = os.pipe()
        os.write(write, bytes(range(-(-len(indices) // length))))
        os.close(write)
        return cls(read, indices, length)

    def take(self, goes_on: Callable[[], bool] = lambda: True) -> Iterator[int]:
        """Yield what nobody else makes, for as long as there is any."""
        while goes_on() and (number := os.read(self.numbers, 1)):
            start = number[0] * self.length
            yield from self.indices[start : start + self.length]

    def close(self) -> None:
        """Leave nothing to take."""
        while os.read(self.numbers, _MOST_CHUNKS):
            pass
        os.close(self.numbers)


@dataclass(frozen=True, slots=True)
class _Copy(Generic[Made]):
    """A copy of this process, which says at its end what it made."""

    process: int
    said: BinaryIO

    @classmethod
    def begin(
        cls, work: Callable[[Callable[[], bool]], Mapping[int, Made]], others: Sequence[_Copy[Made]]
    ) -> _Copy[Made]:
        """Begin a copy that does this work; it is told what says whether this process is still there.

        `others` were begun before, and are not its own to hear. Raises OSError.
        """
        read, write = os.pipe()
        here = os.getpid()
        try:
            process = os.fork()
        except OSError:
            os.close(read)
            os.close(write)
            raise
        if process == 0:
            try:
                os.close(read)
                for other in others:
                    other.said.close()
                made = work(lambda: os.getppid() == here)
                with os.fdopen(write, "wb") as said:
                    pickle.dump(made, said, pickle.HIGHEST_PROTOCOL)
            finally:
                end_workers()  # and wait for them: what they have computed counts as ours
                os._exit(0)  # all that is open belongs to the other process
        os.close(write)
        return cls(process, os.fdopen(read, "rb"))

    def made(self) -> Mapping[int, Made]:
        """Wait; return what it made: nothing when it was ended."""
        try:
            return cast("Mapping[int, Made]", pickle.loads(self.said.read()))  # noqa: S301  # our own program wrote it
        except (EOFError, pickle.UnpicklingError):
            return {}

    def end(self) -> None:
        """Wait until it has ended."""
        with suppress(ChildProcessError):  # whoever started us ignores SIGCHLD: then nothing is left to wait for
            os.waitpid(self.process, 0)
