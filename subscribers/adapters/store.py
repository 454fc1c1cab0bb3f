"""Readers in the database: one address at a time, in transactions that two processes cannot interleave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, exc, func, insert, or_, select, update

from subscribers.adapters import tables
from subscribers.consent import Consent, Wording
from subscribers.errors import StoreBroken, StoreUnavailable
from subscribers.subscriber import Letter, Reason, State, Subscriber, Suppression
from subscribers.transitions import Standing

READ_ONLY = {"read_only": True}
"""What the engine's owner understands as «blocks no writer»; without it, SQLite begins with BEGIN IMMEDIATE."""

_LOCK_SPACE = 0x53756273  # "Subs": PostgreSQL's advisory locks on addresses, apart from everyone else's
_AWAY = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


class Store:
    """The tables of this package behind one engine.

    `writing` and `reading` give a transaction; all other methods work within one. Whatever the database's driver
    raises becomes StoreUnavailable or StoreBroken.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self.translated(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One transaction that writes nothing, over one state of the database."""
        with self.translated(), self.engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Map foreign exceptions, those that a driver raises while it connects included."""
        try:
            yield
        except _AWAY as error:
            raise StoreUnavailable(_words(error)) from error
        except exc.SQLAlchemyError as error:
            raise StoreBroken(_words(error)) from error
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise StoreUnavailable(_words(error)) from error

    def load(self, connection: Connection, canonical: str) -> Standing:
        """Return what is known about an address, and keep everyone else from changing it until the transaction ends."""
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(canonical))))
        suppression = _one(connection, select(tables.suppression).where(tables.suppression.c.canonical == canonical))
        subscriber = _one(connection, select(tables.subscriber).where(tables.subscriber.c.canonical == canonical))
        return Standing(
            _subscriber(subscriber) if subscriber else None,
            _suppression(suppression) if suppression else None,
        )

    def load_subject(self, connection: Connection, subject_id: str) -> Standing:
        """Like `load`, for the reader whom a link names."""
        canonical = connection.scalar(
            select(tables.subscriber.c.canonical).where(tables.subscriber.c.subject_id == subject_id)
        )
        return self.load(connection, canonical) if canonical is not None else Standing()

    def save(self, connection: Connection, before: Standing, after: Standing) -> None:
        """Write what changed between two standings of one address."""
        if after.subscriber != before.subscriber:
            self._save_subscriber(connection, before.subscriber, after.subscriber)
        if after.suppression == before.suppression:
            return
        if before.suppression is not None:
            connection.execute(
                delete(tables.suppression).where(tables.suppression.c.canonical == before.suppression.canonical)
            )
        if after.suppression is not None:
            connection.execute(insert(tables.suppression).values(_suppression_row(after.suppression)))

    def _save_subscriber(self, connection: Connection, before: Subscriber | None, after: Subscriber | None) -> None:
        table = tables.subscriber
        if before is None and after is not None:
            connection.execute(insert(table).values(_subscriber_row(after)))
        elif before is not None and after is None:
            connection.execute(delete(table).where(table.c.subject_id == before.subject_id))
        elif before is not None and after is not None:
            connection.execute(
                update(table).where(table.c.subject_id == before.subject_id).values(_subscriber_row(after))
            )

    def record(self, connection: Connection, consent: Consent) -> None:
        """Keep one act of consent."""
        self.keep_wording(connection, consent.wording)
        whose = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == consent.subject_id)
        connection.execute(
            insert(tables.consent).values(
                subscriber_id=whose.scalar_subquery(),
                act=consent.act.value,
                at=consent.at,
                source=consent.source,
                wording=consent.wording.version,
            )
        )

    def keep_wording(self, connection: Connection, wording: Wording) -> None:
        """Keep the words themselves, once."""
        connection.execute(
            conflict_free(connection)(tables.wording)
            .values(version=wording.version, text=wording.text)
            .on_conflict_do_nothing()
        )

    def last_wording(self, connection: Connection, subject_id: str) -> Wording | None:
        """Return the words of the reader's latest act of consent."""
        words = connection.scalar(
            select(tables.wording.c.text)
            .join(tables.consent, tables.consent.c.wording == tables.wording.c.version)
            .join(tables.subscriber, tables.subscriber.c.id == tables.consent.c.subscriber_id)
            .where(tables.subscriber.c.subject_id == subject_id)
            .order_by(tables.consent.c.id.desc())
            .limit(1)
        )
        return Wording(words) if words is not None else None

    def claim_letters(
        self, connection: Connection, now: dt.datetime, until: dt.datetime, limit: int
    ) -> Sequence[Subscriber]:
        """Return readers to whom a letter is due, and hide them from other claims until `until`."""
        table = tables.subscriber
        due = (
            select(table)
            .where(table.c.letter.is_not(None), table.c.letter_due <= now)
            .order_by(table.c.letter_due)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = [_subscriber(row) for row in connection.execute(due).mappings()]
        ids = [each.subject_id for each in found]
        if ids:
            connection.execute(update(table).where(table.c.subject_id.in_(ids)).values(letter_due=until))
        return found

    def settle_letter(self, connection: Connection, subject_id: str, letter: Letter) -> None:
        """Forget a letter that is no longer due, unless another one has become due meanwhile."""
        table = tables.subscriber
        connection.execute(
            update(table)
            .where(table.c.subject_id == subject_id, table.c.letter == letter.value)
            .values(letter=None, letter_due=None)
        )

    def find(self, connection: Connection, state: State | None, query: str, limit: int | None) -> Iterator[Subscriber]:
        """Yield readers in the order in which they came, in constant memory."""
        streamed = connection.execution_options(yield_per=1_000).execute(_finding(state, query, limit))
        for row in streamed.mappings():
            yield _subscriber(row)

    def counts(self, connection: Connection) -> Mapping[State, int]:
        """Return how many readers are in each state."""
        table = tables.subscriber
        rows = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        found = {State(state): count for state, count in rows}
        return {state: found.get(state, 0) for state in State}


def conflict_free(connection: Connection) -> Any:
    """Return the dialect's own `insert`, the one that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    from sqlalchemy.dialects import sqlite

    return sqlite.insert


def _one(connection: Connection, query: Select[Any]) -> Mapping[Any, Any] | None:
    return connection.execute(query).mappings().one_or_none()


def _finding(state: State | None, query: str, limit: int | None) -> Select[Any]:
    table = tables.subscriber
    wanted = select(table).order_by(table.c.id).limit(limit)
    if state is not None:
        wanted = wanted.where(table.c.state == state.value)
    if query:
        folded = query.strip().lower()
        wanted = wanted.where(
            or_(
                table.c.canonical.contains(folded, autoescape=True),
                func.lower(table.c.name).contains(folded, autoescape=True),
            )
        )
    return wanted


def _subscriber(row: Mapping[Any, Any]) -> Subscriber:
    return Subscriber(
        subject_id=row["subject_id"],
        address=row["address"],
        canonical=row["canonical"],
        created=row["created"],
        state=State(row["state"]),
        name=row["name"],
        source=row["source"],
        tags=tuple(row["tags"]),
        confirmed=row["confirmed"],
        left=row["left"],
        confirmations=row["confirmations"],
        asked=row["asked"],
        letter=Letter(row["letter"]) if row["letter"] else None,
        letter_due=row["letter_due"],
    )


def _subscriber_row(subscriber: Subscriber) -> tables.Row:
    return {
        "subject_id": subscriber.subject_id,
        "address": subscriber.address,
        "canonical": subscriber.canonical,
        "created": subscriber.created,
        "state": subscriber.state.value,
        "name": subscriber.name,
        "source": subscriber.source,
        "tags": list(subscriber.tags),
        "confirmed": subscriber.confirmed,
        "left": subscriber.left,
        "confirmations": subscriber.confirmations,
        "asked": subscriber.asked,
        "letter": subscriber.letter.value if subscriber.letter else None,
        "letter_due": subscriber.letter_due,
    }


def _suppression(row: Mapping[Any, Any]) -> Suppression:
    return Suppression(row["canonical"], Reason(row["reason"]), row["at"], row["subject_id"])


def _suppression_row(suppression: Suppression) -> tables.Row:
    return {
        "canonical": suppression.canonical,
        "reason": suppression.reason.value,
        "at": suppression.at,
        "subject_id": suppression.subject_id,
    }


def _words(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    first = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    return f"the database failed ({first})"
