"""Opens the database, and says what a transaction is.

One rule for every user of the engine: a transaction may write unless it says `read_only`. On SQLite a writer
begins with BEGIN IMMEDIATE, because one that begins deferred and writes after another committed fails at once,
whatever the busy time-out (https://sqlite.org/isolation.html).
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from publisher.adapters.permissions import create_private
from publisher.errors import ConfigurationError, DatabaseUnavailable
from publisher.secret_url import ENCODED

READ_ONLY = {"read_only": True}
"""Execution options of a transaction that writes nothing; on SQLite it then blocks no writer."""

BUSY_MS = 30_000
"""How long SQLite waits for another writer, in milliseconds: a reader who leaves has to outwait the import of a million,
which writes for half of that."""

CONNECT_SECONDS = 10

STANDSTILL_SECONDS = 30
"""How long PostgreSQL lets a client stand still inside a transaction: a process that was stopped there holds locks that
every other sender waits for. SQLite has no such limit; there others give up after BUSY_MS."""

_MIGRATION_LOCK = 0x50726573  # "Pres": the key of PostgreSQL's advisory lock, the same in every release

_UNAVAILABLE = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


def open_engine(url: str) -> sa.Engine:
    """Return an engine for sqlite:///PATH or postgresql://… The database itself is first touched later.

    Raises ConfigurationError for anything else.
    """
    try:
        parsed = sa.make_url(url)
    except (exc.ArgumentError, ValueError):  # ValueError: a port that is no number
        raise _unreadable() from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.host or parsed.username:
            raise _unreadable()
        return _open_sqlite(parsed)
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        if url.count("@") != (parsed.username is not None):
            # What stands behind the first @ would be looked up as a host, and repeated when that fails.
            raise ConfigurationError(f"the database URL is cut inside its user or password; write {ENCODED}")
        return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))
    raise ConfigurationError(
        f"the database URL begins with {parsed.drivername}://, which Pressroom does not speak; "
        "write sqlite:///PATH or postgresql://user@host/name"
    )


def _unreadable() -> ConfigurationError:
    return ConfigurationError("the database URL cannot be read; write sqlite:///PATH or postgresql://user@host/name")


def _open_sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)  # errors are logged, and parameters hold addresses

    file = _file(url)

    @event.listens_for(engine, "do_connect")
    def create(*_connection: object) -> None:
        if file is not None:
            create_private(file)  # -wal and -shm get the file's own permissions

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; the listener below does
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}").close()
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        read_only = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let the file have a write-ahead log from now on.

    SQLite does not wait for others who open a new file at this moment, whatever the busy time-out: each holds a lock
    that the other's switch needs, and a wait would have no end.
    """
    end = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _open_postgresql(url: sa.URL) -> sa.Engine:
    try:
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
        raise ConfigurationError("PostgreSQL needs the package psycopg; run: pip install 'psycopg[binary]'") from error


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that may write: committed when the block ends, rolled back when it raises."""
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """One transaction that only reads, over one state of the database."""
    with translated(), engine.connect().execution_options(**READ_ONLY) as connection, connection.begin():
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the database's drivers raise when it is away into DatabaseUnavailable; our own bugs pass."""
    try:
        yield
    except _UNAVAILABLE as error:
        raise DatabaseUnavailable(_unavailable(error)) from error
    except exc.DatabaseError as error:
        if type(error) is not exc.DatabaseError:  # IntegrityError, DataError, ProgrammingError: ours to mend
            raise
        raise DatabaseUnavailable(_unavailable(error)) from error


def _unavailable(error: exc.SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None) or error
    words = str(cause).strip().splitlines() or [type(cause).__name__]
    return f"the database failed ({words[0]}); see that it runs and has room, then do this again"


def migrate(engine: sa.Engine) -> bool:
    """Bring the schema up to date; return whether anything had to be done.

    When it is up to date this costs one query. Several processes may call it at once: one migrates, the others wait.
    """
    find_room(engine)
    if not _behind(engine):
        return False
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            _migrate_sqlite(connection)
        else:
            _migrate_postgresql(connection)
    return True


def find_room(engine: sa.Engine) -> None:
    """Raise ConfigurationError when an SQLite file has no folder to lie in.

    It is not made: a typing error in the path would pass for a new publication without readers.
    """
    file = _file(engine.url)
    if file is not None and not file.parent.is_dir():
        raise ConfigurationError(
            f"there is no folder {file.parent} for the database {file.name}; make it, or mend the path "
            "(--database or PRESSROOM_DATABASE_URL)"
        )


def _file(url: sa.URL) -> Path | None:
    """Return the file of an SQLite database; None for any other, and for one in memory."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _behind(engine: sa.Engine) -> bool:
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return True
        applied = set(connection.scalars(sa.text("SELECT version_num FROM alembic_version")))
    return applied != heads()


def heads() -> set[str]:
    """Return the newest revision of each package's migrations.

    Read from the files' text: importing Alembic takes 0.2 s, which every run of every verb would pay.
    """
    revisions: set[str] = set()
    followed: set[str] = set()
    for folder in version_folders():
        for path in sorted(folder.glob("*.py")):
            text = path.read_text(encoding="utf-8")
            revisions.update(re.findall(r"^revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", text, re.MULTILINE))
            followed.update(re.findall(r"^down_revision(?:: [^=]+)? = [\"']([^\"']+)[\"']", text, re.MULTILINE))
    return revisions - followed


def version_folders() -> tuple[Path, ...]:
    """Return the folders that hold the migrations of both packages, wherever they are installed."""
    import publisher
    import subscribers

    return tuple(Path(str(package.__file__)).parent / "migrations" / "versions" for package in (publisher, subscribers))


def _migrate_sqlite(connection: sa.Connection) -> None:
    # Batch mode copies a table and drops the old one, which foreign keys would turn into deleted rows; the switch
    # does nothing inside a transaction (https://sqlite.org/pragma.html#pragma_foreign_keys).
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():  # BEGIN IMMEDIATE: a second migrating process waits here
            _upgrade(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"the migration leaves rows that refer to nothing: {broken[:5]}")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _migrate_postgresql(connection: sa.Connection) -> None:
    with connection.begin():
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        _upgrade(connection)


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command

    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")


def migration_config() -> Any:
    """Return Alembic's configuration, made in memory so that an installed wheel needs no alembic.ini."""
    from alembic.config import Config

    script, *_ = version_folders()
    config = Config()
    config.set_main_option("script_location", str(script.parent).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(str, version_folders())).replace("%", "%%"))
    return config
