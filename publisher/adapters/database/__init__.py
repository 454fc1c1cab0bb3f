"""The publisher's adapters for the database: the ledger, approvals, and the scheduler's weeks."""

from __future__ import annotations

from publisher.adapters.database.approvals import DatabaseApprovals
from publisher.adapters.database.ledger import database_ledger
from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.weeks import DatabaseWeeks

__all__ = [
    "DatabaseApprovals",
    "DatabaseWeeks",
    "database_ledger",
    "migrate",
]
