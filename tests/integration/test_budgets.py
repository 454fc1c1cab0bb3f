"""Sign-up budgets that several processes share, in a real Redis, and what happens when it goes away."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.errors import ConfigurationError
from publisher.web.budgets import Budgets, Limits
from tests.free_ports import free_port

TWO = Limits(client="2 per hour", address="2 per hour", domain="2 per hour", everyone="100 per hour")


@dataclass
class Redis:
    """A server of this test's own."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    port = free_port()
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    made = Redis(f"redis://127.0.0.1:{port}/0", process)
    yield made
    made.stop()


def test_two_processes_share_one_budget(redis: Redis) -> None:
    here = Budgets(TWO, redis.url)
    assert here.spend_visit("192.0.2.1") == 0
    other = (
        "from publisher.web.budgets import Budgets; from tests.integration.test_budgets import TWO; "
        f"print(Budgets(TWO, {redis.url!r}).spend_visit('192.0.2.1'))"
    )
    assert subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=True).stdout == "0\n"
    assert here.spend_visit("192.0.2.1") > 0
    assert here.spend_visit("192.0.2.2") == 0


def test_nobody_who_looks_into_redis_finds_an_address(redis: Redis) -> None:
    from redis import Redis as Client

    Budgets(TWO, redis.url).spend_address("ada@example.com")
    with Client.from_url(redis.url) as client:
        keys = b" ".join(client.keys())
    assert keys
    assert b"ada" not in keys


def test_when_redis_goes_away_each_process_counts_for_itself(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    budgets = Budgets(TWO, redis.url)
    assert budgets.spend_domain("example.com") == 0
    redis.stop()
    with caplog.at_level(logging.WARNING):
        waits = [budgets.spend_domain("example.com") for _ in range(3)]
    assert [wait > 0 for wait in waits] == [False, False, True]
    assert "Redis does not answer" in caplog.text


def test_a_redis_without_its_package_is_said_when_the_door_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'pressroom\[redis\]'"):
        Budgets(TWO, "redis://127.0.0.1:1/0")
