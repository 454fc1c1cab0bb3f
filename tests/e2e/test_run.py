"""`pressroom run` as a service manager sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from publisher.scaffold import scaffold

ROOT = Path(__file__).resolve().parents[2]
PRESSROOM = [sys.executable, "-c", "from publisher.cli import main; main()"]


def test_a_service_that_is_told_to_stop_shuts_down_in_order_and_says_that_all_is_well(tmp_path: Path) -> None:
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
        log = next(line for line in service.stderr if "Uvicorn running" in line)
        service.send_signal(signal.SIGTERM)
        log += service.stderr.read()
        assert service.wait(timeout=20) == 0, log
    assert "Traceback" not in log
