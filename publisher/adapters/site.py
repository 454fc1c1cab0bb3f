"""The Site port over a folder: only files that changed are written, and pages that are no longer made are removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from publisher.adapters.files import replace_file
from publisher.adapters.permissions import make_public
from publisher.ports import SitePart

RECORD = ".pressroom-site.json"
"""Records what this system wrote and from what, so that nothing else is ever removed, and nothing is made twice."""

_LEFT = ""  # the row of files that no longer belong to a part: pictures, and pages that are kept


@dataclass(frozen=True, slots=True)
class _Made:
    """A part as it was made: from what, and which files it has."""

    made_from: str
    files: tuple[str, ...]


class SiteFolder:
    """A folder that a web server shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = (), everything: bool = False) -> int:
        """Write the files of all parts, each whole or not at all; return how many there are.

        A part whose sources did not change is not made again, unless `everything` is. Files below a folder in `keep`
        stay as they are. Pictures stay even when no page refers to them any more: mail that went out does.
        """
        kept = tuple(keep)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        make_public(self.folder, self.folder)
        record = self.folder / RECORD
        before = _recorded(record)
        made: dict[str, _Made] = {}
        for part in parts:
            known = before.get(part.name)
            if part.name.startswith(kept):
                continue
            if everything or known is None or known.made_from != part.made_from or not self._has(known):
                known = _Made(part.made_from, tuple(self._write(name, data) for name, data in part.make()))
            made[part.name] = known
        there = {name for part in made.values() for name in part.files}
        gone = {name for part in before.values() for name in part.files} - there
        for name in gone:
            if PurePosixPath(name).suffix in (".html", ".xml", ".txt") and not name.startswith(kept):
                (self.folder / name).unlink(missing_ok=True)
        left = sorted(name for name in gone if (self.folder / name).exists())
        rows = {name: [part.made_from, *part.files] for name, part in made.items()} | {_LEFT: ["", *left]}
        replace_file(record, json.dumps(rows).encode(), durable=False)
        return len(there)

    def _has(self, made: _Made) -> bool:
        return all((self.folder / name).is_file() for name in made.files)

    def _write(self, name: str, data: bytes) -> str:
        assert _inside(name), name
        target = self.folder / name
        make_public(target.parent, self.folder)
        if not target.exists() or target.read_bytes() != data:
            replace_file(target, data, durable=False)
        return name


def _recorded(record: Path) -> dict[str, _Made]:
    """Return what was made; nothing when the record is broken: then nothing is removed, and it is written again.

    Releases before 0.2 recorded a list of files.
    """
    try:
        rows = json.loads(record.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    if isinstance(rows, list):
        rows = {_LEFT: ["", *rows]}
    if not isinstance(rows, dict):
        return {}
    return {
        name: _Made(str(row[0]), tuple(file for file in row[1:] if isinstance(file, str) and _inside(file)))
        for name, row in rows.items()
        if isinstance(row, list) and row
    }


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
