"""Search over past issues: SQLite's FTS5, in memory, built from the passages each time, so that it cannot go stale."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from typing import Final

from publisher.draft.words import STOP_WORDS
from publisher.errors import ConfigurationError
from publisher.issue import Passage
from publisher.ports import Hit

HEADING_WEIGHT: Final = 1.5
TEXT_WEIGHT: Final = 1.0
"""Columns of bm25(); tuned with bench/retrieval.py."""

MOST_TERMS: Final = 200
MOST_TEXT: Final = 40_000
"""Characters of a query that are read; nobody's topic is longer, and a query of 1 MB costs no more than this."""


class FtsRetriever:
    """Finds passages by their words: stemmed, without stop words, any of them may match, ranked by BM25.

    Safe to use from several threads.
    """

    def __init__(self, passages: Iterable[Passage]) -> None:
        self._passages = list(passages)
        self._lock = threading.Lock()
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._base.execute(
                "CREATE VIRTUAL TABLE passage USING fts5(heading, text, date UNINDEXED, tokenize = 'porter unicode61')"
            )
        except sqlite3.OperationalError as error:
            self._base.close()
            raise ConfigurationError(
                f"this Python's SQLite has no full-text search ({error}); use a Python whose SQLite has FTS5"
            ) from None
        self._base.executemany(
            "INSERT INTO passage (rowid, heading, text, date) VALUES (?, ?, ?, ?)",
            (
                (number, _storable(passage.heading), _storable(passage.text), passage.date.isoformat())
                for number, passage in enumerate(self._passages)
            ),
        )

    def search(self, query: str, *, before: dt.date, limit: int) -> Sequence[Hit]:
        """Return at most `limit` hits, the best first, of passages dated earlier than `before`; ties in order of issue."""
        match = _match(query)
        if not match or limit < 1:
            return ()
        with self._lock:
            rows = self._base.execute(
                "SELECT rowid, bm25(passage, ?, ?) AS rank_ FROM passage WHERE passage MATCH ? AND date < ?"
                " ORDER BY rank_, rowid LIMIT ?",
                (HEADING_WEIGHT, TEXT_WEIGHT, match, before.isoformat(), limit),
            ).fetchall()
        return tuple(Hit(self._passages[row], -score) for row, score in rows)

    def close(self) -> None:
        self._base.close()


def _match(query: str) -> str:
    """Return an FTS5 expression of the query's words, each quoted, so that no word is an operator."""
    words = re.findall(r"[^\W_]+", _storable(query[:MOST_TEXT]).casefold())
    terms = [word[:100] for word in dict.fromkeys(words) if word not in STOP_WORDS]
    return " OR ".join(f'"{term}"' for term in terms[:MOST_TERMS])


def _storable(text: str) -> str:
    """Return `text` without what SQLite cannot hold: lone surrogates, NUL."""
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\0", " ")
