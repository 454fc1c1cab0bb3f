"""What lies in one file with a list and is not read: other sheets of a workbook, other files of an archive. Pure.

People who left may be on them, and the same people on the list. So the import stops until an editor says that they know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final

from subscribers.cells import addresses_in
from subscribers.import_doubts import quoted
from subscribers.leaving_words import file_in_doubt, speaks_of_leaving

LOOKED_THROUGH: Final = 1 << 16
"""Bytes of a file in an archive in which an address is looked for."""
_NEVER_LISTS = re.compile(r"(?:.*/)?posts/.*|__macosx/.*")
"""Substack's files of each post, with everybody who got it or opened it; and what macOS adds to each file."""
_TEXTS = frozenset((".csv", ".tsv", ".tab", ".txt", ".json"))
_PACKED = frozenset((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".numbers", ".zip", ".gz", ".7z", ".rar"))
_ADDRESS = re.compile(rb"[^\s@,;<>\"]@[\w-]+(?:\.[\w-]+)+")


def sheet_label(name: str) -> str:
    """Return how --ignore names a sheet, because a column may have the same name."""
    return f"sheet {name}"


def why_sheet(name: str, rows: Iterable[tuple[int, Sequence[str]]]) -> str:
    """Return why a sheet that is not read is in doubt; nothing if it is not, or empty."""
    named = file_in_doubt(name)
    for number, cells in rows:
        if named:
            return "its name suggests that its people left"
        for cell in cells:
            if addresses_in(cell):
                return f"it has an address in row {number}"
            if speaks_of_leaving(cell):
                return f"{cell[:40]!r} in row {number} may say who left"
    return ""


def of_sheet(name: str, why: str) -> str:
    return (
        f"the sheet {name!r} is not read, but {why}: import it, too, with --sheet {quoted(name)} (and --all-left "
        f"unsubscribed, if its people left), and leave it out here with --ignore {quoted(sheet_label(name))}"
    )


def why_file(name: str, head: bytes) -> str:
    """Return why a file of an archive that is not read is in doubt, or nothing; `head` is how it begins."""
    kind = PurePosixPath(name).suffix.lower()
    if _NEVER_LISTS.fullmatch(name.lower()):
        return ""
    if file_in_doubt(name):
        return "its name suggests that its people left"
    if kind in _PACKED:
        return "it may contain a list"
    return "it has addresses" if kind in _TEXTS and _ADDRESS.search(head.replace(b"\0", b"")) else ""


def of_file_beside(name: str, why: str) -> str:
    return (
        f"the file {name!r} of the archive is not read, but {why}: unpack it and import it by itself (with --all-left "
        f"unsubscribed, if its people left), and leave it out here with --ignore {quoted(name)}"
    )
