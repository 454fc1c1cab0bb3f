"""Brings a whole list in: staged in a temporary table, looked at, then merged by the database in one transaction.

Staging holds no lock, so readers can leave while a long file is read, and an editor can think about the report. Merging
is all or nothing, and asks the suppression list at the moment of writing. A million rows need constant memory here: the
database finds the duplicates. Rows are merged in the order of their addresses, which fills the largest index from one
end to the other: three times as fast as in the order of the file.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from subscribers.adapters import tables
from subscribers.adapters.store import READ_ONLY, Store, conflict_free, keep_wording
from subscribers.consent import Act, Wording
from subscribers.entry import Entry
from subscribers.errors import StoreCollided
from subscribers.ports import Progress
from subscribers.subscriber import Reason, State
from subscribers.suppression import suppressed
from subscribers.tokens import new_subject_ids

STAGED_AT_ONCE = 5_000
MERGED_AT_ONCE = 20_000
COLLISIONS = 2
"""How often a merge begins anew."""
CACHE_KILOBYTES = 32 * 1024
"""SQLite's page cache for the list and for the staged rows, each: an index is filled in random order."""

_staged = Table(
    "import_staged",
    MetaData(),
    Column("number", Integer, nullable=False),
    Column("canonical", String(tables.ADDRESS_LENGTH), nullable=False),
    Column("address", String(tables.ADDRESS_LENGTH), nullable=False),
    Column("subject_id", String(22), nullable=False),
    Column("name", String(200), nullable=False),
    Column("tags", tables.LIST, nullable=False),
    Column("leaving", Integer, nullable=True),  # the reason's weight
    Column("state", String(12), nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("source", String(200), nullable=False),
    Column("created", tables.Moment(), nullable=True),
    Column("left", tables.Moment(), nullable=True),
    Column("suppressed_at", tables.Moment(), nullable=True),
    Column("asked", tables.Moment(), nullable=True),
    Column("asked_from", String(45), nullable=True),
    Column("confirmed", tables.Moment(), nullable=True),
    Column("confirmed_from", String(45), nullable=True),
    Column("without", tables.LIST, nullable=False),
    Column("zone", String(64), nullable=True),
    Column("paused_until", tables.Moment(), nullable=True),
    prefixes=["TEMPORARY"],
)
_by_address = Index("ix_import_staged", _staged.c.canonical)
_repeated = Table(
    "import_repeated",
    MetaData(),
    Column("canonical", String(tables.ADDRESS_LENGTH), primary_key=True),
    Column("first", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("leaving", Integer, nullable=True),
    Column("left", tables.Moment(), nullable=True),
    Column("suppressed_at", tables.Moment(), nullable=True),
    prefixes=["TEMPORARY"],
)
"""Addresses that more than one line names."""

_STAYS = _staged.c.leaving.is_(None)
_BARRED = suppressed(_staged.c.canonical)
_MINE = tables.subscriber.c.canonical == _staged.c.canonical


def _here(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition: a staged row's address is a reader's, of whom these hold."""
    return select(1).where(_MINE, *conditions).correlate(_staged).exists()


_KNOWN = _here()
_ACTIVE = _here(tables.subscriber.c.state == State.ACTIVE.value)
# Who is said to have moved away from an address, and is a reader there, came back since the list was written.
_MOVED = _staged.c.leaving == Reason.MOVED.weight
_WAITING = and_(tables.subscriber.c.state == State.PENDING.value, tables.subscriber.c.left.is_(None))


@dataclass(frozen=True, slots=True)
class _Range:
    """Addresses after `low` up to `high`, None for all that are left.

    Every statement says it of each table: PostgreSQL has no statistics of the rows that this transaction wrote, and would
    look through all of them for each range.
    """

    low: str
    high: str | None

    def of(self, key: ColumnElement[Any]) -> ColumnElement[bool]:
        return key > self.low if self.high is None else and_(key > self.low, key <= self.high)


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded beside every row of one import."""

    source: str
    wording: Wording
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many addresses become what. `left` are those that the list itself calls unsubscribed, bounced ...; `pending`
    are new ones that our own export calls so.
    """

    new: int = 0
    known: int = 0
    suppressed: int = 0
    left: int = 0
    pending: int = 0


class Bulk:
    """One import on one connection: `stage` everything, `count` what it comes to, `merge` once."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._staged = 0
        self._proofs = False

    def stage(self, entries: Iterable[Entry]) -> int:
        """Put lines aside; return how many of them repeat an address of an earlier line.

        Of lines with the same address the first counts, but that a reader left counts wherever it stands.
        """
        numbered = enumerate(entries)
        row = _row_maker(self._connection.dialect.name)
        while batch := list(itertools.islice(numbered, STAGED_AT_ONCE)):
            self._proofs = self._proofs or any(entry.asked or entry.confirmed for _, entry in batch)
            with self._connection.begin():
                _put(self._connection, [row(number, entry) for number, entry in batch])
        with self._connection.begin():
            _by_address.create(self._connection)
            repeated = _drop_repeated(self._connection)
            if self._connection.dialect.name == "postgresql":
                self._connection.execute(text("ANALYZE import_staged"))
            self._staged = self._connection.scalar(select(func.count()).select_from(_staged)) or 0
        return repeated

    def count(self) -> Counts:
        """Return what would become of whom, were the list merged now."""
        with self._connection.begin():
            return _count(self._connection)

    def merge(self, origin: Origin, progress: Progress) -> Counts:
        """Write what was staged: all of it or nothing. It begins anew when readers and it were in each other's way."""
        for _ in range(COLLISIONS):
            with contextlib.suppress(StoreCollided):
                return self._merged(origin, progress)
        return self._merged(origin, progress)

    def _merged(self, origin: Origin, progress: Progress) -> Counts:
        connection = self._connection.execution_options(read_only=False)
        done = 0
        with self._store.translated(), connection.begin():
            keep_wording(connection, origin.wording)
            counts = _count(connection)
            for part in _ranges(connection):
                _merge(connection, part, origin, counts, proofs=self._proofs)
                done = min(done + MERGED_AT_ONCE, self._staged)
                progress(done, self._staged)
        return counts


@contextmanager
def bulk(store: Store) -> Iterator[Bulk]:
    """Give an import of its own connection and temporary tables, and clear up behind it."""
    with store.translated(), store.engine.connect().execution_options(**READ_ONLY) as connection:
        if connection.dialect.name == "sqlite":
            for schema in ("main", "temp"):
                connection.exec_driver_sql(f"PRAGMA {schema}.cache_size=-{CACHE_KILOBYTES}")
            connection.rollback()
        with connection.begin():
            for table in (_staged, _repeated):
                table.drop(connection, checkfirst=True)
            connection.execute(_create(_staged))
            connection.execute(_create(_repeated))
        try:
            yield Bulk(store, connection)
        finally:
            # Dropped with the connection: neither temporary table nor cache goes back to the pool with it.
            connection.invalidate()


def _create(table: Table) -> Any:
    from sqlalchemy.schema import CreateTable

    return CreateTable(table)  # without its index: that one is made when it is full, in a tenth of the time


def _put(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy("COPY import_staged FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" * len(_staged.c))
    connection.exec_driver_sql(f"INSERT INTO import_staged VALUES ({places})", rows)  # noqa: S608 - question marks


def _row_maker(dialect: str) -> Callable[[int, Entry], tuple[Any, ...]]:
    """Return what makes the values of the staging table's columns, as the driver wants them."""
    when = _same if dialect == "postgresql" else _sqlite_moment
    ids = new_subject_ids()

    def row(number: int, each: Entry) -> tuple[Any, ...]:
        return (
            number, each.address.canonical, each.address.written, next(ids), each.name, _list(each.tags),
            None if each.leaving is None else _WEIGHTS[each.leaving], each.state.value, each.whole, each.source,
            when(each.created), when(each.left), when(each.suppressed_at), when(each.asked), each.asked_from,
            when(each.confirmed), each.confirmed_from, _list(each.without), each.zone, when(each.paused_until),
        )  # fmt: skip

    return row


_WEIGHTS = {reason: reason.weight for reason in Reason}


def _same(moment: dt.datetime | None) -> dt.datetime | None:
    return moment


def _sqlite_moment(moment: dt.datetime | None) -> str | None:
    """Write a moment as SQLAlchemy's type for SQLite does."""
    return None if moment is None else moment.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


@functools.lru_cache(maxsize=4096)
def _list(words: tuple[str, ...]) -> str:
    return json.dumps(words, ensure_ascii=False)


def _drop_repeated(connection: Connection) -> int:
    """Leave one row for each address; return how many went."""
    key = _staged.c.canonical
    columns = [column.name for column in _repeated.c]
    grouped = select(
        key, func.min(_staged.c.number), func.count(), func.max(_staged.c.leaving), func.max(_staged.c.left),
        func.max(_staged.c.suppressed_at),
    ).group_by(key).having(func.count() > 1)  # fmt: skip
    connection.execute(insert(_repeated).from_select(columns, grouped))
    gone: int | None = connection.scalar(select(func.sum(_repeated.c.lines - 1)))
    if not gone:
        return 0

    def of_all(name: str) -> Any:
        return select(_repeated.c[name]).where(_repeated.c.canonical == key).scalar_subquery()

    among = key.in_(select(_repeated.c.canonical))
    connection.execute(delete(_staged).where(among, _staged.c.number > of_all("first")))
    connection.execute(
        update(_staged).where(among).values({name: of_all(name) for name in ("leaving", "left", "suppressed_at")})
    )
    return gone


def _ranges(connection: Connection) -> Iterator[_Range]:
    """Part the staged rows by their addresses, in their order, MERGED_AT_ONCE at a time."""
    key, low = _staged.c.canonical, ""
    while True:
        last = select(key).where(key > low).order_by(key).offset(MERGED_AT_ONCE - 1).limit(1)
        high = connection.scalar(last)
        yield _Range(low, high)
        if high is None:
            return
        low = high


def _count(connection: Connection) -> Counts:
    # Grouped, so that each row is looked up once; a filter for each figure would look it up for each.
    row = select(
        _STAYS.label("stays"),
        (_staged.c.state == State.PENDING.value).label("waits"),
        _BARRED.label("barred"),
        _KNOWN.label("known"),
    ).subquery()
    found: Counter[str] = Counter()
    for each in connection.execute(select(*row.c, func.count().label("rows")).group_by(*row.c)):
        if each.stays:
            became = "suppressed" if each.barred else "known" if each.known else "pending" if each.waits else "new"
        else:
            became = "left"
        found[became] += each.rows
    return Counts(**found)


def _merge(connection: Connection, part: _Range, origin: Origin, counts: Counts, *, proofs: bool) -> None:
    """Write one range; `counts` are the whole list's, and spare it statements that would change nothing."""
    within, readers = part.of(_staged.c.canonical), tables.subscriber.c
    if counts.left:
        _take_off(connection, and_(within, ~_STAYS, ~_MOVED), origin)
    if counts.known:
        _activate(connection, and_(within, _STAYS, ~_BARRED), origin, proofs=proofs)
    _enter(connection, part, origin)
    joined = and_(within, part.of(readers.canonical), _STAYS, readers.state == State.ACTIVE.value)
    _consents(connection, and_(_MINE, readers.subject_id == _staged.c.subject_id), joined, origin, proofs=proofs)
    if counts.left:
        _suppress(connection, and_(within, ~_STAYS, or_(~_MOVED, ~_ACTIVE)), origin)


def _take_off(connection: Connection, leaving: ColumnElement[bool], origin: Origin) -> None:
    """Do to readers who are here what `transitions.after` does when somebody leaves."""
    table = tables.subscriber
    leavers = select(table.c.id).select_from(_staged.join(table, _MINE)).where(
        leaving, table.c.state != State.UNSUBSCRIBED.value
    )  # fmt: skip
    told = select(table.c.canonical, _moment(origin.at), literal("suppressed"), _reason(_staged.c.leaving)).select_from(
        _staged.join(table, _MINE)
    )
    told = told.where(leaving, table.c.state != State.UNSUBSCRIBED.value)
    connection.execute(insert(tables.history).from_select(["canonical", "at", "what", "detail"], told))
    connection.execute(
        update(tables.course)
        .where(tables.course.c.ended.is_(None), tables.course.c.subscriber_id.in_(leavers))
        .values(due=None, ended=origin.at)
    )
    connection.execute(
        update(table)
        .where(table.c.id.in_(leavers))
        .values(state=State.UNSUBSCRIBED.value, left=origin.at, moving_to=None)
    )


def _suppress(connection: Connection, leaving: ColumnElement[bool], origin: Origin) -> None:
    mine = tables.subscriber.alias()
    subject = select(mine.c.subject_id).where(mine.c.canonical == _staged.c.canonical).scalar_subquery()
    since = func.coalesce(_staged.c.suppressed_at, _staged.c.left, _moment(origin.at))
    statement = conflict_free(connection)(tables.suppression).from_select(
        ["canonical", "reason", "at", "subject_id"],
        select(_staged.c.canonical, _reason(_staged.c.leaving), since, subject).where(leaving),
    )
    heavier = _weight(statement.excluded.reason) > _weight(tables.suppression.c.reason)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["canonical"],
            set_={"reason": statement.excluded.reason, "at": statement.excluded.at},
            where=heavier,
        )
    )


def _activate(connection: Connection, welcome: ColumnElement[bool], origin: Origin, *, proofs: bool) -> None:
    """Do to readers who signed up here and have not confirmed what `transitions.after` does when an editor enters them."""
    table, course = tables.subscriber, tables.course
    asked = and_(welcome, _staged.c.state == State.ACTIVE.value, _WAITING)
    named = select(table.c.id, _staged.c.name).select_from(_staged.join(table, _MINE)).where(asked)
    # Locked first: who leaves at this moment is waited for, and is not among them then.
    waiting = connection.execute(named.with_for_update(of=table)).all()
    if not waiting:
        return
    _consents(connection, _MINE, asked, origin, proofs=proofs)
    these = table.c.id.in_(select(named.subquery().c.id))
    idle = and_(
        course.c.due.is_(None), course.c.ended.is_(None), course.c.subscriber_id.in_(select(named.subquery().c.id))
    )
    begun = select(table.c.canonical, _moment(origin.at), literal("course"), course.c.path + ": begun")
    begun = begun.select_from(table.join(course, course.c.subscriber_id == table.c.id)).where(idle)
    connection.execute(insert(tables.history).from_select(["canonical", "at", "what", "detail"], begun))
    connection.execute(update(course).where(idle).values(started=origin.at, due=origin.at))
    names = [{"whose": row.id, "called": row.name} for row in waiting if row.name]
    if names:
        whose = table.c.id == bindparam("whose")
        connection.execute(update(table).where(whose).values(name=bindparam("called")), names)
    connection.execute(update(table).where(these).values(state=State.ACTIVE.value))


def _enter(connection: Connection, part: _Range, origin: Origin) -> None:
    """Make the rows of new readers; of those who left, only a list of our own has any."""
    state = case((_STAYS, _staged.c.state), (_staged.c.state == State.ACTIVE.value, State.UNSUBSCRIBED.value),
                 else_=_staged.c.state)  # fmt: skip
    same = ("subject_id", "address", "canonical", "name", "tags", "confirmed", "left", "without", "zone",
            "paused_until")  # fmt: skip
    fresh: dict[str, ColumnElement[Any]] = {name: _staged.c[name] for name in same}
    fresh |= {
        "state": state,
        "source": case((_staged.c.source == "", literal(origin.source)), else_=_staged.c.source),
        "created": func.coalesce(_staged.c.created, _moment(origin.at)),
        "confirmations": literal(0),
    }
    chosen = select(*fresh.values()).where(
        part.of(_staged.c.canonical),
        or_(_STAYS, _staged.c.whole),
        ~_BARRED,
        ~_here(part.of(tables.subscriber.c.canonical)),
    )
    statement = conflict_free(connection)(tables.subscriber).from_select(
        list(fresh), chosen.order_by(_staged.c.canonical)
    )
    # PostgreSQL: who signed up a moment ago stays as they are.
    connection.execute(statement.on_conflict_do_nothing(index_elements=["canonical"]))


def _consents(
    connection: Connection, on: ColumnElement[bool], where: ColumnElement[bool], origin: Origin, *, proofs: bool
) -> None:
    """Record that an editor answers for readers, and before that what their old list knew of their consent."""
    acts: list[tuple[Act, Any, Any]] = [(Act.ENTERED, _moment(origin.at), literal(None, String()))]
    if proofs:
        acts = [
            (Act.ASKED, _staged.c.asked, _staged.c.asked_from),
            (Act.CONFIRMED, _staged.c.confirmed, _staged.c.confirmed_from),
            *acts,
        ]
    for act, at, client in acts:
        chosen: Select[Any] = select(
            tables.subscriber.c.id,
            literal(act.value),
            at,
            literal(origin.source),
            client,
            literal(origin.wording.version),
        )
        chosen = chosen.select_from(_staged.join(tables.subscriber, on)).where(where, at.is_not(None))
        columns = ["subscriber_id", "act", "at", "source", "client", "wording"]
        connection.execute(insert(tables.consent).from_select(columns, chosen))


def _moment(at: dt.datetime) -> ColumnElement[dt.datetime]:
    return literal(at, tables.Moment())


def _weight(reason: ColumnElement[Any]) -> ColumnElement[int]:
    return case({each.value: each.weight for each in Reason}, value=reason, else_=-1)


def _reason(weight: ColumnElement[Any]) -> ColumnElement[str]:
    return case({each.weight: each.value for each in Reason}, value=weight)
