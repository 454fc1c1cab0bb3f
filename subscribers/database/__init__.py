"""The database layer of both packages, for SQLite and PostgreSQL.

    open_engine             a URL -> an engine                                          engine.py
    reading, writing, ...   the kinds of transaction                                    transactions.py
    DatabaseError           the errors that they raise; see the tree                    errors.py, error_mapping.py
    JsonList, BigId, ...    column types that both databases understand                 columns.py
    upsert, replacing, ...  INSERT ... ON CONFLICT                                      upserts.py
    Among, AmongMany, ...   many values in one parameter                                json_parameters.py
    Sha256, Lower           a digest and small letters in SQL                           taught.py
    begun_anew, while_...   retries                                                     retries.py
    Migrations              brings the schema up to date                                migrations.py
    WholeTable, ...         whole tables as lines of JSON, there and back               whole_tables.py
    Move, ...               the mark of a database that is moved elsewhere              moves.py

This package knows no tables. The errors can be imported without SQLAlchemy.
"""

from typing import TYPE_CHECKING

from subscribers.lazy_exports import exports

if TYPE_CHECKING:
    from subscribers.database.columns import EMPTY, NO_ITEMS, ZERO, BigId, JsonList, table
    from subscribers.database.engine import LOOK_AGAIN_SECONDS, find_room, open_engine
    from subscribers.database.error_mapping import translated
    from subscribers.database.errors import (
        DatabaseBroken,
        DatabaseCollided,
        DatabaseError,
        DatabaseMisconfigured,
        DatabaseUnavailable,
    )
    from subscribers.database.json_parameters import Among, AmongMany, JsonRows
    from subscribers.database.migrations import Migrations
    from subscribers.database.moves import Move, MoveState, mark_move, move_of
    from subscribers.database.retries import begun_anew, while_it_is_away
    from subscribers.database.taught import Lower, Sha256
    from subscribers.database.transactions import READ_ONLY, reading, server_time, snapshot, writing
    from subscribers.database.upserts import insert_once, replacing, upsert
    from subscribers.database.whole_tables import (
        KINDS,
        Digest,
        WholeTable,
        count_rows,
        digest_of,
        has_columns,
        last_id,
        others_at_work,
        put_rows,
        rows_of,
        set_last_id,
        table_names,
    )

__all__ = [
    "EMPTY",
    "KINDS",
    "LOOK_AGAIN_SECONDS",
    "NO_ITEMS",
    "READ_ONLY",
    "ZERO",
    "Among",
    "AmongMany",
    "BigId",
    "DatabaseBroken",
    "DatabaseCollided",
    "DatabaseError",
    "DatabaseMisconfigured",
    "DatabaseUnavailable",
    "Digest",
    "JsonList",
    "JsonRows",
    "Lower",
    "Migrations",
    "Move",
    "MoveState",
    "Sha256",
    "WholeTable",
    "begun_anew",
    "count_rows",
    "digest_of",
    "find_room",
    "has_columns",
    "insert_once",
    "last_id",
    "mark_move",
    "move_of",
    "open_engine",
    "others_at_work",
    "put_rows",
    "reading",
    "replacing",
    "rows_of",
    "server_time",
    "set_last_id",
    "snapshot",
    "table",
    "table_names",
    "translated",
    "upsert",
    "while_it_is_away",
    "writing",
]

_HOMES = {
    "subscribers.database.columns": ("EMPTY", "NO_ITEMS", "ZERO", "BigId", "JsonList", "table"),
    "subscribers.database.taught": ("Lower", "Sha256"),
    "subscribers.database.upserts": ("insert_once", "replacing", "upsert"),
    "subscribers.database.engine": ("LOOK_AGAIN_SECONDS", "find_room", "open_engine"),
    "subscribers.database.errors": (
        "DatabaseBroken", "DatabaseCollided", "DatabaseError", "DatabaseMisconfigured", "DatabaseUnavailable",
    ),
    "subscribers.database.error_mapping": ("translated",),
    "subscribers.database.json_parameters": ("Among", "AmongMany", "JsonRows"),
    "subscribers.database.migrations": ("Migrations",),
    "subscribers.database.moves": ("Move", "MoveState", "mark_move", "move_of"),
    "subscribers.database.whole_tables": (
        "KINDS", "Digest", "WholeTable", "count_rows", "digest_of", "has_columns", "last_id", "others_at_work", "put_rows",
        "rows_of", "set_last_id", "table_names",
    ),
    "subscribers.database.retries": ("begun_anew", "while_it_is_away"),
    "subscribers.database.transactions": ("READ_ONLY", "reading", "server_time", "snapshot", "writing"),
}  # fmt: skip

__getattr__ = exports(__name__, _HOMES)
