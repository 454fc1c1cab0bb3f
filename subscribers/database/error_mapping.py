"""Turns the errors of SQLAlchemy and the drivers into this package's errors."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from subscribers.database.errors import DatabaseBroken, DatabaseCollided, DatabaseError, DatabaseUnavailable

_COLLISIONS = ("23505", "40P01", "40001")
"""PostgreSQL's SQLSTATEs for a unique violation, a deadlock and a serialization failure. On SQLite nobody else can
write during our transaction, so a unique violation there is a bug."""

_OURS = ("DataError", "IntegrityError", "NotSupportedError", "ProgrammingError")
"""The classes of PEP 249 that blame the statement. All others blame the database: it is away, full or damaged."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise a DatabaseError for any error of SQLAlchemy or a driver in the block; let all other errors pass.

    Ctrl-C during a statement of SQLite comes as an error of the driver (see engine.py), and is raised as what it was.
    """
    try:
        yield
    except _foreign() as error:
        if _code(error) == sqlite3.SQLITE_INTERRUPT:
            raise KeyboardInterrupt from None
        raise _ours(error) from error


def _code(error: Exception) -> int:
    """Return SQLite's primary result code, or 0."""
    return int(getattr(_cause(error), "sqlite_errorcode", 0)) & 0xFF


def _cause(error: Exception) -> BaseException:
    return (error.orig or error) if isinstance(error, exc.StatementError) else error


def _foreign() -> tuple[type[Exception], ...]:
    """Return the errors of SQLAlchemy, and those of the drivers, which it does not always wrap (PostgreSQL's COPY)."""
    psycopg = sys.modules.get("psycopg")  # a driver that is not imported raises nothing
    drivers = (sqlite3.Error,) if psycopg is None else (sqlite3.Error, psycopg.Error)
    return (exc.SQLAlchemyError, *drivers)


def _ours(error: Exception) -> DatabaseError:
    cause = _cause(error)
    lines = str(cause).strip().splitlines() or [type(cause).__name__]  # PostgreSQL quotes rows on the later lines
    if getattr(cause, "sqlstate", None) in _COLLISIONS:
        return DatabaseCollided(f"another process wrote the same rows at the same time ({lines[0]}); try again")
    if _is_our_fault(error, cause):
        return DatabaseBroken(f"the database refused a statement ({lines[0]})")
    return DatabaseUnavailable(
        f"the database failed ({lines[0]}); check that it is running and has disk space, then try again"
    )


def _is_our_fault(error: Exception, cause: BaseException) -> bool:
    if isinstance(error, exc.TimeoutError | exc.DisconnectionError):
        return False
    if isinstance(error, exc.SQLAlchemyError) and not isinstance(error, exc.DBAPIError):
        return True
    if isinstance(cause, sqlite3.OperationalError):  # SQLite raises it for a bad statement, too
        return _code(error) == sqlite3.SQLITE_ERROR
    return any(kind.__name__ in _OURS for kind in type(error).__mro__)
