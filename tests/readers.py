"""What tests about readers share: a mailer that keeps its emails, a moment, and words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from subscribers import EmailEnd, EmailJob, EmailState, Outbox, Subscribers, Wording

NOW = dt.datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WORDING = Wording("One mail a week. You confirm by mail first; one click to leave.")
SECRET = "a secret for tests, and for nothing else"


@dataclass(frozen=True)
class Sent:
    """A mail that a reader would have got. `token` is its button's, or where there is none, the unsubscribe link's."""

    kind: str
    address: str
    subject_id: str
    token: str
    whole: EmailJob


@dataclass(frozen=True)
class Posted:
    """How many mails left, stay due, and were given up."""

    sent: int = 0
    delayed: int = 0
    dropped: int = 0


@dataclass
class Mailbox:
    """Takes the mail that is due from the outbox and keeps it; while `failing` is set, each mail ends like that instead."""

    emails: list[Sent] = field(default_factory=list)
    failing: EmailState | None = None
    paths: dict[str, int] = field(default_factory=lambda: {"backend": 3})

    def steps(self, path: str) -> int:
        return self.paths.get(path, 0)

    def to(self, address: str) -> list[Sent]:
        return [email for email in self.emails if email.address == address]

    def post(self, outbox: Outbox, now: dt.datetime, limit: int = 50) -> Posted:
        """Hand over what is due, as the publisher's dispatcher does it."""
        claim = outbox.claim("the tests' sender", limit, now)
        for job in claim.jobs if self.failing is None else ():
            token = job.tokens.action or job.tokens.unsubscribe
            self.emails.append(Sent(job.kind.value, job.address, job.subject_id, token, job))
        state = self.failing or EmailState.SENT
        outbox.commit("the tests' sender", [EmailEnd(job.id, state, "", now + AGAIN) for job in claim.jobs], (), now)
        ended = len(claim.jobs)
        if self.failing is None:
            return Posted(ended, claim.held, claim.dropped)
        if self.failing.final:
            return Posted(0, claim.held, claim.dropped + ended)
        return Posted(0, claim.held + ended, claim.dropped)


AGAIN = dt.timedelta(minutes=5)


def post(readers: Subscribers, now: dt.datetime) -> Posted:
    """Hand what is due to the Mailbox that these readers were made with."""
    assert isinstance(readers.courses._paths, Mailbox)
    return readers.courses._paths.post(readers.outbox, now)
