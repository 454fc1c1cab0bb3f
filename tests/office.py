"""A publication at work, for tests of what readers get: the example's content, a database, a real mail server, a clock."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from subscribers import Wording
from tests.publication import FakeClock, example, variables
from tests.readers import NOW

WORDING = Wording("One mail a week.")


@dataclass
class Bureau:
    """One publication, and the mail that it sent so far."""

    app: App
    sink: Sink
    clock: FakeClock
    folder: Path
    read: set[Path] = field(default_factory=set)

    def mails(self) -> list[EmailMessage]:
        """Return what came in since the last call."""
        fresh = sorted(set(self.sink.folder.glob("*.eml")) - self.read)
        self.read |= set(fresh)
        return [parsed(path.read_bytes()) for path in fresh]

    def mail(self) -> EmailMessage:
        (only,) = self.mails()
        return only


def parsed(message: bytes) -> EmailMessage:
    read = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def token_in(mail: EmailMessage, page: str) -> str:
    """Return the token of the link to a page, such as `confirm`."""
    found = re.search(rf"/{page}/(\S+)", text_of(mail))
    assert found, page
    return found[1]


def another(bureau: Bureau, database_url: str, smtp_url: str = "") -> App:
    """Return a second process's view of the same publication."""
    return App(
        bureau.folder, database=database_url, clock=bureau.clock, variables=variables(smtp_url or bureau.sink.url)
    )


@contextmanager
def bureau(
    database_url: str,
    tmp_path: Path,
    smtp_url: str = "",
    content: Path | None = None,
    more: Mapping[str, str] | None = None,
) -> Iterator[Bureau]:
    """Open a publication; `more` of the environment is beside what every process needs to mail."""
    folder = example(tmp_path / "news", content)
    clock = FakeClock(NOW)
    with Sink(tmp_path / "mail") as sink:
        environment = variables(smtp_url or sink.url) | (more or {})
        app = App(folder, database=database_url, clock=clock, variables=environment)
        with app:
            yield Bureau(app, sink, clock, folder)
