"""A publication whose weeks go by themselves, for tests: two readers, two editors, a mail server that can be choosy, a clock."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from publisher import scheduler
from publisher.adapters.smtp_sink import Sink
from publisher.app import App
from subscribers import Wording
from tests.publication import FakeClock

EDITORS = {"robin@notes.example.com", "sam@notes.example.com"}


class Choosy(Sink):
    """A mail server that knows some recipients not, and refuses issues while it is told to."""

    unknown: tuple[str, ...] = ()
    no_issues = ""
    meanwhile: Callable[[], object] = staticmethod(lambda: None)
    """What an editor does while an issue is being taken."""

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.unknown:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.no_issues and b":issue:" in (envelope.content or b""):  # type: ignore[operator]
            return self.no_issues
        if b":issue:" in (envelope.content or b""):  # type: ignore[operator]
            self.meanwhile()
        return await super().handle_DATA(server, session, envelope)


class Office:
    """A publication with two readers, and the mail server that takes its mail."""

    def __init__(self, folder: Path, database: str, sink: Choosy, clock: FakeClock) -> None:
        self.folder, self.database, self.sink, self.clock = folder, database, sink, clock
        self.processes: list[App] = []
        self.app = self.process()
        for name in ("ada", "grace"):
            self.app.subscribers.editors.add(
                f"{name}@example.com", source="test", wording=Wording("test"), now=clock.now()
            )

    def process(self) -> App:
        """Return the publication as another process sees it."""
        variables = {
            "PRESSROOM_SECRET_KEY": "k" * 32, "PRESSROOM_SMTP_URL": self.sink.url, "PRESSROOM_SITE_DIR": str(self.folder / "site"),
        }  # fmt: skip
        made = App(self.folder, database=self.database, clock=self.clock, variables=variables)
        self.processes.append(made)
        return made

    def tick(self, moment: str | None = None) -> list[str]:
        if moment:
            self.clock.set(moment)
        return scheduler.tick(self.app.act())

    def mail(self) -> list[EmailMessage]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.sink.folder.glob("*.eml"))
        ]

    def subjects(self, *, editors: bool) -> list[str]:
        return sorted(
            str(m["Subject"]) for m in self.mail() if (str(m["To"].addresses[0].addr_spec) in EDITORS) == editors
        )


def zone(office: Office, name: str, **moments: str) -> None:
    """Change the publication's zone or its moments."""
    path = office.folder / "content" / "publication.toml"
    text = path.read_text().replace("Europe/Berlin", name)
    for key, value in moments.items():
        old = next(line for line in text.splitlines() if line.startswith(f"{key} = "))
        text = text.replace(old, f'{key} = "{value}"')
    path.write_text(text)


# An editor who cannot be reached
def told(office: Office, word: str) -> list[str]:
    """Return the editors who got a mail with this word in its subject, once for each mail."""
    return sorted(str(m["To"].addresses[0].addr_spec) for m in office.mail() if word in str(m["Subject"]))


# A clock that somebody sets
def weeks(office: Office) -> list[tuple[str, str]]:
    return [(str(week.iso), week.state) for week in office.app.act().weeks.unfinished()]
