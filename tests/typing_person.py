"""A person at a terminal: types what a script says into a real pseudo-terminal, once the screen shows what it waits for."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self


class TypingPerson:
    """A shell in a terminal of its own. `typed` counts the keys that were pressed."""

    PROMPT = "[ready] "

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.typed = 0
        self._shown, self._read = "", 0
        self._pid, self._screen = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execve("/bin/sh", ["sh", "-i"], {**environment, "PS1": self.PROMPT, "TERM": "dumb", "COLUMNS": "500"})
        self.sees(self.PROMPT)

    def sees(self, words: str, seconds: float = 60) -> str:
        """Wait until the screen shows some words after what was seen before; return what came up to them."""
        until = time.monotonic() + seconds
        while words not in self._shown[self._read :]:
            if not select.select([self._screen], [], [], max(0.0, until - time.monotonic()))[0]:
                raise AssertionError(f"no «{words}» on the screen:\n{self._shown[self._read :]}")
            try:
                self._shown += os.read(self._screen, 65536).decode().replace("\r\n", "\n")
            except OSError:
                raise AssertionError(f"the terminal closed before «{words}»:\n{self._shown}") from None
        start, self._read = self._read, self._shown.index(words, self._read) + len(words)
        return self._shown[start : self._read]

    def types(self, text: str, end: str = "\n") -> None:
        """Press the keys of a line and Enter, or another key."""
        self.typed += len(text + end)
        os.write(self._screen, (text + end).encode())

    def runs(self, command: str) -> str:
        """Type a command, and return what it showed; its exit code has to be 0."""
        self.types(command)
        shown = self.sees(self.PROMPT)
        self.ended_well()
        return shown

    def ended_well(self) -> None:
        os.write(self._screen, b"echo code=$?\n")
        assert re.search(r"^code=0$", self.sees(self.PROMPT), re.MULTILINE), self._shown

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._screen)
        try:
            os.kill(self._pid, signal.SIGHUP)
        except ProcessLookupError:
            pass
        os.waitpid(self._pid, 0)
