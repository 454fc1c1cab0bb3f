"""What can go wrong with readers and lists, split by what the caller does about it.

SubscribersError
├── InputError           a person fixes what they gave, then tries again
│   ├── InvalidAddress      not an e-mail address that could be mailed
│   ├── InvalidName         a name that could break out of a header line
│   ├── InvalidTag          a tag that a list in a file could not hold
│   ├── InvalidSegment      not in the language of segments
│   ├── UnreadableList      a file that cannot be read as a list of readers at all
│   ├── ImportOvertaken     another process brings in the same file at this moment
│   ├── UndecidedList       a list of which it is not clear who left; the editor has to say
│   └── UnknownReader       no reader has this address
│       └── MovedAway       the reader has another one now
├── NotAllowed              well-formed, but the reader said no: only their own act changes that
├── BadToken                a link that proves nothing
│   ├── ForgedToken         tampered with, cut off, made for another purpose, or signed with a key that is gone
│   ├── NoSuchReader        genuine, but nobody here has its id: deleted, or the list came from another database
│   └── ExpiredToken        genuine, but too old; the reader may ask for a new one
├── DatabaseError           the database is away, or refused what we asked; see the tree in subscribers/database/errors.py
└── PathUnreadable          nobody can say just now how many steps a learning path has; the course waits

They carry data and know neither HTTP nor the command line; the doors translate. None of them carries a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SubscribersError(Exception):
    """Base of everything that this package raises on purpose."""


class InputError(SubscribersError):
    """What a person gave needs fixing."""


class InvalidAddress(InputError):
    """Not an e-mail address that could be mailed; `why` is a sentence for the person who typed it."""

    def __init__(self, written: str, why: str) -> None:
        self.written = written
        self.why = why
        super().__init__(f"{written[:100]!r} is not an e-mail address: {why}")


class InvalidName(InputError):
    """A name that is too long or holds control characters."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"The name {why}")


class InvalidTag(InputError):
    """A tag that is empty, too long, or holds what separates tags in a file."""

    def __init__(self, written: str, why: str) -> None:
        self.written = written
        self.why = why
        super().__init__(f"{written[:100]!r} is not a tag: {why}")


class InvalidSegment(InputError):
    """A segment that cannot be read; `column` counts characters from 1."""

    def __init__(self, column: int, why: str) -> None:
        self.column = column
        self.why = why
        super().__init__(f"column {column}: {why}")


class UnreadableList(InputError):
    """A file that is no list of readers; `line` counts from 1."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        self.path = path
        self.line = line
        self.why = why
        super().__init__(f"{path}:{line}: {why}")


class ImportOvertaken(InputError):
    """Another process brings in the same file at this moment."""

    def __init__(self) -> None:
        super().__init__("Another process is importing the same file; wait until it is done, then import it again")


class UndecidedList(InputError):
    """A list with columns or words that are not understood and may say who left; `doubts` say what to write."""

    def __init__(self, path: Path, doubts: Sequence[str]) -> None:
        self.path = path
        self.doubts = tuple(doubts)
        said = "".join(f"\n  {each}" for each in doubts)
        super().__init__(f"{path}: nothing is imported before it is clear who may be mailed:{said}")


class UnknownReader(InputError):
    """No reader has this address."""

    def __init__(self, address: str, why: str = "is not on the list") -> None:
        self.address = address
        super().__init__(f"{address} {why}")


class MovedAway(UnknownReader):
    """The reader has another address now, `present`."""

    def __init__(self, address: str, present: str) -> None:
        self.present = present
        super().__init__(address, f"is no reader's address any more: they moved to {present}")


class NotAllowed(SubscribersError):
    """The reader left or moved, or mail to them bounced or was complained about; `reason` says which."""

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address} must not be mailed ({reason}); only the reader can sign up again")


class BadToken(SubscribersError):
    """A link that proves nothing."""


class ForgedToken(BadToken):
    """Not made here, not for this purpose, or not whole."""

    def __init__(self) -> None:
        super().__init__("The link is not complete, or was not made by this publication")


class NoSuchReader(BadToken):
    """Made here, but it leads to nobody. `deleted`: to somebody who was deleted, and whom nobody may mail."""

    def __init__(self, *, deleted: bool) -> None:
        self.deleted = deleted
        super().__init__("The link leads to nobody on this list")


class ExpiredToken(BadToken):
    """Made here, for this purpose, too long ago."""

    def __init__(self) -> None:
        super().__init__("The link is too old")


class PathUnreadable(SubscribersError):
    """Nobody can say just now how many steps a learning path has."""
