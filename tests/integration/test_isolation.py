"""Whatever a call does to its worker, the caller goes on, and nothing is left running."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest

from publisher import isolation
from publisher.content.converted import Oddity, Unconverted
from publisher.content.markdown import Ahead
from publisher.errors import ConfigurationError, ContentError
from publisher.isolation import CallFailedError, TooCostlyError, calls, one_file, processes
from tests import isolated
from tests.house import wait_for

ROOT = Path(__file__).parents[2]


def test_a_call_returns_what_the_function_returns() -> None:
    assert isolated.echo("a" * 3_000_000) == "a" * 3_000_000
    assert isolated.process() == isolated.process() != os.getpid()


@pytest.mark.parametrize("call", [isolated.compute, isolated.compute_in_a_library])
def test_a_call_that_computes_too_long_is_ended_and_the_next_one_answered(call: isolation.Isolated[[], object]) -> None:
    with pytest.raises(TooCostlyError, match=r"takes more than 0\.2 seconds of computing"):
        call()
    assert isolated.echo("next") == "next"


def test_other_threads_go_on_while_a_library_computes() -> None:
    isolated.echo("a worker is there")
    longest, last, stop = 0.0, time.thread_time(), threading.Event()

    def look() -> None:
        nonlocal longest, last
        while not stop.is_set():
            begun = time.thread_time()
            time.sleep(0.001)
            longest = max(longest, time.thread_time() - begun)

    thread = threading.Thread(target=look)
    thread.start()
    with pytest.raises(TooCostlyError):
        isolated.compute_in_a_library()
    stop.set()
    thread.join()
    assert longest < 0.05


@pytest.mark.parametrize("call", [isolated.crash, lambda: isolated.take(isolation.MEMORY + 2**20)])
def test_a_call_that_takes_too_much_memory_or_crashes_is_told_from_a_slow_one(
    call: isolation.Isolated[[], object],
) -> None:
    for _ in range(2):  # in a worker that has answered before, and in a fresh one
        with pytest.raises(TooCostlyError, match="takes too much memory, or makes a library crash"):
            call()
    assert isolated.take(isolation.MEMORY // 2) == isolation.MEMORY // 2


def test_a_second_try_has_only_the_time_that_the_first_one_left() -> None:
    isolated.echo("a worker that has answered before may be to blame, so the call is tried again")
    with pytest.raises(TooCostlyError, match=r"takes more than 0\.6 seconds"):
        isolated.compute_and_crash()
    isolation.end_workers()
    with pytest.raises(TooCostlyError, match="makes a library crash"):
        isolated.compute_and_crash()


def test_a_call_that_nests_without_end_is_too_costly() -> None:
    with pytest.raises(TooCostlyError, match="nested too deep"):
        isolated.nest(0)


def test_calls_that_were_begun_run_side_by_side_and_each_has_its_own_answer() -> None:
    begun = [isolated.echo.begin(str(number)) for number in range(4)]
    assert isolated.echo("meanwhile") == "meanwhile"
    assert [one.result() for one in reversed(begun)] == ["3", "2", "1", "0"]
    slow = isolated.compute.begin()
    assert isolated.echo("meanwhile") == "meanwhile"
    with pytest.raises(TooCostlyError, match=r"takes more than 0\.2 seconds"):
        slow.result()


def test_a_worker_for_whose_answer_nobody_waits_ends() -> None:
    begun = isolated.process.begin()
    other = isolated.process()
    first = begun.result()
    assert first != other
    abandoned = isolated.compute_for.begin(0.1)  # by one of these two
    del abandoned
    assert isolated.process() in (first, other)
    wait_for(lambda: [_runs(first), _runs(other)].count(True) == 1)


def test_the_calls_of_one_file_share_their_time() -> None:
    with one_file():
        isolated.compute_for(0.2)
        with pytest.raises(TooCostlyError, match=r"more than 0\.3 seconds of computing, with what is before it"):
            isolated.compute_for(0.2)
        with pytest.raises(TooCostlyError):
            isolated.compute_for(0)
        isolated.echo("another function")
    isolated.compute_for(0.2)


def test_a_file_within_a_file_shares_the_time_of_the_whole() -> None:
    with one_file():
        with one_file():
            isolated.compute_for(0.2)
        with one_file(), pytest.raises(TooCostlyError, match="with what is before it in the file"):
            isolated.compute_for(0.2)


def test_different_functions_share_the_time_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated.compute_long, "_bounds", {isolated.compute_long: 1.5, calls.TOGETHER: 0.4})
    with one_file():
        isolated.compute_for(0.2)
        isolated.compute_apart(0.3)
        with pytest.raises(TooCostlyError, match=r"more than 0\.4 seconds of computing, with what is before it"):
            isolated.compute_long(0.3)
        isolated.compute_apart(0.1)


def test_dates_paths_and_problems_arrive_as_they_are() -> None:
    assert isolated.tell("a/b.md", raising=False) == (dt.date(2026, 11, 30), Path("a/b.md"))
    with pytest.raises(ContentError, match=r"^a/b\.md:3: what is wrong; how to fix it$") as raised:
        isolated.tell("a/b.md", raising=True)
    assert [problem.line for problem in raised.value.problems] == [3]


def test_errors_of_ours_arrive_as_they_are_and_others_with_their_trace() -> None:
    with pytest.raises(ConfigurationError, match="a package is missing"):
        isolated.fail(with_ours=True)
    with pytest.raises(CallFailedError, match="LookupError: a bug"):
        isolated.fail(with_ours=False)


def test_texts_that_fail_together_are_nothing_ahead_however_often_they_are_asked_for() -> None:
    ahead = Ahead([Unconverted(cast("str", 5))])  # a bug
    assert (ahead.made, ahead.made) == ({}, {})


def test_a_worker_may_answer_only_with_plain_values_and_ours() -> None:
    with pytest.raises(pickle.UnpicklingError, match=r"may not answer with posix\.system"):
        isolated.answer_with_a_function()


def test_a_worker_may_answer_with_dataclasses_and_enums_of_ours() -> None:
    assert isolated.warn() == Oddity(1, "wrong", "fix it")


def test_only_functions_that_are_isolated_are_called() -> None:
    stranger = isolation.Isolated(isolated.plain, 1, 1, 2**30)
    with pytest.raises(CallFailedError, match=r"tests\.isolated\.plain is not isolated"):
        stranger()


def test_a_worker_has_no_secret_no_file_of_ours_and_writes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation.end_workers()
    monkeypatch.setenv("PRESSROOM_SECRET_KEY", "secret")
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)  # as the standard library has it
        names, descriptors = isolated.surroundings()
    assert not [name for name in names if name.startswith("PRESSROOM")]
    assert not [one for one in descriptors if str(tmp_path) in one]
    assert sum(one.startswith("socket:") for one in descriptors) == 1
    with pytest.raises(CallFailedError, match="File too large"):
        isolated.write(str(tmp_path / "written"))


def test_a_call_is_given_up_for_waiting_and_never_because_the_machine_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_DEADLINE", 0.1)
    isolation.end_workers()
    isolated.compute_apart(0.5)  # in a worker that takes as long to begin
    assert isolated.echo("a" * 3_000_000) == "a" * 3_000_000
    stopped = isolated.process()
    os.kill(stopped, signal.SIGSTOP)
    with pytest.raises(TooCostlyError, match=r"is not done within 0\.1 seconds"):
        isolated.process()
    wait_for(lambda: not _runs(stopped))
    isolation.end_workers()


def test_many_threads_get_their_own_answers() -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [str(number) for number in range(400)]
        assert list(pool.map(isolated.echo, asked)) == asked


def test_a_worker_that_somebody_ended_is_replaced() -> None:
    first = isolated.process()
    os.kill(first, signal.SIGKILL)
    assert isolated.process() != first


def test_a_worker_leaves_the_signals_that_end_us_to_us() -> None:
    first = isolated.process()
    os.kill(first, signal.SIGTERM)
    os.kill(first, signal.SIGINT)
    assert isolated.process() == first


def test_a_worker_that_nobody_calls_for_a_while_ends_and_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    isolation.end_workers()
    monkeypatch.setattr(processes, "IDLE", 0.05)
    first = isolated.process()
    wait_for(lambda: not _runs(first))
    assert isolated.process() != first
    isolation.end_workers()


def test_a_forked_process_has_a_worker_of_its_own() -> None:
    ours = isolated.process()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, str(isolated.process()).encode())
        isolation.end_workers()
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 20).decode() != str(ours)
    os.close(reading)
    os.close(writing)
    assert isolated.process() == ours


CALLER = "from tests import isolated; print(isolated.process(), flush=True); isolated.{call}; input()"


@pytest.mark.parametrize("call", ["echo('idle')", "compute()"])
def test_no_worker_outlives_a_process_that_was_killed(call: str) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER.format(call=call)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert caller.stdout
    worker = int(caller.stdout.readline())
    caller.kill()
    caller.communicate()
    wait_for(lambda: not _runs(worker), 20)


def _runs(number: int) -> bool:
    """Say whether a process runs; one whose end nobody has asked for yet does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
