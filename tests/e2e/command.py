"""Runs the real command in a process of its own, with nothing of this one's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forks import ROOT, forks
from tests.forks_client import run

ISSUE = "content/issues/0001.md"
COMMAND = (sys.executable, "-m", "publisher.cli")


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, stdout, stderr."""

    code: int
    out: str
    talk: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    base = {
        "PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "COLUMNS": "200",
        "LANG": "C.UTF-8",
    }  # fmt: skip
    return base | more


def pressroom(
    *words: object, cwd: Path, env: Mapping[str, str] | None = None, umask: int = 0o022, timeout: float = 120
) -> Ran:
    """Run `pressroom WORDS` in `cwd`, in a fork of a process that has imported it.

    What concerns a process as such starts afresh.
    """
    with Path(os.devnull).open("rb") as nothing, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
        files = [file.fileno() for file in (nothing, out, talk)]
        try:
            code = run(forks(), [*map(str, words)], str(cwd), environment(cwd, **(env or {})), umask, files, timeout)
        except TimeoutError:
            raise AssertionError(f"pressroom {words} took longer than {timeout} s") from None
        out.seek(0)
        talk.seek(0)
        return _ran(code, out.read(), talk.read())


def pressroom_afresh(
    *words: object, cwd: Path, env: Mapping[str, str] | None = None, before: str = "", timeout: float = 120
) -> Ran:
    """Run `pressroom WORDS` in a new interpreter. `before` is shell that runs first, such as `ulimit -f 1`."""
    command = [*COMMAND, *map(str, words)]
    if before:
        command = ["/bin/sh", "-c", f'{before}; exec "$@"', "sh", *command]
    done = subprocess.run(
        command, cwd=cwd, env=environment(cwd, **(env or {})), capture_output=True, timeout=timeout, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return _ran(done.returncode, done.stdout, done.stderr)


def _ran(code: int, out: bytes, talk: bytes) -> Ran:
    assert b"Traceback" not in talk, talk.decode()
    return Ran(code, out.decode(), talk.decode())


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def eml(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.eml"))
