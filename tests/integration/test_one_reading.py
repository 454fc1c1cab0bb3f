"""One act reads content once: counted, for every verb of the command line that works on content, and for a tick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

import publisher.adapters.files
import publisher.adapters.publication_file
import publisher.cli
import publisher.stages.proof
from publisher import pipeline, scheduler
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from publisher.cli.root import cli as command_line
from publisher.deliver.mime_text import wire_address
from subscribers import Wording
from tests.publication import FakeClock, example, variables


class Counts:
    """How often content was read, how many mails were rendered, and which files were opened how often."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.readings = self.renders = 0
        self._watch(monkeypatch, publisher.adapters.files.Folder, "read", "readings")
        self._watch(monkeypatch, publisher.stages.proof, "render_issue", "renders")
        self.opened: list[str] = []
        for module in (publisher.adapters.files, publisher.adapters.publication_file):
            self._note(monkeypatch, module)

    def _note(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> None:
        original = module.read_inside

        def read_inside(folder: Path, path: Path, *, shown: Path, most: int) -> bytes:
            self.opened.append(path.as_posix())
            return original(folder, path, shown=shown, most=most)

        monkeypatch.setattr(module, "read_inside", read_inside)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, counter: str) -> None:
        original: Callable[..., object] = getattr(owner, name)

        def counted(*args: object, **kwargs: object) -> object:
            setattr(self, counter, getattr(self, counter) + 1)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)

    def take(self) -> tuple[int, int]:
        """Return (readings, renders) since the last call."""
        taken = self.readings, self.renders
        self.readings = self.renders = 0
        self.opened.clear()
        return taken


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "news"
    example(folder)
    with Sink(tmp_path / "mail") as sink:
        for name, value in variables(sink.url).items():
            monkeypatch.setenv(name, value)
        yield folder


def run(folder: Path, *words: str) -> None:
    result = CliRunner().invoke(command_line, ["--publication", str(folder), *words])
    assert result.exit_code == 0, (words, result.output, result.exception)


def test_each_verb_reads_content_once_and_renders_no_mail_twice(news: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with App(news) as app:
        app.subscribers.editors.add("ada@example.com", source="test", wording=Wording("test"), now=app.clock.now())
    counts = Counts(monkeypatch)
    seen = {}
    for words, readings, renders in [
        ("check", 1, 0),
        ("assemble --week 2026-W48", 1, 0),
        ("draft 11", 1, 0),
        ("render 11 --out var/preview", 1, 1),
        ("preflight 11", 1, 1),
        ("approve 11 --by Robin", 1, 1),
        ("status", 1, 1),
        ("send 11 --test robin@notes.example.com", 1, 1),
        ("send 11 --late --dry-run", 1, 1),
        ("send 11 --late", 1, 1),
        ("publish", 1, 0),
        ("status 11", 1, 0),
        ("embed", 1, 0),
    ]:
        counts.take()
        run(news, *words.replace("var/", f"{news}/var/").split())
        assert len(counts.opened) == len(set(counts.opened)) > 20, words
        seen[words] = counts.take()
        assert seen[words] == (readings, renders), seen


def test_a_tick_reads_content_once_and_renders_nothing_that_is_unchanged(
    news: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = FakeClock()
    with Sink(tmp_path / "more") as sink, App(news, clock=clock, variables=variables(sink.url)) as app:
        app.subscribers.editors.add("ada@example.com", source="test", wording=Wording("test"), now=clock.now())
        counts = Counts(monkeypatch)
        for moment, readings, renders in [
            ("2026-11-23T08:00", 1, 1),  # assembled, drafted, proofed
            ("2026-11-23T08:01", 1, 0),
            ("2026-11-26T07:00", 1, 0),  # due, and not approved
            ("2026-11-26T07:01", 1, 0),
        ]:
            clock.set(moment)
            counts.take()
            scheduler.tick(app.act())
            assert counts.take() == (readings, renders), moment
        pipeline.approve(app.act(), 11, "Robin")
        counts.take()
        scheduler.tick(app.act())
        assert counts.take() == (1, 0)  # its proof was rendered on Monday, and nothing changed


def test_a_sender_that_was_changed_on_tuesday_is_the_sender_everywhere_on_thursday(news: Path, tmp_path: Path) -> None:
    """`run` keeps nothing of publication.toml from its start: From, Message-ID and MAIL FROM are of one domain."""
    clock = FakeClock()
    with Sink(tmp_path / "more") as sink, App(news, clock=clock, variables=variables(sink.url)) as app:
        app.subscribers.editors.add("ada@example.com", source="test", wording=Wording("test"), now=clock.now())
        clock.set("2026-11-23T08:00")
        scheduler.tick(app.act())
        before = wire_address(app.act().publication.sender.address).rpartition("@")[2]
        path = news / "content" / "publication.toml"
        path.write_text(path.read_text().replace(f"@{before}", "@new.example.com").replace("robin@", "robin.new@"))
        pipeline.approve(app.act(), 11, "Robin")
        clock.set("2026-11-26T07:00")
        scheduler.tick(app.act())
        (mail,) = [
            text
            for path in sink.folder.glob("*.eml")
            if "ada@example.com" in (text := path.read_text("utf-8", "replace"))
        ]
        head = mail.partition("\n\n")[0]
        assert before not in "".join(
            line for line in head.splitlines() if line.lower().startswith(("from", "message-id", "return", "x-mail"))
        )
        assert "@new.example.com" in head
