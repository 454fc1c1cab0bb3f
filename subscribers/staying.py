"""Staying: readers who were not seen for long are asked whether they still want to be mailed.

Nobody is taken off the list by asking, nor by time. An editor may let those go who got the mail and did not answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_

from subscribers.adapters.segment_sql import matching
from subscribers.adapters.silence import asked_in_vain, not_seen_since
from subscribers.adapters.store import Store
from subscribers.change import change, change_all
from subscribers.errors import NoSuchReader
from subscribers.events import AskToStay, LetGo, Stay
from subscribers.ports import Progress, ReaderStore
from subscribers.segments import Segment
from subscribers.tokens import Keyring
from subscribers.transitions import BETWEEN_ASKING_TO_STAY
from subscribers.who import ByAddress, ByLink

AT_ONCE = 200
"""How many readers one transaction changes: it locks their addresses, so it must not take long."""


class Staying:
    """Asks readers to stay. After an interruption, the same call does the rest."""

    def __init__(self, store: Store, readers: ReaderStore, keyring: Keyring) -> None:
        self._store = store
        self._readers = readers
        self._keyring = keyring

    def whom_to_ask(self, not_seen: dt.datetime, *, now: dt.datetime, segment: Segment | None = None) -> int:
        """Return how many readers `ask` would mail."""
        return self._count(_to_ask(not_seen, now, segment))

    def ask(
        self,
        not_seen: dt.datetime,
        *,
        now: dt.datetime,
        segment: Segment | None = None,
        progress: Progress | None = None,
    ) -> int:
        """Let a mail become due to each active reader who was not seen since a moment; return how many.

        Readers who pause, and those who were asked within half a year, are left out.
        """
        return self._each(_to_ask(not_seen, now, segment), AskToStay(not_seen), now, progress)

    def stay(self, token: str, *, now: dt.datetime) -> bool:
        """Note that a reader still wants to be mailed; return whether they are on the list.

        Raises ForgedToken, NoSuchReader.
        """
        done = change(self._readers, ByLink(self._keyring.subject_to_stay(token)), Stay(), now)
        if done.after.subscriber is None:
            raise NoSuchReader(deleted=done.after.suppression is not None)
        return done.after.active

    def check(self, token: str) -> str:
        """Return the subject id of a link to stay. Raises ForgedToken."""
        return self._keyring.subject_to_stay(token)

    def whom_to_let_go(self, mailed_before: dt.datetime) -> int:
        """Return how many readers `let_go` would take off the list."""
        return self._count(asked_in_vain(mailed_before))

    def let_go(self, mailed_before: dt.datetime, *, now: dt.datetime, progress: Progress | None = None) -> int:
        """Take readers off the list who got the mail before a moment and have done nothing since; return how many.

        A reader whose mail was not accepted by their server is never among them.
        """
        return self._each(asked_in_vain(mailed_before), LetGo(mailed_before), now, progress)

    def _count(self, condition: ColumnElement[bool]) -> int:
        with self._store.reading() as connection:
            return self._store.count(connection, condition)

    def _each(
        self, condition: ColumnElement[bool], event: AskToStay | LetGo, now: dt.datetime, progress: Progress | None
    ) -> int:
        total, last, done, changed = self._count(condition) if progress else 0, 0, 0, 0
        while batch := self._next(condition, last):
            last = batch[-1][0]
            changes = change_all(self._readers, [(ByAddress(key), event) for _, key in batch], now)
            done, changed = done + len(batch), changed + sum(each.happened for each in changes)
            if progress:
                progress(done, max(done, total))
        return changed

    def _next(self, condition: ColumnElement[bool], last: int) -> Sequence[tuple[int, str]]:
        with self._store.reading() as connection:
            return self._store.next_ones(connection, condition, last, AT_ONCE)


def _to_ask(not_seen: dt.datetime, now: dt.datetime, segment: Segment | None) -> ColumnElement[bool]:
    condition = not_seen_since(not_seen, now - BETWEEN_ASKING_TO_STAY, now)
    return condition if segment is None else and_(condition, matching(segment, now))
