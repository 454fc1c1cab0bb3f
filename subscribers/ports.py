"""The ports of this package: a store of readers, and the learning paths, which the caller supplies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from subscribers.address_state import AddressState
from subscribers.consent import Consent
from subscribers.emails import EmailEnd, EmailEntry, Found
from subscribers.history import AddressHistory, Happened
from subscribers.outcome import ImportProgress, Outcome
from subscribers.subscriber import EmailKind, Suppression


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

    def lock(self, canonicals: Collection[str]) -> bool:
        """Keep others from locking addresses of the same mailboxes until the transaction ends.

        Return whether others may have changed it since the transaction began.
        """
        ...

    def states(self, canonicals: Collection[str], mailboxes: Collection[str] = ()) -> Mapping[str, AddressState]:
        """Return the state of each of these addresses, and of every other in these mailboxes that is a reader's or refused."""
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

    @property
    def elsewhere(self) -> bool:
        """Whether another process does the work, so that this one can do something else while it waits."""
        ...

    def give_way(self, since: float) -> None:
        """Let others write who are waiting to; `since` is when our last transaction ended, by time.monotonic()."""
        ...

    def forget_networks(self, before: dt.datetime, limit: int) -> int:
        """Delete the network addresses of the oldest acts of consent from before a moment; return how many."""
        ...


class EmailsInHand(Protocol):
    """The rows of the outbox as a sender uses them, within one transaction."""

    def due(self, now: dt.datetime, limit: int, lowest: int) -> Sequence[Found]:
        """Return rows that are due, of priority `lowest` or more urgent, locked for this transaction."""
        ...

    def of(self, ids: Collection[int]) -> Sequence[Found]: ...

    def states(self, canonicals: Collection[str]) -> Mapping[str, AddressState]:
        """Return the state of each of these addresses."""
        ...

    def suppressions(self, canonicals: Collection[str]) -> Mapping[str, Suppression]:
        """Return the suppressions among these addresses, by address."""
        ...

    def claim(self, ids: Sequence[int], sender: str) -> None: ...

    def hold(self, until: Mapping[int, dt.datetime]) -> None:
        """Make rows due later."""
        ...

    def give_up(self, ids: Collection[int], why: str, now: dt.datetime) -> None:
        """End mails that no sender holds, without sending them."""
        ...

    def end(self, ends: Sequence[EmailEnd], sender: str, now: dt.datetime) -> None:
        """Write how mails of a sender ended."""
        ...

    def mark(self, ids: Collection[int], sender: str) -> frozenset[int]:
        """Mark those of the rows at_dot that the sender holds; return them."""
        ...

    def give_back(self, sender: str, why: str, now: dt.datetime) -> None:
        """Free the rows that a sender holds; those at the dot are in doubt, with `why` as their reply."""
        ...


class EmailRecords(Protocol):
    """The other uses of the outbox's rows, within one transaction."""

    def put(self, kind: EmailKind, addresses: Sequence[str], detail: str, reference: str, now: dt.datetime) -> None:
        """Make mails to editors due; any that still wait under this reference get the new `detail` instead."""
        ...

    def holders(self) -> frozenset[str]:
        """Return the senders that hold mails."""
        ...

    def count(self, now: dt.datetime) -> int:
        """Return how many mails are due."""
        ...

    def told(self, reference: str) -> Sequence[EmailEntry]:
        """Return the mails to editors under this reference, and what became of them, by address."""
        ...

    def unreached(self) -> Sequence[EmailEntry]:
        """Return the last mail to each editor, if it did not reach them, by address."""
        ...

    def sweep(self, before: Mapping[EmailKind, dt.datetime]) -> None:
        """Delete the rows of each kind that ended before the given moment."""
        ...


class EmailTransaction(EmailsInHand, EmailRecords, Protocol):
    """The rows of the outbox within one transaction."""


class EmailStore(Protocol):
    """The store of all mail except issues."""

    def writing(self) -> AbstractContextManager[EmailTransaction]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        ...

    def reading(self) -> AbstractContextManager[EmailTransaction]:
        """Open a transaction that writes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Erasure:
    """A reader who was deleted at `asked`, and the addresses that mail to them went to.

    `returned` is since when they are a reader again, if they are: what they have got since then is not cleared.
    """

    id: int
    asked: dt.datetime
    history: AddressHistory
    returned: dt.datetime | None = None


class Erasures(Protocol):
    """The deletions that are not done yet outside this package.

    A deletion writes a row in its own transaction. Any other package that keeps records about readers clears them, and
    tries until it has succeeded.
    """

    def add(self, gone: AddressHistory, now: dt.datetime) -> None:
        """Add a deletion. `leaving.delete_me` and `editors.forget` do it themselves."""
        ...

    def under_way(self) -> Sequence[Erasure]:
        """Return the deletions that are not done yet, the oldest first."""
        ...

    def done(self, erasure: int) -> None:
        """Remove a deletion whose records are all cleared, and with it the addresses that it names."""
        ...


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens in the links of one mail: of its button, of unsubscribing, of the reader's preferences, and of refusing all
    mail.
    """

    action: str
    unsubscribe: str
    preferences: str
    never: str


NO_TOKENS = Tokens("", "", "", "")
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
    days until the next one. For a WELCOME, `path` is a course that begins with it. `name` is given only if the reader
    is known to have confirmed. `reference` identifies the mail: it stays the same when the mail is tried again.
    For a CONFIRMATION, `courses` are the learning paths that begin with it. `detail` is what mail to editors is made from. `attempt` counts from 1. `since` is when the mail became due.
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
    courses: tuple[str, ...] = ()
    detail: str = ""
    attempt: int = 1
    since: dt.datetime | None = None


class Progress(Protocol):
    """Called now and then with the progress of a long piece of work."""

    def __call__(self, done: int, total: int, /) -> None: ...
