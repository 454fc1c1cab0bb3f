"""What the list looks like as a whole: the nouns of `pressroom subscribers stats`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscribers.subscriber import Reason, State


@dataclass(frozen=True, slots=True)
class FromSource:
    """Where readers came from: how many ever, and how many of them get the mail now."""

    source: str
    readers: int
    active: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week, which begins on `monday` (UTC). `joined` counts new addresses, confirmed or not.

    `asked` are those who asked to join by a form, `confirmed` how many of these have confirmed since.
    """

    monday: dt.date
    joined: int
    left: int
    asked: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Word:
    """What a reader wrote when they left, without their address."""

    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """How many readers follow a learning path by mail and got so many of its steps; or ended there, by their own choice
    or because it was the last.
    """

    path: str
    sent: int
    following: int
    ended: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The list in numbers. `sources` are the largest, the largest first; `weeks` go back in time.

    `asked` and `confirmed` count as in `Week`, over all time. `suppressed` counts addresses that must not be mailed, by
    the reason; `words` are the last that readers gave for leaving.
    """

    states: Mapping[State, int]
    sources: Sequence[FromSource]
    weeks: Sequence[Week]
    asked: int
    confirmed: int
    suppressed: Mapping[Reason, int]
    words: Sequence[Word]
    courses: Sequence[Step]

    @property
    def share_confirmed(self) -> float | None:
        """The part of those who asked by a form that confirmed, from 0 to 1; None when nobody asked."""
        return self.confirmed / self.asked if self.asked else None
