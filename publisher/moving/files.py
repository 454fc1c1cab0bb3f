"""The files of a backup, written to and read from a folder or a zip archive. What is read may come from anybody."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Protocol

from publisher.errors import DamagedBackup
from publisher.inside import is_inside
from publisher.moving.manifest import MANIFEST, MOST_MANIFEST, FileEntry, Manifest, read_manifest

LONGEST_LINE: Final = 256_000_000
"""Bytes of one row: that of a mailing holds a whole mail with its pictures."""
_CHUNK: Final = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, KeyError, OSError)
"""The archive is damaged, cut off, encrypted, packed in a way that Python does not support, or lacks a file."""


class Writer:
    """Writes the files of a backup by `open_`, and remembers their sizes and digests."""

    def __init__(self, open_: Callable[[str], IO[bytes]]) -> None:
        self._open = open_
        self.files: dict[str, FileEntry] = {}

    def write(self, name: str, parts: Iterable[bytes]) -> None:
        size, digest = 0, hashlib.sha256()
        with self._open(name) as file:
            for part in parts:
                file.write(part)
                size += len(part)
                digest.update(part)
        self.files[name] = FileEntry(size=size, sha256=digest.hexdigest())


def folder_writer(folder: Path) -> Writer:
    """Write into a folder, for its owner alone."""

    def open_(name: str) -> IO[bytes]:
        path = folder / name
        for parent in reversed(path.relative_to(folder).parents):
            (folder / parent).mkdir(mode=0o700, exist_ok=True)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    return Writer(open_)


@contextmanager
def zip_writer(path: Path) -> Iterator[Writer]:
    """Write a zip archive for its owner alone, safe on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield Writer(lambda name: archive.open(name, "w", force_zip64=True))
        file.flush()
        os.fsync(file.fileno())


class _Opened(Protocol):
    def __call__(self, name: str) -> IO[bytes]: ...


class Backup:
    """A backup that is read: every byte is held to what the manifest says, and nothing beyond it is read."""

    def __init__(self, path: Path, open_: _Opened) -> None:
        self.path = path
        self._open = open_
        with self._told(), self._open(MANIFEST) as file:
            data = file.read(MOST_MANIFEST + 1)
        if len(data) > MOST_MANIFEST:
            raise DamagedBackup(f"{path} is not a backup: its {MANIFEST} is too large; use another")
        self.manifest: Manifest = read_manifest(data, path)

    def parts(self, name: str) -> Iterator[bytes]:
        """Yield a file in parts."""
        return self._checked(name, lambda file: file.read(_CHUNK))

    def lines(self, name: str) -> Iterator[bytes]:
        """Yield a file's lines."""
        return self._checked(name, lambda file: file.readline(LONGEST_LINE))

    def _checked(self, name: str, take: Callable[[IO[bytes]], bytes]) -> Iterator[bytes]:
        entry = self.manifest.files[name]
        size, digest = 0, hashlib.sha256()
        with self._told(), self._open(name) as file:
            while part := take(file):
                size += len(part)
                digest.update(part)
                if size > entry.size:
                    break
                yield part
        if size != entry.size or digest.hexdigest() != entry.sha256:
            raise self.damaged(f"{name} is not what it was when the backup was made")

    def damaged(self, why: str) -> DamagedBackup:
        return DamagedBackup(f"{self.path} is damaged: {why}; use another backup")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            why = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error).strip("'\"")
            raise DamagedBackup(f"{self.path} is not a whole backup ({why}); use another") from error


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """Open a backup, packed or as a folder. Raises DamagedBackup."""
    with ExitStack() as closing:
        if path.is_dir():
            yield Backup(path, lambda name: _in_folder(path, name))
            return
        try:
            archive = closing.enter_context(zipfile.ZipFile(path))
        except FileNotFoundError:
            raise DamagedBackup(f"there is no backup {path}; name a file or folder that Pressroom wrote") from None
        except _BROKEN as error:
            raise DamagedBackup(f"{path} is not a backup, or it is cut off; use another") from error
        yield Backup(path, archive.open)


def _in_folder(folder: Path, name: str) -> IO[bytes]:
    path = folder / name
    if not is_inside(folder, path) or not stat.S_ISREG(path.stat().st_mode):
        raise DamagedBackup(f"{folder} is not a whole backup: {name} leads out of it; use another")
    return path.open("rb")
