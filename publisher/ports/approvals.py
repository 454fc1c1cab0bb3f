"""Who approved what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from publisher.issue import Approval


class Approvals(Protocol):
    """Which person approved which bytes of which issue."""

    def add(self, number: int, approval: Approval) -> None:
        """Record an approval; the same person and digest twice is one."""
        ...

    def of(self, number: int) -> Sequence[Approval]: ...
