"""Opens the database: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from subscribers.database.errors import DatabaseMisconfigured
from subscribers.database.taught import teach

BUSY_MS = 30_000
"""How long SQLite waits for another writer, in milliseconds. A reader who unsubscribes during an import of a million
readers must not time out, and an import's longest transaction is far shorter than this."""

LOOK_AGAIN_SECONDS = 0.005
"""How often a process that waits to write to SQLite looks whether it may."""

COME_UP_EVERY = 100_000
"""After how many instructions of its virtual machine SQLite lets Python handle signals: some milliseconds."""

CONNECT_SECONDS = 10

STANDSTILL_SECONDS = 30
"""How long PostgreSQL lets a client stay idle inside a transaction: a process that was stopped there holds locks that
every other sender waits for. SQLite has no such limit; there, the others give up after BUSY_MS."""

PRIVATE = 0o600
"""Permissions of a new SQLite file, which holds personal data."""

_ENCODED = "%23 for #, %2F for /, %3F for ?, %40 for @, %5B for ["


def open_engine(url: str) -> sa.Engine:
    """Return an engine for sqlite:///PATH or postgresql://…, without connecting to the database yet.

    Raises DatabaseMisconfigured for anything else.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):  # ValueError: a port that is not a number
        raise _unreadable() from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.host or parsed.username:
            raise _unreadable()
        if parsed.query and not (parsed.database or "").startswith("file:"):
            raise DatabaseMisconfigured("the database URL has a parameter, and SQLite takes none; remove it")
        return _open_sqlite(parsed)
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        if url.count("@") != (parsed.username is not None):
            # The part after the first @ would be looked up as a host, and the error about it would show the password.
            raise DatabaseMisconfigured(
                f"the database URL has a user name or password with an unescaped character; write {_ENCODED}"
            )
        return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise DatabaseMisconfigured(
        f"the database URL begins with {parsed.drivername}://, which is not supported; "
        "write sqlite:///PATH or postgresql://user@host/name"
    )


def _unreadable() -> DatabaseMisconfigured:
    return DatabaseMisconfigured("the database URL cannot be read; write sqlite:///PATH or postgresql://user@host/name")


def _open_sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)  # errors are logged, and parameters hold addresses

    file = _file(url)

    @event.listens_for(engine, "do_connect")
    def create(*_connection: object) -> None:
        if file is not None:
            with suppress(OSError):  # the file exists, or opening it will say what is wrong
                file.touch(mode=PRIVATE, exist_ok=False)  # -wal and -shm get the same permissions as the file

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions; the listener below does
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}").close()
        connection.set_progress_handler(_come_up, COME_UP_EVERY)
        _write_ahead(connection)
        teach(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("read_only", False):
            connection.exec_driver_sql("BEGIN")
        else:
            _begin_to_write(connection)

    return engine


def _begin_to_write(connection: sa.Connection) -> None:
    """Begin a transaction that writes, once nobody else has one.

    SQLite itself would look only ten times a second (sqliteDefaultBusyCallback in https://sqlite.org/src/file/src/main.c),
    so whoever writes much would have to rest that long for the others; and it would not hear Ctrl-C meanwhile.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    end = time.monotonic() + BUSY_MS / 1000
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except exc.OperationalError as error:
                if not _is_busy(error.orig) or time.monotonic() > end:
                    raise
                time.sleep(LOOK_AGAIN_SECONDS)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MS}").close()


def _is_busy(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _come_up() -> None:
    """Do nothing, but in Python: a signal, such as Ctrl-C, is handled there, and then ends the statement."""


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to a write-ahead log.

    SQLite ignores the busy time-out here when another process opens the same new file: each of them holds a lock that
    the other needs for the switch, so waiting would never end. Hence the loop.
    """
    end = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > end:
                raise
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return


def _open_postgresql(url: sa.URL) -> sa.Engine:
    try:
        _check_parameters(url)
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": "pressroom",
                "options": f"-c idle_in_transaction_session_timeout={STANDSTILL_SECONDS}s",
            },
        )
    except ModuleNotFoundError as error:
        raise DatabaseMisconfigured(
            "PostgreSQL needs Pressroom's extra postgres; run: pip install 'pressroom[postgres]'"
        ) from error


def _check_parameters(url: sa.URL) -> None:
    """Raise DatabaseMisconfigured for an unknown parameter, without its name, which may be half a password."""
    import psycopg

    try:
        psycopg.conninfo.make_conninfo("", **dict.fromkeys(url.query, "x"))
    except psycopg.ProgrammingError:
        raise DatabaseMisconfigured(
            "the database URL has a parameter that PostgreSQL does not know; correct it, or remove it "
            "(https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS)"
        ) from None


def find_room(engine: sa.Engine) -> None:
    """Raise DatabaseMisconfigured when the folder of an SQLite file does not exist.

    The folder is not created: a typing error in the path would look like a new publication without readers.
    """
    file = _file(engine.url)
    if file is not None and not file.parent.is_dir():
        raise DatabaseMisconfigured(
            f"there is no folder {file.parent} for the database {file.name}; create it, or fix the path "
            "(--database or PRESSROOM_DATABASE_URL)"
        )


def _file(url: sa.URL) -> Path | None:
    """Return the file of an SQLite database, or None for another database and for one in memory."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)
