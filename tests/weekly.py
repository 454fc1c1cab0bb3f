"""A publication in the hands of editors and readers, for the test of whole weeks: its files, its mail, who did what.

Files are real; the rest is in memory, or in a SQLite database. The mail server records each message and the moment at which it took it.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from publisher import pipeline, scheduler
from publisher.act import Act
from publisher.app import App
from publisher.errors import PressroomError
from publisher.ports import Connection, Envelope, Reply, SitePart
from subscribers import Wording
from subscribers.leaving import Leaving
from subscribers.sign_ups import SignUps
from tests.office import parsed, text_of
from tests.publication import FakeClock, MemoryAct, MemoryApp, variables

EDITORS = {"Robin": "robin@notes.example.com", "Sam": "sam@notes.example.com"}
READERS = ("ada", "grace", "edsger", "barbara")
SECTIONS = {"concept": "concepts", "note": "notes"}
WORDS = 40
"""How many words a piece has; none of them is in another piece."""


@dataclass(frozen=True)
class Settings:
    """What the editors may change in publication.toml."""

    people: int = 1
    shell: bool = True
    sam: bool = True
    tagline: str = "Notes for tests."
    window_hours: int = 24
    send: str = "thu 08:00"
    early: bool = False
    list_id: str = "weekly.notes.example.com"

    @property
    def editors(self) -> tuple[str, ...]:
        return ("Robin", "Sam") if self.sam else ("Robin",)

    def toml(self) -> str:
        named = "".join(f'[[editor]]\nname = "{name}"\naddress = "{EDITORS[name]}"\n\n' for name in self.editors)
        return f"""\
name = "Example Notes"
tagline = "{self.tagline}"
base_url = "https://notes.example.com"
postal_address = "1 Example Street"
list_id = "{self.list_id}"

[sender]
name = "Example Notes"
address = "notes@notes.example.com"

[schedule]
zone = "Europe/Berlin"
send = "{self.send}"
window_hours = {self.window_hours}
early_mornings = {str(self.early).lower()}

[approval]
people = {self.people}
shell = {str(self.shell).lower()}

[delivery]
connections = 1
retry_after_seconds = [600, 3600, 43200]

[[section]]
id = "concept"
folder = "concepts"
label = "concept"

[[section]]
id = "note"
folder = "notes"
label = "note"
when_empty = "evergreen"

{named}"""


@dataclass(frozen=True)
class Mail:
    """A message that the server took; `issue` is its number, None for all other mail."""

    at: dt.datetime
    to: str
    issue: int | None
    message: bytes = field(repr=False)

    @property
    def parsed(self) -> EmailMessage:
        return parsed(self.message)

    @property
    def subject(self) -> str:
        return str(self.parsed["Subject"])

    @property
    def text(self) -> str:
        return text_of(self.parsed)


class Server:
    """The mail server: records what it takes. Fulfils ports.Courier and ports.Connection; there is one connection."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock, self.taken = clock, list[Mail]()
        self.answers: Callable[[Mail], Reply] = lambda _mail: Reply(250, "taken")
        self.meanwhile: Callable[[Mail], object] = lambda _mail: None
        """What happens in the world while a message is on the wire, before it is marked."""
        self._open: Mail | None = None

    def connect(self) -> Connection:
        return self

    def hand_over(self, envelope: Envelope) -> Reply:
        number = re.match(r"(\d+)\.", envelope.name)
        mail = Mail(self.clock.now(), envelope.rcpt_to, int(number[1]) if number else None, envelope.message)
        self.meanwhile(mail)
        self._open = mail
        answer = self.answers(mail)
        return answer if answer.code >= 400 else Reply(354, "go on", "data")

    def finish(self) -> Reply:
        assert self._open is not None
        answer = self.answers(self._open)
        if answer.code < 400:  # also if nobody hears the answer
            self.taken.append(self._open)
        return answer

    def alive(self) -> bool:
        return True

    def abandon(self) -> None:
        self._open = None

    close = abandon


class Killed(BaseException):
    """The process was killed."""


class Fragile:
    """A port whose process may be killed right before or after a call of the thread that does the work."""

    def __init__(self, port: Any, reached: Callable[[], None]) -> None:
        self._port, self._reached = port, reached

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not callable(found):
            return found

        def call(*words: Any, **named: Any) -> Any:
            self._reached()
            try:
                return found(*words, **named)
            finally:
                self._reached()

        return call


class Fragilely(Act):
    """An act whose process may be killed at each of its steps."""

    app: WeeklyApp

    @property
    def weeks(self) -> Any:  # type: ignore[override]
        return Fragile(super().weeks, self.app.reached)

    @property
    def outbox(self) -> Any:
        return Fragile(super().outbox, self.app.reached)

    def write_issue(self, number: int, text: str, *, expected: bytes | None) -> Path:
        self.app.reached()
        path = super().write_issue(number, text, expected=expected)
        self.app.reached()
        return path

    def write_id(self, piece: Any) -> None:
        super().write_id(piece)
        self.app.reached()


class MemoryFragileAct(Fragilely, MemoryAct):  # type: ignore[misc]
    """The same, of a publication in memory."""


class NoSite:
    """Fulfils ports.Site: pages are not what these weeks are about, and take longest to make."""

    def write(self, parts: Iterable[SitePart], *, keep: Collection[str] = ()) -> int:
        return 0

    def feed_id(self) -> None:
        return None


class WeeklyApp(App):
    """A publication that can be killed, with what the rules ask of its readers."""

    steps_left: int | None = None
    worker: threading.Thread | None = None

    def subject_id(self, address: str) -> str:
        """Return what links call a reader."""
        raise NotImplementedError

    @property
    def sign_ups(self) -> SignUps:
        return self.subscribers.sign_ups

    @property
    def leaving(self) -> Leaving:
        return self.subscribers.leaving

    def reached(self) -> None:
        if self.steps_left is None or threading.current_thread() is not self.worker:
            return
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Killed


class InMemory(MemoryApp, WeeklyApp):
    """Everything but the files is in memory."""

    def act(self) -> Act:
        return MemoryFragileAct(self, self.content_store)

    def subject_id(self, address: str) -> str:
        return next(each.subject_id for each in self.readers.readers if each.address == address)


class InSqlite(WeeklyApp):
    """Everything but the files is in a database, as in life."""

    def __init__(self, folder: Path, clock: FakeClock, environment: Mapping[str, str]) -> None:
        super().__init__(folder, database=f"sqlite:///{folder}/weeks.db", clock=clock, variables=environment)

    def act(self) -> Act:
        return Fragilely(self, self.content_store)

    def subject_id(self, address: str) -> str:
        reader = self.subscribers.editors.show(address).reader
        assert reader is not None
        return reader.subject_id


Made = Callable[[Path, FakeClock, Mapping[str, str]], WeeklyApp]


class Weekly:
    """The publication, and what a person who watches everything knows of it."""

    def __init__(self, folder: Path, made: Made = InMemory) -> None:
        self.folder, self.content = folder, folder / "content"
        self.clock = FakeClock()
        self.clock.set("2026-10-11T12:00")
        self.settings, self.broken = Settings(), False
        for name in (*SECTIONS.values(), "issues"):
            (self.content / name).mkdir(parents=True)
        self.write_settings()
        self.app = made(folder, self.clock, variables("smtp://127.0.0.1:9"))
        self.app.courier = self.server = Server(self.clock)
        self.app.site = NoSite()  # type: ignore[assignment]
        self.bin: dict[Path, bytes] = {}
        """Files that an editor deleted, as git still has them."""
        self.written: set[str] = set()
        """The words that editors wrote and did not delete."""
        self.repeatable: set[str] = set()
        """The pieces that an editor let repeat at any time."""
        self.approvals: set[tuple[int, str, str]] = set()
        """(issue, digest, editor)"""
        self.joined: dict[str, str] = {}
        """The subject id of each reader who is on the list, by address."""
        self.left: dict[str, dt.datetime] = {}
        self.ticked: dt.datetime | None = None
        """When the scheduler last did all that was due."""
        self.issues_of_weeks: dict[int, str] = {}
        """The week of each issue whose sending began."""
        self.count = 0

    # Files

    def write_settings(self) -> None:
        (self.content / "publication.toml").write_text(self.settings.toml())

    def word(self) -> str:
        """Return a word that an editor writes now."""
        self.count += 1
        word = f"written{self.count}x"
        self.written.add(word)
        return word

    def pieces(self) -> list[Path]:
        return sorted(path for folder in SECTIONS.values() for path in (self.content / folder).glob("*.md"))

    def issues(self) -> list[Path]:
        return sorted((self.content / "issues").glob("*.md"))

    def delete(self, path: Path) -> None:
        """Delete a file as an editor does, who thereby means all of its words that no other file has."""
        self.bin[path] = path.read_bytes()
        path.unlink()
        self.forget_words(self.bin[path].decode())

    def forget_words(self, text: str) -> None:
        gone = self.written.intersection(re.findall(r"written\d+x", text))
        self.written -= gone - self.present(gone)

    def present(self, words: set[str]) -> set[str]:
        everything = "\n".join(path.read_text() for path in self.content.rglob("*") if path.is_file())
        return {word for word in words if word in everything}

    # The process

    @contextmanager
    def killed_after(self, steps: int | None) -> Iterator[None]:
        """Kill whatever is done within after so many steps; None: let it live."""
        self.app.steps_left, self.app.worker = steps, threading.current_thread()
        try:
            yield
        except Killed:
            self.clock.advance(scheduler.LOCK_SECONDS + 60)  # its leases run out
        finally:
            self.app.steps_left = None

    def tick(self, stop: threading.Event | None = None) -> None:
        """Let the scheduler do what is due. A publication.toml that cannot be read stops it, as `serve` logs."""
        try:
            scheduler.tick(self.app.act(), stop)
            pipeline.post(self.app.act())
        except PressroomError:
            assert self.broken, "only publication.toml may stop a tick"
            self.ticked = None
            return
        self.ticked = self.clock.now()

    def attempt(self, do: Callable[[], Any]) -> Any:
        """Do what a person asks for; None when it is refused, in words."""
        try:
            return do()
        except PressroomError:
            return None

    # Readers

    def join(self, name: str) -> None:
        address, now = f"{name}@example.com", self.clock.now()
        self.app.sign_ups.sign_up(address, source="form", wording=Wording("test"), now=now)
        subject_id = self.app.subject_id(address)
        self.app.sign_ups.confirm(self.app.keyring.confirm(subject_id, now), now=now)
        self.joined[address] = subject_id
        self.left.pop(address, None)

    def leave(self, address: str) -> None:
        subject_id = self.joined.pop(address)
        self.app.leaving.unsubscribe(self.app.keyring.unsubscribe(subject_id), now=self.clock.now())
        self.left[address] = self.clock.now()

    # What was mailed

    def told(self, since: int = 0) -> list[Mail]:
        """Return the mail to editors."""
        return [mail for mail in self.server.taken[since:] if mail.to in EDITORS.values()]

    def links(self) -> Mapping[str, list[str]]:
        """Return the links to approve that were mailed, by the editor's name, the latest last."""
        names = {address: name for name, address in EDITORS.items()}
        found: dict[str, list[str]] = {name: [] for name in EDITORS}
        for mail in self.told():
            if link := re.search(r"/approve/(\S+)", mail.text):
                found[names[mail.to]].append(link[1])
        return found
