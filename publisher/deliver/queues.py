"""The queues of mail that the dispatcher serves, and one issue's deliveries as such a queue."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from publisher.deliver.answers import Fault, judge, likeness
from publisher.deliver.message_builder import Build
from publisher.deliver.suspicion import Suspect
from publisher.deliver.transitions import answered, broken, postponed, slowed, unchosen, unwritable, withdrawn
from publisher.errors import UserError
from publisher.issue import DeliveryState
from publisher.ports import Claimed, Envelope, Halt, Ledger, Outcome, Reply

OTHERS = dt.timedelta(seconds=1)
"""How long a sender waits, before it looks again, for the rows that another one has in hand."""


class Queue(Protocol):
    """Mail that waits to be handed over: an issue's deliveries, or all other mail.

    Rows are named by their ids. Claimed rows belong to this sender until their outcome is committed.
    """

    def claim(self, sender: str, limit: int, now: dt.datetime) -> Sequence[int]:
        """Claim rows that are due, committed on return. An empty result means that nothing is due now."""
        ...

    def recipient(self, row: int) -> str:
        """Return the address of a claimed row."""
        ...

    def build(self, row: int, now: dt.datetime) -> Envelope | Outcome:
        """Return a claimed row's message, or its outcome if it ends without one."""
        ...

    def stopped(self, rows: Collection[int], now: dt.datetime) -> Collection[int]:
        """Return those of these rows that must not be mailed or are no longer wanted."""
        ...

    def stop(self, row: int) -> Outcome:
        """Decide for a row that is stopped."""
        ...

    def marks(self, row: int) -> bool:
        """Return whether a row must be sent at most once, and so is marked before its dot."""
        ...

    def answered(self, row: int, reply: Reply, now: dt.datetime) -> Outcome | Suspect:
        """Decide after the server's answer."""
        ...

    def slowed(self, row: int, reply: Reply, now: dt.datetime) -> Outcome:
        """Decide after the server took nothing because we are too fast; it costs no try."""
        ...

    def broken(self, row: int, why: str, now: dt.datetime) -> Outcome | Suspect:
        """Decide after the connection was lost before the dot."""
        ...

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),
    ) -> Collection[int]:
        """Record outcomes and mark rows at_dot, in one transaction; return the marked rows, which may go ahead.

        `refused` are the rows of new suspects: the server did not take their messages.
        """
        ...

    def soonest(self, now: dt.datetime) -> dt.datetime | None:
        """Return when the next waiting row is due, or None if no row waits."""
        ...

    def paused(self) -> bool:
        """Return whether nothing of it should begin for now: a person says so, or another sender learned that it is refused."""
        ...

    def give_back(self, sender: str, now: dt.datetime) -> None:
        """Free the rows of a sender that ends or is dead."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A claimed row, its queue, and when it was claimed, in monotonic seconds. Equal to itself alone, which is quick to tell."""

    queue: Queue
    row: int
    since: float


class IssueQueue:
    """One issue's deliveries. Ends that do not concern one recipient are suspects: see suspicion.py."""

    def __init__(
        self,
        ledger: Ledger,
        number: int,
        build: Build,
        waits: Sequence[float],
        held: Callable[[], bool],
        halt: Halt | None = None,
    ) -> None:
        """`halt` is the last one that this sender knows of."""
        self._held = held
        self._deliveries = ledger.deliveries
        self._records = ledger.records
        self._halt = halt
        self._number = number
        self._build = build
        self._waits = waits
        self._claimed: dict[int, Claimed] = {}

    def claim(self, sender: str, limit: int, now: dt.datetime) -> Sequence[int]:
        claimed = self._deliveries.claim(self._number, sender, limit, now)
        self._claimed.update((each.id, each) for each in claimed)
        return [each.id for each in claimed]

    def recipient(self, row: int) -> str:
        return self._claimed[row].address

    def build(self, row: int, now: dt.datetime) -> Envelope | Outcome:  # noqa: ARG002  a retry has the date of the mailing
        claimed = self._claimed[row]
        try:
            return self._build(claimed) or unchosen(claimed)
        except UserError as error:
            return unwritable(claimed, str(error))

    def stopped(self, rows: Collection[int], now: dt.datetime) -> Collection[int]:  # noqa: ARG002  a suppression does not depend on the time
        return self._deliveries.suppressed(list(rows))

    def stop(self, row: int) -> Outcome:
        return withdrawn(self._claimed[row])

    def marks(self, row: int) -> bool:  # noqa: ARG002  no delivery of an issue is repeated
        return True

    def answered(self, row: int, reply: Reply, now: dt.datetime) -> Outcome | Suspect:
        claimed = self._claimed[row]
        outcome = answered(claimed, reply, now, self._waits)
        if judge(reply).fault in (None, Fault.RECIPIENT):
            return outcome
        return Suspect(outcome, postponed(claimed, reply, now, self._waits), likeness(reply), reply.after)

    def slowed(self, row: int, reply: Reply, now: dt.datetime) -> Outcome:
        return slowed(self._claimed[row], reply, now)

    def broken(self, row: int, why: str, now: dt.datetime) -> Outcome | Suspect:
        end = broken(self._claimed[row], why, now, self._waits)
        return Suspect(end, end)

    def commit(
        self,
        sender: str,
        outcomes: Sequence[Outcome],
        at_dot: Sequence[int],
        now: dt.datetime,
        refused: Sequence[int] = (),
    ) -> Collection[int]:
        passed = self._deliveries.commit(sender, outcomes, at_dot, now, refused)
        for outcome in outcomes:
            self._claimed.pop(outcome.delivery, None)
        return passed

    def soonest(self, now: dt.datetime) -> dt.datetime | None:
        sums = self._deliveries.sums(self._number, now)
        if not sums[DeliveryState.CLAIMED] + sums[DeliveryState.AT_DOT]:
            return sums.next_attempt
        # Another sender has them in hand, and may give them back or die.
        return min(sums.next_attempt or now + OTHERS, now + OTHERS)

    def paused(self) -> bool:
        found = self._records.entry(self._number)
        stopped = found is not None and (
            found.pause is not None or (found.halt is not None and found.halt != self._halt)
        )
        return stopped or self._held()

    def give_back(self, sender: str, now: dt.datetime) -> None:
        """Do nothing: the ledger frees the rows when the sender is released."""

    def accepted(self, now: dt.datetime) -> bool:
        """Return whether the server has accepted any of the issue so far."""
        return self._deliveries.sums(self._number, now)[DeliveryState.SENT] > 0
