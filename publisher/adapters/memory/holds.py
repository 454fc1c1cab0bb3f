"""What holds all sending, in memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from publisher.ports import Hold


class MemoryHolds:
    """Implements ports.Holds."""

    def __init__(self) -> None:
        self._holds: list[Hold] = []

    def add(self, issue: int, cause: str, what: str, now: dt.datetime, *, holds: bool) -> bool:
        if any((each.issue, each.cause) == (issue, cause) for each in self._holds):
            return False
        self._holds.append(Hold(len(self._holds) + 1, issue, cause, what, now, holds))
        return True

    def open(self) -> Sequence[Hold]:
        return tuple(each for each in self._holds if each.holds and each.lifted is None)

    def untold(self) -> Sequence[Hold]:
        return tuple(each for each in self._holds if each.told is None)

    def told(self, hold: int, now: dt.datetime) -> None:
        self._holds = [replace(each, told=now) if each.id == hold else each for each in self._holds]

    def lift(self, why: str, now: dt.datetime) -> int:
        lifted = {each.id for each in self.open()}
        self._holds = [replace(each, lifted=now, why=why) if each.id in lifted else each for each in self._holds]
        return len(lifted)
