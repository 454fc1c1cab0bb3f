"""Retention: what nobody confirmed, and the network addresses of consents, are deleted after a time."""

from __future__ import annotations

import datetime as dt

from subscribers.adapters.store import Store
from subscribers.change import change_all
from subscribers.events import Expire, Forget
from subscribers.ports import ReaderStore
from subscribers.who import ByAddress

AT_ONCE = 200
"""How many readers one transaction changes: it locks their addresses, so it must not take long."""
NETWORKS_AT_ONCE = 2_000


class Retention:
    """Deletes what is older than a moment, a bounded portion at a time; each call is committed on return."""

    def __init__(self, store: Store, readers: ReaderStore) -> None:
        self._store = store
        self._readers = readers

    def expire(self, before: dt.datetime, *, now: dt.datetime) -> int:
        """Delete sign-ups, and take back moves, that were asked for before a moment and never confirmed.

        Returns how many; 0 means that nothing is left. A sign-up stays while its confirmation mails count against the
        limit of its mailbox, however short the period is. A reader who left before they signed up again stays known as
        somebody who left. Of an address that bounced or refused before it was ever confirmed, the bare suppression stays.
        """
        with self._store.reading() as connection:
            keys = self._store.unconfirmed(connection, before, now, AT_ONCE)
            never = self._store.never_joined(connection, before, now, AT_ONCE - len(keys))
        over = [(ByAddress(key), Expire(before)) for key in keys]
        bare = [(ByAddress(key), Forget()) for key in never]
        return sum(each.happened for each in change_all(self._readers, [*over, *bare], now))

    def forget_networks(self, before: dt.datetime) -> int:
        """Delete the network addresses of acts of consent from before a moment; return how many were deleted."""
        return self._readers.forget_networks(before, NETWORKS_AT_ONCE)
