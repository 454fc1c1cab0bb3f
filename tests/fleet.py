"""A publication in git: a bare remote in a folder, and the service that follows it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from publisher import pipeline
from publisher.errors import Severity
from publisher.git_round import GitRound
from publisher.issue import IsoWeek
from publisher.scaffold import scaffold
from tests.office import parsed, text_of
from tests.publication import FakeClock, MemoryApp, write_starters
from tests.repositories import ENVIRONMENT, Clone, git


class Fleet:
    """A publication's remote, and the service that follows it; mail goes into a folder."""

    def __init__(self, folder: Path, make: Callable[[Path], object] | None = None) -> None:
        self.folder, self.remote, self.service = folder, folder / "remote.git", folder / "service"
        (make or new_publication)(self.service)
        toml = self.service / "content/publication.toml"
        toml.write_text(toml.read_text("utf-8") + "\n[git]\n", "utf-8")
        git(self.service, "init", "--quiet", "--initial-branch", "main")
        git(self.service, "add", "--all")
        git(self.service, "commit", "--quiet", "--message", "Begin")
        git(folder, "clone", "--quiet", "--bare", str(self.service), str(self.remote))
        git(self.service, "remote", "add", "origin", str(self.remote))
        self.clock = FakeClock()
        self.mails = folder / "mails"
        self._read: set[Path] = set()
        self._checked: dict[str, list[str]] = {}
        self.start()

    def start(self) -> None:
        """Let a new process begin."""
        self.app = self.new_app()
        self.round = GitRound(self.app, threading.Event(), patience=60)

    def new_app(self) -> MemoryApp:
        variables = {**ENVIRONMENT, "PRESSROOM_SECRET_KEY": "a secret for tests and for nothing else"}
        return MemoryApp(self.service, self.clock, variables, transport=f"file:{self.mails}")

    def editor(self, name: str) -> Clone:
        return Clone(self.folder / name, self.remote)

    def tick(self, work: Callable[[], object] = lambda: None) -> list[str]:
        """Let the service take what came, do its work, and push what it wrote."""
        self.clock.advance(30)
        done = self.round.before()
        work()
        return done + self.round.after()

    def assemble(self, week: str = "2026-W49") -> int:
        return pipeline.assemble(self.app.act(), IsoWeek.parse(week)).number

    def read(self, path: str) -> str:
        return (self.service / path).read_text("utf-8")

    def errors(self) -> list[str]:
        """Return the errors of the service's content as it is."""
        act = self.app.act()
        if act.content.hash not in self._checked:
            found = [str(one) for one in pipeline.check(act) if one.severity is Severity.ERROR]
            self._checked[act.content.hash] = found
        return self._checked[act.content.hash]

    def told(self) -> list[str]:
        """Return what the editors were told since the last call, without line breaks."""
        fresh = set(self.mails.glob("*.eml")) - self._read
        self._read |= fresh
        mails = [parsed(path.read_bytes()) for path in fresh]
        return [" ".join(f"{mail['Subject']} {text_of(mail)}".split()) for mail in mails]

    def has(self, words: str) -> bool:
        """Whether some commit that a ref of the remote leads to has a line with these words."""
        return bool(git(self.remote, "log", "--all", "-m", "--format=%H", f"-S{words}"))


def new_publication(folder: Path) -> None:
    scaffold(folder)
    write_starters(folder)
