"""How many examples a long test takes: a fifth in the usual run, all of them with LONG_TESTS=1."""

from __future__ import annotations

import os

LONG = os.environ.get("LONG_TESTS") == "1"


LONGEST = (
    "test_kill.py", "test_hostile_content.py", "test_whole_weeks.py", "test_openapi.py", "test_reference_mjml.py", "test_wire_emails.py",
    "test_readers_cli.py", "test_wheel.py", "test_wire.py", "test_vectors.py", "test_import.py", "test_languages.py",
    "test_workers.py", "test_providers.py", "test_doctor.py", "test_faked_clock.py", "test_provider_sends.py",
)  # fmt: skip
"""Files that take about ten seconds of computing or more, for their tests or for what is made for all of them; the longest first."""


def some(number: int) -> int:
    """Return how many of so many examples this run takes."""
    return number if LONG else max(1, number // 5)
