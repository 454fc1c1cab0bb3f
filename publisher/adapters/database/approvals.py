"""Approvals in the database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from publisher.adapters.database.tables import approval as rows
from publisher.adapters.database.tables import approval_record, mailing
from publisher.issue import Approval
from publisher.ports import ApprovalRecord, How, Verdict
from subscribers.database import insert_once, reading, writing


class DatabaseApprovals:
    """Implements ports.Approvals. `approval` holds those that count; rows of `approval_record` are only ever added."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def add(self, number: int, approval: Approval, how: How) -> None:
        row = {"issue": number, "digest": approval.digest, "person": approval.by, "at": approval.at}
        with writing(self._engine) as connection:
            # If the same person approved the same bytes before, the first time counts.
            if insert_once(connection, rows, row):
                connection.execute(approval_record.insert().values(row | {"what": Verdict.APPROVED, "how": how}))

    def withdraw(self, number: int, approval: Approval, how: How) -> bool:
        row = {"issue": number, "digest": approval.digest, "person": approval.by}
        theirs = sa.and_(*(rows.c[name] == value for name, value in row.items()))
        with writing(self._engine) as connection:
            # The row is locked first: the start of a send locks it too, so either that or this comes first.
            if connection.scalar(sa.select(rows.c.issue).where(theirs).with_for_update()) is None:
                return False
            if connection.scalar(sa.select(sa.exists().where(mailing.c.number == number))):
                return False
            connection.execute(rows.delete().where(theirs))
            done = row | {"at": approval.at, "what": Verdict.WITHDRAWN, "how": how}
            connection.execute(approval_record.insert().values(done))
        return True

    def of(self, number: int) -> Sequence[Approval]:
        query = (
            sa.select(rows.c.person, rows.c.at, rows.c.digest)
            .where(rows.c.issue == number)
            .order_by(rows.c.at, rows.c.person)
        )
        with reading(self._engine) as connection:
            return tuple(Approval(by=row.person, at=row.at, digest=row.digest) for row in connection.execute(query))

    def record(self, number: int | None = None) -> Sequence[ApprovalRecord]:
        query = sa.select(approval_record).order_by(approval_record.c.id)
        if number is not None:
            query = query.where(approval_record.c.issue == number)
        with reading(self._engine) as connection:
            return tuple(
                ApprovalRecord(row.issue, row.digest, row.person, row.at, Verdict(row.what), How(row.how))
                for row in connection.execute(query)
            )


def all_stand(connection: sa.Connection, number: int, digest: str, people: Sequence[str]) -> bool:
    """Say whether none of these approvals was withdrawn, and keep them from being withdrawn until the transaction ends."""
    given = sa.select(rows.c.person).where(rows.c.issue == number, rows.c.digest == digest, rows.c.person.in_(people))
    return set(connection.scalars(given.with_for_update())) == set(people)
