"""Who approved what, and the record of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from publisher.issue import Approval


class How(StrEnum):
    """By which way a person approves: their own signed link, or a command in which anybody can type a name.

    A restored backup takes approvals back by itself where nobody knows whether what was approved is out.
    """

    LINK = "link"
    SHELL = "shell"
    RESTORE = "restore"


class Verdict(StrEnum):
    """What was done."""

    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ApprovalRecord:
    """One line of the record: who did what, when and how, with which bytes of which issue."""

    number: int
    digest: str
    person: str
    at: dt.datetime
    what: Verdict
    how: How


class Occasion(StrEnum):
    """Why a person had an issue before them: a proof reached an editor, or somebody approved."""

    PROOF = "proof"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class ShownIssue:
    """An issue as it was proofed or approved: what its digest covers, its file and its frozen message."""

    number: int
    occasion: Occasion
    digest: str
    at: dt.datetime
    source: bytes = field(repr=False)
    message: bytes = field(repr=False)


class Approvals(Protocol):
    """Which person approved which bytes of which issue. Whatever changes that is recorded in the same transaction."""

    def add(self, number: int, approval: Approval, how: How) -> None:
        """Add an approval; the same person and digest twice is one."""
        ...

    def withdraw(self, number: int, approval: Approval, how: How) -> bool:
        """Take back the approval of that person and digest, at the time `approval.at`.

        False when there is none, or when the issue is being sent or was sent.
        """
        ...

    def of(self, number: int) -> Sequence[Approval]:
        """Return the approvals that were not withdrawn."""
        ...

    def record(self, number: int | None = None) -> Sequence[ApprovalRecord]:
        """Return everything that was done, of one issue or of all, in the order in which it was done."""
        ...

    def keep(self, shown: ShownIssue) -> None:
        """Keep what was proofed or approved; nothing when the last that was kept for that occasion is the same."""
        ...

    def last_shown(self, number: int, occasion: Occasion, *, but: str = "") -> ShownIssue | None:
        """Return the last that was kept, of those that have another digest than `but`; None when there is none."""
        ...
