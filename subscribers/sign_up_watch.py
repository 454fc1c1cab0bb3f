"""Watches sign-ups, and stops them for a while if someone enters strangers' addresses in the form (sign_up_breaker.py)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from subscribers import sign_up_breaker
from subscribers.adapters.store import Store
from subscribers.sign_up_breaker import Breaker


class SignUpWatch:
    """Opens the circuit breaker, says whether it is open, and records whether the editors were told."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def watch_sign_ups(self, now: dt.datetime) -> Breaker | None:
        """Open the breaker when hardly anyone confirms; return it while it is open. Call this about once a minute."""
        with self._store.writing() as connection:
            self._store.lock_breaker(connection)
            last = self._store.breaker(connection)
            if last is not None and last.open(now):
                return last
            for since, until in sign_up_breaker.looked_at(last, now):
                opened = sign_up_breaker.tripped(since, *self._store.sign_ups(connection, since, until), now)
                if opened is not None:
                    self._store.save_breaker(connection, opened)
                    return opened
        return None

    def sign_ups_stopped(self, now: dt.datetime) -> Breaker | None:
        """Return the breaker if it is open."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.open(now) else None

    def untold(self) -> Breaker | None:
        """Return the last opening of the breaker if the editors have not been told of it yet, even if it is over."""
        with self._store.reading() as connection:
            last = self._store.breaker(connection)
        return last if last is not None and last.told is None else None

    @contextmanager
    def telling(self, now: dt.datetime) -> Iterator[Breaker | None]:
        """Yield the opening that the editors have not been told of; it counts as told when the block does not raise."""
        untold = self.untold()
        yield untold
        if untold is not None:
            with self._store.writing() as connection:
                self._store.tell_breaker(connection, untold, now)
