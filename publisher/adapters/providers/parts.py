"""The very message that SMTP would carry, taken apart for APIs that take no MIME."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser

from publisher.numbers import corrected
from publisher.ports import Envelope

_POLICY = policy.default.clone(max_line_length=998)
_APART = frozenset({"from", "to", "reply-to", "subject", "date", "message-id", "mime-version", "content-type"})
"""What APIs take by fields of their own, or write themselves; all other headers go as they are."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that the HTML shows by its content id; `data` is base64 in one line."""

    name: str
    kind: str
    content_id: str
    data: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Parts:
    """One message. `headers` are all that APIs have no field for: List-Unsubscribe, List-Id, Auto-Submitted and the like.

    Message-ID is with its angle brackets.
    """

    sender: Address
    recipient: Address
    reply_to: Address | None
    subject: str
    message_id: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    pictures: tuple[Picture, ...]
    headers: tuple[tuple[str, str], ...]


def take_apart(envelope: Envelope) -> Parts:
    """Return the parts of an envelope's message. Its recipient is the envelope's, with the name that To shows."""
    message = BytesParser(EmailMessage, policy=_POLICY).parsebytes(envelope.message)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    to, reply_to = message["To"].addresses[0], message["Reply-To"]
    return Parts(
        message["From"].addresses[0],
        Address(to.display_name, addr_spec=envelope.rcpt_to),
        reply_to.addresses[0] if reply_to else None,
        str(message["Subject"]),
        str(message["Message-ID"]),
        text.get_content() if text else "",
        html.get_content() if html else "",
        tuple(_picture(part) for part in message.walk() if part.get_content_maintype() == "image"),
        tuple((name, " ".join(str(value).split())) for name, value in message.items() if name.lower() not in _APART),
    )


def kind_of(envelope: Envelope) -> str:
    """Return what a message is, for the provider's own statistics: issue-12, correction-12-1, welcome, proof.

    It is the same for everybody, and is made of letters, digits and hyphens.
    """
    first = envelope.name.partition(".")[0]
    if not first.isdigit():
        return first.replace("_", "-")
    wrong = corrected(int(first))
    return f"issue-{first}" if wrong is None else f"correction-{wrong}-{int(first) // 10_000}"


def _picture(part: EmailMessage) -> Picture:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes), "a picture is no multipart"
    identifier = str(part["Content-ID"] or "").strip("<>")
    return Picture(part.get_filename() or identifier, part.get_content_type(), identifier, base64.b64encode(data).decode("ascii"))  # fmt: skip
