"""What readers' lives need of the world: learning paths, which whoever uses the package supplies, and a store of readers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from subscribers.consent import Consent
from subscribers.history import AddressHistory, Happened
from subscribers.outcome import ImportProgress, Outcome
from subscribers.subscriber import EmailKind
from subscribers.transitions import AddressState


class ReaderTransaction(Protocol):
    """Readers, over one state of the store; what `save` writes is there for the others when the transaction ends."""

    def whose(self, subject_id: str) -> str | None:
        """Return the canonical address that a link leads to: a reader's, a former id's, or of one who was deleted."""
        ...

    def held(self, subject_ids: Collection[str]) -> Mapping[str, str]:
        """Return to which addresses ids lead, without those that lead to nobody."""
        ...

    def lock(self, canonicals: Collection[str]) -> None:
        """Keep everyone else from changing what is known about addresses until the transaction ends."""
        ...

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        """Return what is known about addresses, for each of them."""
        ...

    def save(self, outcome: Outcome, now: dt.datetime) -> None:
        """Write what was decided about addresses that are locked.

        Raises DatabaseCollided when somebody who takes no locks was faster.
        """
        ...

    def happened(self, canonical: str) -> Sequence[Happened]:
        """Return what happened to an address, the oldest first."""
        ...

    def consents(self, subject_id: str) -> Sequence[Consent]:
        """Return a reader's acts of consent with the words they agreed to, the oldest first."""
        ...

    def address_history(self, state: AddressState) -> AddressHistory:
        """Return where mail to whoever is at an address went."""
        ...

    def moved_to(self, canonical: str) -> str | None:
        """Return the present address of the reader who moved away from an address; None if nobody is known to have."""
        ...

    def begin_import(self, digest: str, name: str, addresses: int, now: dt.datetime) -> ImportProgress:
        """Return how far an import of this very file is that did not come to its end lately; or begin a new one."""
        ...


class ReaderStore(Protocol):
    """Where readers are kept: their rows, suppressions, courses, consents and histories."""

    def writing(self) -> AbstractContextManager[ReaderTransaction]:
        """Give one transaction: committed when the block ends, undone when it raises."""
        ...

    def reading(self) -> AbstractContextManager[ReaderTransaction]:
        """Give one transaction that writes nothing."""
        ...

    def give_way(self, since: float) -> None:
        """Let others write who wait for it; `since` is when our last transaction ended, by time.monotonic()."""
        ...


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
