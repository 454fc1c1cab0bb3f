"""Lines that may divide a list, such as "Unsubscribed:" in its middle: they name nobody, but may say something of those below. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from subscribers.cells import addresses_in, without_addresses
from subscribers.import_doubts import quoted
from subscribers.leaving_words import plain, speaks_of_leaving
from subscribers.subscriber import State
from subscribers.vendors import ANYWHERE

_HEADING = re.compile(r"\W*\w.*[:：]|[#*=_\-–—~>/\[(<«]+\s*\w.*|\w.*[=_\-–—~*#]{3,}")
"""What a line looks like that is a title of those below it."""
_BLANK: Final = " \t\r\n\u00a0\ufeff\u200b"
_LISTED: Final = 20
_SHOWN: Final = 60
"""Characters of a line by which it is shown and waived."""


class Dividers:
    """Watches the lines of one list of which no reader and no leaving could be read.

    `names` are those of its columns, and `address` is the place of the one that holds the addresses; with `told` one of them says who left. `waived` are the lines that divide nothing;
    `met` are those of them that were there.
    """

    def __init__(self, names: Sequence[str], waived: Collection[str], *, told: bool, address: int = 0) -> None:
        self._names = [name.lower() for name in names]
        self._waived = {_shown(text): text for text in waived}
        self._told = told
        self._address = address
        self._doubts: dict[str, str] = {}
        self.met: set[str] = set()

    def look(self, line: int, cells: Sequence[str]) -> bool:
        """Look at one line; return whether nothing else has to be asked about it."""
        filled = list(dict.fromkeys(cell for each in cells if (cell := each.strip(_BLANK))))
        there = [cell.strip(_BLANK).lower() for cell in cells]
        if there == self._names and self._told:
            return False
        if there == self._names or (
            len(filled) > 1 and there[self._address : self._address + 1] == [self._names[self._address]]
        ):
            return self._doubt(
                line, ",".join(filled), "names the columns again, so that there may be two lists in this one"
            )
        nobody = not any(map(addresses_in, filled))
        alone = nobody and len(filled) == 1
        if not alone and len(cells) == len(self._names) and not nobody:
            return False
        if not alone and len(cells) == len(self._names) and self._told:  # the others say it of this line alone
            filled = [cell for each in cells[self._address : self._address + 1] if (cell := each.strip(_BLANK))]
        spoken = next((cell for cell in filled if _says_who_left(without_addresses(cell))), "")
        if alone and (spoken or _HEADING.fullmatch(filled[0][:_SHOWN])):
            return self._doubt(line, filled[0], "names nobody, and may say something of the people below it")
        return bool(spoken) and self._doubt(line, spoken, "cannot be read, and may say that somebody left")

    def _doubt(self, line: int, text: str, why: str) -> bool:
        shown = _shown(text)
        if shown in self._names:  # a column's name, which --ignore waives by itself
            text, shown = f"line {text}", f"line {shown}"
        if shown in self._waived:
            self.met.add(self._waived[shown])
        elif shown not in self._doubts:
            self._doubts[shown] = (
                f"line {line:,}, {text.removeprefix('line ')[:_SHOWN]!r}, {why}: put those who left into a file of their own and import it with "
                f"--all-left unsubscribed, or, if it says of nobody that they left, add --ignore {quoted(text[:_SHOWN])}"
            )
        return True

    def doubts(self) -> list[str]:
        """Return a sentence for each line that an editor has to decide about."""
        said = list(self._doubts.values())
        more = len(said) - _LISTED
        return said[:_LISTED] + [f"{more:,} more lines name nobody and may say who left; is this one list?"] * (
            more > 0
        )


def _says_who_left(cell: str) -> bool:
    return speaks_of_leaving(cell) and ANYWHERE.get(plain(cell)) is not State.ACTIVE


def _shown(text: str) -> str:
    return text.strip()[:_SHOWN].strip().lower()
