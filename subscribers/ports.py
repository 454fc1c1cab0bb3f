"""What readers' lives need of the world outside this package; whoever uses the package supplies it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from subscribers.subscriber import EmailKind


@dataclass(frozen=True, slots=True)
class Tokens:
    """What stands behind the links of one mail: to press its button, to leave, to choose."""

    action: str
    unsubscribe: str
    preferences: str


NO_TOKENS = Tokens("", "", "")
"""What stands behind the links of mail to editors: nothing."""


class LearningPaths(Protocol):
    """What there is to be had as a course by mail."""

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has now; 0 when there is no such path.

        Raises PathUnreadable when that cannot be told just now: its file is there, and cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmailJob:
    """One mail that was claimed: to whom it goes, and what it is made from.

    `path` and `step` (counted from 1) say which step of a learning path a STEP is, `every_days` how many days later the
    next one comes; the `path` of a WELCOME begins with it. `name` is given where the reader is known to have confirmed.
    `reference` is the same whenever the same mail is tried again, and differs from every other mail's. `detail` is what
    mail to editors is made from. `attempt` counts from 1.
    """

    id: int
    kind: EmailKind
    address: str
    reference: str
    subject_id: str = ""
    tokens: Tokens = NO_TOKENS
    path: str = ""
    step: int = 0
    every_days: int = 0
    name: str = ""
    detail: str = ""
    attempt: int = 1


class Progress(Protocol):
    """Told now and then how far a long piece of work is."""

    def __call__(self, done: int, total: int, /) -> None: ...
