"""Approvals in memory."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.issue import Approval


class MemoryApprovals:
    """Implements ports.Approvals."""

    def __init__(self) -> None:
        self._given: dict[tuple[int, str, str], Approval] = {}

    def add(self, number: int, approval: Approval) -> None:
        self._given.setdefault((number, approval.digest, approval.by), approval)

    def of(self, number: int) -> Sequence[Approval]:
        found = [approval for (issue, _, _), approval in self._given.items() if issue == number]
        return tuple(sorted(found, key=lambda one: (one.at, one.by)))
