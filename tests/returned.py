"""Mail that comes back, as servers and providers write it, for tests."""

from __future__ import annotations

from email.message import Message

from publisher.returned.message import take_apart
from publisher.returned.policy import Decision, decide
from publisher.returned.recognise import recognise

TO = "bounces+7-1-aaaaaaaa@notes.example.com"
GONE = "550 5.1.1 <gone@example.com>: Recipient address rejected: User unknown in virtual mailbox table"


def dsn(
    to: str = TO, *, action: str = "failed", status: str = "5.1.1", words: str = GONE, recipient: str = "gone@example.com",
    message_id: str = "",
) -> bytes:  # fmt: skip
    """Return a delivery status notification as Postfix writes it."""
    returned = f"Message-ID: <{message_id}>\n" if message_id else ""
    return f"""Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b/mx.example.com"

This is a MIME-encapsulated message.

--b/mx.example.com
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.com.

<{recipient}>: host mx.example.com said: {words}

--b/mx.example.com
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Tue,  1 Dec 2026 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; {recipient}
Original-Recipient: rfc822;{recipient}
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {words}

--b/mx.example.com
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

{returned}From: Notes <editors@notes.example.com>
To: <{recipient}>
Subject: Retries, and what they cost

--b/mx.example.com--
""".replace("\n", "\r\n").encode()


def arf(tag: str = TO, kind: str = "abuse", to: str = "abuse@notes.example.com") -> bytes:
    """Return a report of a provider (RFC 5965) about mail whose envelope sender was `tag`."""
    return f"""From: <feedback@provider.example.com>
To: {to}
Subject: FW: Retries, and what they cost
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain; charset=us-ascii

This is an email abuse report.

--part
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <{tag}>
Arrival-Date: Tue, 1 Dec 2026 08:00:00 +0000

--part
Content-Type: message/rfc822

From: Notes <editors@notes.example.com>
Subject: Retries, and what they cost

Hello.
--part--
""".replace("\n", "\r\n").encode()


def plain(subject: str, text: str, *, to: str = TO, sender: str = "someone@example.com", more: str = "") -> bytes:
    """Return a message without a report in it."""
    return f"From: <{sender}>\nTo: {to}\nSubject: {subject}\n{more}\n{text}\n".replace("\n", "\r\n").encode()


def decided(data: bytes) -> Decision:
    return decide(recognise(taken_apart(data)))


def taken_apart(data: bytes) -> Message:
    return take_apart(data)
