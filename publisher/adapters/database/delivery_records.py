"""The records of deliveries in the database: what editors and operators look up, settle and delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from publisher.adapters.database import freeze
from publisher.adapters.database.decisions import change_rows, conditions
from publisher.adapters.database.deliveries import halt_of, pause_of, storable
from publisher.adapters.database.tables import delivery, mailing
from publisher.issue import DeliveryState
from publisher.ports import ALL, REPLY_LENGTH, DeliveryEntry, MailingEntry, OnItsWay, Received, Which
from subscribers.database import reading, writing

if TYPE_CHECKING:  # only named here
    from subscribers import AddressHistory

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
_UNREACHED = (DeliveryState.FAILED, DeliveryState.SUPPRESSED)


class DatabaseDeliveryRecords:
    """Implements ports.DeliveryRecords on SQLite and PostgreSQL."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def entries(self) -> Sequence[MailingEntry]:
        with reading(self._engine) as connection:
            return tuple(map(_entry, connection.execute(_ENTRIES.order_by(mailing.c.number))))

    def entry(self, number: int) -> MailingEntry | None:
        with reading(self._engine) as connection:
            row = connection.execute(_ENTRIES.where(mailing.c.number == number)).one_or_none()
        return None if row is None else _entry(row)

    def left_out(self, number: int, now: dt.datetime) -> int:
        with reading(self._engine) as connection:
            return freeze.left_out(connection, number, now)

    def on_its_way(self, number: int, canonical: str) -> OnItsWay | None:
        with reading(self._engine) as connection:
            row = connection.execute(_ON_ITS_WAY, {"number": number, "address": canonical}).one_or_none()
        if row is None:
            return None
        waits = row.state == DeliveryState.QUEUED and row.due != freeze.AT_ONCE
        return OnItsWay(row.early_until is None, row.state is not None, row.due if waits else None)

    def of(self, number: int, state: DeliveryState | None = None) -> Iterator[tuple[str, DeliveryState, str]]:
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

    def received(self, history: AddressHistory) -> Sequence[Received]:
        with reading(self._engine) as connection:
            whose = {"canonicals": history.canonicals, "subjects": history.subject_ids}
            rows = connection.execute(_RECEIVED, whose).all()
        return tuple(
            Received(row.number, row.subject, row.address, DeliveryState(row.state), row.reply, row.changed)
            for row in rows
        )

    def find(self, number: int, which: Which = ALL) -> Iterator[DeliveryEntry]:
        row = delivery.c
        columns = (row.address, row.state, row.reply, row.attempt, row.changed, row.due)
        query = sa.select(*columns).where(*conditions(number, which)).order_by(row.canonical)
        with reading(self._engine) as connection:
            for address, state, reply, tries, changed, due in connection.execution_options(yield_per=1000).execute(
                query
            ):
                yield DeliveryEntry(address, DeliveryState(state), reply, tries, changed, due)

    def settle(
        self,
        number: int,
        address: str | None,
        state: DeliveryState,
        now: dt.datetime,
        which: Which = ALL,
        why: str = "",
    ) -> int:
        if state not in (DeliveryState.SENT, DeliveryState.QUEUED):
            raise ValueError(f"an operator settles a delivery as sent or queued, not as {state}")
        again = state is DeliveryState.QUEUED
        rows = conditions(number, replace(which, state=DeliveryState.IN_DOUBT, address=address))
        values: dict[str, Any] = {"state": state, "due": now if again else None, "changed": now}
        if why:
            word = "sent again" if again else "taken as sent"
            values["reply"] = sa.func.substr(
                sa.literal(storable(f"{word}: {why}; before: ")) + delivery.c.reply, 1, REPLY_LENGTH
            )
        with writing(self._engine) as connection:
            return change_rows(connection, number, rows, values, opens=again)

    def discard_unreached(self, number: int) -> bool:
        theirs, this = delivery.c.issue == number, mailing.c.number == number
        with writing(self._engine) as connection:
            begun = connection.execute(sa.select(mailing.c.finished).where(this).with_for_update()).one_or_none()
            if begun is None:
                return False
            reached = (delivery.c.state.not_in(_UNREACHED),) if begun.finished else ()
            if connection.scalar(sa.select(sa.exists().where(theirs, *reached))):
                return False
            connection.execute(delivery.delete().where(theirs))
            connection.execute(mailing.delete().where(this))
            return True

    def forget(self, history: AddressHistory, now: dt.datetime, begun_before: dt.datetime | None = None) -> int:
        theirs = sa.and_(delivery.c.canonical.in_(history.canonicals), delivery.c.subject_id.in_(history.subject_ids))
        # The row stays, so that the sums add up (I2). Its id replaces the canonical address, so that it stays unique.
        nobody = sa.literal("deleted-") + sa.cast(delivery.c.id, sa.Text)
        # A server's reply may repeat the reader's name.
        blank = {
            "address": "", "name": "", "subject_id": "", "canonical": nobody, "without": [], "bounce": "", "reply": "",
        }  # fmt: skip
        stopped = {"state": DeliveryState.SUPPRESSED, "due": None, "changed": now, "reply": "the reader was deleted"}
        begun = sa.select(mailing.c.number)
        if begun_before is not None:
            begun = begun.where(mailing.c.started < begun_before)
        with writing(self._engine) as connection:
            issues = connection.scalars(begun).all()
            rows = (delivery.c.issue.in_(issues), theirs)  # both columns of the unique index, so that it is used
            connection.execute(
                delivery.update().where(*rows, delivery.c.state.in_(_WAITING)).values({**blank, **stopped})
            )
            connection.execute(delivery.update().where(*rows, delivery.c.due.is_(None)).values(**blank))
            return connection.scalar(sa.select(sa.func.count()).select_from(delivery).where(*rows)) or 0


def mailings_of_any_release(engine: sa.Engine) -> Sequence[MailingEntry]:
    """Return every mailing of a database that may be empty, or not migrated yet: without its halt and early mornings."""
    columns = (mailing.c.number, mailing.c.digest, mailing.c.subject, mailing.c.started, mailing.c.finished)
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table(mailing.name):
            return ()
        return tuple(MailingEntry(*row) for row in connection.execute(sa.select(*columns).order_by(mailing.c.number)))


def last_message_of_any_release(engine: sa.Engine) -> tuple[int, bytes] | None:
    """Return the number and the frozen message of what went out last in such a database."""
    last = sa.select(mailing.c.number, mailing.c.message).order_by(mailing.c.started.desc()).limit(1)
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table(mailing.name):
            return None
        row = connection.execute(last).first()
        return (row.number, row.message) if row else None


def _entry(row: sa.Row[tuple[object, ...]]) -> MailingEntry:
    return MailingEntry(
        row.number, row.digest, row.subject, row.started, row.finished, halt_of(row), row.early_until, pause_of(row)
    )


_ENTRIES = sa.select(*(column for column in mailing.c if column is not mailing.c.message))

_ON_ITS_WAY = (
    sa.select(mailing.c.early_until, delivery.c.state, delivery.c.due)
    .select_from(
        mailing.outerjoin(
            delivery, (delivery.c.issue == mailing.c.number) & (delivery.c.canonical == sa.bindparam("address"))
        )
    )
    .where(mailing.c.number == sa.bindparam("number"))
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
