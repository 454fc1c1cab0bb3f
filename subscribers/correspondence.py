"""The steps of courses that are due become mails; and the breaker that stops sign-ups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from subscribers import breaker
from subscribers.adapters.store import Store
from subscribers.breaker import Breaker
from subscribers.errors import PathUnreadable
from subscribers.ports import LearningPaths
from subscribers.transitions import StepDue, after

STEPS_AT_ONCE = 50


class Correspondence:
    """Steps of courses, and the breaker that stops it when others act in their name."""

    _store: Store
    _paths: LearningPaths

    def take_steps(self, now: dt.datetime, limit: int = STEPS_AT_ONCE) -> int:
        """Let the next step of each course that is due become a mail; return how many. Call it every minute or so.

        A path whose steps cannot be counted just now holds up nobody else's.
        """
        with self._store.reading() as connection:
            steps = self._steps(self._store.due_paths(connection, now))
            due = self._store.due_courses(connection, now, steps, limit)
        taken = 0
        for key, path in due:
            with self._store.writing() as connection:
                before = self._store.load(connection, key)
                standing = after(before, StepDue(path, steps[path]), now)
                self._store.save(connection, before, standing, now)
            taken += len(standing.letters)
        return taken

    def _steps(self, paths: Sequence[str]) -> dict[str, int]:
        """Return how many steps these learning paths have, those left out that cannot say."""
        found = {}
        for path in paths:
            with suppress(PathUnreadable):
                found[path] = self._paths.steps(path)
        return found

    # The circuit breaker

    def watch_sign_ups(self, now: dt.datetime) -> Breaker | None:
        """Open the breaker when hardly anybody confirms; return it while it is open. Call it every minute or so."""
        with self._store.writing() as connection:
            self._store.lock_breaker(connection)
            last = self._store.breaker(connection)
            if last is not None and last.open(now):
                return last
            for since, until in breaker.looked_at(last, now):
                opened = breaker.tripped(since, *self._store.sign_ups(connection, since, until), now)
                if opened is not None:
                    self._store.save_breaker(connection, opened)
                    return opened
        return None

    def sign_ups_stopped(self, now: dt.datetime) -> Breaker | None:
        """Return the breaker while it is open."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.open(now) else None

    def untold(self) -> Breaker | None:
        """Return the last opening of the breaker if the editors were not told of it yet, also when it is over."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.told is None else None

    @contextmanager
    def telling(self, now: dt.datetime) -> Iterator[Breaker | None]:
        """Give the opening that the editors have still to be told of; told they are when the block ends well."""
        untold = self.untold()
        yield untold
        if untold is not None:
            with self._store.writing() as connection:
                self._store.tell_breaker(connection, untold, now)
