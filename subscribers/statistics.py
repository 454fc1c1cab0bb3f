"""Statistics of the whole list: the nouns of `pressroom subscribers stats`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from subscribers.subscriber import Reason, State


@dataclass(frozen=True, slots=True)
class FromSource:
    """A source of readers: how many came from it, and how many of them are active now."""

    source: str
    readers: int
    active: int


@dataclass(frozen=True, slots=True)
class Week:
    """One week, beginning on `monday` (UTC). `joined` counts new addresses, confirmed or not.

    `asked` counts the readers who signed up by the form, and `confirmed` those of them who have confirmed since.
    """

    monday: dt.date
    joined: int
    left: int
    asked: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Word:
    """A reader's reason for leaving, without their address."""

    at: dt.datetime
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """The readers of a learning path who have been sent `sent` of its steps: how many still follow it, and how many
    ended there, because they chose to or because it was the last step.
    """

    path: str
    sent: int
    following: int
    ended: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The list in numbers. `sources` are the largest ones, the largest first; `weeks` are sorted from the latest.

    `asked` and `confirmed` are counted as in `Week`, over all time. `suppressed` counts the addresses that must not be
    mailed, by reason; `words` are the latest reasons that readers gave for leaving.
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
        """The share of form sign-ups that were confirmed, from 0 to 1, or None if there were none."""
        return self.confirmed / self.asked if self.asked else None
