"""Readers in the database: one address at a time, in transactions that two processes cannot interleave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    bindparam,
    delete,
    exc,
    func,
    insert,
    or_,
    select,
    update,
)

from subscribers.adapters import tables
from subscribers.breaker import Breaker
from subscribers.consent import Act, Consent, Wording
from subscribers.errors import StoreBroken, StoreUnavailable
from subscribers.history import DETAIL_LENGTH, Change, Happened, changes
from subscribers.subscriber import Course, Kind, Letter, Reason, State, Subscriber, Suppression
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
        return self.load_all(connection, [canonical])[canonical]

    def load_all(self, connection: Connection, canonicals: Collection[str]) -> dict[str, Standing]:
        """Like `load`, for many addresses at once."""
        keys = sorted(set(canonicals))  # in one order, so that two processes cannot wait for each other in a ring
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            for key in keys:
                connection.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext(key))))
        return self._standings(connection, keys)

    def peek(self, connection: Connection, canonical: str) -> Standing:
        """Return what is known about an address, without keeping anyone from changing it."""
        return self._standings(connection, [canonical])[canonical]

    def _standings(self, connection: Connection, keys: Sequence[str]) -> dict[str, Standing]:
        barred = {
            row["canonical"]: _suppression(row) for row in connection.execute(_SUPPRESSIONS, {"keys": keys}).mappings()
        }
        found = connection.execute(_SUBSCRIBERS, {"keys": keys}).mappings().all()
        courses = self._courses(connection, [row["id"] for row in found])
        known = {row["canonical"]: _subscriber(row, courses.get(row["id"], ())) for row in found}
        return {key: Standing(known.get(key), barred.get(key)) for key in keys}

    def load_subject(self, connection: Connection, subject_id: str) -> Standing:
        """Like `load`, for the reader whom a link names, also one whose id was another when the mail left."""
        canonical = connection.scalar(_CANONICAL, {"subject_id": subject_id}) or connection.scalar(
            _FORMER_CANONICAL, {"subject_id": subject_id}
        )
        return self.load(connection, canonical) if canonical is not None else Standing()

    def save(self, connection: Connection, before: Standing, after: Standing, now: dt.datetime) -> None:
        """Write what changed between two standings of one address, its letters, and its history."""
        self.save_all(connection, [(before, after)], now)

    def save_all(self, connection: Connection, pairs: Sequence[tuple[Standing, Standing]], now: dt.datetime) -> None:
        """Like `save`, for many addresses at once; each may be among them once."""
        fresh, told = [], []
        letters: list[tables.Row] = []
        for before, after in pairs:
            was, reader = before.subscriber, after.subscriber
            if was is None and reader is not None:
                fresh.append(_subscriber_row(reader))
            elif was is not None and reader is None:
                self._delete(connection, was)
            elif was is not None and reader is not None and was != reader:
                connection.execute(_UPDATE, {**_subscriber_row(reader), "whose": was.subject_id})
            if after.suppression != before.suppression:
                self._save_suppression(connection, before.suppression, after.suppression)
            if reader is not None:
                letters += [_letter_row(reader.subject_id, letter, now) for letter in after.letters]
                told += [(reader.canonical, change) for change in changes(before, after)]
            elif after.suppression is not None and before.suppression is None and was is None:
                told += [(after.suppression.canonical, change) for change in changes(before, after)]
        if fresh:
            connection.execute(_INSERT, fresh)
        for before, after in pairs:  # when the readers are there that courses belong to
            self._save_courses(connection, before.subscriber, after.subscriber)
        if letters:
            connection.execute(_LETTER, letters)
        for canonical, change in told:
            self.tell(connection, canonical, change, now)

    def _delete(self, connection: Connection, reader: Subscriber) -> None:
        connection.execute(delete(tables.history).where(tables.history.c.canonical == reader.canonical))
        connection.execute(delete(tables.subscriber).where(tables.subscriber.c.subject_id == reader.subject_id))

    def _save_suppression(self, connection: Connection, before: Suppression | None, after: Suppression | None) -> None:
        table = tables.suppression
        if before is not None:
            connection.execute(delete(table).where(table.c.canonical == before.canonical))
            if after is None and before.subject_id is not None:
                self.keep_former(connection, before.subject_id, before.canonical)
        if after is not None:
            connection.execute(insert(table).values(_suppression_row(after)))

    def keep_former(self, connection: Connection, subject_id: str, canonical: str) -> None:
        """Remember to whom an id led that no row has any more: the links of old mail still reach them."""
        table = tables.former_subject
        statement = conflict_free(connection)(table).values(subject_id=subject_id, canonical=canonical)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["subject_id"], set_={"canonical": canonical})
        )

    def _save_courses(self, connection: Connection, before: Subscriber | None, after: Subscriber | None) -> None:
        had = {course.path: course for course in before.courses} if before is not None else {}
        table = tables.course
        for course in after.courses if after is not None else ():
            if had.get(course.path) == course:
                continue
            assert after is not None
            mine = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == after.subject_id)
            values = {
                "started": course.started, "every_days": course.every_days, "sent": course.sent, "due": course.due,
                "ended": course.ended,
            }  # fmt: skip
            statement = conflict_free(connection)(table).values(
                subscriber_id=mine.scalar_subquery(), path=course.path, **values
            )
            connection.execute(statement.on_conflict_do_update(index_elements=["subscriber_id", "path"], set_=values))

    def join(self, connection: Connection, gone: Subscriber, into: Subscriber) -> None:
        """Give what belongs to one reader's row to another's, before the first is deleted: its consents and history."""
        ids = {
            row.subject_id: row.id for row in connection.execute(_IDS, {"subjects": [gone.subject_id, into.subject_id]})
        }
        connection.execute(
            update(tables.consent)
            .where(tables.consent.c.subscriber_id == ids[gone.subject_id])
            .values(subscriber_id=ids[into.subject_id])
        )
        self.rename_history(connection, gone.canonical, into.canonical)

    def rename_history(self, connection: Connection, old: str, new: str) -> None:
        """Let a reader's history follow them to another address."""
        connection.execute(update(tables.history).where(tables.history.c.canonical == old).values(canonical=new))
        former = tables.former_subject
        connection.execute(update(former).where(former.c.canonical == old).values(canonical=new))

    def tell(self, connection: Connection, canonical: str, change: Change, now: dt.datetime) -> None:
        """Keep one thing that happened."""
        row = {"canonical": canonical, "at": now, "what": change.what, "detail": change.detail[:DETAIL_LENGTH]}
        connection.execute(insert(tables.history).values(row))

    def history(self, connection: Connection, canonical: str) -> Sequence[Happened]:
        """Return what happened to an address, the oldest first."""
        table = tables.history
        rows = connection.execute(select(table).where(table.c.canonical == canonical).order_by(table.c.id))
        return [Happened(row.at, row.what, row.detail) for row in rows]

    def consents(self, connection: Connection, subject_id: str) -> Sequence[Consent]:
        """Return a reader's acts of consent with the words they agreed to, the oldest first."""
        consent, wording = tables.consent, tables.wording
        rows = connection.execute(
            select(consent, wording.c.text)
            .join(wording, wording.c.version == consent.c.wording)
            .join(tables.subscriber, tables.subscriber.c.id == consent.c.subscriber_id)
            .where(tables.subscriber.c.subject_id == subject_id)
            .order_by(consent.c.at, consent.c.id)
        )
        return [Consent(subject_id, Act(row.act), row.at, row.source, Wording(row.text), row.client) for row in rows]

    def record(self, connection: Connection, *consents: Consent) -> None:
        """Keep acts of consent."""
        for wording in {consent.wording for consent in consents}:
            self.keep_wording(connection, wording)
        if consents:
            connection.execute(_CONSENT, [_consent_row(each) for each in consents])

    def keep_wording(self, connection: Connection, wording: Wording) -> None:
        """Keep the words themselves, once."""
        connection.execute(
            conflict_free(connection)(tables.wording)
            .values(version=wording.version, text=wording.text)
            .on_conflict_do_nothing()
        )

    def last_wording(self, connection: Connection, subject_id: str) -> Wording | None:
        """Return the words of the reader's latest act of consent."""
        consents = self.consents(connection, subject_id)
        return consents[-1].wording if consents else None

    def claim_letters(
        self, connection: Connection, now: dt.datetime, until: dt.datetime, limit: int
    ) -> Sequence[tuple[int, Letter, dt.datetime, Subscriber]]:
        """Return letters that are due (id, letter, since when, whose), and hide them from other claims until `until`."""
        table = tables.letter
        due = (
            select(table.c.id, table.c.kind, table.c.detail, table.c.address.label("elsewhere"), table.c.since)
            .add_columns(table.c.subscriber_id.label("whose"))
            .add_columns(*(column for column in tables.subscriber.c if column.name != "id"))
            .join(tables.subscriber, tables.subscriber.c.id == table.c.subscriber_id)
            .where(table.c.due <= now)
            .order_by(table.c.due, table.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, of=table)
        )
        found = connection.execute(due).mappings().all()
        if found:
            ids = [row["id"] for row in found]
            connection.execute(update(table).where(table.c.id.in_(ids)).values(due=until))
        courses = self._courses(connection, [row["whose"] for row in found if row["kind"] == Kind.STEP.value])
        return [
            (row["id"], Letter(Kind(row["kind"]), row["elsewhere"], row["detail"]), row["since"],
             _subscriber(row, courses.get(row["whose"], ())))
            for row in found
        ]  # fmt: skip

    def settle_letters(self, connection: Connection, ids: Sequence[int]) -> None:
        """Forget letters that left or were given up."""
        if ids:
            connection.execute(delete(tables.letter).where(tables.letter.c.id.in_(ids)))

    def hold_letter(self, connection: Connection, id_: int, until: dt.datetime) -> None:
        """Let a letter wait until then."""
        connection.execute(update(tables.letter).where(tables.letter.c.id == id_).values(due=until))

    def left_late(self, connection: Connection, subject_ids: Sequence[str], now: dt.datetime) -> None:
        """Keep that these readers were asked to confirm only now: their mails had to wait for the mail server."""
        if subject_ids:
            table = tables.subscriber
            connection.execute(update(table).where(table.c.subject_id.in_(subject_ids)).values(asked=now))

    def due_paths(self, connection: Connection, now: dt.datetime) -> Sequence[str]:
        """Return the learning paths of which a step is due to somebody."""
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

    def _courses(self, connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Course, ...]]:
        found: dict[int, tuple[Course, ...]] = {}
        if ids:
            for row in connection.execute(_COURSES, {"ids": ids}):
                course = Course(row.path, row.started, row.every_days, row.sent, row.due, row.ended)
                found[row.subscriber_id] = (*found.get(row.subscriber_id, ()), course)
        return found

    def sign_ups(self, connection: Connection, since: dt.datetime, until: dt.datetime) -> tuple[int, int]:
        """Return how many readers were asked to confirm in a time, and how many of them have since.

        Whose mail still waits was not asked yet; whom an editor let in meanwhile says nothing.
        """
        reader = tables.subscriber.c
        answered = and_(reader.confirmed.is_not(None), reader.confirmed >= reader.asked)
        waits = (
            select(1)
            .where(tables.letter.c.subscriber_id == reader.id, tables.letter.c.kind == Kind.CONFIRMATION.value)
            .exists()
        )
        row = connection.execute(
            select(func.count(), func.count().filter(answered))
            .where(reader.asked.is_not(None), reader.asked >= since, reader.asked < until)
            .where(or_(answered, reader.state != State.ACTIVE.value), ~waits)
        ).one()
        return row[0], row[1]

    def lock_breaker(self, connection: Connection) -> None:
        """Keep everyone else from opening the breaker until the transaction ends."""
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK_SPACE, func.hashtext("breaker"))))

    def breaker(self, connection: Connection) -> Breaker | None:
        """Return the last time that sign-ups were stopped."""
        row = connection.execute(select(tables.breaker)).one_or_none()
        if row is None:
            return None
        return Breaker(row.opened, row.until, row.since, row.asked, row.confirmed, row.told)

    def save_breaker(self, connection: Connection, opened: Breaker) -> None:
        """Keep an opening in the place of the one before."""
        connection.execute(delete(tables.breaker))
        values = {
            "opened": opened.opened, "until": opened.until, "since": opened.since, "asked": opened.asked,
            "confirmed": opened.confirmed, "told": opened.told,
        }  # fmt: skip
        connection.execute(insert(tables.breaker).values(id=1, **values))

    def tell_breaker(self, connection: Connection, opened: Breaker, now: dt.datetime) -> None:
        """Keep that the editors were told of an opening."""
        table = tables.breaker
        connection.execute(update(table).where(table.c.opened == opened.opened).values(told=now))

    def find(
        self, connection: Connection, where: ColumnElement[bool] | None, limit: int | None
    ) -> Iterator[Subscriber]:
        """Yield readers in the order in which they came, without their courses, in constant memory."""
        wanted = select(tables.subscriber).order_by(tables.subscriber.c.id).limit(limit)
        if where is not None:
            wanted = wanted.where(where)
        for row in connection.execution_options(yield_per=1_000).execute(wanted).mappings():
            yield _subscriber(row)

    def next_ones(
        self, connection: Connection, where: ColumnElement[bool], last: int, limit: int
    ) -> Sequence[tuple[int, str]]:
        """Return (id, canonical address) of the first readers behind the id `last` of whom a condition holds."""
        table = tables.subscriber
        chosen = select(table.c.id, table.c.canonical).where(table.c.id > last, where).order_by(table.c.id).limit(limit)
        return [(row.id, row.canonical) for row in connection.execute(chosen)]

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


def listed(state: State | None, query: str) -> ColumnElement[bool] | None:
    """Return the condition for readers in a state whose address or name has `query` in it; None for everybody."""
    table = tables.subscriber
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(table.c.state == state.value)
    if query:
        folded = query.strip().lower()
        conditions.append(
            or_(
                table.c.canonical.contains(folded, autoescape=True),
                func.lower(table.c.name).contains(folded, autoescape=True),
            )
        )
    return and_(*conditions) if conditions else None


_SUPPRESSIONS = select(tables.suppression).where(tables.suppression.c.canonical.in_(bindparam("keys", expanding=True)))
_SUBSCRIBERS = select(tables.subscriber).where(tables.subscriber.c.canonical.in_(bindparam("keys", expanding=True)))
_COURSES = (
    select(tables.course)
    .where(tables.course.c.subscriber_id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.course.c.started, tables.course.c.path)
)
_CANONICAL = select(tables.subscriber.c.canonical).where(tables.subscriber.c.subject_id == bindparam("subject_id"))
_FORMER_CANONICAL = select(tables.former_subject.c.canonical).where(
    tables.former_subject.c.subject_id == bindparam("subject_id")
)
_IDS = select(tables.subscriber.c.id, tables.subscriber.c.subject_id).where(
    tables.subscriber.c.subject_id.in_(bindparam("subjects", expanding=True))
)
_INSERT = insert(tables.subscriber)
_UPDATE = update(tables.subscriber).where(tables.subscriber.c.subject_id == bindparam("whose"))
_WHOSE = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == bindparam("whose")).scalar_subquery()
_CONSENT = insert(tables.consent).values(subscriber_id=_WHOSE)
_LETTER = insert(tables.letter).values(subscriber_id=_WHOSE)


def _consent_row(consent: Consent) -> tables.Row:
    return {
        "whose": consent.subject_id,
        "act": consent.act.value,
        "at": consent.at,
        "source": consent.source,
        "client": consent.client,
        "wording": consent.wording.version,
    }


def _letter_row(subject_id: str, letter: Letter, now: dt.datetime) -> tables.Row:
    return {
        "whose": subject_id,
        "kind": letter.kind.value,
        "detail": letter.detail,
        "address": letter.address,
        "since": now,
        "due": now,
    }


def _subscriber(row: Mapping[Any, Any], courses: tuple[Course, ...] = ()) -> Subscriber:
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
        without=tuple(row["without"]),
        zone=row["zone"],
        paused_until=row["paused_until"],
        seen=row["seen"],
        linked=row["linked"],
        moving_to=row["moving_to"],
        moving_since=row["moving_since"],
        courses=courses,
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
        "without": list(subscriber.without),
        "zone": subscriber.zone,
        "paused_until": subscriber.paused_until,
        "seen": subscriber.seen,
        "linked": subscriber.linked,
        "moving_to": subscriber.moving_to,
        "moving_since": subscriber.moving_since,
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
