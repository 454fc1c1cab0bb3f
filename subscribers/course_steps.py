"""Turns the steps of courses that are due into mails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress

from subscribers.adapters.store import Store
from subscribers.change import change
from subscribers.errors import PathUnreadable
from subscribers.events import StepDue
from subscribers.ports import LearningPaths, ReaderStore
from subscribers.who import ByAddress

STEPS_AT_ONCE = 50


class CourseSteps:
    """Makes the steps of courses due as time goes by."""

    def __init__(self, store: Store, readers: ReaderStore, paths: LearningPaths) -> None:
        self._store = store
        self._readers = readers
        self._paths = paths

    def take_steps(self, now: dt.datetime, limit: int = STEPS_AT_ONCE) -> int:
        """Make mails of the next steps that are due; return how many. Call this about once a minute.

        A path whose steps cannot be counted at the moment is left out, and does not hold up other paths.
        """
        with self._store.reading() as connection:
            steps = self._steps(self._store.due_paths(connection, now))
            due = self._store.due_courses(connection, now, steps, limit)
        taken = 0
        for key, path in due:
            taken += len(change(self._readers, ByAddress(key), StepDue(path, steps[path]), now).after.emails)
        return taken

    def _steps(self, paths: Sequence[str]) -> dict[str, int]:
        """Return how many steps each of these learning paths has, without those whose steps cannot be counted."""
        found = {}
        for path in paths:
            with suppress(PathUnreadable):
                found[path] = self._paths.steps(path)
        return found
