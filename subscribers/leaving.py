"""Leaving: the link in every mail, everything that is known about a reader, and their deletion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from subscribers.change import ByLink, ByPage, change, look
from subscribers.errors import ForgedToken
from subscribers.history import AddressHistory, plain
from subscribers.links import trusted
from subscribers.ports import ReaderStore
from subscribers.subscriber import Reason
from subscribers.tokens import Keyring
from subscribers.transitions import Forget, Leave

WHY_LENGTH = 300


class Leaving:
    """How readers leave. Each verb is one transaction, committed on return, and may be repeated."""

    def __init__(self, store: ReaderStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def unsubscribe(self, token: str, *, now: dt.datetime, why: str = "") -> bool:
        """Take a reader off the list, whatever their state; return whether that changed anything.

        Effective on return, may be repeated, and is no error for a reader who was deleted. `why` is kept once each time
        that they leave. Raises ForgedToken.
        """
        whose = ByLink(self._keyring.subject_to_unsubscribe(token))
        done = change(self._store, whose, Leave(Reason.UNSUBSCRIBED, plain(why, WHY_LENGTH)), now)
        was, reader = done.before.subscriber, done.after.subscriber
        left = was is not None and reader is not None and was.state is not reader.state
        return left or done.before.suppression != done.after.suppression

    def my_data(self, token: str, *, now: dt.datetime) -> Mapping[str, Any]:
        """Return everything that this package knows about a reader, in its own nouns.

        Raises ForgedToken, also for a link that was not mailed alone; ExpiredToken.
        """
        proof = trusted(self._keyring, token, now)
        with self._store.reading() as readers:
            state = look(readers, ByPage(proof))
            reader = state.subscriber
            if reader is None:
                raise ForgedToken
            consents = readers.consents(reader.subject_id)
            happened = readers.happened(reader.canonical)
        everything = {
            "reader": asdict(reader),
            "suppression": asdict(state.suppression) if state.suppression else None,
            "consents": [{**asdict(each), "wording": each.wording.text} for each in consents],
            "history": [asdict(each) for each in happened],
        }
        return {name: _as_json(value) for name, value in everything.items()}

    def delete_me(self, token: str, *, now: dt.datetime) -> AddressHistory | None:
        """Delete a reader for good; bare addresses stay, so that nobody mails them again.

        Returns where mail to them went, for whoever else keeps that; None if they were deleted before. Raises as
        `my_data`.
        """
        whose = ByPage(trusted(self._keyring, token, now))
        with self._store.reading() as readers:
            if look(readers, whose).subscriber is None:
                return None
        return change(self._store, whose, Forget(), now).history


def _as_json(value: Any) -> Any:
    """Return a value as JSON can hold it, moments in the notation of RFC 3339."""
    match value:
        case dt.datetime():
            return value.isoformat(timespec="seconds")
        case Mapping():
            return {key: _as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [_as_json(each) for each in value]
    return value
