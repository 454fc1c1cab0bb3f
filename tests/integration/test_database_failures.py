"""Whatever SQLAlchemy or a driver raises has one of our names, wherever in a transaction it is raised."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import errors as _sqlstates  # noqa: F401  defines psycopg's error of each SQLSTATE
from sqlalchemy import exc
from sqlmodel import UTCDateTime

from subscribers.database import (
    DatabaseBroken,
    DatabaseCollided,
    DatabaseError,
    DatabaseUnavailable,
    open_engine,
    reading,
    translated,
    writing,
)

pytestmark = pytest.mark.both_databases

AWAY = [sqlite3.Error, sqlite3.DatabaseError, sqlite3.InterfaceError, sqlite3.InternalError, sqlite3.OperationalError]
AWAY += [psycopg.Error, psycopg.DatabaseError, psycopg.InterfaceError, psycopg.InternalError, psycopg.OperationalError]
OURS = [sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.NotSupportedError]
OURS += [psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError]


def below(kind: type[Exception]) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        yield from below(each)


def made(kind: type[Exception]) -> Exception:
    """Return an error that is caught as this class is, whatever that wants to be made of."""
    plain = {"__init__": lambda _self: None, "__str__": lambda _self: "it failed", "orig": None}
    bare: type[Exception] = type(kind.__name__, (kind,), plain)
    return bare()


def wrapped(cause: Exception) -> exc.DBAPIError:
    """Return what SQLAlchemy makes of a driver's error."""
    for kind in type(cause).__mro__:
        if kind in AWAY + OURS:
            return getattr(exc, "DBAPIError" if kind.__name__ == "Error" else kind.__name__)("statement", {}, cause)
    raise AssertionError(cause)


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    opened = open_engine(database_url)
    with opened.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE shelf (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE book (shelf INTEGER REFERENCES shelf (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    yield opened
    opened.dispose()


@pytest.mark.parametrize("root", [exc.SQLAlchemyError, sqlite3.Error, psycopg.Error])
def test_no_foreign_error_gets_through(root: type[Exception]) -> None:
    kinds = set(below(root))
    assert len(kinds) > 8
    for kind in kinds:
        with pytest.raises(DatabaseError), translated():
            raise made(kind)


@pytest.mark.parametrize("kind", AWAY, ids=str)
def test_every_way_to_be_away_has_one_name(kind: type[Exception]) -> None:
    for error in (kind("away"), wrapped(kind("away"))):
        with pytest.raises(DatabaseUnavailable, match=r"^the database failed \(away\); check"), translated():
            raise error


@pytest.mark.parametrize("kind", OURS, ids=str)
def test_our_own_mistakes_are_not_called_an_absence(kind: type[Exception]) -> None:
    for error in (kind("ours"), wrapped(kind("ours"))):
        with pytest.raises(DatabaseBroken, match=r"^the database refused a statement \(ours\)$"), translated():
            raise error


@pytest.mark.parametrize("state", ["UniqueViolation", "DeadlockDetected", "SerializationFailure"])
def test_who_writes_at_the_same_moment_collides(state: str) -> None:
    cause = getattr(psycopg.errors, state)("both\nDETAIL: Key (address)=(ada@example.com) already exists.")
    for error in (cause, wrapped(cause)):
        with pytest.raises(DatabaseCollided) as caught, translated():
            raise error
        assert "(both)" in str(caught.value)
        assert "ada@" not in str(caught.value)


def test_a_pool_without_a_free_connection_is_an_absence() -> None:
    with pytest.raises(DatabaseUnavailable), translated():
        raise exc.TimeoutError("QueuePool limit reached")


def test_what_the_database_has_nothing_to_do_with_passes() -> None:
    with pytest.raises(KeyError), translated():
        raise KeyError("x")


def test_a_moment_without_a_zone_is_our_mistake(database_url: str) -> None:
    engine = open_engine(database_url)
    with pytest.raises(DatabaseBroken, match="timezone"), reading(engine) as connection:
        connection.execute(sa.select(sa.literal(dt.datetime(2026, 1, 5), UTCDateTime())))  # noqa: DTZ001  that is the mistake
    engine.dispose()


@pytest.mark.parametrize("transaction", [reading, writing])
@pytest.mark.parametrize("url", ["sqlite:///{folder}", "postgresql://nobody@127.0.0.1:1/none"])
def test_an_error_while_connecting_has_our_name(
    tmp_path: Path, url: str, transaction: Callable[[sa.Engine], contextlib.AbstractContextManager[object]]
) -> None:
    with pytest.raises(DatabaseUnavailable), transaction(open_engine(url.format(folder=tmp_path))):
        raise AssertionError("unreachable")


@pytest.mark.parametrize("statement", ["SELECT * FROM nothing", "SELEKT", "INSERT INTO shelf VALUES (NULL, 1)"])
def test_an_error_in_a_statement_has_our_name(engine: sa.Engine, statement: str) -> None:
    with pytest.raises(DatabaseBroken), writing(engine) as connection:
        connection.execute(sa.text(statement))


def test_an_error_in_the_drivers_own_copy_has_our_name(engine: sa.Engine) -> None:
    if engine.dialect.name != "postgresql":
        return
    with pytest.raises(DatabaseBroken), writing(engine) as connection:  # noqa: PT012  it is raised inside a transaction
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        with driver.cursor() as cursor, cursor.copy("COPY nothing FROM STDIN"):
            pass


def test_an_error_at_the_commit_has_our_name(engine: sa.Engine) -> None:
    with pytest.raises(DatabaseBroken), writing(engine) as connection:
        connection.execute(sa.text("INSERT INTO book VALUES (7)"))
    with reading(engine) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM book")) == 0


def test_a_lock_that_is_not_let_go_is_an_absence(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/x.db")
    with writing(engine), engine.connect().execution_options(read_only=True) as other:
        other.exec_driver_sql("PRAGMA busy_timeout=1")
        with pytest.raises(DatabaseUnavailable, match="locked"), translated():
            other.exec_driver_sql("CREATE TABLE x (y INTEGER)")
    engine.dispose()
