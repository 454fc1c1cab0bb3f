"""Keeps what workers answered, below var/, so that the next process need not ask again: one SQLite file.

Nothing in it is needed: what is missing or broken is asked again, and the file may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from publisher.adapters import permissions
from publisher.adapters.program import program_digest

MOST: Final = 256 * 2**20
"""Bytes after which the file is begun anew: that is some thousand issues, each edited many times."""


class AnswerCache:
    """Answers by what was asked, for as long as the program and its libraries are the same."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._usable = True

    def get(self, asking: bytes) -> bytes | None:
        """Return what was answered before, if it is known."""
        row = self._run("SELECT said FROM answer WHERE asking = ?", self._key(asking))
        return bytes(row[0]) if row else None

    def put(self, asking: bytes, said: bytes) -> None:
        """Keep an answer."""
        self._run("INSERT OR REPLACE INTO answer VALUES (?, ?)", self._key(asking), said)

    def close(self) -> None:
        with self._lock:
            if self._database:
                self._database.close()
            self._database = None

    def _key(self, asking: bytes) -> bytes:
        return hashlib.sha256(program_digest().encode() + asking).digest()

    def _run(self, statement: str, *values: bytes) -> tuple[bytes, ...] | None:
        """Run a statement and return a row; None, too, when the file cannot be used."""
        with self._lock:
            if not self._usable:
                return None
            try:
                self._database = self._database or self._opened()
                row: tuple[bytes, ...] | None = self._database.execute(statement, values).fetchone()
            except sqlite3.OperationalError:  # another process is writing for long, or nobody may
                return None
            except OSError:  # there can be no such file
                self._usable = False
            except sqlite3.DatabaseError:
                self._give_up()
            else:
                return row
            return None

    def _opened(self) -> sqlite3.Connection:
        permissions.make_private(self._file.parent)
        if self._file.exists() and self._file.stat().st_size > MOST:
            self._file.unlink()
        permissions.create_private(self._file)
        database = sqlite3.connect(self._file, timeout=1, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")  # a crash of the machine may break it: see _give_up
        database.execute("CREATE TABLE IF NOT EXISTS answer (asking BLOB PRIMARY KEY, said BLOB NOT NULL)")
        return database

    def _give_up(self) -> None:
        """Delete a broken file: the next process begins another one."""
        self._usable = False
        if self._database:
            self._database.close()
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + end).unlink(missing_ok=True)
