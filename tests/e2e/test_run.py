"""`pressroom run` as a service manager sees it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.scaffold import scaffold
from tests.e2e.command import pressroom_afresh

ROOT = Path(__file__).resolve().parents[2]
PRESSROOM = [sys.executable, "-c", "from publisher.cli import main; main()"]


HEALTH = re.findall(r"CMD (\[.*/readyz.*\])", (ROOT / "deploy" / "Containerfile").read_text("utf-8"))


def test_a_service_is_healthy_and_when_it_is_told_to_stop_shuts_down_in_order_and_says_that_all_is_well(
    tmp_path: Path,
) -> None:
    scaffold(tmp_path / "news")
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [
        *PRESSROOM,
        "--publication",
        str(tmp_path / "news"),
        "run",
        "--port",
        "0",
        "--transport",
        f"file:{tmp_path}/out",
    ]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        log = ""
        while "startup complete" not in log:
            log += service.stderr.readline() or pytest.fail(log)
        (port,) = re.findall(r"readers: http://127\.0\.0\.1:(\d+)/", log)
        (health,) = HEALTH
        asked = [sys.executable, *json.loads(health.replace(":8025", f":{port}"))[1:]]
        assert subprocess.run(asked, check=False, timeout=60).returncode == 0, "the image's own health check"
        service.send_signal(signal.SIGTERM)
        log += service.stderr.read()
        assert service.wait(timeout=20) == 0, log
    assert "Traceback" not in log
    assert "alembic" not in log, "a new database is nothing that a log needs eight lines for"


def test_a_port_that_is_taken_is_said_before_anything_is_started(tmp_path: Path) -> None:
    scaffold(tmp_path / "news")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = pressroom_afresh("run", "--port", port, "--transport", "file:out", cwd=tmp_path / "news")
    said = f"pressroom: cannot listen on 127.0.0.1, port {port} (Address already in use); choose another with --port"
    assert (ran.code, ran.out) == (3, "")
    assert ran.talk.startswith(said)
    assert len(ran.talk.splitlines()) == 1
