"""What one template may cost: processor time and characters. It is counted where templates loop, call and write."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from jinja2 import nodes
from jinja2.exceptions import SecurityError

MOST_SECONDS: Final = 2.0
"""Of processor time, of the thread that renders: a busy machine stops nobody. The largest page takes a hundredth of it."""

MOST_WRITTEN: Final = 20_000_000
"""Characters, of a page as well as of a macro or a block in it."""

COUNTED: Final = "_counted"
"""The filter around whatever a template loops over."""

_ends: ContextVar[float] = ContextVar("_ends")


@contextmanager
def limited() -> Iterator[None]:
    """Begin to count the time of one template, with everything that it includes."""
    before = _ends.set(time.thread_time() + MOST_SECONDS)
    try:
        yield
    finally:
        _ends.reset(before)


def spend() -> None:
    """Raise SecurityError if the template's time is over."""
    if time.thread_time() > _ends.get(float("inf")):
        raise SecurityError(f"it takes more than {MOST_SECONDS:.0f} seconds of processor time; look for loops in loops")


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
    kept, length = list[str](), 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > MOST_WRITTEN:
            raise SecurityError(f"it writes more than {MOST_WRITTEN:,} characters; look for loops in loops")
    return "".join(kept)
