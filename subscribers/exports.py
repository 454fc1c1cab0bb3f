"""Whole lists, out: for an import of ours, and for other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from subscribers.adapters.export_file import (
    Cells,
    Listing,
    as_csv,
    as_json,
    list_for,
    suppression_list,
    suppression_list_for,
    whole_list,
)
from subscribers.adapters.store import Store
from subscribers.errors import NoSuchFormat
from subscribers.export_formats import FORMATS
from subscribers.ports import Progress
from subscribers.subscriber import State

TOLD_EVERY = 1_000
"""How many rows are written between two reports of progress."""

Written = Callable[[Listing, Iterator[Cells]], Iterator[str]]


class Exports:
    """Writes lists line by line, in constant memory, from one state of the database."""

    def __init__(self, database: Store) -> None:
        self._database = database

    def export_csv(
        self, state: State | None = None, *, hashes: bool = False, progress: Progress | None = None
    ) -> Iterator[str]:
        """Yield everything that an import restores, as lines of CSV: the readers, and the addresses not to be mailed.

        With `state`, yield only the readers in it. With `hashes`, addresses without a reader are digests. No cell is a
        formula.
        """
        return self._exported(as_csv, whole_list(state, hashes=hashes), progress)

    def export_json(
        self, state: State | None = None, *, hashes: bool = False, progress: Progress | None = None
    ) -> Iterator[str]:
        """Yield the same as a JSON array, one object on each line, that an import reads back."""
        return self._exported(as_json, whole_list(state, hashes=hashes), progress)

    def export_suppressions_csv(self, *, hashes: bool = False, progress: Progress | None = None) -> Iterator[str]:
        """Yield every address that must not be mailed, a reader's or not, as lines of CSV."""
        return self._exported(as_csv, suppression_list(hashes=hashes), progress)

    def export_suppressions_json(self, *, hashes: bool = False, progress: Progress | None = None) -> Iterator[str]:
        """Yield every address that must not be mailed, a reader's or not, as a JSON array."""
        return self._exported(as_json, suppression_list(hashes=hashes), progress)

    def export_for(
        self, system: str, *, suppressed: bool = False, progress: Progress | None = None
    ) -> tuple[Iterator[str], str]:
        """Return the active readers as lines of CSV that another system imports, and a note on how it does.

        With `suppressed`, return the addresses that must not be mailed instead. Raises NoSuchFormat.
        """
        form = FORMATS.get(system.lower())
        if form is None:
            raise NoSuchFormat(
                f"{system!r} is not a system that a list is written for; use one of: {', '.join(FORMATS)}"
            )
        if not suppressed:
            return self._exported(as_csv, list_for(form), progress), form.note
        if form.suppressed is None:
            raise NoSuchFormat(f"{form.system} {form.suppressed_note}")
        return self._exported(as_csv, suppression_list_for(form), progress), form.suppressed_note

    def _exported(self, written: Written, listing: Listing, progress: Progress | None) -> Iterator[str]:
        tell = progress or _silent
        with self._database.snapshot() as connection:
            total = listing.total(connection)
            yield from written(listing, _counting(listing.rows(connection), tell, total))
        tell(total, total)


def _counting(rows: Iterator[Cells], tell: Progress, total: int) -> Iterator[Cells]:
    for number, row in enumerate(rows, start=1):
        if number % TOLD_EVERY == 0:
            tell(number, total)
        yield row


def _silent(done: int, total: int) -> None:
    """Report no progress."""
