"""The folder that the web server shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

File = tuple[str, bytes]
"""A path below the site's root, and what is in it."""


@dataclass(frozen=True, slots=True)
class SitePart:
    """A page with its pictures, or the files around the pages, not made yet.

    `name` is its path below the site's root. `made_from` is the digest of all that it depends on.
    """

    name: str
    made_from: str
    make: Callable[[], Iterator[File]]


class Site(Protocol):
    """The folder that the web server shows."""

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = (), everything: bool = False) -> int:
        """Write the files of all parts, each at once or not at all; return how many files there are.

        A part that was made from the same before is not made again, unless `everything` is. What is below a folder in
        `keep` (such as `issues/3/`) stays as it is.
        """
        ...
