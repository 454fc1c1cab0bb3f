"""What a spreadsheet shows of a row beside its cells: that it is hidden or struck through, or has a comment. Pure.

Whoever keeps a list in a workbook may mark in this way who left. What a mark means is not known, so the import asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from enum import IntFlag
from typing import Final

from subscribers.import_doubts import quoted

MOST_ROWS: Final = 1_048_576
"""Rows of a sheet, as in Excel."""
_SHOWN: Final = 5
"""Rows that are named."""


class Mark(IntFlag):
    """What is shown of a row, or of one of its cells."""

    HIDDEN = 1
    STRUCK = 2
    COMMENT = 4
    """A comment with a word for leaving."""

    @property
    def label(self) -> str:
        """Return how --ignore names all marks of this kind."""
        return _LABELS[self]


_LABELS: Final = {Mark.HIDDEN: "hidden rows", Mark.STRUCK: "struck-through cells", Mark.COMMENT: "comments on cells"}
_SAID: Final = {
    Mark.HIDDEN: "hidden, perhaps by a filter",
    Mark.STRUCK: "struck through, wholly or in part",
    Mark.COMMENT: "commented on with words that may say who left",
}
LABELS: Final = frozenset(_LABELS.values())


class RowMarks:
    """The marks of the rows of one sheet, a byte for each row; rows count from 1."""

    def __init__(self) -> None:
        self._rows = bytearray()
        self._noted: Counter[Mark] = Counter()
        self._first: dict[Mark, list[int]] = {mark: [] for mark in Mark}
        self.rule = False
        """Whether a rule of the sheet strikes cells through; which ones is not known."""

    def add(self, row: int, mark: Mark) -> None:
        if row > MOST_ROWS:
            return  # a comment on no row
        if row >= len(self._rows):
            self._rows.extend(bytes(row + 1 - len(self._rows)))
        self._rows[row] |= mark

    def note(self, row: int) -> None:
        """Take notice of a row whose cells do not say that its people left."""
        if row >= len(self._rows) or not self._rows[row]:
            return
        for mark in Mark(self._rows[row]):
            self._noted[mark] += 1
            if len(self._first[mark]) < _SHOWN:
                self._first[mark].append(row)

    def doubts(self, sheet: str, head: int, ignored: Collection[str] = ()) -> Iterator[str]:
        """Yield a sentence for each kind of mark on the rows that were noted; down to the row `head` only comments count."""
        for mark in Mark:
            if mark.label in ignored:
                continue
            if count := self._noted[mark]:
                yield f"{self._rows_with(mark, count, sheet)} {_SAID[mark]}; {_decide(mark)}"
            elif mark is Mark.STRUCK and self.rule:
                yield f"the sheet {sheet!r} has a rule that strikes cells through; {_decide(mark)}"
            elif mark is Mark.COMMENT and any(value & mark for value in self._rows[: head + 1]):
                yield f"a comment at the top of the sheet {sheet!r} has words that may say who left; {_decide(mark)}"

    def _rows_with(self, mark: Mark, count: int, sheet: str) -> str:
        first = self._first[mark]
        named = ", ".join(map(str, first))
        if count == 1:
            return f"row {named} of the sheet {sheet!r} is"
        more = f" and {count - len(first):,} more" if count > len(first) else ""
        return f"rows {named}{more} of the sheet {sheet!r} are"


def _decide(mark: Mark) -> str:
    return f"move whoever left to a list of their own, or, if they are all readers, say --ignore {quoted(mark.label)}"
