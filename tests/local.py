"""A preview of the example publication with issue 11, for tests: the pages without a network, or a server in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.testclient import TestClient

from publisher.app import App
from publisher.local.changes import Changes
from publisher.local.guard import LocalGuard
from publisher.local.preview_app import preview_app
from publisher.local.previewer import Previewer
from publisher.local.serving import LocalServer
from tests.desk import ISSUE
from tests.publication import FakeClock, example

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@dataclass
class Preview:
    """A publication's folder and what looks at it."""

    folder: Path
    previewer: Previewer
    web: TestClient

    @property
    def issue(self) -> Path:
        return self.folder / "content/issues/0011.md"

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        self.previewer.read()


def with_issue(folder: Path) -> Path:
    """Copy the example into a folder, with an issue 11 that has a diagram, and return the folder."""
    example(folder)
    (folder / "content/issues/0011.md").write_text(ISSUE, encoding="utf-8")
    return folder


def leave_only_the_issue(folder: Path) -> None:
    """Remove what would only take the check of all files its time."""
    for path in folder.glob("content/*/*.md"):
        if path.name not in ("0011.md", "about.md"):
            path.unlink()


@contextmanager
def open_preview(tmp_path: Path) -> Iterator[Preview]:
    folder = with_issue(tmp_path / "news")
    with App(folder, clock=FakeClock(), variables={}) as app:
        previewer = Previewer(app)
        asgi = LocalGuard(preview_app(previewer, Changes(), lambda: True), "127.0.0.1")
        yield Preview(folder, previewer, TestClient(asgi, base_url="http://127.0.0.1:8931"))


@contextmanager
def serving(server: LocalServer) -> Iterator[str]:
    """Run a server in a thread, and yield its address."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server.address
    finally:
        server.end()
        thread.join()
