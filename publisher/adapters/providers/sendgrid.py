"""Twilio SendGrid: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send

What it takes: JSON, one message in a request, because its batches fill one body for all. It takes no MIME and no idempotency
key. Message-ID, Date, the envelope sender and the signature are its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.headerregistry import Address
from typing import Any, Final

from publisher.adapters.providers.outcome import accepted, judged, of_recipient, of_us, slower, unknown
from publisher.adapters.providers.parts import kind_of, take_apart
from publisher.adapters.providers.wire import Answer, Request
from publisher.ports import Envelope, Reply

DELIVERY: Final = "delivery"
"""The custom argument that events bring back; 10,000 bytes for all of them."""
_OFF: Final = {"enable": False}


class SendGrid:
    """Fulfils courier.Provider; `key` is an API key that may send mail."""

    name = "SendGrid"
    at_once = 1
    repeats = False
    most_bytes = 20_000_000
    """SendGrid takes 30 MB as JSON: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/limitations."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        (envelope,) = envelopes
        parts = take_apart(envelope)
        content = [("text/plain", parts.text), ("text/html", parts.html)]
        message: dict[str, Any] = {
            "personalizations": [{"to": [_person(parts.recipient)], "custom_args": {DELIVERY: envelope.tag}}],
            "from": _person(parts.sender),
            "subject": parts.subject,
            "content": [{"type": kind, "value": value} for kind, value in content],
            "headers": dict(parts.headers),
            "categories": [kind_of(envelope)],
            "tracking_settings": {
                "click_tracking": {"enable": False, "enable_text": False},
                "open_tracking": _OFF,
                "subscription_tracking": _OFF,
            },
        }
        if parts.reply_to:
            message["reply_to"] = _person(parts.reply_to)
        if parts.pictures:
            message["attachments"] = [
                {"filename": each.name, "type": each.kind, "disposition": "inline", "content_id": each.content_id, "content": each.data}
                for each in parts.pictures
            ]  # fmt: skip
        return Request("POST", "/v3/mail/send", self._headers, json.dumps(message).encode("ascii"))

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        return [_reply(answer)] * len(envelopes)

    def check(self) -> Request:
        """Ask what the key may do: https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions."""
        return Request("GET", "/v3/scopes", self._headers)

    def wrong(self, answer: Answer) -> str | None:
        if answer.status == 401:
            return "it refuses the key; set PRESSROOM_PROVIDER_KEY to an API key that may send mail"
        scopes = answer.says().get("scopes")
        if answer.status == 200 and isinstance(scopes, list) and "mail.send" not in scopes:
            return "the key may not send mail; give it the permission Mail Send"
        return None


def _reply(answer: Answer) -> Reply:
    if 200 <= answer.status < 300:
        identifier = answer.headers.get("x-message-id", "")
        return accepted(identifier) if identifier else unknown(f"HTTP {answer.status}, without X-Message-Id")
    errors = [each for each in answer.says().get("errors") or [] if isinstance(each, dict)]
    words = "; ".join(str(each.get("message") or "") for each in errors)
    fields = [str(each.get("field") or "") for each in errors]
    if answer.status == 429:
        return slower(answer, words)
    if answer.status in (400, 422) and fields and all(each.startswith("personalizations.0.to") for each in fields):
        return of_recipient(answer, words)
    if answer.status in (400, 422) and any(each.startswith("from") for each in fields):
        return of_us(answer, words)
    return judged(answer, words)


def _person(address: Address) -> dict[str, str]:
    person = {"email": address.addr_spec}
    return {**person, "name": address.display_name} if address.display_name else person
