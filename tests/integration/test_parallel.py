"""Copies of a process make what one process would have made, whatever becomes of them. Each test begins a process of its own:
one with a single thread, as a command has.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from publisher.adapters.parallel import processes_for
from publisher.adapters.site import RECORD
from tests.house import wait_for
from tests.publication import example

ROOT = Path(__file__).parents[2]
_BEGINNING = """
import json, os, signal, sys, threading, time
from pathlib import Path
from publisher.adapters.parallel import processes_for, made_in_parallel

def apart(number):
    return number >= 10

"""


def run(program: str, *arguments: str) -> object:
    """Return what a program prints, as JSON."""
    made = subprocess.run(
        [sys.executable, "-c", _BEGINNING + textwrap.dedent(program), *arguments],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(made.stdout)


def test_several_processes_make_everything_in_order_and_this_one_what_is_not_apart() -> None:
    made = run("""
        def make(number):
            time.sleep(0.002)
            return number, os.getpid()

        print(json.dumps([os.getpid(), made_in_parallel(range(1000), make, 3, apart)]))
    """)
    assert isinstance(made, list)
    here, things = made
    assert [number for number, _ in things] == list(range(1000))
    assert {process for _, process in things[:10]} == {here}
    assert len({process for _, process in things}) == 3


@pytest.mark.parametrize("wrong", [[700, 600, 20], [999], [5, 999]])
def test_the_first_that_cannot_be_made_is_the_one_to_blame(wrong: list[int]) -> None:
    made = run(
        """
        wrong = json.loads(sys.argv[1])

        def make(number):
            if number in wrong:
                raise LookupError(number)
            return number

        try:
            made_in_parallel(range(1000), make, 2, apart)
        except LookupError as error:
            print(json.dumps(error.args[0]))
        """,
        json.dumps(wrong),
    )
    assert made == min(wrong)


def test_what_a_copy_does_not_finish_is_made_here() -> None:
    made = run("""
        here = os.getpid()

        def make(number):
            if os.getpid() != here and number > 500:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(0.001)
            return number

        print(json.dumps(made_in_parallel(range(1000), make, 2, apart)))
    """)
    assert made == list(range(1000))


def test_a_copy_ends_with_the_process_that_began_it(tmp_path: Path) -> None:
    program = """
        def make(number):
            Path(sys.argv[1], str(os.getpid())).touch()
            time.sleep(0.02)

        made_in_parallel(range(5000), make, 2, apart)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGINNING + textwrap.dedent(program), str(tmp_path)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    (copy,) = {int(file.name) for file in tmp_path.iterdir()} - {process.pid}
    process.kill()
    process.wait()
    wait_for(lambda: _has_ended(copy))


def test_no_copy_is_left_when_a_command_is_interrupted() -> None:
    left = run("""
        def make(number):
            if number == 20:
                os.kill(os.getppid() if os.getpid() != here else here, signal.SIGINT)
            time.sleep(0.001)

        here = os.getpid()
        try:
            made_in_parallel(range(1000), make, 2, apart)
        except KeyboardInterrupt:
            pass
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print(json.dumps("none"))
    """)
    assert left == "none"


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_interruption_ends_copies_that_have_much_to_say(where: str) -> None:
    """A pipe holds 64 KB: a copy that nobody hears any more must not wait for somebody who does."""
    left = run(
        """
        def make(number):
            if os.getpid() == here and number == 5 and sys.argv[1] == "here":
                time.sleep(1)  # by now the copies have made all of theirs, and speak
                raise KeyboardInterrupt
            if os.getpid() != here and number > 500 and sys.argv[1] == "there":
                raise KeyboardInterrupt
            time.sleep(0.001)
            return "x" * 10_000

        here = os.getpid()
        try:
            made = made_in_parallel(range(1000), make, 3, apart)
        except KeyboardInterrupt:
            made = []
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print(json.dumps(sum(map(len, made))))
        """,
        where,
    )
    assert left == (0 if where == "here" else 10_000_000)


def test_without_a_process_more_this_one_makes_all() -> None:
    made = run("""
        def fork():
            raise BlockingIOError("no more processes")

        os.fork = fork
        print(json.dumps(made_in_parallel(range(100), lambda number: number, 3, apart)))
    """)
    assert made == list(range(100))


def test_copies_are_heard_where_the_system_buries_them() -> None:
    made = run("""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)

        def make(number):
            time.sleep(0.001)
            return number

        print(json.dumps(made_in_parallel(range(200), make, 2, apart)))
    """)
    assert made == list(range(200))


def test_the_workers_of_a_copy_end_with_it() -> None:
    made = run("""
        from tests import isolated

        def make(number):
            return os.getpid(), isolated.process()

        print(json.dumps([os.getpid(), made_in_parallel(range(100), make, 2, apart)]))
    """)
    assert isinstance(made, list)
    here, workers = made[0], {worker for process, worker in made[1] if process != made[0]}
    assert here not in workers
    assert len(workers) == 1
    assert all(_has_ended(worker) for worker in workers)


def test_a_process_with_threads_is_not_copied_nor_is_one_for_few_things() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        assert processes_for(1000) == 1
    finally:
        stop.set()
        thread.join()
    assert run("print(json.dumps([processes_for(1000), processes_for(3)]))") == [
        min(len(os.sched_getaffinity(0)), 4),
        1,
    ]


def test_copies_keep_their_answers_too(tmp_path: Path) -> None:
    program = """
        from publisher.adapters.answer_cache import AnswerCache
        from publisher.isolation import keep_answers
        from tests import isolated

        cache = AnswerCache(Path(sys.argv[1]))
        keep_answers(cache)
        isolated.kept("before")

        def make(number):
            time.sleep(0.01)  # else one process may have made all before the other begins
            return isolated.kept(str(number))[0], os.getpid()

        made = made_in_parallel(range(100), make, 2, apart)
        assert len({process for _, process in made}) == 2
        print(json.dumps([number for number, _ in made] + [isolated.kept("before")[0]]))
        cache.close()
    """
    first = run(program, str(tmp_path / "answers.db"))
    assert run(program, str(tmp_path / "answers.db")) == first


def test_a_site_is_the_same_whoever_makes_it(tmp_path: Path) -> None:
    folders = [tmp_path / "copies", tmp_path / "threads"]
    for folder in folders:
        folder.mkdir()
        issues = example(folder) / "content" / "issues"
        text = (issues / "0001.md").read_text("utf-8")
        for number in range(100, 180):
            (issues / f"{number:04d}.md").write_text(text.replace("number: 1\n", f"number: {number}\n", 1), "utf-8")
    program = """
        import publisher.adapters.site as site
        from publisher.app import App
        from publisher import pipeline

        processes = []
        made_in_parallel = site.made_in_parallel
        site.made_in_parallel = lambda *args: processes.append(args[2]) or made_in_parallel(*args)
        site.processes_for = lambda things: int(sys.argv[2]) if things >= 40 else 1
        with App(Path(sys.argv[1]), variables={}) as app:
            made = pipeline.publish(app.act())
            print(json.dumps([made, processes]))
    """
    made = [run(program, str(folder), str(processes)) for folder, processes in zip(folders, (3, 1), strict=True)]
    assert [processes for _, processes in made] == [[3], []]  # type: ignore[misc]
    first, second = (
        {
            path.relative_to(site): path.read_bytes()
            for path in site.rglob("*")
            if path.is_file() and path.name != RECORD
        }
        for site in (folder / "var" / "site" for folder in folders)
    )
    assert len(first) > 80
    assert first == second


def _has_ended(process: int) -> bool:
    try:
        os.kill(process, signal.SIG_DFL)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
