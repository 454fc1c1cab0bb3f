"""What a mail server's answer means (pure): did it accept the message, and if not, what was the fault?

All code that hands over mail uses this. What follows for a delivery is in transitions.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from publisher.ports import Reply
from publisher.returned.policy import Effect, effect_of
from subscribers import BounceKind


class Verdict(Enum):
    """What a server did with a message: accepted it, refused it for good or for now, or left that open."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    LATER = "later"
    UNKNOWN = "unknown"


class Fault(Enum):
    """What a refusal is about: this one recipient, the message as it is, or us who send it."""

    RECIPIENT = "recipient"
    MESSAGE = "message"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A server's answer, understood. `fault` is None unless the message was refused, for good or for now."""

    verdict: Verdict
    fault: Fault | None = None


_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})(?!\d)")

# RFC 3463 and the IANA registry of enhanced status codes: (subject, detail) or the subject alone, whatever the class.
_FAULTS: dict[tuple[int, int] | int, Fault] = {
    (1, 7): Fault.OURS,  # the sender's address
    (1, 8): Fault.OURS,
    1: Fault.RECIPIENT,  # the recipient's address
    2: Fault.RECIPIENT,  # their mailbox: full, switched off, takes smaller messages only
    (3, 4): Fault.MESSAGE,  # too big for the system
    3: Fault.OURS,  # the server's own state
    (4, 5): Fault.OURS,  # congestion; providers also use it when our quota is used up
    5: Fault.OURS,  # the protocol
    6: Fault.MESSAGE,  # its content
    7: Fault.OURS,  # policy: who sends, from where, with which authentication
}
_BY_STEP = {"mail": Fault.OURS, "rcpt": Fault.RECIPIENT, "data": Fault.MESSAGE, "dot": Fault.MESSAGE}


def judge(reply: Reply) -> Judgement:
    """Return what an answer to MAIL, RCPT, DATA or the dot means.

    RFC 5321 4.2.1 distinguishes refusals for good from refusals for now. The enhanced status code (RFC 3463) says what
    was at fault; without one, the step does.
    """
    taken = (2,) if reply.step == "dot" else (2, 3)
    if reply.code // 100 in taken:
        return Judgement(Verdict.ACCEPTED)
    if reply.code // 100 not in (4, 5):
        return Judgement(Verdict.UNKNOWN)
    fault = _fault(reply)
    # RFC 5321 4.5.3.1.10: some servers answer 552 for "too many recipients", which is a refusal for now.
    passes = reply.code < 500 or (reply.code == 552 and reply.step == "rcpt" and fault is Fault.RECIPIENT)
    return Judgement(Verdict.LATER if passes else Verdict.REFUSED, fault)


def bounce_of(reply: Reply) -> BounceKind | None:
    """Return what a refusal, for good or for the last time, says about the address: None if it is about something else.

    The table of publisher.returned.policy decides, as of a report that comes later: a mailbox that does not exist is a hard
    bounce, one that is full is none. An answer about our message or about us, such as one for reasons of policy (5.7.x),
    says nothing about the reader, however few get it.
    """
    judged = judge(reply)
    if judged.fault is not Fault.RECIPIENT:
        return None
    found = _ENHANCED.match(reply.text)
    effect = effect_of(found[0] if found else "", reply.text)
    if effect is Effect.NOTHING:
        return None
    return BounceKind.HARD if effect is Effect.HARD and judged.verdict is Verdict.REFUSED else BounceKind.SOFT


def likeness(reply: Reply) -> str:
    """Return a key that is equal for answers with the same meaning: the step, the code and the enhanced status code."""
    found = _ENHANCED.match(reply.text)
    return f"{reply.step} {reply.code} {found[0] if found else ''}".strip()


_IDS = re.compile(
    r"queued as (?P<queued>\S+)"  # Postfix: 250 2.0.0 Ok: queued as 4F1A2B3C
    r"|\bid=(?P<id>\S+)"  # Exim: 250 OK id=1rXyZa-00000001abc-2DEF
    r"|<(?P<message>[^<>\s]+)> \[InternalId="  # Exchange: 250 2.6.0 <…> [InternalId=…, Hostname=…] Queued mail for delivery
    r"|^250 (?:2\.\d\.\d )?(?P<sendmail>\S+) Message accepted for delivery"  # Sendmail: 250 2.0.0 4AB1CdEf Message accepted …
    r"|^250 Ok:? (?P<ses>[0-9a-f][0-9a-f-]{15,})$",  # Amazon SES: 250 Ok 0102018f3c1a2b4d-…-000000
    re.IGNORECASE,
)
_ID_LENGTH = 200


def provider_id(reply: str) -> str | None:
    """Return what the server calls a message that it accepted, read from its whole reply to the dot; None if it does not say.

    >>> provider_id("250 2.0.0 Ok: queued as 4F1A2B3C")
    '4F1A2B3C'
    """
    found = _IDS.search(reply)
    named = next((each for each in found.groups() if each), "") if found else ""
    return named.strip("<>.,;")[:_ID_LENGTH] or None


def _code(reply: Reply) -> tuple[int, int] | None:
    """Return subject and detail of an enhanced status code."""
    found = _ENHANCED.match(reply.text)
    return (int(found[1]), int(found[2])) if found else None


def _fault(reply: Reply) -> Fault:
    subject, detail = _code(reply) or (0, 0)
    if reply.step == "mail":  # no recipient was named yet; 552 is about the size that was declared (RFC 1870 6.1)
        return Fault.MESSAGE if reply.code == 552 or (subject, detail) == (3, 4) else Fault.OURS
    if reply.step == "rcpt" and subject == 6:  # RFC 6531 3.5: 5.6.7, the address needs SMTPUTF8
        return Fault.RECIPIENT
    if reply.step == "rcpt" and subject == 4 and detail != 5:  # no route to the recipient's domain
        return Fault.RECIPIENT
    return _FAULTS.get((subject, detail)) or _FAULTS.get(subject) or _BY_STEP[reply.step]
