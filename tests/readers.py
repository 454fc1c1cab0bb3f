"""What tests about readers share: a mailer that keeps its letters, a moment, and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from subscribers import MailerError, Outgoing, Wording

NOW = dt.datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WORDING = Wording("One mail a week. You confirm by mail first; one click to leave.")
SECRET = "a secret for tests, and for nothing else"


@dataclass(frozen=True)
class Sent:
    """A letter that a reader would have got. `token` is its button's, or where there is none, the unsubscribe link's."""

    kind: str
    address: str
    subject_id: str
    token: str
    whole: Outgoing


@dataclass
class Mailbox:
    """A mailer that keeps what it is given; while `failing` is set it answers that instead."""

    letters: list[Sent] = field(default_factory=list)
    failing: MailerError | None = None
    paths: dict[str, int] = field(default_factory=lambda: {"backend": 3})

    def send(self, letters: Sequence[Outgoing]) -> list[MailerError | None]:
        if self.failing is not None:
            return [self.failing] * len(letters)
        for letter in letters:
            token = letter.tokens.action or letter.tokens.unsubscribe
            self.letters.append(Sent(letter.kind.value, letter.address, letter.subject_id, token, letter))
        return [None] * len(letters)

    def steps(self, path: str) -> int:
        return self.paths.get(path, 0)

    def to(self, address: str) -> list[Sent]:
        return [letter for letter in self.letters if letter.address == address]
