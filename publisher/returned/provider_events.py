"""What providers report about mail of ours, as a finding for the same table as returned mail (pure).

    Postmark   https://postmarkapp.com/developer/webhooks/bounce-webhook, …/spam-complaint-webhook, …/delivery-webhook
    SES        https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    Mailgun    https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure
    Resend     https://resend.com/docs/webhooks/event-types
    SendGrid   https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event

A provider's own "hard" counts as "no such mailbox" only where neither a code nor the server's words say otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from publisher.returned.recognise import Failure, Finding, Nature

_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])")
_TAG = re.compile(r"[a-z0-9]{1,12}-[0-9a-f]{1,16}-[a-z2-7]{8}")
_WORDS: Final = 500
MOST: Final = 2_000
"""Events of one call that are read."""


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """What a provider says of one mail; `tag` is Envelope.tag, as the provider brought it back."""

    tag: str
    finding: Finding


def events_of(provider: str, said: object) -> list[ProviderEvent]:
    """Return the events of one call that are about mail of ours, and say what became of it; all others are left out."""
    calls = said if isinstance(said, list) else [said]
    found = (_READ[provider](each) for each in calls[:MOST] if isinstance(each, dict))
    return [event for event in found if event is not None]


def _postmark(said: Mapping[str, Any]) -> ProviderEvent | None:
    kind, record = _text(said, "Type"), _text(said, "RecordType")
    tag = _text(_inner(said, "Metadata"), "delivery")
    words = " ".join(filter(None, (_text(said, "Description"), _text(said, "Details"))))
    if record == "Delivery":
        return _event(tag, Nature.ARRIVED)
    if record == "SpamComplaint" or kind == "SpamComplaint":
        return _event(tag, Nature.COMPLAINT, words=words)
    if record != "Bounce":
        return None
    nature, code = _POSTMARK.get(kind, (Nature.FEEDBACK, ""))
    return _event(tag, nature, _text(said, "Details"), words, code)


_POSTMARK: Final = {
    "HardBounce": (Nature.FAILED, "5.1.1"), "BadEmailAddress": (Nature.FAILED, "5.1.3"), "SoftBounce": (Nature.FAILED, ""),
    "Unknown": (Nature.FAILED, ""), "DnsError": (Nature.FAILED, "5.1.2"), "Blocked": (Nature.FAILED, "5.7.1"),
    "SpamNotification": (Nature.FAILED, "5.7.1"), "DMARCPolicy": (Nature.FAILED, "5.7.1"), "VirusNotification": (Nature.FAILED, "5.6.0"),
    "SMTPApiError": (Nature.FAILED, "5.5.0"), "Transient": (Nature.DELAYED, ""), "AutoResponder": (Nature.AUTOMATIC, ""),
    "ChallengeVerification": (Nature.CHALLENGE, ""),
}  # fmt: skip
"""https://postmarkapp.com/developer/api/bounce-api#bounce-types; the code stands where the server gave none."""


def _ses(said: Mapping[str, Any]) -> ProviderEvent | None:
    kind = _text(said, "eventType") or _text(said, "notificationType")
    tags = _inner(_inner(said, "mail"), "tags").get("delivery")
    tag = tags[0] if isinstance(tags, list) and tags and isinstance(tags[0], str) else ""
    if kind == "Complaint":
        complaint = _inner(said, "complaint")
        feedback = _text(complaint, "complaintFeedbackType")
        return _event(tag, Nature.FEEDBACK if feedback == "not-spam" else Nature.COMPLAINT, words=feedback)
    if kind in ("Delivery", "DeliveryDelay"):
        return _event(tag, Nature.ARRIVED if kind == "Delivery" else Nature.DELAYED)
    if kind == "Reject":
        return _event(tag, Nature.FAILED, words=_text(_inner(said, "reject"), "reason"), code="5.6.0")
    if kind != "Bounce":
        return None
    bounce = _inner(said, "bounce")
    recipients = bounce.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients and isinstance(recipients[0], dict) else {}
    return _amazon(tag, bounce, _text(first, "status"), _text(first, "diagnosticCode"), "bounceType", "bounceSubType")


def _resend(said: Mapping[str, Any]) -> ProviderEvent | None:
    data, kind = _inner(said, "data"), _text(said, "type")
    tags = data.get("tags")
    if isinstance(tags, list):
        tags = {_text(each, "name"): each.get("value") for each in tags if isinstance(each, dict)}
    tag = _text(tags, "delivery") if isinstance(tags, dict) else ""
    if kind == "email.bounced":
        bounce = _inner(data, "bounce")
        return _amazon(tag, bounce, "", _text(bounce, "message"), "type", "subType")
    nature = {
        "email.complained": Nature.COMPLAINT, "email.delivered": Nature.ARRIVED, "email.delivery_delayed": Nature.DELAYED,
    }.get(kind)  # fmt: skip
    if kind == "email.suppressed":
        return _event(tag, Nature.FAILED, words="suppressed by Resend", code="5.2.1")
    return _event(tag, nature) if nature else None


def _amazon(
    tag: str, bounce: Mapping[str, Any], status: str, words: str, type_: str, subtype: str
) -> ProviderEvent | None:
    """Read a bounce as SES sorts it, and Resend after it."""
    permanent, kind = _text(bounce, type_) == "Permanent", _text(bounce, subtype)
    code = _AMAZON.get(kind, "5.1.1" if permanent and kind in ("General", "NoEmail") else "")
    if kind in ("Suppressed", "OnAccountSuppressionList"):
        return _event(tag, Nature.FAILED, "", f"{kind} {words}", code)
    if not permanent and (status or code).startswith("5."):  # it passes, whatever the server's code says
        status, code = status.replace("5.", "4.", 1), code.replace("5.", "4.", 1)
    return _event(tag, Nature.FAILED, status or words, f"{kind} {words}".strip(), code)


_AMAZON: Final = {
    "Suppressed": "5.2.1", "OnAccountSuppressionList": "5.2.1", "MailboxFull": "5.2.2", "MessageTooLarge": "5.2.3",
    "ContentRejected": "5.6.0", "AttachmentRejected": "5.6.0",
}  # fmt: skip


def _mailgun(said: Mapping[str, Any]) -> ProviderEvent | None:
    data = _inner(said, "event-data")
    tag, kind = _text(_inner(data, "user-variables"), "delivery"), _text(data, "event")
    if kind in ("complained", "delivered"):
        return _event(tag, Nature.COMPLAINT if kind == "complained" else Nature.ARRIVED)
    if kind != "failed":
        return None
    status, reason = _inner(data, "delivery-status"), _text(data, "reason")
    words = " ".join(filter(None, (reason, _text(status, "message"), _text(status, "description"))))
    if _text(data, "severity") != "permanent":
        return _event(tag, Nature.DELAYED, words=words)
    if reason.startswith("suppress-"):  # it was not tried, because of what was reported before
        return _event(tag, Nature.FAILED, "", words, "5.2.1")
    return _event(tag, Nature.FAILED, _text(status, "enhanced-code") or words, words)


def _sendgrid(said: Mapping[str, Any]) -> ProviderEvent | None:
    tag, kind, words = _text(said, "delivery"), _text(said, "event"), _text(said, "reason")
    nature = {"spamreport": Nature.COMPLAINT, "delivered": Nature.ARRIVED, "deferred": Nature.DELAYED}.get(kind)
    if nature:
        return _event(tag, nature, words=_text(said, "response"))
    if kind == "dropped":  # it was not tried
        return _event(tag, Nature.FAILED, "", words, "5.2.1")
    if kind != "bounce":
        return None
    code = "5.7.1" if _text(said, "type") == "blocked" else ""
    return _event(tag, Nature.FAILED, _text(said, "status") or words, words, code)


_READ: Final[Mapping[str, Callable[[Mapping[str, Any]], ProviderEvent | None]]] = {
    "postmark": _postmark, "ses": _ses, "resend": _resend, "mailgun": _mailgun, "sendgrid": _sendgrid,
}  # fmt: skip


def _event(tag: str, nature: Nature, said: str = "", words: str = "", code: str = "") -> ProviderEvent | None:
    """Return an event; of a failure with the code that `said` has, or else the one that the provider's word stands for."""
    if not _TAG.fullmatch(tag):
        return None
    found = next(iter(_codes(said)), code)
    words = " ".join(words.split()).replace("\x00", "")[:_WORDS]
    failures = (Failure(found, words),) if nature is Nature.FAILED else ()
    return ProviderEvent(tag, Finding(nature, failures, words))


def _codes(text: str) -> Iterator[str]:
    for each in _STATUS.finditer(text[:4_000]):
        if not each[0].endswith(".0.0"):  # which leaves it to the words
            yield each[0]


def _inner(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    found = said.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.encode("utf-8", "replace").decode("utf-8") if isinstance(found, str) else ""
