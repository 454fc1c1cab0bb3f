"""What a mail server's answer means (pure): was the message accepted, and if not, whose fault is it?

All code that hands over mail asks here. What follows for a delivery is in transitions.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from publisher.ports import Reply


class Verdict(Enum):
    """What a server did with a message: took it, refused it for good or for now, or left that open."""

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

# RFC 3463 and the IANA registry of enhanced status codes: (subject, detail), or the subject alone, whatever its class.
_FAULTS: dict[tuple[int, int] | int, Fault] = {
    (1, 7): Fault.OURS,  # the sender's address
    (1, 8): Fault.OURS,
    1: Fault.RECIPIENT,  # the recipient's address
    2: Fault.RECIPIENT,  # their mailbox: full, switched off, takes smaller messages only
    (3, 4): Fault.MESSAGE,  # too big for the system
    3: Fault.OURS,  # the server's own state
    (4, 5): Fault.OURS,  # congestion; providers use it when our quota is used up
    5: Fault.OURS,  # the protocol
    6: Fault.MESSAGE,  # its content
    7: Fault.OURS,  # policy: who sends, from where, with which authentication
}
_BY_STEP = {"mail": Fault.OURS, "rcpt": Fault.RECIPIENT, "data": Fault.MESSAGE, "dot": Fault.MESSAGE}


def judge(reply: Reply) -> Judgement:
    """Return what an answer to MAIL, RCPT, DATA or the dot means.

    RFC 5321 4.2.1 tells refusals for good from those for now. The enhanced status code (RFC 3463) says whose fault it
    is, or the step if the answer has no such code.
    """
    taken = (2,) if reply.step == "dot" else (2, 3)
    if reply.code // 100 in taken:
        return Judgement(Verdict.ACCEPTED)
    if reply.code // 100 not in (4, 5):
        return Judgement(Verdict.UNKNOWN)
    fault = _fault(reply)
    # RFC 5321 4.5.3.1.10: some servers answer 552 for "too many recipients", which is temporary.
    passes = reply.code < 500 or (reply.code == 552 and reply.step == "rcpt" and fault is Fault.RECIPIENT)
    return Judgement(Verdict.LATER if passes else Verdict.REFUSED, fault)


def likeness(reply: Reply) -> str:
    """Return what answers share that say the same in different words: step, code and enhanced status code."""
    found = _ENHANCED.match(reply.text)
    return f"{reply.step} {reply.code} {found[0] if found else ''}".strip()


def _fault(reply: Reply) -> Fault:
    found = _ENHANCED.match(reply.text)
    subject, detail = (int(found[1]), int(found[2])) if found else (0, 0)
    if reply.step == "mail":  # no recipient was named yet; 552 is about the size that was declared (RFC 1870 6.1)
        return Fault.MESSAGE if reply.code == 552 or (subject, detail) == (3, 4) else Fault.OURS
    if reply.step == "rcpt" and subject == 6:  # RFC 6531 3.5: 5.6.7, the address needs SMTPUTF8
        return Fault.RECIPIENT
    if reply.step == "rcpt" and subject == 4 and detail != 5:  # no route to the recipient's domain
        return Fault.RECIPIENT
    return _FAULTS.get((subject, detail)) or _FAULTS.get(subject) or _BY_STEP[reply.step]
