"""Approvals in memory."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.issue import Approval
from publisher.ports import ApprovalRecord, How, Occasion, ShownIssue, Verdict


class MemoryApprovals:
    """Implements ports.Approvals. It knows no mailings, so it never refuses to withdraw because of one."""

    def __init__(self) -> None:
        self._given: dict[tuple[int, str, str], Approval] = {}
        self._record: list[ApprovalRecord] = []
        self._shown: list[ShownIssue] = []

    def add(self, number: int, approval: Approval, how: How) -> None:
        key = (number, approval.digest, approval.by)
        if key not in self._given:
            self._given[key] = approval
            self._record.append(
                ApprovalRecord(number, approval.digest, approval.by, approval.at, Verdict.APPROVED, how)
            )

    def withdraw(self, number: int, approval: Approval, how: How) -> bool:
        if self._given.pop((number, approval.digest, approval.by), None) is None:
            return False
        self._record.append(ApprovalRecord(number, approval.digest, approval.by, approval.at, Verdict.WITHDRAWN, how))
        return True

    def of(self, number: int) -> Sequence[Approval]:
        found = [approval for (issue, _, _), approval in self._given.items() if issue == number]
        return tuple(sorted(found, key=lambda one: (one.at, one.by)))

    def record(self, number: int | None = None) -> Sequence[ApprovalRecord]:
        return tuple(one for one in self._record if number in (None, one.number))

    def keep(self, shown: ShownIssue) -> None:
        last = self.last_shown(shown.number, shown.occasion)
        if last is None or last.digest != shown.digest:
            self._shown.append(shown)

    def last_shown(self, number: int, occasion: Occasion, *, but: str = "") -> ShownIssue | None:
        found = (one for one in reversed(self._shown) if (one.number, one.occasion) == (number, occasion))
        return next((one for one in found if one.digest != but), None)
