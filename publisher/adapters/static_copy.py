"""A copy of the built site for a static host: whole builds only, with a compressed copy beside each larger text."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from publisher.adapters.files import replace_file
from publisher.adapters.permissions import make_public
from publisher.errors import Refused

RECORD = ".pressroom-build.json"
"""Lists what this system wrote, so that nothing else is ever removed; hosts do not serve files whose names begin with a dot."""

_TEXTS = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt", ".xml"})
_SMALLEST = 1_000
"""Bytes; what is smaller fits into one packet anyway."""


def copy_site(site: Path, out: Path) -> int:
    """Make `out` a copy of `site`; return how many files it has. See `refuse_unless_ours` for what `out` may be.

    A file is written only when it changed. A text has a copy `name.gz` that servers send in its place (nginx:
    gzip_static). A copy that was interrupted is put right by the next one. Raises Refused for a file that no build made.
    """
    before, texts = _recorded(out), dict(_files(site))
    smaller = {
        f"{name}.gz": name for name, data in texts.items() if Path(name).suffix in _TEXTS and len(data) >= _SMALLEST
    }
    files = {*texts, *smaller}
    for name in sorted(texts.keys() - before):
        if (out / name).exists() and (out / name).read_bytes() != texts[name]:
            raise Refused(f"{out / name} is a file that no build made; move it away, or name another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    make_public(out, out)
    _record(out, before | files)  # before the first file, so that an interrupted copy is known for ours
    for copy, name in smaller.items():  # before its text: a text that is there has its copy
        if _differs(out / name, texts[name]) or not (out / copy).is_file():
            _replace(out, copy, gzip.compress(texts[name], 9, mtime=0))
    for name, data in texts.items():
        if _differs(out / name, data):
            _replace(out, name, data)
    for name in before - files:
        (out / name).unlink(missing_ok=True)
        _remove_if_empty((out / name).parent, out)
    _record(out, files)
    return len(files)


def refuse_unless_ours(out: Path, publication: Path, site: Path) -> None:
    """Raise Refused for a folder into which no site may be copied: one with other files in it, or one that is read."""
    for folder in (publication / "content", publication / "templates", site):
        if out.resolve().is_relative_to(folder.resolve()) or folder.resolve().is_relative_to(out.resolve()):
            raise Refused(f"{out} cannot hold the site, because {folder.name}/ is read from there; name another folder")
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file; name a folder")
    if out.is_dir() and not (out / RECORD).is_file() and any(out.iterdir()):
        raise Refused(f"{out} has files that no build made; name a new folder, or empty this one")


def _files(site: Path) -> Iterator[tuple[str, bytes]]:
    for folder, folders, names in os.walk(site):
        folders.sort()
        for name in sorted(names):
            if not name.startswith("."):
                path = Path(folder, name)
                yield path.relative_to(site).as_posix(), path.read_bytes()


def _differs(file: Path, data: bytes) -> bool:
    try:
        return file.read_bytes() != data
    except FileNotFoundError:
        return True


def _replace(out: Path, name: str, data: bytes) -> None:
    make_public((out / name).parent, out)
    replace_file(out / name, data, durable=False)


def _record(out: Path, files: Collection[str]) -> None:
    replace_file(out / RECORD, json.dumps(sorted(files)).encode(), durable=False)


def _remove_if_empty(folder: Path, out: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _recorded(out: Path) -> set[str]:
    """Return what an earlier build wrote; nothing when the record is broken: then nothing is removed."""
    try:
        found = json.loads((out / RECORD).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return set()
    names = found if isinstance(found, list) else []
    return {
        name for name in names if isinstance(name, str) and not name.startswith("/") and ".." not in name.split("/")
    }
