"""Whether a provider's report is genuine: each signs in its own way, and none is believed before that is checked.

Postmark   signs nothing: HTTP Basic authentication with our own password
           (https://postmarkapp.com/developer/webhooks/webhooks-overview#protecting-your-webhook)
Mailgun    HMAC-SHA256 of timestamp and token, by the webhook signing key
           (https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks)
Resend     Svix: HMAC-SHA256 of id, timestamp and body, by the part of whsec_… that is base64
           (https://docs.svix.com/receiving/verifying-payloads/how-manual)
SendGrid   ECDSA over SHA-256 of timestamp and body, by the key that its settings show
           (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features)
SES        SNS: see sns.py
"""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from publisher.errors import ConfigurationError
from publisher.provider_url import ProviderUrl

OLDEST: Final = 300.0
"""Seconds by which a signed moment may differ from ours. What is signed once and sent again later has a day."""
OLDEST_REPEATED: Final = 86_400.0
REMEMBERED: Final = 10_000
USER: Final = "pressroom"


class NotGenuine(Exception):
    """A report that is not believed; the message says why, without a secret."""


class Unverifiable(Exception):
    """What a report has to be verified with cannot be fetched now."""


@dataclass(frozen=True, slots=True)
class Call:
    """A genuine report: what names this call among all others, and what it says, as JSON."""

    identifier: str
    said: Any = field(repr=False)


class Verifier(Protocol):
    """One provider's way to sign."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:
        """Return a call that is genuine; None if there is nothing to take. Raises NotGenuine, Unverifiable."""
        ...


class Hook:
    """A provider's webhook. A call that was taken before is known again as long as this process lives."""

    def __init__(self, provider: str, verifier: Verifier) -> None:
        self.provider = provider
        self._verifier = verifier
        self._taken: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:
        """Return a genuine call that was not taken before, else None. Raises NotGenuine, Unverifiable."""
        call = self._verifier.verify(headers, body, now)
        with self._lock:
            return None if call is None or call.identifier in self._taken else call

    def remember(self, call: Call) -> None:
        with self._lock:
            self._taken[call.identifier] = None
            if len(self._taken) > REMEMBERED:
                self._taken.popitem(last=False)


def hook_of(url: ProviderUrl, secret: str) -> Hook:
    """Return the webhook of a provider. Raises ConfigurationError, as «what; how», which never repeats the secret."""
    if url.provider == "ses":
        from publisher.adapters.sns import Sns

        return Hook(url.provider, Sns.of(secret))
    signed: dict[str, Callable[[str], Verifier]] = {
        "postmark": _Postmark, "mailgun": _Mailgun, "resend": _Svix, "sendgrid": _SendGrid,
    }  # fmt: skip
    return Hook(url.provider, signed[url.provider](secret))


def said_in(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotGenuine("it is not JSON") from None


def _long_enough(secret: str, what: str) -> bytes:
    if len(secret) < 16:
        raise ConfigurationError(f"it has fewer than 16 characters; {what}")
    return secret.encode()


def _near(moment: float, now: dt.datetime, oldest: float) -> None:
    if not now.timestamp() - oldest <= moment <= now.timestamp() + OLDEST:
        raise NotGenuine("its time is not now")


def _seconds(text: object) -> float:
    words = str(text)
    if not (words.isascii() and words.isdigit() and len(words) < 15):
        raise NotGenuine("it has no time")
    return float(words)


class _Postmark:
    def __init__(self, secret: str) -> None:
        password = _long_enough(secret, "choose a password such as: openssl rand -hex 32")
        self._expected = b"Basic " + base64.b64encode(USER.encode() + b":" + password)

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:  # noqa: ARG002  it signs no time
        given = headers.get("authorization", "").encode("latin-1", "replace")
        if not hmac.compare_digest(given, self._expected):
            raise NotGenuine("user or password is wrong")
        return Call(_digest(body), said_in(body))


class _Mailgun:
    def __init__(self, secret: str) -> None:
        self._key = _long_enough(secret, "copy the HTTP webhook signing key")

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:  # noqa: ARG002  it signs in the body
        said = said_in(body)
        signed = said.get("signature") if isinstance(said, dict) else None
        parts = [signed.get(name) for name in ("timestamp", "token", "signature")] if isinstance(signed, dict) else []
        if not parts or not all(isinstance(each, str) for each in parts):
            raise NotGenuine("it is not signed")
        timestamp, token, signature = map(str, parts)
        made = hmac.digest(self._key, (timestamp + token).encode("utf-8", "replace"), "sha256").hex()
        if not hmac.compare_digest(made.encode(), signature.encode("utf-8", "replace")):
            raise NotGenuine("its signature is wrong")
        _near(_seconds(timestamp), now, OLDEST)
        return Call(token, said)


class _Svix:
    def __init__(self, secret: str) -> None:
        try:
            self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:  # not base64, or not even ASCII
            self._key = b""
        if len(self._key) < 16:
            raise ConfigurationError("it is not a signing secret of Resend; copy it from the webhook, with whsec_")

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:
        identifier, timestamp = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
        signed = f"{identifier}.{timestamp}.".encode("latin-1", "replace") + body
        made = b"v1," + base64.b64encode(hmac.digest(self._key, signed, "sha256"))
        given = headers.get("svix-signature", "").encode("latin-1", "replace").split(b" ")[:10]
        if not identifier or not any([hmac.compare_digest(made, each) for each in given]):  # noqa: C419  all, in the same time
            raise NotGenuine("its signature is wrong")
        _near(_seconds(timestamp), now, OLDEST)
        return Call(identifier, said_in(body))


class _SendGrid:
    def __init__(self, secret: str) -> None:
        try:
            key = load_der_public_key(base64.b64decode(secret, validate=True))
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ConfigurationError(
                "it is not a verification key of SendGrid; copy it from the event webhook's settings"
            )
        self._key = key

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:
        timestamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
        given = headers.get("x-twilio-email-event-webhook-signature", "")
        try:
            signature = base64.b64decode(given, validate=True)
            self._key.verify(signature, timestamp.encode("latin-1", "replace") + body, ec.ECDSA(hashes.SHA256()))
        except (ValueError, InvalidSignature):
            raise NotGenuine("its signature is wrong") from None
        _near(_seconds(timestamp), now, OLDEST_REPEATED)
        return Call(_digest(timestamp.encode("latin-1", "replace") + body), said_in(body))


def _digest(data: bytes) -> str:
    made = hashes.Hash(hashes.SHA256())
    made.update(data)
    return made.finalize().hex()
