"""What can go wrong with readers and lists, split by what the caller does about it.

SubscribersError
├── InputError           a person fixes what they gave, then tries again
│   ├── InvalidAddress      not an e-mail address that mail can be sent to
│   ├── InvalidName         a name that could break out of a header line
│   ├── InvalidTag          a tag that an exported list could not hold
│   ├── InvalidSegment      text that is not a segment
│   ├── UnreadableList      a file that cannot be read as a list of readers
│   ├── FileInTheWay        a file that would be overwritten
│   ├── ImportOvertaken     another process is importing the same file
│   ├── UndecidedList       a list that does not make clear who left; the editor has to say
│   ├── NoSuchFormat        another system, or a list for it, that an export cannot write
│   └── UnknownReader       no reader has this address
│       └── MovedAway       the reader has another address now
├── NotAllowed              well-formed, but the reader must not be mailed; at most their own act changes that
├── BadToken                a link that proves nothing
│   ├── ForgedToken         altered, cut off, made for another purpose, or signed with a secret that is no longer known
│   ├── NoSuchReader        genuine, but no reader here has its id: they were deleted, or it came from another database
│   └── ExpiredToken        genuine, but too old; the reader may ask for a new one
├── DatabaseError           the database is away or refused a statement; see the tree in subscribers/database/errors.py
└── PathUnreadable          the steps of a learning path cannot be counted at the moment; the course waits

Errors carry data and know neither HTTP nor the command line; the entry points translate them. No error carries a token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class SubscribersError(Exception):
    """Base of everything that this package raises on purpose."""


class InputError(SubscribersError):
    """A person has to fix what they gave."""


class InvalidAddress(InputError):
    """Not an e-mail address that mail can be sent to; `why` is a sentence for the person who typed it."""

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
    """A tag that is empty or too long, or contains a character that separates tags in a file."""

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


class NoSuchFormat(InputError):
    """A system for which no list can be written, or not this list."""


class UnreadableList(InputError):
    """A file that is not a list of readers; `line` counts from 1."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        self.path = path
        self.line = line
        self.why = why
        super().__init__(f"{path}:{line}: {why}")


class FileInTheWay(InputError):
    """A file that would be overwritten."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is there already and holds something else; move it away, or name another file")


class ImportOvertaken(InputError):
    """Another process is importing the same file."""

    def __init__(self) -> None:
        super().__init__("Another process is importing the same file; wait until it is done, then import it again")


class UndecidedList(InputError):
    """A list with columns or statuses that are not understood and may say who left.

    Each of `doubts` is a sentence that names the options to add.
    """

    def __init__(self, path: Path, doubts: Sequence[str]) -> None:
        self.path = path
        self.doubts = tuple(doubts)
        said = "".join(f"\n  {each}" for each in doubts)
        super().__init__(f"{path}: nothing was imported, because it is not clear who may be mailed:{said}")


class UnknownReader(InputError):
    """No reader has this address."""

    def __init__(self, address: str, why: str = "is not on the list") -> None:
        self.address = address
        super().__init__(f"{address} {why}")


class MovedAway(UnknownReader):
    """The reader has another address now, `present`."""

    def __init__(self, address: str, present: str) -> None:
        self.present = present
        super().__init__(address, f"is no longer a reader's address; the reader moved to {present}")


class NotAllowed(SubscribersError):
    """The reader left, moved, bounced, complained, refused mail or was removed; `reason` says which."""

    def __init__(self, address: str, reason: str, *, liftable: bool) -> None:
        self.address = address
        self.reason = reason
        again = (
            "only the reader can sign up again" if liftable else "not even the reader can sign up until that is lifted"
        )
        super().__init__(f"{address} must not be mailed ({reason}); {again}")


class BadToken(SubscribersError):
    """A link that proves nothing."""


class ForgedToken(BadToken):
    """Not made here, not made for this purpose, or incomplete."""

    def __init__(self) -> None:
        super().__init__("The link is incomplete, or this publication did not make it")


class NoSuchReader(BadToken):
    """Genuine, but no reader has its id; `deleted` says whether that reader was deleted here."""

    def __init__(self, *, deleted: bool) -> None:
        self.deleted = deleted
        super().__init__("The link does not belong to any reader on this list")


class ExpiredToken(BadToken):
    """Genuine, but made too long ago."""

    def __init__(self) -> None:
        super().__init__("The link has expired")


class PathUnreadable(SubscribersError):
    """The steps of a learning path cannot be counted at the moment."""
