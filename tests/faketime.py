"""Debian's libfaketime, which tells a process another time than it is: of the wall clock alone, as when somebody sets it."""

from __future__ import annotations

from pathlib import Path


def false_clock() -> dict[str, str]:
    """Return the variables that load it; FAKETIME (`+30s`) or FAKETIME_TIMESTAMP_FILE say what time it tells."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    assert found, "libfaketime is missing; run tools/setup dev"
    return {"LD_PRELOAD": str(found[0]), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
