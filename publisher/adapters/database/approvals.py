"""Approvals in the database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from publisher.adapters.database.tables import approval as rows
from publisher.issue import Approval
from subscribers.database import insert_once, reading, writing


class DatabaseApprovals:
    """Implements ports.Approvals. An approval is never changed or withdrawn: an edit changes the digest instead."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, number: int, approval: Approval) -> None:
        row = {"issue": number, "digest": approval.digest, "person": approval.by, "at": approval.at}
        with writing(self._engine) as connection:
            # If the same person approved the same bytes before, the first time counts.
            insert_once(connection, rows, row)

    def of(self, number: int) -> Sequence[Approval]:
        query = (
            sa.select(rows.c.person, rows.c.at, rows.c.digest)
            .where(rows.c.issue == number)
            .order_by(rows.c.at, rows.c.person)
        )
        with reading(self._engine) as connection:
            return tuple(Approval(by=row.person, at=row.at, digest=row.digest) for row in connection.execute(query))
