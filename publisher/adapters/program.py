"""Which program this is: what it makes may be kept only for as long as it is the same one."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from pathlib import Path

import plaintext
import publisher

_PASSED_OVER = ("__pycache__", "_shipped")
"""Python makes the first anew from what is read here; templates and content have digests of their own."""


@functools.cache
def program_digest() -> str:
    """Return the digest of Python's version, of our own files, and of the names and versions of all libraries."""
    made = hashlib.sha256(sys.version.encode())
    for package in (plaintext, publisher):
        assert package.__file__
        for place, folders, names in os.walk(Path(package.__file__).parent):
            folders[:] = sorted(set(folders) - set(_PASSED_OVER))
            for name in sorted(names):
                if not Path(place, name).is_file():  # an editor's lock is a link to nowhere
                    continue
                data = Path(place, name).read_bytes()
                made.update(f"{name} {len(data)} {hashlib.sha256(data).hexdigest()}".encode())
    made.update(repr(sorted(_libraries())).encode("utf-8", "surrogateescape"))
    return made.hexdigest()


def _libraries() -> set[str]:
    """Return the folders in which installers note a package's name and version."""
    folders = {Path(folder).resolve() for folder in sys.path if Path(folder).is_dir()}
    return {path.name for folder in folders for path in folder.iterdir() if path.suffix in (".dist-info", ".egg-info")}
