"""Moves everything to another database, SQLite or PostgreSQL: `pressroom database move`.

Source and target are marked first, so that nothing else works on either (subscribers/database/moves.py). Then the rows
are copied, table by table and some thousand in a transaction; so the number of rows in the target says how far a move
came, and one that was interrupted goes on from there. At the end all rows are compared.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from publisher.adapters.database.migrations import migrate
from publisher.adapters.database.senders import DatabaseSenders
from publisher.errors import OutsideError, Refused
from publisher.moving.tables import Tell, refuse_other_tables, refuse_unless_empty, whole_tables
from subscribers.database import (
    DatabaseBroken,
    Move,
    MoveState,
    WholeTable,
    count_rows,
    digest_of,
    find_room,
    last_id,
    mark_move,
    move_of,
    others_at_work,
    put_rows,
    reading,
    rows_of,
    set_last_id,
    snapshot,
    writing,
)

_STOP = "stop `pressroom run` and every other command of Pressroom (and programs that look into the database), then try again"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, and where to, without the password."""

    rows: Mapping[str, int]
    place: str


def move(source: sa.Engine, target: sa.Engine, now: dt.datetime, tell: Tell) -> Moved:
    """Move everything, or go on with a move that was interrupted. Raises Refused, OutsideError, DatabaseError."""
    _refuse_the_same(source, target)
    find_room(source)
    place = place_of(target)
    begun = _move(source)
    if begun and begun.place != place:
        raise begun.refusal
    if begun is None:
        begun = _begin(source, target, place, now)
    tables = whole_tables()
    if begun.state is MoveState.LEAVING:
        _mark_target(source, target, begun)
        _copy(source, target, tables, tell)
        _compare(source, target, tables)
        _mark(source, Move(begun.id, MoveState.LEFT, place))
    _open_target(target, begun)
    with reading(target) as connection:
        return Moved({table.name: count_rows(connection, table) for table in tables}, place)


def cancel(source: sa.Engine, target: sa.Engine) -> None:
    """Give up a move that has not ended: empty the target, and let the source be used again. Raises Refused."""
    begun = _move(source)
    if begun is None:
        raise Refused("no move from this database is under way, so there is nothing to cancel")
    if begun.state is not MoveState.LEAVING or begun.place != place_of(target):
        raise begun.refusal
    _mark(source, None)  # first: a target that is out of reach for ever must not keep the source closed
    find_room(target)
    arriving = _move(target)
    if arriving and arriving.id == begun.id:
        with writing(target) as connection:
            for table in reversed(whole_tables()):
                connection.execute(table.core.delete())
            mark_move(connection, None)


def place_of(engine: sa.Engine) -> str:
    """Return a database's URL without its password, to be shown and compared."""
    url = engine.url.set(drivername=engine.dialect.name)
    secret = [key for key in url.query if "password" in key.lower()]  # libpq takes `password` and `sslpassword` there
    return url.difference_update_query(secret).render_as_string(hide_password=True)


def _refuse_the_same(source: sa.Engine, target: sa.Engine) -> None:
    if place_of(source) == place_of(target):
        raise Refused(f"source and target are the same database, {place_of(source)}; name another one")


def _begin(source: sa.Engine, target: sa.Engine, place: str, now: dt.datetime) -> Move:
    """Mark the source, unless somebody works on it or the target is not empty."""
    migrate(source)
    DatabaseSenders(source).recover(now)  # what senders held that died
    refuse_unless_empty(target)
    if _move(target):
        raise Refused("the target belongs to another move that has not ended; name an empty database")
    with reading(source) as connection:
        refuse_other_tables(connection, whole_tables())
    begun = Move(str(uuid.uuid4()), MoveState.LEAVING, place)
    _mark(source, begun)
    try:
        if others_at_work(source) or DatabaseSenders(source).living():
            raise Refused(f"something works on this database; {_STOP}")
    except BaseException:
        _mark(source, None)
        raise
    return begun


def _mark_target(source: sa.Engine, target: sa.Engine, begun: Move) -> None:
    arriving = _move(target)
    if arriving is None:
        refuse_unless_empty(target)
        migrate(target)
        _mark(target, Move(begun.id, MoveState.ARRIVING, place_of(source)))
    elif arriving.id != begun.id:
        raise Refused(
            f"the target holds part of another move from {arriving.place}; empty it, then try again, or stay here: "
            "the same command with --cancel"
        )


def _copy(source: sa.Engine, target: sa.Engine, tables: Sequence[WholeTable], tell: Tell) -> None:
    with snapshot(source) as here:
        total, done = sum(count_rows(here, table) for table in tables), 0
        for table in tables:
            with reading(target) as there:
                skip = count_rows(there, table)
            tell(done := done + skip, total)
            for part in rows_of(here, table, skip):
                _put(target, table, part)
                tell(done := done + len(part), total)
            with writing(target) as there:
                set_last_id(there, table, last_id(here, table))


def _put(target: sa.Engine, table: WholeTable, rows: Sequence[sa.Row[tuple[object, ...]]]) -> None:
    try:
        with writing(target) as connection:
            put_rows(connection, table, (row._asdict() for row in rows))
    except DatabaseBroken as error:
        raise OutsideError(
            f"the target does not take a row of the table {table.name} ({error}); stay here with the same command and "
            "--cancel, and report this"
        ) from error


def _compare(source: sa.Engine, target: sa.Engine, tables: Sequence[WholeTable]) -> None:
    with snapshot(source) as here, snapshot(target) as there:
        for table in tables:
            before, after = digest_of(here, table), digest_of(there, table)
            if (before.rows, before.value) != (after.rows, after.value):
                raise OutsideError(
                    f"the table {table.name} is not the same in both databases ({before.rows:,} rows became "
                    f"{after.rows:,}, or some differ), so somebody wrote to one of them; begin again: the same command "
                    "with --cancel, then without"
                )


def _open_target(target: sa.Engine, begun: Move) -> None:
    """Take the mark off the target, the last step of a move."""
    arrived = _move(target)
    if arrived and arrived.id == begun.id:
        _mark(target, None)
    elif arrived or begun.state is MoveState.LEFT:
        raise begun.refusal


def _move(engine: sa.Engine) -> Move | None:
    with reading(engine) as connection:
        return move_of(connection)


def _mark(engine: sa.Engine, move: Move | None) -> None:
    with writing(engine) as connection:
        mark_move(connection, move)
