"""The publisher's adapters for the database: the ledger, approvals, the scheduler's weeks, the log of assistants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from subscribers.lazy_exports import exports

if TYPE_CHECKING:
    from publisher.adapters.database.approvals import DatabaseApprovals
    from publisher.adapters.database.ledger import database_ledger
    from publisher.adapters.database.migrations import migrate
    from publisher.adapters.database.tool_calls import DatabaseToolCalls
    from publisher.adapters.database.weeks import DatabaseWeeks

__all__ = [
    "DatabaseApprovals",
    "DatabaseToolCalls",
    "DatabaseWeeks",
    "database_ledger",
    "migrate",
]

__getattr__ = exports(
    __name__,
    {
        "publisher.adapters.database.approvals": ["DatabaseApprovals"],
        "publisher.adapters.database.ledger": ["database_ledger"],
        "publisher.adapters.database.migrations": ["migrate"],
        "publisher.adapters.database.tool_calls": ["DatabaseToolCalls"],
        "publisher.adapters.database.weeks": ["DatabaseWeeks"],
    },
)
