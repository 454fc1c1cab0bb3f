"""What is left after a sender dies, is stopped, or meets another: one message for each reader, or a row in doubt."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from publisher.adapters.clock import SystemClock
from publisher.adapters.database import process
from publisher.adapters.database.tables import delivery, sender_process
from publisher.issue import DeliveryState
from publisher.ports import Ledger
from tests.long import LONG
from tests.mailroom import (
    NOON,
    OTHER_KINDS,
    ROOT,
    Oracle,
    add_other_mail,
    database,
    http_oracle,
    oracle,
    started,
    states,
    suppress,
)

pytestmark = pytest.mark.both_databases

CONNECTIONS = 4


def sender(url: str, server: Oracle, *lease: str, connections: int = CONNECTIONS) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "tests" / "sender.py"), url, server.url, str(connections), *lease]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors


def wait_for(server: Oracle, kind: str, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(server.events(kind)) < count:
        assert time.monotonic() < deadline, f"no {count} {kind} events"
        time.sleep(0.005)


def kill_at_random(url: str, server: Oracle, kills: int, seed: int, halts: int = 0) -> None:
    """Kill a sender some while after its first message, again and again; then let one end its work.

    Whoever makes much trouble may seem to refuse everything: the send may halt so many times, and goes on.
    """
    chance = random.Random(seed)
    for _ in range(kills):
        before = len(server.events("accepted"))
        process = sender(url, server)
        assert process.stdout is not None
        process.stdout.readline()
        wait_for_progress(server, process, before)
        time.sleep(chance.uniform(0, 0.15))
        process.kill()
        process.communicate()
    for _ in range(halts):
        process = sender(url, server)
        _, errors = process.communicate(timeout=60)
        if process.returncode == 0:
            return
        assert re.search(r"errors\.Mail(Refused|Unanswered): ", errors), errors
    finish(sender(url, server))


def wait_for_progress(server: Oracle, process: subprocess.Popen[str], before: int) -> None:
    while len(server.events("accepted")) == before and process.poll() is None:
        time.sleep(0.002)


def assert_promises_kept(ledger: Ledger, server: Oracle, readers: int, most_in_doubt: int) -> None:
    """Check I2 to I5 and I13 against what the server durably accepted."""
    sums = ledger.deliveries.sums(7, NOON)
    assert (sums.audience, sums.open) == (readers, 0)
    ended = states(ledger)
    accepted = server.accepted()
    assert [address for address in ended if accepted[address] > 1] == []
    for address, state in ended.items():
        assert accepted[address] == 1 or (state == "in_doubt" and accepted[address] == 0), (address, state)
    assert set(ended.values()) <= {"sent", "in_doubt"}
    doubts = Counter(reply[:60] for _, _, reply in ledger.records.of(7, DeliveryState.IN_DOUBT))
    assert sums[DeliveryState.IN_DOUBT] <= most_in_doubt, doubts
    assert len({event["id"] for event in server.events("seen")}) == len({e["to"] for e in server.events("seen")})


def assert_no_mail_lost(url: str, server: Oracle, count: int) -> None:
    """Check that all other mail is out, too: none is lost, and what may not repeat is not repeated."""
    accepted = server.accepted()
    with database(url).connect() as connection:
        doubtful = set(connection.exec_driver_sql("SELECT id FROM email WHERE state = 'in_doubt'").scalars())
        unfinished = set(connection.exec_driver_sql("SELECT state FROM email WHERE due IS NOT NULL").scalars())
    assert unfinished == set()
    for kind in OTHER_KINDS:
        copies = [accepted[f"{kind}{number}@example.com"] for number in range(count)]
        assert kind != "step" or max(copies) == 1
        assert copies.count(0) <= (len(doubtful) if kind == "step" else 0), kind


def stop_outside_a_transaction(process: subprocess.Popen[str], url: str) -> None:
    """Stop a process where it holds no lock: on SQLite nobody could write while it sleeps, and nothing fixes that."""
    for _ in range(50):
        process.send_signal(signal.SIGSTOP)
        if not url.startswith("sqlite"):
            return
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0.05, isolation_level=None)) as probe:
            try:
                probe.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                time.sleep(0.003)
    raise AssertionError("the process always holds the lock")


def test_kill_9_at_random_moments_repeats_nobody_and_loses_nobody(tmp_path: Path, database_url: str) -> None:
    readers = 400
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    add_other_mail(database(database_url), 60, SystemClock().now())
    with oracle(tmp_path, "--delay", "0.004") as server:
        kill_at_random(database_url, server, kills=3, seed=os.getpid())
        assert_promises_kept(ledger, server, readers, most_in_doubt=3 * CONNECTIONS)
        assert_no_mail_lost(database_url, server, count=60)


@pytest.mark.parametrize("provider", ["postmark", "resend", "ses"] if LONG else ["postmark"])
def test_an_api_that_makes_trouble_while_its_senders_die_gets_nobodys_message_twice(
    tmp_path: Path, database_url: str, provider: str
) -> None:
    readers = 150
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    with http_oracle(tmp_path, provider, "--delay", "0.004", "--trouble", "0.1", "--seed", str(os.getpid())) as server:
        kill_at_random(database_url, server, kills=2, seed=os.getpid(), halts=5)
        unclear = len({event["to"] for event in server.events("unclear")})
        assert_promises_kept(ledger, server, readers, most_in_doubt=2 * CONNECTIONS + unclear)


def test_a_mark_that_the_server_still_commits_for_a_dead_sender_is_found(database_url: str) -> None:
    ledger, _ = started(database_url, ["reader@example.com"])
    dead = ledger.senders.register(NOON)
    (claimed,) = ledger.deliveries.claim(7, dead, 1, NOON)
    engine = database(database_url)
    with engine.begin() as connection:
        connection.execute(sender_process.update().values(pid=0))
    taking_over = threading.Thread(target=ledger.senders.recover, args=(NOON,))
    with engine.connect() as connection:
        connection.execute(delivery.update().where(delivery.c.id == claimed.id).values(state="at_dot"))
        taking_over.start()
        taking_over.join(0.5)
        assert taking_over.is_alive()  # it waits for what the server has not committed yet
        connection.commit()
    taking_over.join(30)
    assert states(ledger) == {"reader@example.com": "in_doubt"}


def test_two_senders_at_once_share_the_work(tmp_path: Path, database_url: str) -> None:
    readers = 200
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    with oracle(tmp_path, "--delay", "0.005") as server:
        both = [sender(database_url, server), sender(database_url, server)]
        for process in both:
            finish(process)
        assert_promises_kept(ledger, server, readers, most_in_doubt=0)


def test_a_sender_that_was_stopped_past_its_lease_changes_nothing_when_it_wakes(
    tmp_path: Path, database_url: str
) -> None:
    readers = 120
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    with oracle(tmp_path, "--delay", "0.02") as server:
        sleeper = sender(database_url, server, "1")
        wait_for(server, "accepted", 10)
        stop_outside_a_transaction(sleeper, database_url)
        time.sleep(1.2)
        finish(sender(database_url, server, "1"))
        assert ledger.deliveries.sums(7, NOON).open == 0
        sleeper.send_signal(signal.SIGCONT)
        finish(sleeper)
        assert_promises_kept(ledger, server, readers, most_in_doubt=CONNECTIONS)


def test_ctrl_c_ends_the_messages_in_hand_and_gives_back_the_rest(tmp_path: Path, database_url: str) -> None:
    readers = 200
    ledger, _ = started(database_url, [f"reader{number}@example.com" for number in range(readers)])
    with oracle(tmp_path, "--delay", "0.02") as server:
        process = sender(database_url, server)
        wait_for(server, "accepted", 10)
        process.send_signal(signal.SIGINT)
        finish(process)
        counts = Counter(states(ledger).values())
        assert set(counts) == {"sent", "queued"}
        assert counts["sent"] == server.accepted().total()
        finish(sender(database_url, server))
        assert_promises_kept(ledger, server, readers, most_in_doubt=0)


def test_no_message_begins_after_its_reader_left(tmp_path: Path, database_url: str) -> None:
    readers = 60
    ledger, _ = started(database_url, [f"reader{number:02}@example.com" for number in range(readers)])
    engine = database(database_url)
    with oracle(tmp_path, "--delay", "0.03") as server:
        process = sender(database_url, server, connections=2)
        wait_for(server, "accepted", 3)
        left = {}
        for number in reversed(range(40, readers)):
            suppress(engine, f"reader{number}@example.com")
            left[f"reader{number}@example.com"] = time.time()
        finish(process)
        began = {event["to"]: event["at"] for event in server.events("data")}
    ended = states(ledger)
    assert all(began.get(address, 0.0) < at for address, at in left.items())
    assert sum(ended[address] == "suppressed" for address in left) >= 15
    assert ledger.deliveries.sums(7, NOON).open == 0


@pytest.mark.parametrize("held", [DeliveryState.CLAIMED, DeliveryState.AT_DOT])
def test_a_dead_process_of_this_machine_is_known_at_once(database_url: str, held: DeliveryState) -> None:
    ledger, _ = started(database_url, ["reader@example.com"])
    code = (
        "import sys, datetime as dt; from publisher.adapters.database import *\n"
        "from subscribers.database import open_engine\n"
        "ledger = database_ledger(open_engine(sys.argv[1])); now = dt.datetime.fromisoformat(sys.argv[2])\n"
        "me = ledger.senders.register(now); rows = ledger.deliveries.claim(7, me, 10, now)\n"
        "if sys.argv[3] == 'at_dot': ledger.deliveries.commit(me, (), [rows[0].id], now)\n"
    )
    subprocess.run([sys.executable, "-c", code, database_url, NOON.isoformat(), held], check=True, cwd=ROOT)
    assert set(states(ledger).values()) == {held.value}
    assert ledger.senders.recover(NOON) == 1
    assert set(states(ledger).values()) == {"queued" if held is DeliveryState.CLAIMED else "in_doubt"}


def test_a_process_that_proc_hides_is_gone_only_when_nobody_has_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden(pid: int) -> str:
        raise PermissionError(pid)  # as /proc mounted with hidepid answers about another user's process

    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    host = process.this_process().host
    monkeypatch.setattr(process, "_born", hidden)
    assert not process.Process(host, os.getpid(), "1").gone()
    assert process.Process(host, ended.pid, "1").gone()
