"""The mail that came to `pressroom sink`: the latest, in memory, and in a folder if one is named."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from publisher.adapters.permissions import make_private
from publisher.adapters.smtp_sink import file_name
from publisher.local.changes import Changes
from publisher.ports import Clock

MOST_MAILS = 200
MOST_BYTES = 100_000_000
"""Bytes of all mails together; the oldest are dropped."""
LARGEST = 10_000_000
"""Bytes of one mail; a larger one is refused, as most mail servers do."""


@dataclass(frozen=True, slots=True)
class Caught:
    """A mail as it came over the wire. `recipients` are those of the envelope; both are empty for a file from a folder."""

    number: int
    at: dt.datetime
    octets: bytes = field(repr=False)
    sender: str = ""
    recipients: tuple[str, ...] = ()


class Mailbox:
    """Keeps mail, and tells open pages that some came. Threads may share it."""

    def __init__(self, changes: Changes, clock: Clock, folder: Path | None = None) -> None:
        self._changes, self._clock, self._folder = changes, clock, folder
        self._mails: list[Caught] = []
        self._came = 0
        self._lock = threading.Lock()
        if folder:
            make_private(folder)
            self._take_from(folder)

    def keep(self, octets: bytes, sender: str, recipients: Sequence[str]) -> None:
        """Keep a mail, in the folder first. Raises OSError when that cannot be."""
        with self._lock:
            if self._folder:
                _write(self._folder, octets)
            self._add(self._clock.now(), octets, sender, tuple(recipients))
        self._changes.happened()

    @property
    def came(self) -> int:
        """How many came so far, with those that are no longer kept."""
        return self._came

    def newest_first(self) -> list[Caught]:
        with self._lock:
            return self._mails[::-1]

    def find(self, number: int) -> Caught | None:
        return next((mail for mail in self.newest_first() if mail.number == number), None)

    def _add(self, at: dt.datetime, octets: bytes, sender: str = "", recipients: tuple[str, ...] = ()) -> None:
        self._came += 1
        self._mails.append(Caught(self._came, at, octets, sender, recipients))
        while len(self._mails) > MOST_MAILS or sum(len(mail.octets) for mail in self._mails) > MOST_BYTES:
            del self._mails[0]

    def _take_from(self, folder: Path) -> None:
        """Begin with the latest mail that is in the folder already."""
        files = [(path.stat().st_mtime, path) for path in folder.glob("*.eml") if path.is_file()]
        for changed, path in sorted(files)[-MOST_MAILS:]:
            if path.stat().st_size <= LARGEST:
                self._add(dt.datetime.fromtimestamp(changed, dt.UTC), path.read_bytes())


def _write(folder: Path, octets: bytes) -> None:
    """Write a file of its own for a mail, even if another one has the same Message-ID; for its owner alone."""
    name = file_name(octets) or "mail"
    for count in range(1, 100_000):
        path = folder / (f"{name}.eml" if count == 1 else f"{name}-{count}.eml")
        try:
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        path.write_bytes(octets)
        return
    raise OSError(0, "too many files of one name", str(folder))
