"""The ports of this package: a store of readers, and the learning paths, which the caller supplies."""

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
    """One transaction: it sees one state of the store, and others see what `save` wrote when it ends."""

    def whose(self, subject_id: str) -> str | None:
        """Return the canonical address that an id leads to, or None if nobody has it.

        The id may be a reader's, a former one, or that of a reader who was deleted.
        """
        ...

    def held(self, subject_ids: Collection[str]) -> Mapping[str, str]:
        """Return the canonical addresses that ids lead to, by id, without the ids that nobody has."""
        ...

    def lock(self, canonicals: Collection[str]) -> None:
        """Keep others from changing what is known about these addresses until the transaction ends."""
        ...

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        """Return the state of each of these addresses."""
        ...

    def save(self, outcome: Outcome, now: dt.datetime) -> None:
        """Write what was decided about addresses that are locked.

        Raises DatabaseCollided if a process that takes no locks was faster, and ImportOvertaken if another process went
        on with the import.
        """
        ...

    def happened(self, canonical: str) -> Sequence[Happened]:
        """Return the history of an address, the oldest entry first."""
        ...

    def consents(self, subject_id: str) -> Sequence[Consent]:
        """Return a reader's acts of consent, with the words that they agreed to, the oldest first."""
        ...

    def address_history(self, state: AddressState) -> AddressHistory:
        """Return the addresses and ids that mail to the reader at an address has gone to."""
        ...

    def moved_to(self, canonical: str) -> str | None:
        """Return the present address of the reader who moved away from this one, or None if nobody did."""
        ...

    def begin_import(self, digest: str, name: str, addresses: int, now: dt.datetime) -> ImportProgress:
        """Return the progress of a recent import of this same file that was interrupted, or begin a new one."""
        ...


class ReaderStore(Protocol):
    """The store of readers: their rows, suppressions, courses, consents and histories."""

    def writing(self) -> AbstractContextManager[ReaderTransaction]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        ...

    def reading(self) -> AbstractContextManager[ReaderTransaction]:
        """Open a transaction that writes nothing."""
        ...

    def give_way(self, since: float) -> None:
        """Let others write who are waiting to; `since` is when our last transaction ended, by time.monotonic()."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens in the links of one mail: of its button, of unsubscribing, and of the reader's preferences."""

    action: str
    unsubscribe: str
    preferences: str


NO_TOKENS = Tokens("", "", "")
"""The tokens of mail to editors, which has no such links."""


class LearningPaths(Protocol):
    """The learning paths that readers can get as a course by mail."""

    def steps(self, path: str) -> int:
        """Return how many steps a learning path has now, or 0 if there is no such path.

        Raises PathUnreadable if the path's file exists but cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class EmailJob:
    """A mail that was claimed: who it goes to, and what it is made from.

    For a STEP, `path` and `step` (counted from 1) name the step of a learning path, and `every_days` is the number of
    days until the next one. For a WELCOME, `path` is a course that begins with it. `name` is given only if the reader is
    known to have confirmed. `reference` identifies the mail: it stays the same when the mail is tried again. `detail` is
    what mail to editors is made from. `attempt` counts from 1.
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
    """Called now and then with the progress of a long piece of work."""

    def __call__(self, done: int, total: int, /) -> None: ...
