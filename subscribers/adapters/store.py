"""Readers in the database: one address at a time, in transactions that two processes cannot interleave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
    text,
    update,
)

from subscribers.adapters import tables
from subscribers.adapters.rows import (
    consent_row,
    history_row,
    letter_row,
    reader_of,
    reader_row,
    suppression_of,
    suppression_row,
)
from subscribers.breaker import Breaker
from subscribers.consent import Act, Consent, Wording
from subscribers.errors import StoreBroken, StoreCollided, StoreUnavailable
from subscribers.history import MOVED, AddressHistory, Change, Happened, changes, former_addresses
from subscribers.subscriber import Course, Kind, Letter, State, Subscriber, Suppression
from subscribers.transitions import AddressState

READ_ONLY = {"read_only": True}
"""What the engine's owner understands as «blocks no writer»; without it, SQLite begins with BEGIN IMMEDIATE."""

_LOCK_SPACE = 0x53756273  # "Subs": PostgreSQL's advisory locks on addresses, apart from everyone else's
_COLLISIONS = ("23505", "40P01", "40001")
"""PostgreSQL's SQLSTATEs for a row that someone else has just written, and for two who waited for each other."""
_AWAY = (exc.InterfaceError, exc.InternalError, exc.TimeoutError)


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
        except (exc.IntegrityError, exc.OperationalError) as error:
            if getattr(error.orig, "sqlstate", None) in _COLLISIONS:
                raise StoreCollided(_words(error)) from error
            away = isinstance(error, exc.OperationalError)
            raise (StoreUnavailable if away else StoreBroken)(_words(error)) from error
        except _AWAY as error:
            raise StoreUnavailable(_words(error)) from error
        except exc.SQLAlchemyError as error:
            raise StoreBroken(_words(error)) from error
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise StoreUnavailable(_words(error)) from error

    def load(self, connection: Connection, canonical: str) -> AddressState:
        """Return what is known about an address, and keep everyone else from changing it until the transaction ends."""
        return self.load_all(connection, [canonical])[canonical]

    def load_all(self, connection: Connection, canonicals: Collection[str]) -> dict[str, AddressState]:
        """Like `load`, for many addresses at once."""
        keys = sorted(set(canonicals))
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.execute(_LOCKS, {"space": _LOCK_SPACE, "keys": keys})
        return self._standings(connection, keys)

    def peek(self, connection: Connection, canonical: str) -> AddressState:
        """Return what is known about an address, without keeping anyone from changing it."""
        return self._standings(connection, [canonical])[canonical]

    def peek_all(self, connection: Connection, canonicals: Collection[str]) -> dict[str, AddressState]:
        """Like `peek`, for many addresses at once."""
        return self._standings(connection, sorted(set(canonicals)))

    def _standings(self, connection: Connection, keys: Sequence[str]) -> dict[str, AddressState]:
        rows = connection.execute(_SUPPRESSIONS, {"keys": keys}).mappings()
        barred = {row["canonical"]: suppression_of(row) for row in rows}
        found = connection.execute(_SUBSCRIBERS, {"keys": keys}).mappings().all()
        courses = self._courses(connection, [row["id"] for row in found])
        known = {row["canonical"]: reader_of(row, courses.get(row["id"], ())) for row in found}
        return {key: AddressState(known.get(key), barred.get(key)) for key in keys}

    def whose(self, connection: Connection, subject_id: str) -> str | None:
        """Return the canonical address that a link leads to: a reader's, a former id's, or of one who was deleted."""
        for each in (_CANONICAL, _FORMER_CANONICAL, _SUPPRESSED_CANONICAL):
            canonical = connection.scalar(each, {"subject_id": subject_id})
            if canonical is not None:
                return str(canonical)
        return None

    def load_subject(self, connection: Connection, subject_id: str) -> tuple[str | None, AddressState]:
        """Like `load`, for whom a link names: the address, None for a link to nobody, and what is known about it."""
        return self._follow(connection, subject_id, self.load)

    def peek_subject(self, connection: Connection, subject_id: str) -> tuple[str | None, AddressState]:
        """Like `load_subject`, without keeping anyone from changing it."""
        return self._follow(connection, subject_id, self.peek)

    def _follow(
        self, connection: Connection, subject_id: str, look: Callable[[Connection, str], AddressState]
    ) -> tuple[str | None, AddressState]:
        canonical = self.whose(connection, subject_id)
        while canonical is not None:
            standing = look(connection, canonical)
            if standing.subscriber is not None and standing.subscriber.subject_id == subject_id:
                return canonical, standing
            # A former id, or a reader who moved on while we waited for the lock.
            seen, canonical = canonical, self.whose(connection, subject_id)
            if seen == canonical:
                return canonical, standing
        return None, AddressState()

    def save(self, connection: Connection, before: AddressState, after: AddressState, now: dt.datetime) -> None:
        """Write what changed between two standings of one address, its letters, and its history."""
        self.save_all(connection, [(before, after)], now)

    def save_all(
        self, connection: Connection, pairs: Sequence[tuple[AddressState, AddressState]], now: dt.datetime
    ) -> None:
        """Like `save`, for many addresses at once; each may be among them once."""
        fresh: list[tables.Row] = []
        letters: list[tables.Row] = []
        told: list[tables.Row] = []
        for before, after in pairs:
            was, reader = before.subscriber, after.subscriber
            if was is None and reader is not None:
                fresh.append(reader_row(reader))
            elif was is not None and reader is None:
                connection.execute(delete(tables.history).where(tables.history.c.canonical == was.canonical))
                connection.execute(delete(tables.subscriber).where(tables.subscriber.c.subject_id == was.subject_id))
            elif was is not None and reader is not None:
                self._update(connection, was, reader)
            self._save_suppression(connection, before.suppression, after.suppression)
            self._keep_ids(connection, before, after)
            if reader is not None:
                letters += [letter_row(reader.subject_id, letter, now) for letter in after.letters]
            if reader is not None or was is None:  # the history of who was deleted goes with them
                told += [history_row(_key(before, after), change, now) for change in changes(before, after)]
        if fresh:
            connection.execute(_INSERT, fresh)
        for before, after in pairs:  # when the readers are there that courses belong to
            self._save_courses(connection, before.subscriber, after.subscriber)
        if letters:
            connection.execute(_LETTER, letters)
        if told:
            connection.execute(_HISTORY, told)

    def _update(self, connection: Connection, was: Subscriber, reader: Subscriber) -> None:
        """Write a reader's row, unless an import has taken them off the list since they were loaded."""
        before, now = reader_row(was), reader_row(reader)
        changed = {name: value for name, value in now.items() if value != before[name]}
        if not changed:
            return
        mine = (tables.subscriber.c.subject_id == was.subject_id, tables.subscriber.c.state == was.state.value)
        if connection.execute(update(tables.subscriber).where(*mine).values(changed)).rowcount != 1:
            raise StoreCollided("the reader was changed by an import at the same time")

    def _save_suppression(self, connection: Connection, before: Suppression | None, after: Suppression | None) -> None:
        table = tables.suppression
        if after is not None and after != before:  # an import may have written one since we looked
            row = suppression_row(after)
            statement = conflict_free(connection)(table).values(row)
            connection.execute(statement.on_conflict_do_update(index_elements=["canonical"], set_=row))
        elif after is None and before is not None:
            # What was lifted is this one; an import may have written a graver one since.
            mine = (table.c.canonical == before.canonical, table.c.reason == before.reason.value)
            if connection.execute(delete(table).where(*mine)).rowcount != 1:
                raise StoreCollided("the address was suppressed by an import at the same time")

    def _keep_ids(self, connection: Connection, before: AddressState, after: AddressState) -> None:
        """Remember to whom the ids led that no row has any more: the links of old mail still reach them."""
        gone = {subject_id for subject_id, _ in _ids(before)} - {subject_id for subject_id, _ in _ids(after)}
        for subject_id, canonical in _ids(before):
            if subject_id in gone:
                statement = conflict_free(connection)(tables.former_subject).values(
                    subject_id=subject_id, canonical=canonical
                )
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["subject_id"], set_={"canonical": canonical})
                )

    def forget_history(self, connection: Connection, trail: AddressHistory) -> None:
        """Delete what happened to the addresses of a reader who is gone, except to one that is another reader's now."""
        table, reader = tables.history.c, tables.subscriber.c
        someone = select(1).where(reader.canonical == table.canonical).exists()
        connection.execute(delete(tables.history).where(table.canonical.in_(trail.canonicals), ~someone))

    def trail(self, connection: Connection, canonical: str, standing: AddressState) -> AddressHistory:
        """Return where mail to whoever is at an address went."""
        table = tables.former_subject.c
        former = connection.scalars(select(table.subject_id).where(table.canonical == canonical)).all()
        ids = dict.fromkeys([*(subject_id for subject_id, _ in _ids(standing)), *former])
        return AddressHistory(canonical, former_addresses(self.history(connection, canonical), canonical), tuple(ids))

    def moved_to(self, connection: Connection, canonical: str) -> str | None:
        """Return the present address of the reader who moved away from an address; None if nobody is known to have."""
        table, reader = tables.history.c, tables.subscriber.c
        moves = select(table.at, table.what, table.detail, reader.canonical, reader.address)
        moves = moves.where(table.what == MOVED, reader.canonical == table.canonical).order_by(table.at.desc())
        for row in connection.execute(moves):
            if canonical in former_addresses([Happened(row.at, row.what, row.detail)], row.canonical):
                return str(row.address)
        return None

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

    def move(
        self,
        connection: Connection,
        old: tuple[AddressState, AddressState],
        new: tuple[AddressState, AddressState],
        now: dt.datetime,
    ) -> None:
        """Write what `moves.moved` decided: the reader's row goes on under the new address, and takes in what was there.

        `old` and `new` are what stood at each address before and after.
        """
        mover, there, reader = old[0].subscriber, new[0].subscriber, new[1].subscriber
        assert mover is not None
        assert reader is not None
        if there is not None:
            ids = {
                row.subject_id: row.id
                for row in connection.execute(_IDS, {"subjects": [mover.subject_id, there.subject_id]})
            }
            consent, letter, subscriber = tables.consent, tables.letter, tables.subscriber
            for table in (consent, letter):
                connection.execute(
                    update(table)
                    .where(table.c.subscriber_id == ids[there.subject_id])
                    .values(subscriber_id=ids[mover.subject_id])
                )
            as_it_was = (subscriber.c.id == ids[there.subject_id], subscriber.c.state == there.state.value)
            if connection.execute(delete(subscriber).where(*as_it_was)).rowcount != 1:
                raise StoreCollided("the reader was changed by an import at the same time")
            self._keep_ids(connection, new[0], AddressState())
        for renamed in (tables.history, tables.former_subject):
            connection.execute(
                update(renamed).where(renamed.c.canonical == mover.canonical).values(canonical=reader.canonical)
            )
        # The reader's row first, as imports do it: two that wait for each other in a ring are both broken off.
        self.save(connection, AddressState(mover, new[0].suppression), new[1], now)
        self._save_suppression(connection, old[0].suppression, old[1].suppression)

    def tell(self, connection: Connection, canonical: str, change: Change, now: dt.datetime) -> None:
        """Keep one thing that happened."""
        connection.execute(_HISTORY, [history_row(canonical, change, now)])

    def history(self, connection: Connection, canonical: str) -> Sequence[Happened]:
        """Return what happened to an address, the oldest first."""
        table = tables.history
        rows = connection.execute(select(table).where(table.c.canonical == canonical).order_by(table.c.at, table.c.id))
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
        # In one order, so that two processes cannot wait for each other in a ring.
        for wording in sorted({consent.wording for consent in consents}, key=lambda each: each.version):
            self.keep_wording(connection, wording)
        if consents:
            connection.execute(_CONSENT, [consent_row(each) for each in consents])

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
             reader_of(row, courses.get(row["whose"], ())))
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
            yield reader_of(row)

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
_SUPPRESSED_CANONICAL = select(tables.suppression.c.canonical).where(
    tables.suppression.c.subject_id == bindparam("subject_id")
)
_IDS = select(tables.subscriber.c.id, tables.subscriber.c.subject_id).where(
    tables.subscriber.c.subject_id.in_(bindparam("subjects", expanding=True))
)
_INSERT = insert(tables.subscriber)
_WHOSE = select(tables.subscriber.c.id).where(tables.subscriber.c.subject_id == bindparam("whose")).scalar_subquery()
_CONSENT = insert(tables.consent).values(subscriber_id=_WHOSE)
_LETTER = insert(tables.letter).values(subscriber_id=_WHOSE)
_HISTORY = insert(tables.history)
_LOCKS = text(
    # Taken in one order, so that two processes cannot wait for each other in a ring.
    "SELECT pg_advisory_xact_lock(:space, lock) FROM "
    "(SELECT DISTINCT hashtext(key) AS lock FROM unnest(CAST(:keys AS text[])) AS key ORDER BY lock) AS locks"
)


def _key(before: AddressState, after: AddressState) -> str:
    """Return the address that a change is kept under: the reader's newest."""
    holders = (after.subscriber, after.suppression, before.suppression)
    return next(each.canonical for each in holders if each is not None)


def _ids(standing: AddressState) -> list[tuple[str, str]]:
    """Return the public ids that lead to an address, each with the address."""
    holders = (standing.subscriber, standing.suppression)
    return [(each.subject_id, each.canonical) for each in holders if each is not None and each.subject_id is not None]


def _words(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    first = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    return f"the database failed ({first})"
