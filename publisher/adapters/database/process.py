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
        return self.host == _host() and _born(self.pid) != self.born


def this_process() -> Process:
    pid = os.getpid()
    return Process(_host(), pid, _born(pid) or "")


@functools.cache
def _host() -> str:
    # Two containers share a kernel's boot id but not their pids, hence the namespace.
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"unknown/{uuid.uuid4()}"  # without /proc no process counts as gone, and only the lease decides


def _born(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command's name may contain spaces and parentheses
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else start_ticks  # a zombie sends no more mail
