"""Postmark: https://postmarkapp.com/developer/api/email-api

What it takes: JSON, up to 500 messages and 50 MB in one request, 10 MB for one message
(https://postmarkapp.com/developer/user-guide/send-email-with-api/batch-emails, …/developer/api/overview). It takes no MIME
and no idempotency key. Message-ID is kept because of X-PM-KeepID; Date, the envelope sender and the signature are its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from publisher.adapters.providers.outcome import (
    accepted,
    judged,
    later,
    of_message,
    of_recipient,
    of_us,
    slower,
    unknown,
)
from publisher.adapters.providers.parts import kind_of, take_apart
from publisher.adapters.providers.wire import Answer, Request
from publisher.ports import Envelope, Reply

DELIVERY: Final = "delivery"
"""The metadata that webhooks bring back; up to 10 of them, 20 characters for a name and 80 for a value
(https://postmarkapp.com/support/article/1125-custom-metadata-faq)."""

INACTIVE: Final = 406
"""The address bounced, complained or was suppressed there before."""
_OURS: Final = frozenset({10, 400, 401, 405, 412, 413, 1235})
"""Bad token; sender not found or not confirmed; no credits; account pending, or may not send; no such stream.
The codes: https://postmarkapp.com/developer/api/overview#error-codes."""
_LATER: Final = 100
"""Maintenance."""
_SLOWER: Final = 429


class Postmark:
    """Fulfils courier.Provider; `stream` is the message stream, `key` the server's API token."""

    name = "Postmark"
    at_once = 500
    repeats = False
    most_bytes = 7_000_000  # base64 in JSON makes a third more of it

    def __init__(self, stream: str, key: str) -> None:
        self._stream = stream
        self._headers = {"X-Postmark-Server-Token": key, "Content-Type": "application/json"}

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        messages = [self._message(each) for each in envelopes]
        if len(messages) == 1:
            return Request("POST", "/email", self._headers, _json(messages[0]))
        return Request("POST", "/email/batch", self._headers, _json(messages))

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        """Read one result, or one for each message in their order; a batch is answered with 200 whatever they say."""
        if answer.status == 401:
            return [of_us(answer, answer.word("Message"))] * len(envelopes)
        said = answer.json()
        results = said if isinstance(said, list) else [said]
        if answer.status not in (200, 422) or not all(isinstance(each, dict) for each in results):
            return [self._whole(answer)] * len(envelopes)
        if answer.status == 422 and len(envelopes) > 1:
            return [self._one(answer, results[0], batch=True)] * len(envelopes)
        if len(results) != len(envelopes):
            return [unknown(f"HTTP {answer.status}, without a result for each message")] * len(envelopes)
        return [self._one(answer, each) for each in results]

    def check(self) -> Request:
        """Ask about the message stream: https://postmarkapp.com/developer/api/message-streams-api#get-message-stream."""
        return Request("GET", f"/message-streams/{self._stream}", self._headers)

    def wrong(self, answer: Answer) -> str | None:
        said = answer.says()
        if answer.status == 401:
            return "it refuses the key; set PRESSROOM_PROVIDER_KEY to the server's API token"
        if answer.status != 200:
            return f"it has no message stream {self._stream!r}; name one of the server's in PRESSROOM_PROVIDER_URL"
        if said.get("MessageStreamType") == "Inbound":
            return (
                f"the message stream {self._stream!r} is for mail that comes in; name another in PRESSROOM_PROVIDER_URL"
            )
        handling = said.get("SubscriptionManagementConfiguration")
        if isinstance(handling, dict) and handling.get("UnsubscribeHandlingType") == "Postmark":
            return (
                f"it would put its own unsubscribe link into mail of the stream {self._stream!r}, so that readers who leave "
                "stay on our list; have Postmark's support set the stream's unsubscribe handling to Custom"
            )
        return None

    def _message(self, envelope: Envelope) -> dict[str, Any]:
        parts = take_apart(envelope)
        headers = (*parts.headers, ("Message-ID", parts.message_id), ("X-PM-KeepID", "true"))
        message: dict[str, Any] = {
            "From": str(parts.sender),
            "To": str(parts.recipient),
            "Subject": parts.subject,
            "TextBody": parts.text,
            "HtmlBody": parts.html,
            "MessageStream": self._stream,
            "Headers": [{"Name": name, "Value": value} for name, value in headers],
            "Tag": kind_of(envelope),
            "Metadata": {DELIVERY: envelope.tag},
            "TrackOpens": False,
            "TrackLinks": "None",
        }
        if parts.reply_to:
            message["ReplyTo"] = str(parts.reply_to)
        if parts.pictures:
            message["Attachments"] = [
                {
                    "Name": each.name,
                    "ContentType": each.kind,
                    "ContentID": f"cid:{each.content_id}",
                    "Content": each.data,
                }
                for each in parts.pictures
            ]
        return message

    def _whole(self, answer: Answer) -> Reply:
        if answer.status == 200:
            return unknown("HTTP 200, with an answer that cannot be read")
        return judged(answer, answer.word("Message"))

    def _one(self, answer: Answer, result: Mapping[str, Any], *, batch: bool = False) -> Reply:
        code, said = result.get("ErrorCode"), _message_of(result)
        if code == 0 and answer.status == 200:
            identifier = result.get("MessageID")
            return accepted(identifier) if isinstance(identifier, str) else unknown("HTTP 200, without a MessageID")
        if not isinstance(code, int) or code == 0:
            return unknown(f"HTTP {answer.status}, without an error code that can be read")
        words = f"{said} (code {code})"
        if code == _SLOWER:
            return slower(answer, words)
        if code == _LATER:
            return later(answer, words)
        if code in _OURS or batch:  # a batch that is refused as a whole says nothing of one message
            return of_us(answer, words)
        if code == INACTIVE:
            return of_recipient(answer, words, "5.2.1")
        if code == 300 and "'to'" in said.lower():
            return of_recipient(answer, words)
        return of_message(answer, words)


def _message_of(result: Mapping[str, Any]) -> str:
    said = result.get("Message")
    return said if isinstance(said, str) else ""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
