"""Mailgun, by messages.mime: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages

What it takes: our MIME message as it is, one in a request; Message-ID and Date are kept. It signs, and has an envelope
sender of its own. There is no idempotency key. Its batches fill one message for all, so ours are sent one by one.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

from urllib3 import encode_multipart_formdata

from publisher.adapters.providers.outcome import accepted, judged, of_recipient, unknown
from publisher.adapters.providers.parts import kind_of
from publisher.adapters.providers.wire import Answer, Request
from publisher.ports import Envelope, Reply

DELIVERY: Final = "delivery"
"""The variable that webhooks bring back in `user-variables`."""


class Mailgun:
    """Fulfils courier.Provider; `domain` is the sending domain, `key` the account's or the domain's sending key."""

    name = "Mailgun"
    at_once = 1
    repeats = False
    most_bytes = 24_000_000
    """Mailgun takes 25 MB: https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages."""

    def __init__(self, domain: str, key: str) -> None:
        self._domain = domain
        self._headers = {"Authorization": f"Basic {base64.b64encode(f'api:{key}'.encode()).decode()}"}

    def request(self, envelopes: Sequence[Envelope]) -> Request:
        (envelope,) = envelopes
        fields: list[tuple[str, str | tuple[str, bytes, str]]] = [
            ("to", envelope.rcpt_to),
            ("message", ("message.mime", envelope.message, "message/rfc822")),
            ("o:tag", kind_of(envelope)),
            ("o:tracking", "no"),
            (f"v:{DELIVERY}", envelope.tag),
        ]
        body, kind = encode_multipart_formdata(fields)
        return Request("POST", f"/v3/{self._domain}/messages.mime", {**self._headers, "Content-Type": kind}, body)

    def replies(self, answer: Answer, envelopes: Sequence[Envelope]) -> Sequence[Reply]:
        words, identifier = answer.word("message"), answer.word("id").strip("<>")
        if answer.status == 200:
            reply = accepted(identifier) if identifier else unknown("HTTP 200, without an id")
        elif answer.status == 400 and "'to' parameter" in words:
            reply = of_recipient(answer, words)
        else:
            reply = judged(answer, words)
        return [reply] * len(envelopes)

    def check(self) -> Request:
        """Ask about the domain: https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains."""
        return Request("GET", f"/v4/domains/{self._domain}", self._headers)

    def wrong(self, answer: Answer) -> str | None:
        """Say nothing of 401: a domain's sending key may send and nothing else, and looks the same."""
        if answer.status == 404:
            return f"it has no domain {self._domain} in this region; name one in PRESSROOM_PROVIDER_URL, with ?region=eu for the EU"
        domain = answer.says().get("domain")
        if answer.status == 200 and isinstance(domain, dict) and domain.get("is_disabled"):
            return f"the domain {self._domain} is switched off there; see its control panel"
        return None
