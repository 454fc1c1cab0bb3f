"""Limits of time that mean the same on any machine: what is far too much stays so, whoever else uses the processor."""

from __future__ import annotations

import time

REFERENCE = 0.05
"""Seconds that the loop below takes on the machine for which limits are written."""


def within(seconds: float) -> float:
    """Return the limit for a machine as slow as this one is now; never less than `seconds`."""
    return seconds * max(1.0, min(_loop() for _ in range(3)) / REFERENCE)


def _loop() -> float:
    began, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - began
