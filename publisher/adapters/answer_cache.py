"""Keeps what workers answered, below var/, so that the next process need not ask again: one SQLite file.

Nothing in it is needed: what is missing or broken is asked again, and the file may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from publisher.adapters import permissions
from publisher.adapters.program import program_digest

MOST: Final = 256 * 2**20
"""Bytes after which the file is begun anew: that is some thousand issues, each edited many times."""

_DIGEST: Final = 32
"""Bytes of a digest."""

_OF_ANOTHER_PROCESS: Final = list[sqlite3.Connection | None]()
"""Connections that a copy of a process has from it; to close one would break the other's."""


class AnswerCache:
    """Answers by what was asked, for as long as the program and its libraries are the same."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._usable = True
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def get(self, asking: bytes) -> bytes | None:
        """Return what was answered before, if it is known."""
        row = self._run("SELECT said FROM answer WHERE asking = ?", asking)
        digest, said = (bytes(row[0][:_DIGEST]), bytes(row[0][_DIGEST:])) if row else (b"", b"")
        return said if row and digest == _digest(said) else None

    def put(self, asking: bytes, said: bytes) -> None:
        """Keep an answer."""
        self._run("INSERT OR REPLACE INTO answer VALUES (?, ?)", asking, _digest(said) + said)

    def close(self) -> None:
        with self._lock:
            if self._database:
                self._database.close()
            self._database = None

    def _run(self, statement: str, asking: bytes, *values: bytes) -> tuple[bytes, ...] | None:
        """Run a statement about what was asked, and return a row; None, too, when the file cannot be used."""
        if self._process != os.getpid():
            _OF_ANOTHER_PROCESS.append(self._database)
            self._begin()
        with self._lock:
            if not self._usable:
                return None
            try:
                self._database = self._database or self._opened()
                key = _digest(program_digest().encode() + asking)
                row: tuple[bytes, ...] | None = self._database.execute(statement, (key, *values)).fetchone()
            except sqlite3.OperationalError:  # another process is writing, or nobody may
                return None
            except OSError:  # there can be no such file, or the program is being replaced
                self._usable = False
            except sqlite3.DatabaseError:
                self._give_up()
            else:
                return row
            return None

    def _opened(self) -> sqlite3.Connection:
        permissions.make_private(self._file.parent)
        if self._file.exists() and self._file.stat().st_size > MOST:
            self._delete()
        permissions.create_private(self._file)
        database = sqlite3.connect(self._file, timeout=0.05, isolation_level=None, check_same_thread=False)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = OFF")  # a crash of the machine may break it: see _give_up
        database.execute("CREATE TABLE IF NOT EXISTS answer (asking BLOB PRIMARY KEY, said BLOB NOT NULL)")
        return database

    def _give_up(self) -> None:
        """Delete a broken file: the next process begins another one."""
        self._usable = False
        if self._database:
            self._database.close()
        self._delete()

    def _delete(self) -> None:
        for end in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._file.with_name(self._file.name + end).unlink(missing_ok=True)


def _digest(data: bytes) -> bytes:
    """Return a digest: SQLite does not notice everything that a crash of the machine may do to the file."""
    return hashlib.sha256(data).digest()
