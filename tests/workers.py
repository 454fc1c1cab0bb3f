"""`pressroom worker` as tests run it: processes of their own, on PostgreSQL, each with a folder that has publication.toml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from publisher.adapters.clock import SystemClock
from publisher.app import App
from publisher.ports import Ledger
from publisher.resources import shipped
from tests.mailroom import ROOT, Oracle, add_readers, approved, database

SECRET = "a secret that all workers of these tests have"


class Workshop:
    """An issue under way in a database, the mail server, and the workers."""

    def __init__(self, folder: Path, url: str, server: Oracle) -> None:
        self.folder, self.url, self.server = folder, url, server
        self.place = self.machine("first")
        self.processes: list[subprocess.Popen[str]] = []
        self.engine = database(url)
        self.app = App(self.place, database=url, variables=self._variables())

    @property
    def ledger(self) -> Ledger:
        return self.app.ledger

    def machine(self, name: str, *changes: tuple[str, str]) -> Path:
        """Return a folder as another machine has it: publication.toml and nothing else, with some `changes` of its words."""
        content = self.folder / name / "content"
        content.mkdir(parents=True)
        text = (shipped("content") / "publication.toml").read_text("utf-8")
        for pattern, words in changes:
            text, found = re.subn(pattern, words, text, count=1, flags=re.MULTILINE)
            assert found, pattern
        (content / "publication.toml").write_text(text, "utf-8")
        return content.parent

    def begin(self, readers: Sequence[str]) -> None:
        """Freeze issue 7 for these readers, as `send` does, and hand over none of it."""
        add_readers(self.engine, readers)
        mailing = self.ledger.deliveries.start(approved(), SystemClock().now())
        self.ledger.senders.keep_sample_digest(7, self.app.act_to_work().message_builder.sample_digest(mailing))

    def start(self, *options: str, place: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "publisher.cli",
            "--publication",
            str(place or self.place),
            "--database",
            self.url,
        ]
        process = subprocess.Popen(
            [*command, "worker", *options], cwd=ROOT, env={**os.environ, **self._variables(), **variables},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def _variables(self) -> dict[str, str]:
        return {"PRESSROOM_SECRET_KEY": SECRET, "PRESSROOM_SMTP_URL": self.server.url}

    def open(self) -> int:
        return self.ledger.deliveries.sums(7, SystemClock().now()).open

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.communicate()
        self.app.__exit__()


def until(there: Callable[[], bool], seconds: float = 60) -> float:
    """Wait until something is so; return how many seconds it took."""
    begun = time.monotonic()
    while not there():
        assert time.monotonic() - begun < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - begun


def ended(process: subprocess.Popen[str], seconds: float = 60) -> str:
    """Wait for the end of a process that ends well; return what it said."""
    _, said = process.communicate(timeout=seconds)
    assert process.returncode == 0, said
    return said
