"""The ledger in the database: what became of each issue for each reader.

A row that is claimed or at_dot belongs to the sender in its `sender` column, and that sender names itself in the WHERE
clause of every write. Taking a row over changes the column. So if a sender is stopped and wakes up later, its writes
change nothing: this is the fence.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from publisher.adapters.database.process import Process, this_process
from publisher.adapters.database.tables import delivery, mailing, sender_process
from publisher.errors import Refused
from publisher.issue import Approved, DeliveryState
from publisher.ports import Claimed, DueInZone, Halt, Mailing, MailingEntry, Outcome, Received, Sums, Waiting
from subscribers import audience, canonical, suppressed
from subscribers.database import insert_once, reading, writing

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory, Segment

LEASE = dt.timedelta(seconds=60)
"""How long after its last heartbeat a sender counts as dead, even if its process cannot be looked up."""

_AT_ONCE = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # in the past for every machine, however wrong its clock

_REPLY_LENGTH = 500
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_HELD = (DeliveryState.CLAIMED, DeliveryState.AT_DOT)

_UNWANTED = suppressed(delivery.c.canonical, delivery.c.subject_id)

_POSTPONE = (
    delivery.update()
    .where(delivery.c.id == sa.bindparam("row"), delivery.c.sender == sa.bindparam("holder"))
    .values(
        state=sa.bindparam("new_state"),
        reply=sa.bindparam("new_reply"),
        due=sa.bindparam("new_due"),
        changed=sa.bindparam("moment"),
        attempt=delivery.c.attempt + sa.bindparam("tries"),
        sender=None,
    )
)

# A row that is at_dot already may be marked again: if the answer to a COMMIT was lost, the same call is repeated, and
# the sender does not write the dot before it returns.
_MARKABLE = (
    delivery.c.id.in_(sa.bindparam("rows", expanding=True)),
    delivery.c.sender == sa.bindparam("holder"),
    delivery.c.state.in_(_HELD),
    sa.not_(_UNWANTED),
)
_MARK = delivery.update().where(*_MARKABLE).values(state=DeliveryState.AT_DOT)
_MARKED = sa.select(delivery.c.id).where(*_MARKABLE)

_SUPPRESSED = sa.select(delivery.c.id).where(delivery.c.id.in_(sa.bindparam("rows", expanding=True)), _UNWANTED)


class DatabaseLedger:
    """Implements ports.Ledger on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine, lease: dt.timedelta = LEASE) -> None:
        self._engine = engine
        self._lease = lease
        self._end = _end_statement(engine.dialect.name)

    def start(
        self,
        approved: Approved,
        now: dt.datetime,
        morning: DueInZone | None = None,
        segment: Segment | None = None,
    ) -> Mailing:
        found = self.mailing(approved.number)
        if found is not None:
            return found
        row = {
            "number": approved.number,
            "digest": approved.digest,
            "subject": approved.subject,
            "message": approved.message,
            "started": now,
            "segment": str(segment) if segment else "",
        }
        with writing(self._engine) as connection:
            # If another process has started it since it was looked for, that row is read below.
            if insert_once(connection, mailing, row):
                connection.execute(_snapshot(approved.number, now, _mornings(connection, now, morning), segment))
                if not connection.scalar(sa.select(sa.exists().where(delivery.c.issue == approved.number))):
                    raise Refused(f"nobody would get issue {approved.number}: its audience has no active reader")
        found = self.mailing(approved.number)
        assert found is not None, "a mailing with an audience is never deleted"
        return found

    def discard_empty(self, number: int) -> bool:
        nobody = ~sa.exists().where(delivery.c.issue == number)
        with writing(self._engine) as connection:
            return connection.execute(mailing.delete().where(mailing.c.number == number, nobody)).rowcount > 0

    def mailing(self, number: int) -> Mailing | None:
        with reading(self._engine) as connection:
            row = connection.execute(mailing.select().where(mailing.c.number == number)).one_or_none()
        if row is None:
            return None
        return Mailing(row.number, row.digest, row.subject, bytes(row.message), row.started, row.finished, _halt(row))

    def mailings(self) -> Sequence[MailingEntry]:
        columns = [column for column in mailing.c if column is not mailing.c.message]
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(*columns).order_by(mailing.c.number)).all()
        return tuple(
            MailingEntry(row.number, row.digest, row.subject, row.started, row.finished, _halt(row)) for row in rows
        )

    def sums(self, number: int) -> Sums:
        counts = (
            sa.select(delivery.c.state, sa.func.count()).where(delivery.c.issue == number).group_by(delivery.c.state)
        )
        soonest = sa.select(sa.func.min(delivery.c.due)).where(*_due_rows(number), delivery.c.state.in_(_WAITING))
        with reading(self._engine) as connection:
            found = {DeliveryState(state): count for state, count in connection.execute(counts)}
            return Sums(found, connection.scalar(soonest))

    def waiting(self, number: int, now: dt.datetime) -> Waiting:
        ahead = (*_due_rows(number), delivery.c.due > now, delivery.c.state == DeliveryState.QUEUED)
        with reading(self._engine) as connection:
            readers, until = connection.execute(
                sa.select(sa.func.count(), sa.func.max(delivery.c.due)).where(*ahead)
            ).one()
        return Waiting(readers, until)

    def register(self, now: dt.datetime) -> str:
        me = this_process()
        sender = str(uuid.uuid4())
        with writing(self._engine) as connection:
            connection.execute(
                sender_process.insert().values(id=sender, host=me.host, pid=me.pid, born=me.born, heartbeat=now)
            )
        return sender

    def heartbeat(self, sender: str, now: dt.datetime) -> bool:
        with writing(self._engine) as connection:
            beat = sender_process.update().where(sender_process.c.id == sender).values(heartbeat=now)
            return connection.execute(beat).rowcount == 1

    def release(self, sender: str) -> None:
        with writing(self._engine) as connection:
            _give_back(connection, sender, _open_issues())

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

    def claim(self, number: int, sender: str, limit: int, now: dt.datetime) -> Sequence[Claimed]:
        claimed: list[Claimed] = []
        while not claimed:
            with writing(self._engine) as connection:
                if connection.scalar(_ENLISTED, {"holder": sender}) is None:
                    break  # this sender counted as dead meanwhile, so rows that it claimed would never be recovered
                rows = connection.execute(_CLAIMABLE, {"number": number, "moment": now, "most": limit}).all()
                gone = [row.id for row in rows if row.unwanted]
                claimed = [
                    Claimed(row.id, row.subject_id, row.address, row.name, row.attempt + 1, tuple(row.without))
                    for row in rows
                    if not row.unwanted
                ]
                if gone:
                    connection.execute(_SUPPRESS, {"rows": gone, "moment": now})
                if claimed:
                    connection.execute(_CLAIM, {"rows": [row.id for row in claimed], "holder": sender})
            if not rows:
                break  # nothing is due; after a batch of suppressed rows only, the loop asks for the next one
        return claimed

    def commit(
        self, sender: str, outcomes: Sequence[Outcome], at_dot: Sequence[int], now: dt.datetime
    ) -> frozenset[int]:
        if not outcomes and not at_dot:
            return frozenset()
        final = [(outcome.delivery, outcome.state, _reply(outcome)) for outcome in outcomes if outcome.state.final]
        postponed = [_postponed(outcome, sender, now) for outcome in outcomes if not outcome.state.final]
        with writing(self._engine) as connection:
            if final:
                connection.execute(self._end, {"ended": json.dumps(final), "holder": sender, "moment": now})
            if postponed:
                connection.execute(_POSTPONE, postponed)
            if not at_dot:
                return frozenset()
            rows = {"rows": list(at_dot), "holder": sender}
            if connection.execute(_MARK, rows).rowcount == len(at_dot):
                return frozenset(at_dot)
            return frozenset(connection.scalars(_MARKED, rows))

    def suppressed(self, ids: Sequence[int]) -> frozenset[int]:
        if not ids:
            return frozenset()
        with reading(self._engine) as connection:
            return frozenset(connection.scalars(_SUPPRESSED, {"rows": list(ids)}))

    def forget(self, trail: AddressHistory, now: dt.datetime) -> int:
        theirs = sa.and_(delivery.c.canonical.in_(trail.canonicals), delivery.c.subject_id.in_(trail.subject_ids))
        # The row stays, so that the sums add up (I2). Its canonical address becomes its id, which is unique in the issue.
        nobody = sa.literal("deleted-") + sa.cast(delivery.c.id, sa.Text)
        blank = {"address": "", "name": "", "subject_id": "", "canonical": nobody, "without": []}
        stopped = {"state": DeliveryState.SUPPRESSED, "due": None, "changed": now, "reply": "the reader was deleted"}
        with writing(self._engine) as connection:
            issues = connection.scalars(sa.select(mailing.c.number)).all()
            rows = (delivery.c.issue.in_(issues), theirs)  # both columns of the unique index, so that it is used
            connection.execute(
                delivery.update().where(*rows, delivery.c.state.in_(_WAITING)).values(**stopped, **blank)
            )
            connection.execute(delivery.update().where(*rows, delivery.c.due.is_(None)).values(**blank))
            return connection.scalar(sa.select(sa.func.count()).select_from(delivery).where(*rows)) or 0

    def halt(self, number: int, halt: Halt | None) -> None:
        values = (halt.words, halt.times, halt.until) if halt else ("", 0, None)
        written = dict(zip(("halted", "halts", "rests_until"), values, strict=True))
        with writing(self._engine) as connection:
            connection.execute(mailing.update().where(mailing.c.number == number).values(written))

    def finish(self, number: int, now: dt.datetime) -> bool:
        still_open = sa.exists().where(*_due_rows(number))
        close = mailing.update().where(mailing.c.number == number, mailing.c.finished.is_(None), sa.not_(still_open))
        with writing(self._engine) as connection:
            connection.execute(close.values(finished=now))
            finished = sa.select(mailing.c.finished).where(mailing.c.number == number)
            return connection.scalar(finished) is not None

    def settle(self, number: int, address: str, state: DeliveryState, now: dt.datetime) -> bool:
        if state not in (DeliveryState.SENT, DeliveryState.QUEUED):
            raise ValueError(f"an operator settles a delivery as sent or queued, not as {state}")
        again = state is DeliveryState.QUEUED
        row = (
            delivery.c.issue == number,
            delivery.c.canonical == canonical(address),
            delivery.c.state == DeliveryState.IN_DOUBT,
        )
        with writing(self._engine) as connection:
            changed = connection.execute(
                delivery.update().where(*row).values(state=state, due=now if again else None, changed=now)
            ).rowcount
            if changed and again:
                connection.execute(mailing.update().where(mailing.c.number == number).values(finished=None))
        return changed == 1

    def deliveries(self, number: int, state: DeliveryState | None = None) -> Iterator[tuple[str, DeliveryState, str]]:
        query = (
            sa.select(delivery.c.address, delivery.c.state, delivery.c.reply)
            .where(delivery.c.issue == number)
            .order_by(delivery.c.canonical)
        )
        if state is not None:
            query = query.where(delivery.c.state == state)
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=1000).execute(query):
                yield row.address, DeliveryState(row.state), row.reply

    def received(self, trail: AddressHistory) -> Sequence[Received]:
        with reading(self._engine) as connection:
            whose = {"canonicals": trail.canonicals, "subjects": trail.subject_ids}
            rows = connection.execute(_RECEIVED, whose).all()
        return tuple(
            Received(row.number, row.subject, row.address, DeliveryState(row.state), row.reply, row.changed)
            for row in rows
        )

    def _dead(self, row: sa.Row[tuple[object, ...]], now: dt.datetime) -> bool:
        return row.heartbeat + self._lease < now or Process(row.host, row.pid, row.born).gone()


def _mornings(connection: sa.Connection, now: dt.datetime, morning: DueInZone | None) -> dict[dt.datetime, list[str]]:
    """Return the time zones whose readers get the issue later than now, by the moment when they get it."""
    found: dict[dt.datetime, list[str]] = defaultdict(list)
    if morning is None:
        return found
    zone = audience(now).subquery().c.zone
    for name in connection.scalars(sa.select(zone).where(zone.is_not(None)).distinct()):
        due = morning(name)
        if due is not None and due > now:
            found[due].append(name)
    return found


def _snapshot(
    number: int, now: dt.datetime, mornings: Mapping[dt.datetime, Sequence[str]], segment: Segment | None
) -> sa.Insert:
    """Return an INSERT that freezes the audience inside the database: a million rows never pass through this process."""
    readers = audience(now, segment).subquery()
    columns = ("subscriber_id", "subject_id", "address", "canonical", "name", "without")
    at_once = sa.literal(_AT_ONCE, delivery.c.due.type)
    later = [(readers.c.zone.in_(zones), sa.literal(due, delivery.c.due.type)) for due, zones in mornings.items()]
    chosen = sa.select(
        sa.literal(number, sa.Integer),
        *(readers.c[column] for column in columns),
        sa.literal(DeliveryState.QUEUED.value, sa.Text),
        sa.case(*later, else_=at_once) if later else at_once,
    )
    return delivery.insert().from_select(["issue", *columns, "state", "due"], chosen)


def _due_rows(number: int) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return conditions for the open rows of an issue, written so that the partial index is used."""
    return delivery.c.issue == number, delivery.c.due.is_not(None)


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


_CLAIMABLE = (
    sa.select(
        delivery.c.id,
        delivery.c.subject_id,
        delivery.c.address,
        delivery.c.name,
        delivery.c.attempt,
        delivery.c.without,
        _UNWANTED.label("unwanted"),
    )
    .where(
        delivery.c.issue == sa.bindparam("number"),
        delivery.c.due <= sa.bindparam("moment"),
        delivery.c.state.in_(_WAITING),
    )
    .order_by(delivery.c.due)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True, of=delivery)
)

_CLAIM = (
    delivery.update()
    .where(delivery.c.id.in_(sa.bindparam("rows", expanding=True)))
    .values(state=DeliveryState.CLAIMED, sender=sa.bindparam("holder"))
)

_ENLISTED = (
    sa.select(sender_process.c.id).where(sender_process.c.id == sa.bindparam("holder")).with_for_update(read=True)
)

_SUPPRESS = (
    delivery.update()
    .where(delivery.c.id.in_(sa.bindparam("rows", expanding=True)))
    .values(state=DeliveryState.SUPPRESSED, due=None, sender=None, changed=sa.bindparam("moment"))
)


# There is no index on addresses alone. There are few mailings, and the unique index finds the address in each.
_RECEIVED = (
    sa.select(
        mailing.c.number,
        mailing.c.subject,
        delivery.c.address,
        delivery.c.state,
        delivery.c.reply,
        delivery.c.changed,
    )
    .join_from(mailing, delivery, delivery.c.issue == mailing.c.number)
    .where(
        delivery.c.canonical.in_(sa.bindparam("canonicals", expanding=True)),
        delivery.c.subject_id.in_(sa.bindparam("subjects", expanding=True)),
    )
    .order_by(mailing.c.number, delivery.c.canonical)
)


def _end_statement(dialect: str) -> sa.Update:
    """Return the UPDATE that ends many deliveries, given as JSON in `ended`: [[id, state, reply], …].

    This is one statement for all rows: the driver releases Python's lock at each step of a statement, and then has to
    win it back from all the connections' threads. With a statement for each row, that took half the time of a send.
    """
    ended = sa.bindparam("ended", type_=sa.Text)
    if dialect == "sqlite":
        rows = sa.func.json_each(ended).table_valued("value", name="ended")
    else:
        rows = sa.func.jsonb_array_elements(sa.cast(ended, JSONB)).table_valued("value", name="ended")
    row: sa.ColumnElement[str] = rows.c.value
    return (
        delivery.update()
        .where(
            delivery.c.id == sa.cast(row.op("->>")(sa.literal_column("0")), sa.BigInteger),
            delivery.c.sender == sa.bindparam("holder"),
        )
        .values(
            state=row.op("->>")(sa.literal_column("1")),
            reply=row.op("->>")(sa.literal_column("2")),
            due=None,
            changed=sa.bindparam("moment"),
            attempt=delivery.c.attempt + 1,
            sender=None,
        )
    )


def _postponed(outcome: Outcome, sender: str, now: dt.datetime) -> dict[str, object]:
    """Return the parameters of _POSTPONE; an outcome without a next attempt is due at once."""
    return {
        "row": outcome.delivery,
        "holder": sender,
        "new_state": outcome.state,
        "new_reply": _reply(outcome),
        "new_due": outcome.next_attempt or now,
        "tries": int(outcome.counts),
        "moment": now,
    }


def _halt(row: sa.Row[tuple[object, ...]]) -> Halt | None:
    return Halt(row.halted, row.halts, row.rests_until) if row.halts else None


def _reply(outcome: Outcome) -> str:
    return outcome.reply[:_REPLY_LENGTH].replace("\x00", "")  # PostgreSQL's text cannot contain NUL
