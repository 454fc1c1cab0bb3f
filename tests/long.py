"""How many examples a long test takes: a fifth in the usual run, all of them with LONG_TESTS=1."""

from __future__ import annotations

import os

LONG = os.environ.get("LONG_TESTS") == "1"


def some(number: int) -> int:
    """Return how many of so many examples this run takes."""
    return number if LONG else max(1, number // 5)
