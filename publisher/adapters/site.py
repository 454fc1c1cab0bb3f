"""The Site port over a folder: only files that changed are written, and what is no longer made is removed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path, PurePosixPath

from publisher.adapters.files import replace_file
from publisher.adapters.permissions import make_public

RECORD = ".pressroom-site.json"
"""Names what this system wrote, so that nothing else in the folder is ever removed."""


class SiteFolder:
    """A folder that a web server shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: Iterable[tuple[str, bytes]], *, keep: Collection[str] = ()) -> int:
        """Write all files, each at once or not at all; return how many there are.

        What is below a folder in `keep` stays as it is. Pictures stay when nothing refers to them any more: mail that
        went out does.
        """
        kept_folders = tuple(keep)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        make_public(self.folder, self.folder)
        record = self.folder / RECORD
        before = _recorded(record)
        written = set()
        for name, data in files:
            assert _inside(name), name
            if name.startswith(kept_folders):
                continue
            target = self.folder / name
            make_public(target.parent, self.folder)
            if not target.exists() or target.read_bytes() != data:
                replace_file(target, data, durable=False)
            written.add(name)
        for name in before - written:
            if PurePosixPath(name).suffix in (".html", ".xml", ".txt") and not name.startswith(kept_folders):
                (self.folder / name).unlink(missing_ok=True)
        kept = {name for name in before if (self.folder / name).exists()}
        replace_file(record, json.dumps(sorted(written | kept)).encode(), durable=False)
        return len(written)


def _recorded(record: Path) -> set[str]:
    """Return the names in the record; none when it is broken: then nothing is removed, and it is written anew."""
    try:
        names = json.loads(record.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    return {name for name in names if isinstance(name, str) and _inside(name)} if isinstance(names, list) else set()


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
