"""Runs the `git` program: no prompt, no hook, no wait without an end, and no password in what it says."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from plaintext import printable
from publisher.errors import GitFailed

LOCAL_SECONDS: Final = 60.0
"""How long a command may take that asks no other machine."""
NETWORK_SECONDS: Final = 600.0
"""How long a fetch or a push may take; the tick does not wait for it."""

_URL: Final = re.compile(r"(\w+://)\S+")
_KEPT: Final = (
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSL_CAINFO",
    "GIT_SSL_NO_VERIFY",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
)
"""What the operator may say to git through the environment. Others, such as GIT_DIR, name another repository."""

_SETTINGS: Final = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.quotePath": "false",
    "credential.interactive": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "merge.renames": "false",
    "merge.directoryRenames": "false",
    "push.followTags": "false",
    "push.gpgSign": "false",
    "push.recurseSubmodules": "no",
    "submodule.recurse": "false",
    "fetch.fsckObjects": "true",
    "fetch.recurseSubmodules": "no",
    "fetch.prune": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "protocol.allow": "never",
    **{f"protocol.{kind}.allow": "always" for kind in ("file", "git", "http", "https", "ssh")},
}
"""What git is told whatever its files say; hooks and helpers of any other kind would run other people's commands."""


class GitProgram:
    """Runs git in one folder, one command at a time or several from several threads."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        kept = {
            name: value
            for name, value in environment.items()
            if not name.startswith(("PRESSROOM_", "GIT_")) or name in _KEPT
        }
        self._environment = kept | {
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_CEILING_DIRECTORIES": str(folder.parent),
            "SSH_ASKPASS_REQUIRE": "never", "LC_ALL": "C",
        }  # fmt: skip
        self._settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def __call__(
        self,
        *arguments: str,
        stdin: bytes = b"",
        seconds: float = LOCAL_SECONDS,
        codes: Collection[int] = (0,),
        more: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """Return exit code and output. Raises GitFailed for a code that is not one of `codes`, and after `seconds`."""
        command = ["git", *self._settings, *arguments]
        try:
            process = self._start(command, {**self._environment, **(more or {})})
        except OSError as error:
            raise GitFailed(f"the program git cannot be run ({error.strerror}); install it") from error
        try:
            out, said = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise GitFailed(f"git {arguments[0]} took longer than {seconds:g} seconds") from None
        finally:
            with self._lock:
                self._running.discard(process)
        if process.returncode not in codes:
            raise GitFailed(f"git {arguments[0]} failed: {words_of(said) or f'exit code {process.returncode}'}")
        return process.returncode, out

    def stop(self) -> None:
        """End what is under way, and start nothing any more."""
        with self._lock:
            self._stopped = True
            running = tuple(self._running)
        for process in running:
            _signal(process, signal.SIGTERM)

    def _start(self, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise GitFailed("the service is stopping")
            # A session of its own has no terminal, so neither git nor ssh can ask there for a password.
            process = subprocess.Popen(
                command, cwd=self._folder, env=dict(environment), start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            self._running.add(process)
            return process


def words_of(said: bytes) -> str:
    r"""Return what git said, in one line, without anything of a URL, which may hold a password.

    >>> words_of(b"remote: hm\nfatal: unable to access 'https://me:secret@host/x.git/': no route\n")
    "remote: hm; fatal: unable to access 'https://… no route"
    """
    lines = [line.strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("hint:", "From ", "To "))]
    return printable(_URL.sub(r"\1…", "; ".join(telling)))[:400]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started; git takes its locks away when it is asked to end."""
    _signal(process, signal.SIGTERM)
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)
        process.communicate()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
