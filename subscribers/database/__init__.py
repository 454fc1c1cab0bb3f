"""The database layer of both packages, for SQLite and PostgreSQL.

    open_engine             a URL -> an engine                                          engine.py
    reading, writing, ...   the kinds of transaction                                    transactions.py
    DatabaseError           the errors that they raise; see the tree                    errors.py, error_mapping.py
    JsonList, BigId, ...    column types that both databases understand                 columns.py
    upsert, replacing, ...  INSERT ... ON CONFLICT                                      upserts.py
    Among, JsonRows         many values in one parameter                                json_parameters.py
    Sha256                  a digest in SQL                                             digests.py
    begun_anew, while_...   retries                                                     retries.py
    Migrations              brings the schema up to date                                migrations.py

This package knows no tables. The errors can be imported without SQLAlchemy.
"""

from typing import TYPE_CHECKING

from subscribers.lazy_exports import exports

if TYPE_CHECKING:
    from subscribers.database.columns import EMPTY, NO_ITEMS, ZERO, BigId, JsonList, table
    from subscribers.database.digests import Sha256
    from subscribers.database.engine import find_room, open_engine
    from subscribers.database.error_mapping import translated
    from subscribers.database.errors import (
        DatabaseBroken,
        DatabaseCollided,
        DatabaseError,
        DatabaseMisconfigured,
        DatabaseUnavailable,
    )
    from subscribers.database.json_parameters import Among, JsonRows
    from subscribers.database.migrations import Migrations
    from subscribers.database.retries import begun_anew, while_it_is_away
    from subscribers.database.transactions import READ_ONLY, reading, server_time, snapshot, writing
    from subscribers.database.upserts import insert_once, replacing, upsert

__all__ = [
    "EMPTY",
    "NO_ITEMS",
    "READ_ONLY",
    "ZERO",
    "Among",
    "BigId",
    "DatabaseBroken",
    "DatabaseCollided",
    "DatabaseError",
    "DatabaseMisconfigured",
    "DatabaseUnavailable",
    "JsonList",
    "JsonRows",
    "Migrations",
    "Sha256",
    "begun_anew",
    "find_room",
    "insert_once",
    "open_engine",
    "reading",
    "replacing",
    "server_time",
    "snapshot",
    "table",
    "translated",
    "upsert",
    "while_it_is_away",
    "writing",
]

_HOMES = {
    "subscribers.database.columns": ("EMPTY", "NO_ITEMS", "ZERO", "BigId", "JsonList", "table"),
    "subscribers.database.digests": ("Sha256",),
    "subscribers.database.upserts": ("insert_once", "replacing", "upsert"),
    "subscribers.database.engine": ("find_room", "open_engine"),
    "subscribers.database.errors": (
        "DatabaseBroken", "DatabaseCollided", "DatabaseError", "DatabaseMisconfigured", "DatabaseUnavailable",
    ),
    "subscribers.database.error_mapping": ("translated",),
    "subscribers.database.json_parameters": ("Among", "JsonRows"),
    "subscribers.database.migrations": ("Migrations",),
    "subscribers.database.retries": ("begun_anew", "while_it_is_away"),
    "subscribers.database.transactions": ("READ_ONLY", "reading", "server_time", "snapshot", "writing"),
}  # fmt: skip

__getattr__ = exports(__name__, _HOMES)
