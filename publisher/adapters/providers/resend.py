"""Resend: https://resend.com/docs/api-reference/emails/send-email

What it takes: JSON; up to 100 messages in one request, none of which may have attachments
(https://resend.com/docs/api-reference/emails/send-batch-emails); an idempotency key for 24 hours
(https://resend.com/docs/dashboard/emails/idempotency-keys). It takes no MIME. Message-ID, Date, the envelope sender and the
signature are its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from publisher.adapters.providers.outcome import accepted, judged, later, of_recipient, of_us, unknown
from publisher.adapters.providers.parts import kind_of, take_apart
from publisher.adapters.providers.wire import Answer, Request
from publisher.ports import Envelope, Reply

DELIVERY: Final = "delivery"
"""The tag that webhooks bring back: letters, digits, hyphens and underscores, 256 at most."""
KIND: Final = "kind"
_QUOTA: Final = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})
"""https://resend.com/docs/api-reference/errors"""
_OURS: Final = frozenset(
    {"invalid_from_address", "invalid_region", "invalid_access", "not_found", "method_not_allowed"}
)


class Resend:
    """Fulfils courier.Provider; `key` is the API key, for which sending access is enough."""

    name = "Resend"
    at_once = 100
    repeats = True
    most_bytes = 28_000_000
    """Resend takes 40 MB after base64, attachments included."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        messages = [_message(each) for each in envelopes]
        if len(messages) == 1:
            headers = {**self._headers, "Idempotency-Key": envelopes[0].name}
            return Request("POST", "/emails", headers, _json(messages[0]))
        key = hashlib.sha256("\n".join(each.name for each in envelopes).encode()).hexdigest()
        headers = {**self._headers, "Idempotency-Key": key, "x-batch-validation": "permissive"}
        return Request("POST", "/emails/batch", headers, _json(messages))

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        said = answer.says()
        if not 200 <= answer.status < 300:
            return [_refusal(answer)] * len(envelopes)
        if len(envelopes) == 1:
            return [_taken(said)]
        return _batch(answer, said, len(envelopes))

    def check(self) -> Request:
        """Ask for the domains, which a key with sending access may not; what it then says names the reason."""
        return Request("GET", "/domains", self._headers)

    def wrong(self, answer: Answer) -> str | None:
        if answer.status in (400, 401, 403) and answer.word("name") != "restricted_api_key":
            return "it refuses the key; set PRESSROOM_PROVIDER_KEY to an API key that may send"
        return None


def _message(envelope: Envelope) -> dict[str, Any]:
    parts = take_apart(envelope)
    message: dict[str, Any] = {
        "from": str(parts.sender),
        "to": [str(parts.recipient)],
        "subject": parts.subject,
        "text": parts.text,
        "html": parts.html,
        "headers": dict(parts.headers),
        "tags": [{"name": DELIVERY, "value": envelope.tag}, {"name": KIND, "value": kind_of(envelope)}],
    }
    if parts.reply_to:
        message["reply_to"] = str(parts.reply_to)
    if parts.pictures:
        message["attachments"] = [
            {"filename": each.name, "content_type": each.kind, "content_id": each.content_id, "content": each.data}
            for each in parts.pictures
        ]
    return message


def _taken(said: object) -> Reply:
    identifier = said.get("id") if isinstance(said, dict) else None
    return accepted(identifier) if isinstance(identifier, str) and identifier else unknown("HTTP 200, without an id")


def _batch(answer: Answer, said: dict[str, Any], many: int) -> list[Reply]:
    """Read `data`, the ids of what was taken, in order, and `errors`, each with the index of a message that was not."""
    data, errors = said.get("data"), said.get("errors") or []
    try:
        refused = {int(each["index"]): str(each["message"]) for each in errors}
        taken = iter([_taken(each) for each in data or []])
    except (TypeError, KeyError, ValueError):
        return [unknown("HTTP 200, with errors that cannot be read")] * many
    if len(refused) + len(data or []) != many or not all(0 <= index < many for index in refused):
        return [unknown("HTTP 200, without a result for each message")] * many
    as_one = Answer(422, answer.headers, b"")
    return [_invalid(as_one, refused[index]) if index in refused else next(taken) for index in range(many)]


def _refusal(answer: Answer) -> Reply:
    name, message = answer.word("name"), answer.word("message")
    words = f"{name}: {message}" if name else message
    if name in _QUOTA:
        return later(answer, words)
    if name in _OURS:
        return of_us(answer, words)
    return _invalid(answer, words) if answer.status in (400, 422) else judged(answer, words)


def _invalid(answer: Answer, words: str) -> Reply:
    return of_recipient(answer, words) if "`to`" in words else judged(answer, words)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
