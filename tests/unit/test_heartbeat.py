"""Signs of life: to systemd and to a monitor, only while all is well, and never at the cost of anything."""

from __future__ import annotations

import http.server
import os
import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.heartbeat import Heartbeat, notify, watchdog_seconds


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """A socket that systemd listens on, and the environment that it gives to the service."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10.0)
        yield listening, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "20000"}


def test_systemd_is_told_ready_alive_and_stopping(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    listening, environment = systemd
    heart = Heartbeat(environment)
    heart.start()
    assert [listening.recv(100) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    heart.stop()
    told = listening.recv(100)
    while told == b"WATCHDOG=1":
        told = listening.recv(100)
    assert told == b"STOPPING=1"


def test_a_service_whose_tick_failed_gives_no_sign(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    listening, environment = systemd
    heart = Heartbeat(environment)
    heart.well = False
    heart.start()
    heart.stop()
    assert [listening.recv(100) for _ in range(2)] == [b"READY=1", b"STOPPING=1"]


def test_the_watchdog_of_another_process_is_not_ours() -> None:
    mine = {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}
    assert watchdog_seconds(mine) == 1.0
    for other in ({**mine, "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}):
        assert watchdog_seconds(other) == float("inf")


def test_nobody_who_listens_is_no_harm_and_only_a_lost_listener_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notify("READY=1", {})
    assert caplog.messages == []
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "gone")})
    assert caplog.messages == ["systemd cannot be told READY=1 (No such file or directory)"]


@pytest.mark.parametrize("status", [200, 500])
def test_a_monitor_is_pinged_whatever_it_answers(status: int) -> None:
    asked: queue.Queue[str] = queue.Queue()

    class Monitor(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.put(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Monitor) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        heart = Heartbeat({}, seconds=0.01)
        heart.url = f"http://127.0.0.1:{server.server_port}/ping/abc"
        heart.start()
        assert [asked.get(timeout=10.0) for _ in range(2)] == ["/ping/abc", "/ping/abc"]
        heart.stop()
        server.shutdown()
