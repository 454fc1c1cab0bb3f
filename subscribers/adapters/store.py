"""The database: transactions, due courses, the breaker, and queries about readers. readers.py writes readers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from subscribers.adapters import tables
from subscribers.adapters.rows import course_of, reader_of
from subscribers.asks import FORGIVEN_AFTER, UNANSWERED_AT_MOST
from subscribers.consent import Act, Wording
from subscribers.database import Lower, insert_once, reading, snapshot, writing
from subscribers.sign_up_breaker import Breaker
from subscribers.subscriber import Course, EmailKind, State, Subscriber

LOCK_SPACE = 0x53756273  # "Subs": keeps PostgreSQL's advisory locks on addresses apart from all others


class Store:
    """The tables of this package behind one engine.

    `writing` and `reading` open a transaction; all other methods work within one. Any may raise a DatabaseError.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def writing(self) -> AbstractContextManager[Connection]:
        """Open a transaction; commit when the block ends, roll back when it raises."""
        return writing(self.engine)

    def reading(self) -> AbstractContextManager[Connection]:
        """Open a transaction that writes nothing and sees one state of the database."""
        return reading(self.engine)

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Open a transaction that writes nothing and sees one state of the database for as long as it takes."""
        return snapshot(self.engine)

    def due_paths(self, connection: Connection, now: dt.datetime) -> Sequence[str]:
        """Return the learning paths that have a step due to someone."""
        course = tables.course.c
        due = select(course.path).distinct().where(course.due.is_not(None), course.due <= now)
        return list(connection.scalars(due.order_by(course.path)))

    def due_courses(
        self, connection: Connection, now: dt.datetime, paths: Collection[str], limit: int
    ) -> Sequence[tuple[str, str]]:
        """Return (canonical address, path) of courses whose next step is due, the longest overdue first."""
        reader, course = tables.subscriber.c, tables.course.c
        rows = connection.execute(
            select(reader.canonical, course.path)
            .join(tables.subscriber, reader.id == course.subscriber_id)
            .select_from(tables.course)
            .where(course.due.is_not(None), course.due <= now, course.path.in_(paths))
            .where(reader.state == State.ACTIVE.value)
            .where(or_(reader.paused_until.is_(None), reader.paused_until <= now))
            .order_by(course.due)
            .limit(limit)
        )
        return [(row.canonical, row.path) for row in rows]

    def unconfirmed(self, connection: Connection, before: dt.datetime, now: dt.datetime, limit: int) -> Sequence[str]:
        """Return the addresses of readers whose sign-up or move was asked for before a moment and is not confirmed.

        A sign-up whose mails still count against the limit is not among them.
        """
        reader = tables.subscriber.c
        signed_up = select(reader.canonical).where(
            reader.state
            == literal_column(f"'{State.PENDING.value}'"),  # written out, so that the partial index is used
            func.coalesce(reader.asked, reader.created) < before,
            _forgiven(now),
        )
        moving = select(reader.canonical).where(reader.moving_to.is_not(None), reader.moving_since < before)
        found: list[str] = []
        for wanted in (signed_up.order_by(reader.id), moving.order_by(reader.moving_since)):
            found += connection.scalars(wanted.limit(limit - len(found)))
        return list(dict.fromkeys(found))

    def never_joined(self, connection: Connection, before: dt.datetime, now: dt.datetime, limit: int) -> Sequence[str]:
        """Return suppressed addresses that are known from a form only, asked before a moment, and never were active.

        Such a reader came by a sign-up, and nobody consented since; an editor's reader, or a list's, has other consents.
        Or a reader wanted to move there: then the address has neither a source nor a consent.
        """
        reader, consent = tables.subscriber.c, tables.consent.c
        acts = select(1).where(consent.subscriber_id == reader.id).correlate(tables.subscriber)
        signed_up = acts.where(consent.act == Act.ASKED.value, consent.at == reader.created).exists()
        wanted = (
            select(reader.canonical)
            .where(
                reader.state == literal_column(f"'{State.UNSUBSCRIBED.value}'"),
                reader.confirmed.is_(None),
                reader.asked.is_not(None),
                reader.asked < before,
                _forgiven(now),
                or_(signed_up, reader.source == ""),
                ~acts.where(consent.act != Act.ASKED.value).exists(),
                select(1).where(tables.suppression.c.canonical == reader.canonical).exists(),
            )
            .order_by(reader.asked)
            .limit(limit)
        )
        return connection.scalars(wanted).all()

    def sign_ups(self, connection: Connection, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        """Return how many readers were asked to confirm in a period, and how many of them have confirmed since.

        Readers whose mail still waits do not count, nor do those whom an editor added without a confirmation.
        """
        reader = tables.subscriber.c
        answered = and_(reader.confirmed.is_not(None), reader.confirmed >= reader.asked)
        waits = (
            select(1)
            .where(tables.email.c.subscriber_id == reader.id, tables.email.c.kind == EmailKind.CONFIRMATION.value)
            .where(tables.email.c.due.is_not(None))
            .exists()
        )
        row = connection.execute(
            select(func.count(), func.count().filter(answered))
            .where(reader.asked.is_not(None), reader.asked >= since, reader.asked < until)
            .where(or_(answered, reader.state != State.ACTIVE.value), ~waits)
        ).one()
        return row[0], row[1]

    def silent(self, connection: Connection, now: dt.datetime) -> int:
        """Return how many addresses have had as many confirmation mails as may go unanswered."""
        reader = tables.subscriber.c
        full = and_(reader.confirmations >= UNANSWERED_AT_MOST, reader.asked > now - FORGIVEN_AFTER)
        waiting = reader.state != State.ACTIVE.value
        return connection.scalar(select(func.count()).select_from(tables.subscriber).where(full, waiting)) or 0

    def lock_breaker(self, connection: Connection) -> None:
        """Keep everyone else from opening the breaker until the transaction ends."""
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK_SPACE, func.hashtext("breaker"))))

    def breaker(self, connection: Connection) -> Breaker | None:
        """Return the last opening of the breaker."""
        row = connection.execute(select(tables.breaker)).one_or_none()
        if row is None:
            return None
        return Breaker(row.opened, row.until, row.since, row.asked, row.confirmed, row.told)

    def save_breaker(self, connection: Connection, opened: Breaker) -> None:
        """Store an opening in place of the last one."""
        connection.execute(delete(tables.breaker))
        values = {
            "opened": opened.opened, "until": opened.until, "since": opened.since, "asked": opened.asked,
            "confirmed": opened.confirmed, "told": opened.told,
        }  # fmt: skip
        connection.execute(insert(tables.breaker).values(id=1, **values))

    def tell_breaker(self, connection: Connection, opened: Breaker, now: dt.datetime) -> None:
        """Record that the editors were told of an opening."""
        table = tables.breaker
        connection.execute(update(table).where(table.c.opened == opened.opened).values(told=now))

    def find(
        self, connection: Connection, where: ColumnElement[bool] | None, limit: int | None
    ) -> Iterator[tuple[int, Subscriber]]:
        """Yield readers with their row ids, in the order in which they joined, without courses, in constant memory."""
        wanted = select(tables.subscriber).order_by(tables.subscriber.c.id).limit(limit)
        if where is not None:
            wanted = wanted.where(where)
        for row in connection.execute(wanted, execution_options={"yield_per": 1_000}).mappings():
            yield row["id"], reader_of(row)

    def last(self, connection: Connection) -> int:
        """Return the row id of the reader who joined last, or 0."""
        return connection.scalar(select(func.max(tables.subscriber.c.id))) or 0

    def next_ones(
        self, connection: Connection, where: ColumnElement[bool] | None, last: int, limit: int
    ) -> Sequence[tuple[int, str]]:
        """Return (id, canonical address) of the first readers above the id `last` who meet a condition."""
        table = tables.subscriber
        chosen = select(table.c.id, table.c.canonical).where(table.c.id > last).order_by(table.c.id).limit(limit)
        if where is not None:
            chosen = chosen.where(where)
        return [(row.id, row.canonical) for row in connection.execute(chosen)]

    def count(self, connection: Connection, where: ColumnElement[bool]) -> int:
        """Return how many readers meet a condition."""
        return connection.scalar(select(func.count()).select_from(tables.subscriber).where(where)) or 0

    def counts(self, connection: Connection) -> Mapping[State, int]:
        """Return how many readers are in each state."""
        table = tables.subscriber
        rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        found = {State(state): count for state, count in rows}
        return {state: found.get(state, 0) for state in State}


def _forgiven(now: dt.datetime) -> ColumnElement[bool]:
    """Return a condition for readers whose confirmation mails count no more; see asks.Asks.forgiven."""
    reader = tables.subscriber.c
    few = (
        and_(reader.confirmations <= count, reader.asked <= now - FORGIVEN_AFTER * count)
        for count in range(UNANSWERED_AT_MOST)
    )
    return or_(reader.asked.is_(None), *few, reader.asked <= now - FORGIVEN_AFTER * UNANSWERED_AT_MOST)


def courses_of(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Course, ...]]:
    """Return the courses of readers, by their row ids."""
    found: dict[int, tuple[Course, ...]] = {}
    if ids:
        for row in connection.execute(_COURSES, {"ids": ids}):
            found[row.subscriber_id] = (*found.get(row.subscriber_id, ()), course_of(row))
    return found


def keep_wording(connection: Connection, wording: Wording) -> None:
    """Store the words that readers agree to, unless they are stored already."""
    insert_once(connection, tables.wording, {"version": wording.version, "text": wording.text})


def listed(state: State | None, query: str) -> ColumnElement[bool] | None:
    """Return a condition for readers in a state whose address or name contains `query`; None if it would match all."""
    table = tables.subscriber
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(table.c.state == state.value)
    if query:
        folded = query.strip().lower()
        conditions.append(
            or_(
                table.c.canonical.contains(folded, autoescape=True),
                Lower(table.c.name).contains(folded, autoescape=True),
            )
        )
    return and_(*conditions) if conditions else None


_COURSES = (
    select(tables.course)
    .where(tables.course.c.subscriber_id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.course.c.started, tables.course.c.path)
)
