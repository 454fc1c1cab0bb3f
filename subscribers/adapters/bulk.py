"""Brings a whole list in: staged in a temporary table, then merged by the database in one transaction.

Staging holds no lock, so readers can leave while a long file is read; merging is quick, all or nothing, and asks the
suppression list at the moment of writing. A million rows need constant memory here: the database finds the duplicates.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB

from subscribers.adapters import tables
from subscribers.adapters.store import READ_ONLY, Store, conflict_free
from subscribers.consent import Act, Wording
from subscribers.ports import Progress
from subscribers.roster import Entry
from subscribers.subscriber import Reason, State
from subscribers.suppression import suppressed
from subscribers.tokens import new_subject_id

STAGED_AT_ONCE = 5_000
MERGED_AT_ONCE = 20_000
CACHE_KILOBYTES = 32 * 1024
"""SQLite's page cache for the list and for the staged rows, each: two indexes are filled in random order."""

_staged = Table(
    "import_staged",
    MetaData(),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("canonical", String(tables.ADDRESS_LENGTH), nullable=False, unique=True),
    Column("address", String(tables.ADDRESS_LENGTH), nullable=False),
    Column("subject_id", String(22), nullable=False),
    Column("name", String(200), nullable=False),
    Column("tags", tables.LIST, nullable=False),
    Column("leaving", String(12), nullable=True),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What is recorded beside every row of one import."""

    source: str
    wording: Wording
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Merged:
    """How many addresses became what. `left` are those that the list itself calls unsubscribed, bounced ..."""

    new: int = 0
    known: int = 0
    suppressed: int = 0
    left: int = 0

    def __add__(self, other: Merged) -> Merged:
        return Merged(
            self.new + other.new,
            self.known + other.known,
            self.suppressed + other.suppressed,
            self.left + other.left,
        )


class Bulk:
    """One import on one connection: `stage` everything, then `merge` once."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._last_line = 0

    def stage(self, entries: Iterable[Entry]) -> int:
        """Put lines aside; return how many of them repeat an address of an earlier line.

        Of lines with the same address the first counts, but that a reader left counts wherever it stands.
        """
        repeated = 0
        statement = _staging(self._connection.dialect.name)
        for batch in _batches(entries, STAGED_AT_ONCE):
            self._last_line = batch[-1].line
            with self._connection.begin():
                self._connection.execute(statement, {"batch": json.dumps(_rows(batch), ensure_ascii=False)})
                staged = _count(self._connection, _staged.c.line.between(batch[0].line, batch[-1].line))
            repeated += len(batch) - staged
        return repeated

    def merge(self, origin: Origin, progress: Progress, *, dry_run: bool) -> Merged:
        """Write what was staged, all of it or nothing; with `dry_run` nothing, but with the same counts."""
        connection = self._connection.execution_options(read_only=False)
        merged = Merged()
        with connection.begin() as transaction:
            self._store.keep_wording(connection, origin.wording)
            for first in range(1, self._last_line + 1, MERGED_AT_ONCE):
                lines = _staged.c.line.between(first, first + MERGED_AT_ONCE - 1)
                merged += Merged(left=_merge_leaving(connection, lines, origin))
                merged += _merge_staying(connection, lines, origin)
                progress(min(first + MERGED_AT_ONCE - 1, self._last_line), self._last_line)
            if dry_run:
                transaction.rollback()
        return merged


@contextmanager
def bulk(store: Store) -> Iterator[Bulk]:
    """Give an import of its own connection and temporary table, and clear up behind it."""
    with store.translated(), store.engine.connect().execution_options(**READ_ONLY) as connection:
        if connection.dialect.name == "sqlite":
            for schema in ("main", "temp"):
                connection.exec_driver_sql(f"PRAGMA {schema}.cache_size=-{CACHE_KILOBYTES}")
            connection.rollback()
        with connection.begin():
            _staged.drop(connection, checkfirst=True)
            _staged.create(connection)
        try:
            yield Bulk(store, connection)
        finally:
            # Dropped with the connection: neither temporary table nor cache goes back to the pool with it.
            connection.invalidate()


def _staging(dialect: str) -> Any:
    """Return the statement that takes a batch as one JSON text: 2 to 5 times faster than a row at a time."""
    insert_into: Any
    if dialect == "postgresql":
        elements = func.jsonb_array_elements(cast(bindparam("batch", type_=Text), JSONB))
        value: Any = elements.table_valued(column("value", JSONB)).c.value
        cells = [value[place] if each is _staged.c.tags else value[place].astext for place, each in _places()]
        cells[0] = cast(cells[0], Integer)
        insert_into = postgresql.insert
    else:
        value = func.json_each(bindparam("batch", type_=Text)).table_valued("value").c.value
        cells = [func.json_extract(value, f"$[{place}]") for place, _ in _places()]
        insert_into = sqlite.insert
    # The condition is SQLite's: without it, it reads ON CONFLICT as a join's.
    statement = insert_into(_staged).from_select(list(_staged.c), select(*cells).where(value.is_not(None)))
    return statement.on_conflict_do_update(
        index_elements=["canonical"],
        set_={"leaving": statement.excluded.leaving},
        where=_weight(statement.excluded.leaving) > _weight(_staged.c.leaving),
    )


def _places() -> Iterator[tuple[int, Column[Any]]]:
    return enumerate(_staged.c)


def _merge_leaving(connection: Connection, lines: ColumnElement[bool], origin: Origin) -> int:
    leaving = (lines, _staged.c.leaving.is_not(None))
    mine = tables.subscriber.alias()
    subject = select(mine.c.subject_id).where(mine.c.canonical == _staged.c.canonical).scalar_subquery()
    columns = ["canonical", "reason", "at", "subject_id"]
    statement = conflict_free(connection)(tables.suppression).from_select(
        columns, select(_staged.c.canonical, _staged.c.leaving, _moment(origin.at), subject).where(*leaving)
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["canonical"],
            set_={"reason": statement.excluded.reason, "at": statement.excluded.at},
            where=_weight(statement.excluded.reason) > _weight(tables.suppression.c.reason),
        )
    )
    table = tables.subscriber
    connection.execute(
        update(table)
        .where(
            table.c.state != State.UNSUBSCRIBED.value,
            table.c.canonical.in_(select(_staged.c.canonical).where(*leaving)),
        )
        .values(state=State.UNSUBSCRIBED.value, left=origin.at)
    )
    return _count(connection, *leaving)


def _merge_staying(connection: Connection, lines: ColumnElement[bool], origin: Origin) -> Merged:
    table = tables.subscriber
    staying = (lines, _staged.c.leaving.is_(None))
    welcome = (*staying, ~suppressed(_staged.c.canonical))
    known = select(1).where(table.c.canonical == _staged.c.canonical).correlate(_staged).exists()
    all_, allowed, there = (
        _count(connection, *staying), _count(connection, *welcome), _count(connection, *welcome, known),
    )  # fmt: skip
    # Who signed up here and has not confirmed yet is on the list as well: the editor answers for them.
    _consent(
        connection,
        origin,
        table.c.canonical == _staged.c.canonical,
        table.c.state == State.PENDING.value,
        table.c.left.is_(None),
        *welcome,
    )
    connection.execute(
        update(table)
        .where(
            table.c.state == State.PENDING.value,
            table.c.left.is_(None),
            table.c.canonical.in_(select(_staged.c.canonical).where(*welcome)),
        )
        .values(state=State.ACTIVE.value)
    )
    fresh = {
        "subject_id": _staged.c.subject_id,
        "address": _staged.c.address,
        "canonical": _staged.c.canonical,
        "name": _staged.c.name,
        "tags": _staged.c.tags,
        "state": literal(State.ACTIVE.value),
        "source": literal(origin.source),
        "created": _moment(origin.at),
        "confirmations": literal(0),
    }
    connection.execute(
        conflict_free(connection)(table)
        .from_select(list(fresh), select(*fresh.values()).where(*welcome, ~known).order_by(_staged.c.line))
        .on_conflict_do_nothing()  # PostgreSQL: someone signed up between the two reads
    )
    _consent(connection, origin, table.c.subject_id == _staged.c.subject_id, *welcome)
    return Merged(new=allowed - there, known=there, suppressed=all_ - allowed)


def _consent(connection: Connection, origin: Origin, on: ColumnElement[bool], *conditions: ColumnElement[bool]) -> None:
    chosen = (
        select(
            tables.subscriber.c.id,
            literal(Act.ENTERED.value),
            _moment(origin.at),
            literal(origin.source),
            literal(origin.wording.version),
        )
        .select_from(_staged.join(tables.subscriber, on))
        .where(*conditions)
    )
    columns = ["subscriber_id", "act", "at", "source", "wording"]
    connection.execute(insert(tables.consent).from_select(columns, chosen))


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(_staged).where(*conditions)) or 0


def _moment(at: dt.datetime) -> ColumnElement[dt.datetime]:
    return literal(at, tables.Moment())


def _weight(reason: ColumnElement[Any]) -> ColumnElement[int]:
    return case({each.value: each.weight for each in Reason}, value=reason, else_=-1)


def _rows(batch: Iterable[Entry]) -> list[list[Any]]:
    """Return the batch's rows in the order of the staging table's columns, each address once."""
    chosen: dict[str, Entry] = {}
    for entry in batch:
        earlier = chosen.setdefault(entry.address.canonical, entry)
        if entry.leaving and (earlier.leaving is None or entry.leaving.weight > earlier.leaving.weight):
            chosen[entry.address.canonical] = replace(earlier, leaving=entry.leaving)
    return [
        [each.line, canonical, each.address.written, new_subject_id(), each.name, list(each.tags), each.leaving]
        for canonical, each in chosen.items()
    ]


def _batches(entries: Iterable[Entry], size: int) -> Iterator[Sequence[Entry]]:
    iterator = iter(entries)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
