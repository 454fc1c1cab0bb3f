"""What came back of deliveries and other mail: one decision for each different report, with its reason and its source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from publisher.issue import DeliveryState

if TYPE_CHECKING:  # slow to import, and only named here
    from subscribers import AddressHistory, BounceKind


@dataclass(frozen=True, slots=True)
class Tied:
    """A delivery that a returned message was proven to be about."""

    issue: int
    delivery: int
    canonical: str
    subject_id: str
    state: DeliveryState


@dataclass(frozen=True, slots=True)
class Report:
    """What one message said of one delivery, or of one `email` of the outbox, and what was decided.

    `cause` and `effect` are those of publisher.returned, `bounce` is what the effect means to the list of readers, None for
    nothing. `digest` is the same for reports that say the same of the same mail.
    """

    digest: str
    source: str
    canonical: str
    cause: str
    effect: str
    bounce: BounceKind | None = None
    code: str = ""
    words: str = ""
    issue: int | None = None
    delivery: int | None = None
    email: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A report on record: when it was decided, and when and why a person undid it, if one did."""

    id: int
    at: dt.datetime
    report: Report
    undone: dt.datetime | None = None
    why: str = ""


class ReturnedMail(Protocol):
    """The record of what came back. Rows are only ever added, and undone."""

    def delivery(self, number: int, delivery: int) -> Tied | None:
        """Return a delivery by its id, if it is one of this issue."""
        ...

    def addressed(self, number: int, canonical: str) -> Tied | None:
        """Return an issue's delivery to an address."""
        ...

    def record(self, report: Report, now: dt.datetime) -> Decided | None:
        """Write a report down, in one transaction with what it does to its delivery; None if it is known already.

        A delivery in doubt was accepted, or nothing would have come back: it is `sent` then. A bounce is written to the
        delivery unless a graver one is there, for `Bounces.untold`.
        """
        ...

    def known(self, digest: str) -> Decided | None:
        """Return the decision of a report that says the same."""
        ...

    def entries(self, limit: int, issue: int | None = None, effect: str | None = None) -> Sequence[Decided]:
        """Return the latest decisions, the newest first."""
        ...

    def entry(self, decided: int) -> Decided | None: ...

    def undo(self, decided: int, why: str, now: dt.datetime) -> None:
        """Write down that a decision was wrong; its bounce no longer counts for its delivery."""
        ...

    def by_domain(self, number: int, causes: Sequence[str]) -> Mapping[str, int]:
        """Return how many of an issue's deliveries came back for one of these causes, by mail domain; without what was undone."""
        ...

    def forget(self, history: AddressHistory, before: dt.datetime | None = None) -> None:
        """Take the addresses of a reader, and words that may repeat them, out of every row, or of those from before a moment."""
        ...
