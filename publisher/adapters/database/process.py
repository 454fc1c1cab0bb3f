"""Tells whether the process that holds something still lives."""

from __future__ import annotations

import functools
import os
import uuid
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """One life of one process: where (boot and pid namespace), which pid, and when that pid was born (in ticks)."""

    host: str
    pid: int
    born: str

    def gone(self) -> bool:
        """Return True only when it surely lives no more; of another host or container nothing is known."""
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
        return f"unknown/{uuid.uuid4()}"  # no /proc: no process is ever called gone, and the lease alone decides


def _born(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command's name may hold spaces and parentheses
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else start_ticks  # a zombie sends no more mail
