"""What one template may cost: processor time and characters. It is counted where templates loop, call and write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError

MOST_SECONDS: Final = 2.0
"""Of processor time, of the thread that renders: a busy machine stops nobody. The largest page takes a hundredth of it."""

MOST_WRITTEN: Final = 20_000_000
"""Characters, of a page as well as of a macro or a block in it."""

COUNTED: Final = "_counted"
"""The filter around whatever a template loops over."""

_PIECES: Final = 32
"""How many pieces of text are joined before they are counted. An operator or a filter makes each, so each is bounded."""


class _Time:
    """The time of one template. The clock of a thread is slow to ask, so it is asked only when its time may be over: no
    thread uses more processor time than passes.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.thread_time() + seconds
        self.lasts_until = time.monotonic() + seconds

    def look(self) -> None:
        """Raise SecurityError if the time is over."""
        left = self._ends - time.thread_time()
        if left < 0:
            raise SecurityError(
                f"it takes more than {MOST_SECONDS:.0f} seconds of processor time; look for loops in loops"
            )
        self.lasts_until = time.monotonic() + left


_time: ContextVar[_Time | None] = ContextVar("_time", default=None)


@contextmanager
def limited() -> Iterator[None]:
    """Begin to count the time of one template, with everything that it includes."""
    before = _time.set(_Time(MOST_SECONDS))
    try:
        yield
    finally:
        _time.reset(before)


def spend() -> None:
    """Raise SecurityError if the template's time is over."""
    left = _time.get()
    if left is not None and time.monotonic() > left.lasts_until:
        left.look()


def counted(items: Iterable[object]) -> Iterator[object]:
    """Yield what a template loops over, as long as there is time."""
    for item in items:
        spend()
        yield item


def count_loops(template: nodes.Template) -> nodes.Template:
    """Let each loop of a template ask whether there is time left."""
    for loop in template.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, COUNTED, [], [], None, None, lineno=loop.lineno)
    return template


def written(pieces: Iterable[str]) -> str:
    """Join what a template writes. Raises SecurityError for more than it may."""
    kept, length, left = list[str](), 0, iter(pieces)
    while some := list(islice(left, _PIECES)):
        kept.append("".join(some))
        length += len(kept[-1])
        if length > MOST_WRITTEN:
            raise SecurityError(f"it writes more than {MOST_WRITTEN:,} characters; look for loops in loops")
    return "".join(kept)
