"""The way to the mail server, and what goes over it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Protocol

from publisher.issue import Picture


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's answer: `code` is SMTP's three digits; 0 stands for a connection that gave none.

    `step` is the command that it answers: mail, rcpt, data, or dot. `after` is how many seconds the server wants us to
    wait before anything else is handed over (Retry-After of HTTP); 0 if it does not say.
    """

    code: int
    text: str
    step: str = "dot"
    after: float = 0.0

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 400


@dataclass(frozen=True, slots=True)
class Envelope:
    """Sender and recipient of one message, and its complete bytes: CRLF line ends, no line begins with a dot.

    `body_hash` is the SHA-256 of its body in DKIM's relaxed form (RFC 6376 3.4.4), where whoever made it knows that.
    `tag` says which delivery or mail of the outbox it is, as nobody else can: providers send it back with what they report.
    """

    mail_from: str
    rcpt_to: str
    message: bytes = field(repr=False)
    name: str
    body_hash: bytes = field(default=b"", repr=False)
    tag: str = ""


class Connection(Protocol):
    """One open way to the mail server, in an event loop. Messages go over it one after the other."""

    async def hand_over(self, envelope: Envelope) -> Reply:
        """Send all but the final dot. An accepted reply means that the dot may follow.

        Raises TransportUnavailable when the connection broke: nothing was accepted. IdleConnectionLost, when it was
        used before and the server said nothing to this message: then it broke before the message began.
        """
        ...

    async def finish(self) -> Reply:
        """Write the final dot and read the answer. Code 0: it is not known whether the message was accepted.

        Raises TransportUnavailable when the connection was found broken before the dot: nothing was accepted.
        """
        ...

    def alive(self) -> bool:
        """Whether the server has neither hung up nor said anything since the last message, as far as one can see."""
        ...

    def abandon(self) -> None:
        """Drop the message whose dot was not written; the connection may be unusable afterwards."""
        ...

    def close(self) -> None: ...


class Courier(Protocol):
    """Opens connections to the one transport that is configured."""

    async def connect(self) -> Connection:
        """Connect, secure and log in. Raises TransportUnavailable, or ConfigurationError (refused login, no TLS)."""
        ...


class BlockingConnection(Protocol):
    """A Connection whose calls return only when they are done; see there. Each runs in a thread of its own."""

    def hand_over(self, envelope: Envelope) -> Reply: ...

    def finish(self) -> Reply: ...

    def alive(self) -> bool: ...

    def abandon(self) -> None: ...

    def close(self) -> None: ...


class BlockingCourier(Protocol):
    """A Courier of such connections."""

    def connect(self) -> BlockingConnection: ...


AnyCourier = Courier | BlockingCourier


class Signer(Protocol):
    """Signs each message as it leaves. It is given the whole envelope: DKIM2 will sign sender and recipient as well."""

    def sign(self, envelope: Envelope, now: dt.datetime) -> Envelope:
        """Return the envelope with the signatures before its message, whose own bytes stay as they are.

        Called in threads, several at a time.
        """
        ...


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """A rendered mail that is no issue: its subject and bodies, with merge fields for what differs from reader to reader.

    `pictures` are those that come with it, which the HTML shows by their content ids.
    """

    subject: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    pictures: tuple[Picture, ...] = ()
