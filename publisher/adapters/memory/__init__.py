"""What the publisher keeps, in memory: for tests of the flow, and for anyone who tries it out. It ends with the process.

Each passes the same contract as its twin in adapters/database/.
"""

from __future__ import annotations

from publisher.adapters.memory.approvals import MemoryApprovals
from publisher.adapters.memory.holds import MemoryHolds
from publisher.adapters.memory.ledger import memory_ledger
from publisher.adapters.memory.ledger_rows import LedgerRows
from publisher.adapters.memory.model_calls import MemoryModelCalls
from publisher.adapters.memory.passage_terms import MemoryPassageTerms
from publisher.adapters.memory.passage_vectors import MemoryPassageVectors
from publisher.adapters.memory.tool_calls import MemoryToolCalls
from publisher.adapters.memory.weeks import MemoryWeeks

__all__ = [
    "LedgerRows",
    "MemoryApprovals",
    "MemoryHolds",
    "MemoryModelCalls",
    "MemoryPassageTerms",
    "MemoryPassageVectors",
    "MemoryToolCalls",
    "MemoryWeeks",
    "memory_ledger",
]
