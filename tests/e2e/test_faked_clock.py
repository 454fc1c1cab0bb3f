"""The real service while somebody sets the machine's clock wrong: libfaketime tells it another time, and changes it.

Only the wall clock is false: as on a real machine, the clock that counts since the start goes on as it did.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.adapters.smtp_sink import Sink
from tests.e2e.command import environment, pressroom_afresh
from tests.faketime import false_clock
from tests.long import some
from tests.publication import example, variables

EDITORS = {"robin@notes.example.com", "sam@notes.example.com"}
READERS = {"ada@example.com", "grace@example.com"}
SERVICE = """
import sys, threading, time
from publisher import scheduler
from publisher.cli import main

def tick(*ports):
    done = of_a_service(*ports)
    print("ticked", file=sys.stderr, flush=True)
    return done

of_a_service, scheduler.tick, scheduler.TICK_SECONDS = scheduler.tick, tick, 1  # 30 s would be long for a test
time.sleep = lambda seconds: threading.Event().wait(seconds)
main()
"""
"""The service; it sleeps otherwise, since libfaketime 0.9.10 has the system call refuse a sleep until a moment."""
PATIENCE = 120.0


class Machine:
    """A machine whose clock a test sets, with a publication on it."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.folder, self.sink = example(folder / "news"), sink
        self._file = folder / "time"
        self.env = variables(sink.url) | false_clock() | {
            "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_CACHE_DURATION": "1",
            "PRESSROOM_DATABASE_URL": f"sqlite:///{folder}/news.db",
        }  # fmt: skip
        self.database = folder / "news.db"
        self._offset = dt.timedelta()

    def set(self, moment: str) -> None:
        """Let it be a moment in UTC."""
        self._offset = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC) - dt.datetime.now(dt.UTC)
        self.jump(0)

    def jump(self, seconds: float) -> None:
        """Set the clock wrong by so many seconds; 0 sets it right."""
        offset = self._offset.total_seconds() + seconds
        whole = self._file.with_suffix(".new")
        whole.write_text(f"{offset:+.3f}\n")
        whole.replace(self._file)

    def pressroom(self, *words: str) -> None:
        ran = pressroom_afresh(*words, cwd=self.folder, env=self.env)
        assert ran.code == 0, ran.talk

    @contextmanager
    def service(self) -> Iterator[None]:
        """`pressroom run`, from its first tick on."""
        command, path = [sys.executable, "-c", SERVICE, "run", "--port", "0"], self.folder.parent / "log"
        with path.open("wb") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=environment(self.folder, **self.env), stderr=log)
            try:
                until(lambda: "ticked" in path.read_text())
                yield
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
                assert "Traceback" not in path.read_text()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()

    def query(self, statement: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            with connection:
                return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def told(self, word: str) -> Counter[str]:
        """Return who got how many mails with this word in the subject."""
        mails = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in self.sink.folder.glob("*.eml")
        ]
        return Counter(each["To"].addresses[0].addr_spec for each in mails if word in str(each["Subject"]))


def until(found: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.2)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with Sink(tmp_path / "mail") as sink:
        yield Machine(tmp_path, sink)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("wrong", [{"days": 3}, {"hours": -1}, {"days": -1}, {"days": 365}][: some(4)], ids=str)
def test_an_approved_issue_goes_out_once_the_clock_is_right_again(machine: Machine, wrong: dict[str, int]) -> None:
    machine.set("2026-11-23T09:00:00")
    for address in READERS:
        machine.pressroom("subscribers", "add", address)
    with machine.service():
        until(lambda: machine.told("[Proof]").keys() == EDITORS)
    machine.pressroom("approve", "11", "--by", "Robin")
    machine.set("2026-11-26T06:59:10")
    with machine.service():
        machine.jump(dt.timedelta(**wrong).total_seconds())
        until(lambda: machine.told("The clock was set").keys() == EDITORS)
        time.sleep(3.0)  # some ticks more
        assert not READERS & machine.told("").keys(), "an issue was sent at a wrong time"
        assert machine.query("SELECT week FROM issue_slot WHERE state = 'missed'") == []
        machine.jump(45.0)  # right to within what a time server may correct
        until(lambda: machine.told("").keys() >= READERS)
        time.sleep(2.0)
    assert set(machine.told("The clock was set").values()) == {1}, "each editor is told once"
    assert machine.told("was not sent") == Counter()
    assert {machine.told("")[each] for each in READERS} == {1}


def test_the_library_sets_the_wall_clock_and_no_other(machine: Machine) -> None:
    """What the test above means by a clock that is set wrong."""
    machine.set("2030-01-01T00:00:00")
    code = "import time; print(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic())"
    env = {**os.environ, **machine.env}
    wall, boot, steady = map(float, subprocess.check_output([sys.executable, "-c", code], env=env, text=True).split())
    assert abs(wall - dt.datetime(2030, 1, 1, tzinfo=dt.UTC).timestamp()) < 60
    assert abs(boot - time.clock_gettime(time.CLOCK_BOOTTIME)) < 60
    assert abs(steady - time.monotonic()) < 60
