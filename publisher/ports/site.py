"""The folder that the web server shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

File = tuple[str, bytes]
"""A path below the site's root, and what is in it."""

Question = tuple[str, ...]
"""What a page asked of the rest of the publication: its kind, and what it is about."""

MAKE_AGAIN: Final[Question] = ("again",)
"""Asked by a page that may come out otherwise although nothing has changed: a letter has no font yet, or time ran out."""


@dataclass(frozen=True, slots=True)
class SitePart:
    """A page with its pictures, or the files around the pages, not made yet.

    `name` is its path below the site's root. `made_from` is the digest of all that it always depends on. What else it
    depends on shows while it is made: `asked` returns these questions afterwards, and `answers` the digest of today's
    answers to questions of an earlier time. A part that asked MAKE_AGAIN is always made again. Parts may be made
    side by side, each in a thread of its own; one that is `apart` gains nothing from what others have read, so that it
    may as well be made in another process.
    """

    name: str
    made_from: str
    make: Callable[[], Iterator[File]]
    asked: Callable[[], Collection[Question]] = tuple
    answers: Callable[[Sequence[Question]], str] = lambda _questions: ""
    apart: bool = False


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What became of a link: what is wrong with it, and where it leads now if it moved for good and all is well there."""

    problem: str | None
    moved: str | None = None


class Site(Protocol):
    """The folder that the web server shows."""

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = ()) -> int:
        """Write the files of all parts, each at once or not at all; return how many files there are.

        A part that was made from the same before, by the same program, is not made again, if its files are as they were
        written. What is below a folder in `keep` (such as `issues/3/`) stays as it is.
        """
        ...

    def feed_id(self) -> str | None:
        """Return the id of the feed that is there; None without one."""
        ...
