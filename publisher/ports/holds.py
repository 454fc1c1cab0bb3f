"""What holds all sending of issues until a person lets it go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Hold:
    """Why sending is held, or was, or that the editors were only warned (`holds` is False); `what` says it in a sentence.

    There is at most one for each issue and cause, so that what was lifted does not come back by itself.
    """

    id: int
    issue: int
    cause: str
    what: str
    since: dt.datetime
    holds: bool = True
    told: dt.datetime | None = None
    lifted: dt.datetime | None = None
    why: str = ""


class Holds(Protocol):
    """The holds of one publication."""

    def add(self, issue: int, cause: str, what: str, now: dt.datetime, *, holds: bool) -> bool:
        """Write a hold or a warning down; False if there was one for this issue and cause already."""
        ...

    def open(self) -> Sequence[Hold]:
        """Return what holds sending now."""
        ...

    def untold(self) -> Sequence[Hold]:
        """Return what the editors were not told of yet."""
        ...

    def told(self, hold: int, now: dt.datetime) -> None: ...

    def lift(self, why: str, now: dt.datetime) -> int:
        """Let sending go on; return how many holds that lifted."""
        ...
