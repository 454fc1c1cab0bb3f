"""The wheel is whole: what pip would install runs the demo without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_carries_templates_example_and_migrations_and_runs_the_demo(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from publisher.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-P", "-c", code, str(installed), *words], cwd=tmp_path, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": ""}, check=False, timeout=60,
        )  # fmt: skip

    demo = run("demo", "--dir", "demo", "--json")
    assert demo.returncode == 0, demo.stderr
    told = json.loads(demo.stdout[demo.stdout.index("{") :])
    assert told["messages"] == 25
    assert len(list((tmp_path / "demo" / "outbox").glob("*.eml"))) == 25
    assert run("init", "mine").returncode == 0
    checked = run("--publication", "mine", "check")
    assert (checked.returncode, checked.stdout) == (0, "")
    assert run("init", "meine", "--language", "de").returncode == 0
    assert run("--publication", "meine", "embed").stdout.count("Deine E-Mail-Adresse") == 1
