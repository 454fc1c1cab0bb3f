"""Workers on PostgreSQL share one issue: nothing twice, nothing lost, whoever comes, goes, dies or is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from publisher.adapters.clock import SystemClock
from publisher.adapters.database.tables import sender_process
from tests.conftest import empty_database
from tests.faketime import false_clock
from tests.mailroom import ROOT, oracle, states
from tests.workers import Workshop, ended, until

DELAY = 0.02
"""Seconds that the server takes for each message."""


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    with (
        empty_database("postgresql", request, tmp_path) as url,
        oracle(tmp_path, "--delay", str(DELAY)) as server,
    ):
        opened = Workshop(tmp_path, url, server)
        yield opened
        opened.close()
        opened.engine.dispose()


def readers(count: int) -> list[str]:
    return [f"reader{number}@example.com" for number in range(count)]


def everybody_once(shop: Workshop, addresses: list[str], in_doubt: int = 0) -> None:
    """Check that every row is final, and that the server accepted each reader's message once, but for rows in doubt."""
    found, accepted = states(shop.ledger), shop.server.accepted()
    assert sorted(found) == sorted(addresses)
    assert set(found.values()) <= {"sent", "in_doubt"}
    assert list(found.values()).count("in_doubt") <= in_doubt
    assert all(accepted[one] == 1 or (found[one] == "in_doubt" and accepted[one] == 0) for one in addresses)


def test_workers_share_an_issue_while_some_come_some_go_and_one_is_killed(shop: Workshop) -> None:
    everybody = readers(300)
    shop.begin(everybody)
    first, second = shop.start(), shop.start()
    until(lambda: shop.server.accepted().total() >= 30)
    third = shop.start()
    first.kill()
    until(lambda: shop.server.accepted().total() >= 150)
    second.send_signal(signal.SIGTERM)
    ended(second)
    until(lambda: [one.finished is not None for one in shop.ledger.records.entries()] == [True])
    everybody_once(shop, everybody, in_doubt=4)
    third.send_signal(signal.SIGTERM)
    ended(third)


def test_a_worker_of_another_machine_that_died_is_taken_over_when_its_lease_has_run_out(shop: Workshop) -> None:
    shop.begin(readers(8))
    dead = shop.ledger.senders.register(SystemClock().now())
    assert len(shop.ledger.deliveries.claim(7, dead, 8, SystemClock().now())) == 8
    with shop.engine.begin() as connection:  # on a machine whose processes nobody sees from here
        connection.execute(sender_process.update().values(host="elsewhere", pid=1, heartbeat=SystemClock().now()))
    ended(shop.start("--once"))
    assert set(states(shop.ledger).values()) == {"claimed"}
    with shop.engine.begin() as connection:  # 60 seconds later
        connection.execute(
            sender_process.update().values(heartbeat=sender_process.c.heartbeat - sa.text("interval '61 s'"))
        )
    ended(shop.start("--once"))
    everybody_once(shop, readers(8))


def test_sigterm_ends_what_is_under_way_and_begins_nothing_more(shop: Workshop) -> None:
    everybody = readers(400)
    shop.begin(everybody)
    worker = shop.start()
    until(lambda: shop.server.accepted().total() >= 20)
    worker.send_signal(signal.SIGTERM)
    begun, asked = len(shop.server.events("data")), time.monotonic()
    ended(worker)
    assert time.monotonic() - asked < 20
    assert (
        len(shop.server.events("data")) <= begun + 4 + 4
    )  # those in hand, and those that the server heard of meanwhile
    counts = Counter(states(shop.ledger).values())
    assert set(counts) == {"sent", "queued"}
    assert counts["sent"] == shop.server.accepted().total() < 400


def test_a_worker_that_is_told_to_stop_ends_in_its_time_though_the_server_never_answers(
    shop: Workshop, tmp_path: Path
) -> None:
    folder = tmp_path / "slow"
    folder.mkdir()
    with oracle(folder, "--delay", "60") as slow:
        shop.begin(readers(3))
        worker = shop.start("--grace", "1", PRESSROOM_SMTP_URL=slow.url)
        until(lambda: len(slow.events("seen")) == 3)
        worker.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        ended(worker)
        assert time.monotonic() - asked < 15
    assert set(states(shop.ledger).values()) == {"in_doubt"}


@pytest.mark.parametrize("how", ["pause", "cancel", "halt", "hold"])
def test_whoever_stops_an_issue_stops_it_in_every_worker(shop: Workshop, how: str) -> None:
    shop.begin(readers(400))
    workers = [shop.start(), shop.start()]
    until(lambda: len(shop.ledger.senders.at_work()) == 2 and shop.server.accepted().total() >= 40)
    now = SystemClock().now()
    if how == "pause":
        assert shop.ledger.decisions.pause(7, "a wrong link", now)
    elif how == "cancel":
        assert shop.ledger.decisions.cancel(7, "the wrong issue", now)
    elif how == "halt":
        from publisher.deliver.transitions import halted

        shop.ledger.deliveries.halt(7, halted(None, "550 5.7.1 blocked", now, went_on=False))
    else:
        assert shop.app.holds.add(7, "blocked", "too much came back", now, holds=True)
    until(lambda: not shop.ledger.senders.at_work(), 20)
    if how == "cancel":  # what they had in hand was given back, and ends now
        assert shop.ledger.decisions.cancel(7, "the wrong issue", now)
    stopped = shop.server.accepted().total()
    time.sleep(3)  # they look for work meanwhile, and find none
    assert shop.server.accepted().total() == stopped < 400
    assert set(states(shop.ledger).values()) == {"sent", "suppressed" if how == "cancel" else "queued"}
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
        ended(worker)
    if how == "pause":
        assert shop.ledger.decisions.resume(7)
        ended(shop.start("--once"))
        everybody_once(shop, readers(400))


def test_the_rate_is_that_of_all_workers_together(shop: Workshop) -> None:
    limited = ("^connections = .*$", "connections = 4\nrate_per_minute = 240")
    shop.begin(readers(400))
    places = [shop.machine(f"limited{number}", limited) for number in range(3)]
    for place in places:
        shop.start(place=place)
    until(lambda: shop.server.accepted().total() >= 20)
    begun, before = time.monotonic(), shop.server.accepted().total()
    time.sleep(10)
    passed, sent = time.monotonic() - begun, shop.server.accepted().total() - before
    assert 0.5 * 4 * passed <= sent <= 4 * passed + 5


def test_a_worker_whose_copies_would_differ_sends_none(shop: Workshop) -> None:
    shop.begin(readers(5))
    for difference in (
        {"place": shop.machine("other", ("^base_url = .*$", 'base_url = "https://elsewhere.example.com"'))},
        {"PRESSROOM_SECRET_KEY": "another secret that makes other links in every mail"},
    ):
        worker = shop.start("--once", **difference)  # type: ignore[arg-type]
        said = "".join(worker.communicate(timeout=60))
        assert (worker.returncode, "would differ" in said) == (1, True), said
    assert set(states(shop.ledger).values()) == {"queued"}
    assert not shop.server.events("data")


def test_a_worker_leaves_an_issue_alone_until_send_has_said_how_its_copies_are_made(shop: Workshop) -> None:
    shop.begin(readers(5))
    shop.ledger.senders.keep_sample_digest(7, "")
    ended(shop.start("--once"))
    assert set(states(shop.ledger).values()) == {"queued"}


@pytest.mark.parametrize("off", [-30, 30])
def test_a_worker_whose_clock_is_off_takes_nobody_for_dead_and_says_so(shop: Workshop, off: int) -> None:
    shop.begin(readers(5))
    worker = shop.start("--once", **false_clock(), FAKETIME=f"{off:+d}s")
    said = "".join(worker.communicate(timeout=60))
    assert (worker.returncode, "s from the database's" in said) == (4, True), said
    assert set(states(shop.ledger).values()) == {"queued"}


def test_status_names_those_who_are_at_work(shop: Workshop) -> None:
    shop.begin(readers(400))
    shop.start()
    until(lambda: shop.server.accepted().total() >= 10)
    command = [
        sys.executable,
        "-m",
        "publisher.cli",
        "--publication",
        str(shop.place),
        "--database",
        shop.url,
        "status",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, env=os.environ)
    assert f"process {shop.processes[0].pid} since " in done.stdout + done.stderr


def test_without_postgresql_it_says_so_in_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "publisher.cli", "--database", f"sqlite:///{tmp_path / 'x.db'}", "worker"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "needs PostgreSQL" in done.stderr
