"""A process that has imported the command, and forks into it for whoever asks.

A new interpreter spends seconds on imports, for a thousand commands of the tests. A fork has a process of its own, too:
with the words, folder, environment, umask and open files of whoever asked, whose end is the command's.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLIENT = Path(__file__).with_name("forks_client.py")


@functools.cache
def forks() -> str:
    """Return the path of this process's server for `forks_client.run`; it ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="forks")
    path = f"{folder.name}/socket"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forks", path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )

    def end() -> None:
        server.communicate()  # closes its input, after which it ends
        folder.cleanup()

    atexit.register(end)
    assert server.stdout
    assert server.stdout.readline() == b"ready\n"
    return path


def _import_everything() -> None:
    for package in ("publisher", "subscribers"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not module.name.endswith("__main__") and ".migrations." not in module.name:
                importlib.import_module(module.name)


def _make_databases_at_once() -> None:
    """Migrate a database now, whose statements then make those of the commands."""
    import pytest

    from publisher.adapters.database.migrations import MIGRATIONS
    from tests.new_databases import record_sqlite, repeat_migrations

    repeat_migrations(pytest.MonkeyPatch())
    record_sqlite(MIGRATIONS)
    gc.collect()
    gc.freeze()


def _serve(path: str) -> None:
    """Return in a process that is to be the command; never in another, until our input ends."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        os.write(1, b"ready\n")
        while listener in select.select([listener, 0], [], [])[0]:
            caller, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                return _answer(caller)
            caller.close()
            while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                os.wait()
    os._exit(0)


def _answer(caller: socket.socket) -> None:
    """Return in a fork that has what the caller gave; tell the caller how it ended."""
    _, files, _, _ = socket.recv_fds(caller, 1, 3)
    with caller.makefile("rb") as asked:
        words, folder, environment, umask = json.loads(asked.readline())
    command = os.fork()
    if command == 0:
        caller.close()
        for ours, file in enumerate(files):
            os.dup2(file, ours)
            os.close(file)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
        os.chdir(folder)
        os.umask(umask)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["pressroom", *words]
        return
    ended = os.pidfd_open(command)
    if caller in select.select([caller, ended], [], [])[0]:
        os.kill(command, signal.SIGKILL)  # nobody waits for it any more
    code = os.waitstatus_to_exitcode(os.waitpid(command, 0)[1])
    try:
        caller.sendall(str(code).encode())
    finally:
        os._exit(0)


if __name__ == "__main__":
    from publisher.cli import main

    _import_everything()
    _make_databases_at_once()
    _serve(sys.argv[1])
    main()
