"""What a message that came back is: a report of a delivery, a complaint, an automatic reply, or none of these (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from enum import StrEnum

from publisher.returned.message import header, parts, text_of


class Nature(StrEnum):
    """The kinds of mail that come to the address which mail is sent from."""

    FAILED = "failed"
    """A mail server gave up."""
    DELAYED = "delayed"
    """A mail server goes on trying."""
    ARRIVED = "arrived"
    """A mail server reports success, or that it handed the mail on."""
    COMPLAINT = "complaint"
    """A provider reports that a reader called our mail spam."""
    FEEDBACK = "feedback"
    """Any other report about our mail, such as one of an authentication that failed."""
    AUTOMATIC = "automatic"
    """A reply that no person wrote, such as that of somebody on holiday."""
    CHALLENGE = "challenge"
    """A program wants proof that a person sent our mail."""
    UNRELATED = "unrelated"
    """Anything else; it may be from a person."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says of one recipient: the enhanced status code ("" without one), the server's words, the addresses."""

    code: str = ""
    words: str = ""
    recipients: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a message is. `failures` has one entry for each recipient that a report is about."""

    nature: Nature
    failures: Sequence[Failure] = ()
    words: str = ""

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each for failure in self.failures for each in failure.recipients))


_COMPLAINTS = ("abuse", "fraud", "opt-out")
_DAEMONS = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-daemon|mailerdaemon|postoffice|mdaemon|majordomo)\b", re.IGNORECASE
)
_REPLIED = re.compile(r"^auto-(?:replied|generated|notified)", re.IGNORECASE)
_AUTOMATIC = ("X-Autoreply", "X-Autorespond", "X-Autoresponse", "X-Auto-Response", "X-Mail-Autoreply")
_AWAY = re.compile(
    r"^(?:re: )?(?:automatic reply|auto(?:matic|mated)?[- ]?(?:reply|response|responder)|out of (?:the )?office|ooo\b|away from"
    r"|on vacation|vacation\b|abwesen|automatische antwort|r[ée]ponse automatique|absence\b|absent\b|respuesta autom[áa]tica"
    r"|fuera de (?:la )?oficina|رد تلقائي|自動)",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"X-Boxbe|\bTMDA\b|spamarrest|\bchallenge[/-]response\b|sender (?:address )?verification (?:is )?required"
    r"|(?:confirm|verify|prove) (?:that )?(?:you are|you're|your (?:message|e-?mail)|yourself)[^.]{0,80}(?:human|person|sender|delivered|spam)"
    r"|(?:click|reply|follow)[^.]{0,80}\b(?:so that|in order|to)\b[^.]{0,40}(?:deliver|release) (?:your|this) (?:message|e-?mail)",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^(?:undeliver(?:able|ed)|mail delivery (?:failed|failure|error)|delivery (?:status notification \(failure|has failed|failure|failed)"
    r"|returned mail|failure notice|mail could not be delivered|mail error$|non-?delivery)", re.IGNORECASE
)  # fmt: skip
_STATUS = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?:[ -]#?|: )(?=\S)")
_WORDS = 500


def recognise(message: Message) -> Finding:
    """Say what a message is. Whose it is, and what follows, is decided elsewhere."""
    if (report := _feedback(message)) is not None:
        return report
    subject, text = header(message, "Subject"), text_of(message)
    if (report := _delivery_report(message, text)) is not None:
        return report
    daemon = bool(_DAEMONS.match(parseaddr(header(message, "From"))[1]))
    if not daemon:
        if _challenges(message, f"{subject}\n{text}"):
            return Finding(Nature.CHALLENGE, words=subject[:_WORDS])
        if _is_automatic(message, subject):
            return Finding(Nature.AUTOMATIC, words=subject[:_WORDS])
    if (report := _unstructured(message, text)) is not None:
        return report
    if _RETURNED.search(subject):  # it names no recipient; the address that it came to may
        return Finding(Nature.FAILED, (_in_words(text, ()),), _telling(text, ()))
    return Finding(Nature.UNRELATED, words=subject[:_WORDS])


def _feedback(message: Message) -> Finding | None:
    """Read a report in the Abuse Reporting Format (RFC 5965)."""
    for part in parts(message):
        if part.get_content_type() == "message/feedback-report":
            fields = next(parts_below(part), None)
            if fields is None:
                continue
            kind = header(fields, "Feedback-Type").lower()
            agent, subject = header(fields, "User-Agent"), header(message, "Subject")
            recipients = tuple(_address(value) for value in map(str, fields.get_all("Original-Rcpt-To", [])[:5]))
            nature = Nature.COMPLAINT if kind in _COMPLAINTS else Nature.FEEDBACK
            words = " ".join(filter(None, (kind, agent and f"({agent})", subject)))
            return Finding(nature, (Failure(recipients=tuple(filter(None, recipients))),), words[:_WORDS])
    return None


def _delivery_report(message: Message, text: str) -> Finding | None:
    """Read a delivery status notification (RFC 3464); one that has nothing of a recipient is none."""
    failed: list[Failure] = []
    natures: list[Nature] = []
    for part in parts(message):
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for block in parts_below(part):
            nature = _ACTIONS.get(header(block, "Action").lower().split(" ")[0].split(";")[0])
            if nature is None:
                continue
            natures.append(nature)
            if nature is Nature.FAILED:
                failed.append(_failure(block, text))
    if failed:
        return Finding(Nature.FAILED, failed, failed[0].words)
    for nature in (Nature.DELAYED, Nature.ARRIVED):
        if nature in natures:
            return Finding(nature, words=header(message, "Subject")[:_WORDS])
    return None


_ACTIONS = {
    "failed": Nature.FAILED, "failure": Nature.FAILED, "error": Nature.FAILED, "delayed": Nature.DELAYED,
    "delivered": Nature.ARRIVED, "relayed": Nature.ARRIVED, "expanded": Nature.ARRIVED,
}  # fmt: skip
"""RFC 3464 2.3.3; «error» is OpenSMTPD's."""


def parts_below(part: Message) -> Iterator[Message]:
    """Yield the groups of fields of a report."""
    inner = part.get_payload()
    if isinstance(inner, list):
        yield from (each for each in inner[:50] if isinstance(each, Message))


def _failure(block: Message, text: str) -> Failure:
    whose = (_address(header(block, name).partition(";")[2] or header(block, name)) for name in _RECIPIENTS)
    recipients = tuple(dict.fromkeys(filter(None, whose)))
    said = header(block, "Diagnostic-Code").partition(";")
    words = (said[2] or said[0]).strip()
    status = _STATUS.search(header(block, "Status"))
    code = status[0] if status else ""
    if not code or code.endswith(".0.0"):  # «5.0.0» says no more than «failed»; the server's own words may
        words = words if _REPLY.search(words) else _telling(text, recipients) or words
        code = found[0] if (found := _STATUS.search(words)) else code
    return Failure(code, words[:_WORDS], recipients)


_RECIPIENTS = ("Original-Recipient", "Final-Recipient")


def _unstructured(message: Message, text: str) -> Finding | None:
    """Ask flufl.bounce, which knows how servers without reports write; it says who, and whether for good."""
    from flufl.bounce import all_failures  # slow to import, and sending needs the rest of this

    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - patterns of many years over anybody's text: what breaks them is not recognised
        return None
    for nature, found in ((Nature.FAILED, permanent), (Nature.DELAYED, temporary)):
        if found:
            whose = tuple(each.decode("ascii", "replace") for each in sorted(found)[:20])
            failure = _in_words(text, whose)
            return Finding(nature, (failure,), failure.words)
    return None


def _in_words(text: str, whose: Sequence[str]) -> Failure:
    words = _telling(text, whose)
    status, reply = _STATUS.search(words), _REPLY.search(words)
    return Failure(status[0] if status else (f"{reply[1][0]}.0.0" if reply else ""), words, whose)


def _telling(text: str, whose: Sequence[str]) -> str:
    """Return the part of a text in which a server says why: around its first code, or where it names the recipient."""
    own = _HEADER_LINE.sub("", _ENCLOSED.split(text, maxsplit=1)[0])
    code = _STATUS.search(own) or _REPLY.search(own)
    named = [at for each in whose if (at := own.find(each)) >= 0]
    begins = code.start() - 60 if code else min(named) - 150 if named else 0
    return " ".join(own[max(0, begins) :].split())[:_WORDS]


_ENCLOSED = re.compile(
    r"^[\s\-*|=>]*(?:(?:here|below|this|included) (?:line )?is (?:a )?copy of|(?:the )?(?:original|returned|unsent) (?:message|mail)\b.{0,20}(?:follows|-{2,})"
    r"|message (?:header|headers|text) follows?|the header and top).*$",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_LINE = re.compile(
    r"^[\s>]*(?:subject|to|cc|from|date|sent|received|message-id)\s*:.*$", re.IGNORECASE | re.MULTILINE
)
"""What a report repeats of our own mail must not be taken for the server's words."""


def _challenges(message: Message, words: str) -> bool:
    return any(name.lower().startswith(("x-boxbe", "x-tmda", "x-spamarrest")) for name in list(message)[:200]) or bool(
        _CHALLENGE.search(words[:8_000])
    )


def _is_automatic(message: Message, subject: str) -> bool:
    return bool(
        _REPLIED.match(header(message, "Auto-Submitted"))
        or any(name in message for name in _AUTOMATIC)
        or header(message, "Precedence").lower() in ("auto_reply", "auto-reply")
        or _AWAY.match(subject)
    )


def _address(text: str) -> str:
    return parseaddr(text)[1].strip()[:320]
