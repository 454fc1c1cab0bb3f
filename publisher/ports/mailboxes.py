"""A mailbox that mail comes back to. Each message is read once; none is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol


class OpenMailbox(Protocol):
    """A mailbox in hand. Names are the mailbox's own, and mean something until it is closed."""

    def unread(self, limit: int) -> Sequence[str]:
        """Return the names of messages that were not seen yet, the oldest first."""
        ...

    def fetch(self, name: str) -> bytes | None:
        """Return the beginning of a message, as much as returned.READ_AT_MOST; None if it is gone. It stays unread."""
        ...

    def seen(self, name: str) -> None:
        """Mark a message as read."""
        ...


class Mailbox(Protocol):
    """A mailbox that can be opened. Raises TransportUnavailable, and ConfigurationError for a login that is refused."""

    @property
    def source(self) -> str:
        """Which kind of mailbox this is, for the record."""
        ...

    def open(self) -> AbstractContextManager[OpenMailbox]: ...
