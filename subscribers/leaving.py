"""Leaving: unsubscribing by the link in every mail, a copy of a reader's data, and their deletion."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from subscribers.change import change
from subscribers.departures import can_undo
from subscribers.errors import NoSuchReader
from subscribers.events import Forget, Leave, Undo
from subscribers.history import AddressHistory, plain
from subscribers.leave_by_mail import token_in
from subscribers.links import trusted
from subscribers.ports import ReaderStore
from subscribers.subscriber import Reason, State
from subscribers.tokens import Keyring
from subscribers.who import NOWHERE, ByLink, ByPage, look, reader_of

WHY_LENGTH = 300


class Left(StrEnum):
    """The result of pressing the unsubscribe button."""

    NOW = "now"
    BEFORE = "before"
    """The reader was off the list already; pressing twice is fine."""
    DELETED = "deleted"
    """The reader was deleted, and their address must not be mailed."""


class Undone(StrEnum):
    """The result of pressing the button that undoes leaving."""

    NOW = "now"
    BEFORE = "before"
    """The reader is on the list already; pressing twice is fine."""
    LATE = "late"
    """It was too late, or something else speaks against it: they may sign up again."""


class Whereabouts(StrEnum):
    """What an unsubscribe link leads to."""

    HERE = "here"
    LEFT = "left"
    JUST_LEFT = "just left"
    """They left a short while ago, and can undo it."""
    DELETED = "deleted"


class Leaving:
    """How readers leave. Each verb is one transaction, committed on return, and may be repeated."""

    def __init__(self, store: ReaderStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def unsubscribe(self, token: str, *, now: dt.datetime, why: str = "") -> Left:
        """Take a reader off the list, whatever their state.

        This takes effect on return, may be repeated, and is not an error for a reader who was deleted. `why` is kept
        once for each time that they leave. Raises ForgedToken, and NoSuchReader for an unknown id.
        """
        whose = ByLink(self._keyring.subject_to_unsubscribe(token))
        done = change(self._store, whose, Leave(Reason.UNSUBSCRIBED, plain(why, WHY_LENGTH), own=True), now)
        if done.nobody:
            raise NoSuchReader(deleted=False)
        was, reader = done.before.subscriber, done.after.subscriber
        left = was is not None and reader is not None and was.state is not reader.state
        if left or done.before.suppression != done.after.suppression:
            return Left.NOW
        return Left.BEFORE if reader is not None else Left.DELETED

    def by_mail(self, message: bytes, *, now: dt.datetime) -> Left | None:
        """Take the reader off the list whose token is in the subject of a message; None if it names nobody.

        Whoever sent it, and what else it says, does not matter. Raises NoSuchReader for an unknown id.
        """
        token = token_in(message, self._keyring)
        return None if token is None else self.unsubscribe(token, now=now)

    def undo(self, token: str, *, now: dt.datetime, client: str | None = None) -> Undone:
        """Bring back a reader who left by mistake, with the link by which they left, for as long as `transitions.UNDO`.

        Raises ForgedToken, and NoSuchReader for an unknown id.
        """
        done = change(self._store, ByLink(self._keyring.subject_to_unsubscribe(token)), Undo(client), now)
        if done.nobody:
            raise NoSuchReader(deleted=False)
        if done.happened:
            return Undone.NOW
        return Undone.BEFORE if done.after.active else Undone.LATE

    def refuse(self, token: str, *, now: dt.datetime) -> None:
        """Never mail a mailbox again, whatever is typed into a form; only an editor lifts it. It may be repeated.

        A link from before its reader moved came to another mailbox than the one they have now. Raises ForgedToken,
        ExpiredToken for such a link, and NoSuchReader for an unknown id.
        """
        whose = ByPage(self._keyring.refusal(token, now))
        if change(self._store, whose, Leave(Reason.REFUSED), now).nobody:
            raise NoSuchReader(deleted=False)

    def whereabouts(self, token: str, *, now: dt.datetime) -> Whereabouts:
        """Return what an unsubscribe link leads to. Raises ForgedToken, and NoSuchReader for an unknown id."""
        whose = ByLink(self._keyring.subject_to_unsubscribe(token))
        with self._store.reading() as readers:
            state = look(readers, whose)
        if state is NOWHERE:
            raise NoSuchReader(deleted=False)
        if state.subscriber is None:
            return Whereabouts.DELETED
        if state.subscriber.state is not State.UNSUBSCRIBED:
            return Whereabouts.HERE
        return Whereabouts.JUST_LEFT if can_undo(state, now) else Whereabouts.LEFT

    def my_data(self, token: str, *, now: dt.datetime) -> Mapping[str, Any]:
        """Return everything that this package knows about a reader, in its own nouns.

        Raises ForgedToken (also for the link in every issue), ExpiredToken, NoSuchReader.
        """
        proof = trusted(self._keyring, token, now)
        with self._store.reading() as readers:
            state = look(readers, ByPage(proof))
            reader = reader_of(state)
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
        """Delete a reader for good; only bare addresses stay, so that they are never mailed again.

        Returns the addresses and ids that mail to them has gone to, so that other records can be cleared; None if the
        reader was deleted before. Raises the same errors as `my_data`.
        """
        whose = ByPage(trusted(self._keyring, token, now))
        with self._store.reading() as readers:
            state = look(readers, whose)
        if state is NOWHERE:
            raise NoSuchReader(deleted=False)
        if state.subscriber is None:
            return None
        return change(self._store, whose, Forget(), now).history


def _as_json(value: Any) -> Any:
    """Return a value that JSON can hold, with datetimes in the notation of RFC 3339."""
    match value:
        case dt.datetime():
            return value.isoformat(timespec="seconds")
        case Mapping():
            return {key: _as_json(each) for key, each in value.items()}
        case list() | tuple():
            return [_as_json(each) for each in value]
    return value
