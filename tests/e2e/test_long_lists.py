"""Commands about a long list: constant memory, and Ctrl-C ends them with a sentence."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from bench.finding import FEW, commands, measure
from bench.readers import fill
from bench.web import SECRET
from subscribers.database import open_engine
from tests.e2e.command import COMMAND, ROOT, environment

MANY = 10 * FEW
GROWN_MB = 12
"""A list of dictionaries, or a table, of so many readers would take 30 MB and more."""


def test_no_command_needs_more_memory_for_more_readers(tmp_path: Path) -> None:
    found = measure(tmp_path, f"sqlite:///{tmp_path}/{{}}.db", MANY)
    assert found.keys() == commands(MANY).keys()
    assert {name: each["grown_mb"] for name, each in found.items() if each["grown_mb"] > GROWN_MB} == {}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_ctrl_c_ends_a_list_with_one_sentence(tmp_path: Path, form: list[str]) -> None:
    database = f"sqlite:///{tmp_path}/news.db"
    engine = open_engine(database)
    fill(engine, MANY)
    engine.dispose()
    process = subprocess.Popen(
        [*COMMAND, "--publication", str(ROOT), "--database", database, "subscribers", "list", "--limit", str(MANY), *form],
        cwd=tmp_path, env=environment(tmp_path, PRESSROOM_SECRET_KEY=SECRET), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline()  # it is in the middle of it, and waits until somebody reads on
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert (process.returncode, talk.splitlines()[-1]) == (130, "interrupted: the list is not complete")
