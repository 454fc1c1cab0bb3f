"""Finds out whether the process that holds something is still alive."""

from __future__ import annotations

import functools
import os
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One run of a process: its host (boot id and pid namespace), its pid, and when it was started, in clock ticks."""

    host: str
    pid: int
    born: str

    def gone(self) -> bool:
        """Return True only if the process has certainly ended; nothing is known about another host or container."""
        if self.host != _host():
            return False
        try:
            return _born(self.pid) != self.born
        except OSError:
            return not _is_there(self.pid)


def this_process() -> Process:
    pid = os.getpid()
    try:
        return Process(_host(), pid, _born(pid) or "")
    except OSError:
        return Process(_host(), pid, "")


@functools.cache
def _host() -> str:
    # Two containers share a kernel's boot id but not their pids, hence the namespace.
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown/{uuid.uuid4()}"  # without /proc no process counts as gone, and only the lease decides


def _born(pid: int) -> str | None:
    """Return when a process was born, or None if it has ended. Raises OSError if /proc does not show it."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    fields = stat.rpartition(")")[2].split()  # the command's name may contain spaces and parentheses
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else start_ticks  # a zombie sends no more mail


def _is_there(pid: int) -> bool:
    """Return whether a process has this number, even if /proc hides it (hidepid) because it is another user's."""
    if pid <= 0:  # os.kill takes it for a group of processes
        return False
    try:
        os.kill(pid, 0)  # signal 0 only checks
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
