"""Writes the rows of a list that were not taken to a file that can be corrected and imported: CSV, with the reasons."""

from __future__ import annotations

import contextlib
import csv
import filecmp
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from subscribers.adapters.import_part import Part, Rejected
from subscribers.cells import harmless, written
from subscribers.errors import FileInTheWay
from subscribers.import_head import WHY
from subscribers.import_list import ImportOptions


class Rejects:
    """Takes rejected rows, and writes them beside their final place; `keep` puts the files there."""

    def __init__(self, target: Path, stack: ExitStack, options: ImportOptions) -> None:
        self._target = target
        self._why = " ".join((WHY, *options.deciding))
        self._stack = stack
        self._open: dict[Path, tuple[Path, IO[str], Any]] = {}

    def take(self, row: Rejected) -> None:
        """Write a row: its cells, as no spreadsheet takes them for formulas, and at the end where and why."""
        line, part, cells = row
        target = self._target
        if part.name and part.form is not None:  # the lists of an archive have different columns, and names that count
            target = target.with_name(f"{target.stem}.{PurePosixPath(part.name).stem}{target.suffix}")
        _, _, rows = self._open.get(target) or self._opened(target, part)
        wide = [*cells, *[""] * (len(part.header.names) - len(cells))]
        rows.writerow(
            [*(harmless(written(cell)) for cell in wide), f"{'line' if part.form else 'row'} {line.line}: {line.why}"]
        )

    def keep(self) -> tuple[Path, ...]:
        """Put the files in their places, and return these. Raises FileInTheWay before anything is overwritten."""
        for target, (temporary, file, _) in self._open.items():
            file.close()
            if target.exists() and not filecmp.cmp(temporary, target, shallow=False):
                raise FileInTheWay(target)
        for target, (temporary, _, _) in self._open.items():
            temporary.replace(target)
        return tuple(self._open)

    def _opened(self, target: Path, part: Part) -> tuple[Path, IO[str], Any]:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # for the owner's eyes alone
        temporary = Path(name)
        self._stack.callback(temporary.unlink, missing_ok=True)
        file = self._stack.enter_context(os.fdopen(handle, "w", encoding="utf-8-sig", newline=""))
        writer = csv.writer(file, delimiter=part.header.delimiter)
        writer.writerow([*part.header.names, self._why])
        self._open[target] = temporary, file, writer
        return self._open[target]


@contextmanager
def rejects_file(target: Path | None, source: Path, options: ImportOptions) -> Iterator[Rejects | None]:
    """Open a file for rejected rows of a list that is read with these options, or none. What is not kept is deleted. Raises FileInTheWay."""
    if target is None:
        yield None
        return
    with contextlib.suppress(OSError):
        if target.samefile(source):
            raise FileInTheWay(target)
    with ExitStack() as stack:
        yield Rejects(target, stack, options)
