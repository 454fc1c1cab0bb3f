"""The register of senders, the processes that hand mail over, in the database.

A row that is claimed or at_dot belongs to the sender in its `sender` column, and that sender names itself in the WHERE
clause of every write. Taking a row over changes the column. So if a sender is stopped and wakes up later, its writes
change nothing: this is the fence.
"""

from __future__ import annotations

import datetime as dt
import socket
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from publisher.adapters.database.process import Process, this_process
from publisher.adapters.database.tables import delivery, mailing, sender_process
from publisher.issue import DeliveryState
from publisher.ports import LEASE, SenderAtWork
from subscribers.database import reading, writing


class DatabaseSenders:
    """Implements ports.Senders on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine, lease: dt.timedelta = LEASE) -> None:
        self._engine = engine
        self._lease = lease

    def register(self, now: dt.datetime) -> str:
        me = this_process()
        sender = str(uuid.uuid4())
        with writing(self._engine) as connection:
            connection.execute(
                sender_process.insert().values(
                    id=sender, host=me.host, pid=me.pid, born=me.born, heartbeat=now, since=now,
                    machine=socket.gethostname(),
                )
            )  # fmt: skip
        return sender

    def heartbeat(self, sender: str, now: dt.datetime, per_minute: int | None = None) -> bool:
        said: dict[str, object] = {"heartbeat": now} | ({} if per_minute is None else {"per_minute": per_minute})
        with writing(self._engine) as connection:
            beat = sender_process.update().where(sender_process.c.id == sender).values(said)
            return connection.execute(beat).rowcount == 1

    def at_work(self) -> Sequence[SenderAtWork]:
        query = sender_process.select().order_by(sender_process.c.since, sender_process.c.id)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [SenderAtWork(row.machine, row.pid, row.since, row.heartbeat, row.per_minute) for row in rows]

    def release(self, sender: str) -> None:
        with writing(self._engine) as connection:
            _give_back(connection, sender, _open_issues())

    def forget(self, sender: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(sender_process.delete().where(sender_process.c.id == sender))

    def keep_sample_digest(self, number: int, sample_digest: str) -> None:
        with writing(self._engine) as connection:
            connection.execute(mailing.update().where(mailing.c.number == number).values(sample_digest=sample_digest))

    def due(self, number: int, now: dt.datetime) -> bool:
        with reading(self._engine) as connection:
            return connection.scalar(_IS_DUE, {"number": number, "moment": now}) is not None

    def recover(self, now: dt.datetime) -> int:
        with reading(self._engine) as connection:
            senders = connection.execute(sender_process.select()).all()
        dead = [row for row in senders if self._dead(row, now)]
        if not dead:
            return 0
        changed = 0
        with writing(self._engine) as connection:
            for row in dead:
                # The heartbeat is compared again, because the sender may have woken up between the two transactions.
                same = (sender_process.c.id == row.id, sender_process.c.heartbeat == row.heartbeat)
                lock = sa.select(sender_process.c.id).where(*same).with_for_update()
                if connection.execute(lock).one_or_none() is not None:
                    changed += _give_back(connection, row.id, _open_issues())
        return changed

    def living(self) -> frozenset[str]:
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(sa.select(sender_process.c.id)))

    def _dead(self, row: sa.Row[tuple[object, ...]], now: dt.datetime) -> bool:
        return row.heartbeat + self._lease < now or Process(row.host, row.pid, row.born).gone()


def _open_issues() -> sa.ColumnElement[bool]:
    unfinished = sa.select(mailing.c.number).where(mailing.c.finished.is_(None))
    return sa.and_(delivery.c.issue.in_(unfinished), delivery.c.due.is_not(None))


def _give_back(connection: sa.Connection, sender: str, where: sa.ColumnElement[bool]) -> int:
    """Free all rows that a sender holds, and remove the sender; rows at the dot are in doubt. Return how many."""
    held = delivery.update().where(where, delivery.c.sender == sender)
    doubtful = held.where(delivery.c.state == DeliveryState.AT_DOT).values(
        state=DeliveryState.IN_DOUBT,
        sender=None,
        due=None,
        reply="the sender ended between the final dot and the server's answer",
    )
    unsent = held.where(delivery.c.state == DeliveryState.CLAIMED).values(state=DeliveryState.QUEUED, sender=None)
    # In this order: if the database is still committing a dead sender's last mark (claimed to at_dot), the first
    # statement waits for it, and only a later one sees what it wrote.
    changed = connection.execute(unsent).rowcount + connection.execute(doubtful).rowcount
    connection.execute(sender_process.delete().where(sender_process.c.id == sender))
    return changed


_IS_DUE = (
    sa.select(delivery.c.id)
    .where(
        delivery.c.issue == sa.bindparam("number"),
        delivery.c.due <= sa.bindparam("moment"),
        delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED)),
        sa.select(mailing.c.paused).where(mailing.c.number == sa.bindparam("number")).scalar_subquery().is_(None),
    )
    .limit(1)
)
