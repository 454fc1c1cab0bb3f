"""What a provider's status says, as a mail server would say it: then everything that follows is decided in one place (pure).

2xx       accepted, if the provider says what it calls the message; else nobody knows
3xx       refused: a request that is redirected was not carried out, and no key goes to another place
400, 422  refused: this message, or its recipient, or us; the provider's own code says which
401 … 407 refused: our key, our account, our settings
408, 429, 503   for now; Retry-After says for how long. 503: the server does not handle the request (RFC 9110 15.6.4)
409, other 5xx  nobody knows whether the message was accepted
"""

from __future__ import annotations

from typing import Final

from plaintext import BREAKING
from publisher.adapters.providers.wire import Answer
from publisher.ports import Reply

LONGEST: Final = 300
"""Characters of what a provider says that are kept."""
SLOWER: Final = 1.0
"""Seconds to wait after 429 without Retry-After; the dispatcher doubles it, as long as 429 comes again."""


def accepted(identifier: str) -> Reply:
    """Return that a message was taken; `identifier` is what the provider calls it (read by answers.provider_id)."""
    return Reply(250, f"2.0.0 OK id={_line(identifier)}")


def unknown(why: str) -> Reply:
    """Return that nobody knows whether a message was accepted: it will be in doubt."""
    return Reply(0, why)


def of_recipient(answer: Answer, said: str, code: str = "5.1.3") -> Reply:
    """Return that the recipient's address is refused; RFC 3463 3.2: 5.1.3 is bad syntax, 5.2.1 a mailbox switched off."""
    return Reply(550, f"{code} {_http(answer, said)}", "rcpt")


def of_message(answer: Answer, said: str) -> Reply:
    """Return that this message is refused as it is."""
    return Reply(554, f"5.6.0 {_http(answer, said)}", "data")


def of_us(answer: Answer, said: str) -> Reply:
    """Return that our key, account or settings are refused: the send halts after a few of these."""
    return Reply(530, f"5.7.0 {_http(answer, said)}", "mail")


def slower(answer: Answer, said: str) -> Reply:
    """Return that we are too fast."""
    return Reply(450, f"4.7.0 {_http(answer, said)}", "mail", answer.after() or SLOWER)


def later(answer: Answer, said: str) -> Reply:
    """Return that nothing is taken for now; the wait is Retry-After's, or else publication.toml's."""
    return Reply(451, f"4.3.2 {_http(answer, said)}", "mail", answer.after())


def judged(answer: Answer, said: str) -> Reply:
    """Return what a status means that the provider's own codes do not explain."""
    status = answer.status
    if status in (408, 503):
        return later(answer, said)
    if status == 429:
        return slower(answer, said)
    if status == 413:
        return Reply(552, f"5.3.4 {_http(answer, said)}", "data")
    if status in (400, 422):
        return of_message(answer, said)
    if status == 409 or not 300 <= status < 500:
        return unknown(_http(answer, said))
    return of_us(answer, said)


def _http(answer: Answer, said: str) -> str:
    return f"HTTP {answer.status}: {_line(said)}" if said else f"HTTP {answer.status}"


def _line(text: str) -> str:
    return BREAKING.sub(" ", text).strip()[:LONGEST]
