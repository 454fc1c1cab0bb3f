"""Notices that a file was saved, reads content anew, and tells open pages."""

from __future__ import annotations

import threading
from pathlib import Path

from publisher.local.changes import Changes
from publisher.local.previewer import QUIET, Previewer

STEP = 15
"""Milliseconds without another change after which a save is complete: editors write a file in several steps."""
LONGEST = 100
"""Milliseconds after which changes that go on are looked at all the same."""
LOOK_UP = 1_000
"""Milliseconds after which a watch looks whether its folders are still the same."""


class Watching:
    """Watches content/ and templates/ of a publication, in two threads: one reads, one checks when it has become quiet."""

    def __init__(self, folder: Path, previewer: Previewer, changes: Changes) -> None:
        self._folders = [folder / "content", folder / "templates"]
        self._previewer, self._changes = previewer, changes
        self._stop, self._changed = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=work, name=work.__name__, daemon=True) for work in (self._watch, self._check)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return soon, even while all files are being checked: nobody needs the rest of that."""
        self._stop.set()
        self._changed.set()
        for thread in self._threads:
            thread.join(timeout=2 * LOOK_UP / 1000)

    def _watch(self) -> None:
        from watchfiles import watch

        polling = False
        while not self._stop.is_set():
            there = self._there()
            if not there:
                self._stop.wait(LOOK_UP / 1000)
                continue
            begun = False
            try:
                for changes in watch(
                    *there, step=STEP, debounce=LONGEST, rust_timeout=LOOK_UP, yield_on_timeout=True, raise_interrupt=False,
                    stop_event=self._stop, ignore_permission_denied=True, force_polling=polling or None,
                ):  # fmt: skip
                    if changes or not begun:  # the first time, what changed before there was a watch
                        self._read()
                    begun = True
                    if self._there() != there:  # a checkout may have put another folder in its place
                        break
            except OSError:  # the system watches no more files, or a folder has just gone
                polling = True

    def _there(self) -> dict[Path, int]:
        """Return the folders that are there, and which ones they are."""
        found = {}
        for folder in self._folders:
            if folder.is_dir():
                found[folder] = folder.stat().st_ino
        return found

    def _read(self) -> None:
        if self._previewer.read():
            self._changes.happened()
            self._changed.set()

    def _check(self) -> None:
        self._changed.set()
        while not self._stop.is_set():
            self._changed.wait()
            self._changed.clear()
            if self._stop.wait(QUIET):
                return
            if not self._changed.is_set() and self._previewer.check():
                self._changes.happened()
