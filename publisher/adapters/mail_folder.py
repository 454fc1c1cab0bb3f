"""Mail into a folder instead of onto the wire: one .eml file for each message."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from publisher.adapters.permissions import create_private, make_private
from publisher.errors import ConfigurationError, TransportUnavailable
from publisher.ports import BlockingConnection, Envelope, Reply

_UNSAFE = re.compile(r"[^A-Za-z0-9._@-]")


class FolderCourier:
    """Fulfils ports.BlockingCourier with a folder. A message sent again overwrites itself: its name is its Message-ID's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connect(self) -> BlockingConnection:
        try:
            make_private(self._folder)
        except OSError as error:
            raise ConfigurationError(
                f"the folder {self._folder} for outgoing mail cannot be created ({error.strerror}); choose another"
            ) from error
        return FolderConnection(self._folder)


class FolderConnection:
    """Fulfils ports.BlockingConnection: an unfinished file has another name, which never ends in .eml."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: Path | None = None
        self._final: Path | None = None

    def hand_over(self, envelope: Envelope) -> Reply:
        name = _UNSAFE.sub("_", envelope.name).lstrip(".") or "message"
        self._final = self._folder / f"{name}.eml"
        self._written = self._folder / f".{name}.{os.getpid()}.part"
        try:
            create_private(self._written)
            with self._written.open("wb") as file:
                file.write(envelope.message)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self.abandon()
            raise TransportUnavailable(f"{self._folder} cannot be written to ({error.strerror})") from error
        return Reply(354, "written", "data")

    def finish(self) -> Reply:
        written, final = self._written, self._final
        assert written is not None, "hand_over comes first"
        assert final is not None, "hand_over comes first"
        self._written = self._final = None
        try:
            written.replace(final)
            _sync_folder(self._folder)
        except OSError as error:
            return Reply(0, f"{final.name}: {error.strerror}")
        return Reply(250, f"saved as {final.name}")

    def alive(self) -> bool:
        return True

    def abandon(self) -> None:
        written, self._written, self._final = self._written, None, None
        if written is not None:
            with suppress(OSError):  # what is left has no name that anybody reads
                written.unlink()

    def close(self) -> None:
        self.abandon()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable: fsync of the file alone does not."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
