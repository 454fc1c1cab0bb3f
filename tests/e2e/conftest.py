"""What the end-to-end tests share: one demo for all workers, and one prepared publication to copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest

from publisher import pipeline
from publisher.app import App
from publisher.scaffold import scaffold
from subscribers import Wording
from tests.e2e.command import pressroom_afresh
from tests.publication import write_starters


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of `pressroom demo`, run once, however many workers ask for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "said").exists():
            ran = pressroom_afresh("demo", "--dir", folder / "run", cwd=folder)
            assert ran.code == 0, ran.talk
            (folder / "said").write_text(ran.talk + ran.out, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "news"
    scaffold(folder)
    write_starters(folder)
    with App(folder, variables={}) as app:
        app.subscribers.editors.add(
            "ada@example.com", "Ada", source="test", wording=Wording("asked"), now=app.clock.now()
        )
        app.subscribers.editors.add(
            "zoe@example.com", "Zoë", source="test", wording=Wording("asked"), now=app.clock.now()
        )
        pipeline.assemble(app.act())
    return folder


@pytest.fixture
def news(_prepared: Path, tmp_path: Path) -> Path:
    """A fresh publication of this test's own: two readers, issue 1 assembled and in time to be sent."""
    return Path(shutil.copytree(_prepared, tmp_path / "news"))
