"""Everything that is kept in the database: the ledger, approvals, slots. SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from publisher.adapters.database.approvals import DatabaseApprovals
from publisher.adapters.database.engine import migrate, open_engine
from publisher.adapters.database.ledger import LEASE, DatabaseLedger
from publisher.adapters.database.slots import DatabaseSlots

__all__ = [
    "LEASE",
    "DatabaseApprovals",
    "DatabaseLedger",
    "DatabaseSlots",
    "migrate",
    "open_engine",
]
