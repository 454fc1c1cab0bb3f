"""Approvals in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from publisher.adapters.database.tables import approval as rows
from publisher.adapters.database.tables import approval_record, mailing, shown_issue
from publisher.issue import Approval
from publisher.ports import ApprovalRecord, How, Occasion, ShownIssue, Verdict
from subscribers.database import insert_once, reading, writing


class DatabaseApprovals:
    """Implements ports.Approvals. `approval` holds those that count; rows of `approval_record` and `shown_issue` are only ever added."""

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

    def keep(self, shown: ShownIssue) -> None:
        row = {
            "issue": shown.number, "occasion": shown.occasion, "digest": shown.digest, "at": shown.at,
            "source": shown.source, "message": shown.message,
        }  # fmt: skip
        with writing(self._engine) as connection:
            last = connection.execute(_last(shown.number, shown.occasion)).first()
            if last is None or last.digest != shown.digest:
                connection.execute(shown_issue.insert().values(row))

    def last_shown(self, number: int, occasion: Occasion, *, but: str = "") -> ShownIssue | None:
        with reading(self._engine) as connection:
            row = connection.execute(_last(number, occasion).where(shown_issue.c.digest != but)).first()
        if row is None:
            return None
        return ShownIssue(row.issue, Occasion(row.occasion), row.digest, row.at, row.source, row.message)


def _last(number: int, occasion: Occasion) -> sa.Select[Any]:
    of = sa.select(shown_issue).where(shown_issue.c.issue == number, shown_issue.c.occasion == occasion)
    return of.order_by(shown_issue.c.id.desc()).limit(1)


def all_stand(connection: sa.Connection, number: int, digest: str, people: Sequence[str]) -> bool:
    """Say whether none of these approvals was withdrawn, and keep them from being withdrawn until the transaction ends."""
    given = sa.select(rows.c.person).where(rows.c.issue == number, rows.c.digest == digest, rows.c.person.in_(people))
    return set(connection.scalars(given.with_for_update())) == set(people)
