"""What the web leaves to be collected: with `settle_heap`, only a round of the scheduler looks at what is old."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from publisher.web import settle_heap, tidily


class Ring:
    """An object that holds itself, so that only the collector ends it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_old_rings_are_collected_after_each_round_even_one_that_fails() -> None:
    settle_heap()

    def old() -> weakref.ref[Ring]:
        ring = Ring()
        for generation in (0, 1):
            gc.collect(generation)
        return weakref.ref(ring)

    def fail() -> None:
        raise ValueError

    first = old()
    gc.collect(1)
    assert first() is not None, "the collector itself looks only at what was made last"
    tidily(lambda: None)()
    assert first() is None
    second = old()
    with pytest.raises(ValueError):  # noqa: PT011
        tidily(fail)()
    assert second() is None
