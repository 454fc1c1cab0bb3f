"""What tests about readers share: a mailer that keeps its letters, a moment, and words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from subscribers import MailerError, Wording

NOW = dt.datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WORDING = Wording("One mail a week. You confirm by mail first; one click to leave.")
SECRET = "a secret for tests, and for nothing else"


@dataclass(frozen=True)
class Sent:
    """A letter that a reader would have got."""

    kind: str
    address: str
    subject_id: str
    token: str


@dataclass
class Mailbox:
    """A mailer that keeps what it is given; while `failing` is set it raises that instead."""

    letters: list[Sent] = field(default_factory=list)
    failing: MailerError | None = None

    def send_confirmation(self, address: str, subject_id: str, token: str) -> None:
        self._keep(Sent("confirmation", address, subject_id, token))

    def send_welcome(self, address: str, subject_id: str, token: str) -> None:
        self._keep(Sent("welcome", address, subject_id, token))

    def to(self, address: str) -> list[Sent]:
        return [letter for letter in self.letters if letter.address == address]

    def _keep(self, letter: Sent) -> None:
        if self.failing is not None:
            raise self.failing
        self.letters.append(letter)
