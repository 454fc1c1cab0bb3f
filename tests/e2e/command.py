"""Runs the real command in a process of its own, with nothing of this one's environment."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "publisher.cli")

# A new interpreter spends most of a second on imports, for a hundred commands. So most of them are forked from one
# process that has imported the command and done nothing else; whatever concerns a process as such starts afresh.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["publisher.cli"])


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


def pressroom(*words: object, cwd: Path, env: Mapping[str, str] | None = None, timeout: float = 60) -> Ran:
    """Run `pressroom WORDS` in `cwd`."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as talk:
        process = _forks.Process(
            target=_command,
            args=([*map(str, words)], cwd, environment(cwd, **(env or {})), _Descriptor(out), _Descriptor(talk)),
        )
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            raise AssertionError(f"pressroom {words} took longer than {timeout} s")
        code = process.exitcode
        process.close()
        out.seek(0)
        talk.seek(0)
        return _ran(code, out.read(), talk.read())


def pressroom_afresh(
    *words: object, cwd: Path, env: Mapping[str, str] | None = None, before: str = "", timeout: float = 60
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


def _ran(code: int | None, out: bytes, talk: bytes) -> Ran:
    assert code is not None
    assert b"Traceback" not in talk, talk.decode()
    return Ran(code, out.decode(), talk.decode())


class _Descriptor:
    """An open file on its way to the process that writes into it."""

    def __init__(self, file: Any) -> None:
        self.number = file.fileno()

    def __getstate__(self) -> Any:
        from multiprocessing.reduction import DupFd

        return DupFd(self.number)

    def __setstate__(self, state: Any) -> None:
        self.number = state.detach()


def _command(words: list[str], cwd: Path, env: dict[str, str], out: _Descriptor, talk: _Descriptor) -> None:
    os.dup2(out.number, 1)
    os.dup2(talk.number, 2)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["pressroom", *words]
    from publisher.cli import main

    main()
