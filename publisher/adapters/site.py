"""The Site port over a folder: only files that changed are written, and pages that are no longer made are removed."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from publisher.adapters.files import replace_file
from publisher.adapters.parallel import made_in_parallel, processes_for
from publisher.adapters.permissions import make_public
from publisher.adapters.program import program_digest
from publisher.ports import MAKE_AGAIN, Question, SitePart

RECORD = ".pressroom-site.json"
"""Records what this system wrote and from what, so that nothing else is ever removed, and nothing is made twice."""


_AT_ONCE = 2
"""Parts that are made side by side: each waits for a worker most of the time, and as many workers are kept."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A part as it was made: from what, what it asked and the digest of the answers, and its files with their stamps."""

    made_from: str
    asked: tuple[Question, ...]
    answers: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Record:
    """Which program made which parts, and the `left` files that are no part's now: pictures, and pages that are kept."""

    program: str = ""
    parts: Mapping[str, _Made] = field(default_factory=dict)
    left: frozenset[str] = frozenset()


class SiteFolder:
    """A folder that a web server shows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = ()) -> int:
        """Write the files of all parts, each whole or not at all; return how many there are.

        Only parts that changed are made, if it was this program that made the others and their files are as it wrote
        them. Files below a folder in `keep` stay as they are. Pictures stay even when no page refers to them any more:
        mail that went out does.
        """
        kept = tuple(keep)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        make_public(self.folder, self.folder)
        before = _recorded(self.folder / RECORD)
        mine = before.parts if before.program == program_digest() else {}
        shown = [part for part in parts if not part.name.startswith(kept)]
        made = {part.name: mine[part.name] for part in shown if self._stands(mine.get(part.name), part)}
        rest = [part for part in shown if part.name not in made]
        made |= zip((part.name for part in rest), self._make_all(rest), strict=True)
        there = {name for part in made.values() for name in part.files}
        gone = {name for part in before.parts.values() for name in part.files} | before.left
        gone -= there
        for name in gone:
            if PurePosixPath(name).suffix in (".html", ".xml", ".json", ".txt") and not name.startswith(kept):
                (self.folder / name).unlink(missing_ok=True)
        left = frozenset(name for name in gone if (self.folder / name).exists())
        after = _Record(program_digest(), made, left)
        if after != before:
            replace_file(self.folder / RECORD, _as_json(after), durable=False)
        return len(there)

    def feed_id(self) -> str | None:
        try:
            found = re.search(rb"<id>([^<]{1,2000})</id>", (self.folder / "feed.xml").read_bytes()[:10_000])
        except OSError:
            return None
        return html.unescape(found[1].decode("utf-8", "replace")) if found else None

    def _stands(self, known: _Made | None, part: SitePart) -> bool:
        return (
            known is not None
            and MAKE_AGAIN not in known.asked
            and known.made_from == part.made_from
            and known.answers == part.answers(known.asked)
            and all(self._stamp(name) == stamp for name, stamp in known.files.items())
        )

    def _make_all(self, parts: Sequence[SitePart]) -> list[_Made]:
        """Make parts side by side: by copies of this process, or by threads."""
        if (processes := processes_for(sum(part.apart for part in parts))) > 1:
            return made_in_parallel(parts, self._make, processes, lambda part: part.apart)
        with ThreadPoolExecutor(_AT_ONCE) as makers:
            return list(makers.map(self._make, parts))

    def _make(self, part: SitePart) -> _Made:
        files = {name: self._write(name, data) for name, data in part.make()}
        asked = tuple(part.asked())
        return _Made(part.made_from, asked, part.answers(asked), files)

    def _write(self, name: str, data: bytes) -> str:
        assert _inside(name), name
        target = self.folder / name
        make_public(target.parent, self.folder)
        if not _holds(target, data):
            replace_file(target, data, durable=False)
        return self._stamp(name)

    def _stamp(self, name: str) -> str:
        """Return what changes when anybody else writes the file; empty when it is not there."""
        try:
            about = os.stat(f"{self.folder}/{name}")  # noqa: PTH116  # a path costs more than the call
        except OSError:
            return ""
        return f"{about.st_ino} {about.st_size} {about.st_mtime_ns}"


def _holds(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() == data
    except FileNotFoundError:
        return False


def _as_json(record: _Record) -> bytes:
    parts = {name: [made.made_from, made.asked, made.answers, made.files] for name, made in record.parts.items()}
    return json.dumps({"program": record.program, "parts": parts, "left": sorted(record.left)}).encode()


def _recorded(file: Path) -> _Record:
    """Return what was made; nothing when the record is broken: then nothing is removed, and it is written again."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return _Record()
    if not isinstance(found, dict) or not isinstance(found.get("parts"), dict):
        return _Record(left=frozenset(_of_earlier_releases(found)))
    parts = {str(name): made for name, row in found["parts"].items() if (made := _row(row))}
    return _Record(str(found.get("program")), parts, frozenset(_names(found.get("left"))))


def _row(row: object) -> _Made | None:
    if not isinstance(row, list) or len(row) != 4 or not isinstance(row[1], list) or not isinstance(row[3], dict):
        return None
    asked = tuple(tuple(map(str, one)) for one in row[1] if isinstance(one, list))
    return _Made(str(row[0]), asked, str(row[2]), {name: str(row[3][name]) for name in _names([*row[3]])})


def _of_earlier_releases(found: object) -> list[str]:
    """Return the files of a record that was a list of them, or one of parts as lists that begin with a digest."""
    if isinstance(found, dict):
        return [name for row in found.values() if isinstance(row, list) for name in _names(row[1:])]
    return _names(found)


def _names(found: object) -> list[str]:
    return [name for name in found if isinstance(name, str) and _inside(name)] if isinstance(found, list) else []


def _inside(name: str) -> bool:
    return not name.startswith("/") and ".." not in name.split("/")
