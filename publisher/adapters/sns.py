"""Reports of Amazon SES, which come by Amazon SNS: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

Nothing is fetched that a message names, unless it is on the host of the topic's own region, over TLS; and a message of
another topic is refused before its signature is looked at.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from publisher.adapters.provider_hooks import OLDEST, OLDEST_REPEATED, Call, NotGenuine, Unverifiable, said_in
from publisher.adapters.providers.wire import NoAnswer, NotSent, Request, Timeouts, Wire
from publisher.errors import ConfigurationError

_TOPIC: Final = re.compile(r"arn:aws(?:-us-gov)?:sns:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_-]{1,256}")
_CERTIFICATE: Final = r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem"
_SIGNED: Final[Mapping[str, Sequence[str]]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
"""The fields that are signed, in their order; a Subject that is not there is left out."""
_HASHES: Final = {"1": hashes.SHA1, "2": hashes.SHA256}
"""SHA-1 is what SNS signs with unless the topic says otherwise."""

RESTS: Final = 10.0
"""Seconds: less than SNS waits before it repeats a message, which is 20 s unless the topic says otherwise."""
Fetch = Callable[[str], bytes]


def fetch(url: str) -> bytes:
    """Return what a URL has. Raises Unverifiable."""
    parts = urlsplit(url)
    wire = Wire(f"{parts.scheme}://{parts.netloc}", Timeouts(5.0, 5.0, 10.0))
    try:
        answer = wire.ask(Request("GET", f"{parts.path}?{parts.query}" if parts.query else parts.path))
    except (NotSent, NoAnswer, requests.RequestException):
        raise Unverifiable from None
    finally:
        wire.close()
    if answer.status != 200:
        raise Unverifiable
    return answer.body


class Sns:
    """Fulfils provider_hooks.Verifier for the topics that are named, and for no others."""

    def __init__(self, topics: frozenset[str], fetch: Fetch = fetch) -> None:
        self._topics = topics
        self._fetch = fetch
        self._key_at = lru_cache(8)(self._read_key)
        self._lock = threading.Lock()
        self._failed: dict[str, float] = {}

    @classmethod
    def of(cls, secret: str) -> Sns:
        topics = frozenset(filter(None, map(str.strip, secret.split(","))))
        if not topics or not all(_TOPIC.fullmatch(each) for each in topics):
            raise ConfigurationError(
                "it does not name topics of SNS; write ARNs such as arn:aws:sns:eu-central-1:123456789012:bounces, with commas between"
            )
        return cls(topics)

    def verify(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> Call | None:  # noqa: ARG002  it signs in the body
        said = said_in(body)
        if not isinstance(said, dict) or not all(isinstance(each, str) for each in _of(said)):
            raise NotGenuine("it is no message of SNS")
        if said["TopicArn"] not in self._topics:
            raise NotGenuine("its topic is not one of ours")
        found = _TOPIC.fullmatch(said["TopicArn"])
        assert found is not None, "the topics that are ours were checked"
        host = f"sns.{found['region']}.amazonaws.com"
        self._check(said, host)
        _fresh(said["Timestamp"], now)
        if said["Type"] == "SubscriptionConfirmation":
            self._confirm(str(said.get("SubscribeURL")), said["TopicArn"], host)
        if said["Type"] != "Notification":
            return None
        try:
            return Call(said["MessageId"], json.loads(said["Message"]))
        except (ValueError, RecursionError):  # SES says in plain words that it was subscribed
            return None

    def _check(self, said: Mapping[str, Any], host: str) -> None:
        # Nothing may stand around it, or each `#1`, `#2` would be another certificate to fetch.
        if not re.fullmatch(rf"https://{re.escape(host)}{_CERTIFICATE}", said["SigningCertURL"]):
            raise NotGenuine("its certificate is not at Amazon's")
        algorithm = _HASHES.get(said["SignatureVersion"])
        if algorithm is None or said["Type"] not in _SIGNED:
            raise NotGenuine("it is signed in a way that is not known")
        signed = "".join(f"{name}\n{said[name]}\n" for name in _SIGNED[said["Type"]] if name in said)
        try:
            signature = base64.b64decode(said["Signature"], validate=True)
            self._key(said["SigningCertURL"]).verify(
                signature, signed.encode("utf-8", "replace"), padding.PKCS1v15(), algorithm()
            )
        except (ValueError, InvalidSignature):
            raise NotGenuine("its signature is wrong") from None

    def _key(self, url: str) -> rsa.RSAPublicKey:
        """Return the key of a certificate; one that could not be had is not asked for again for RESTS seconds."""
        with self._lock:
            if time.monotonic() < self._failed.get(url, 0.0):
                raise Unverifiable
            self._failed = {one: until for one, until in self._failed.items() if time.monotonic() < until}
            try:
                return self._key_at(url)
            except Unverifiable:
                self._failed[url] = time.monotonic() + RESTS
                raise

    def _read_key(self, url: str) -> rsa.RSAPublicKey:
        try:
            key = x509.load_pem_x509_certificate(self._fetch(url)).public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise Unverifiable from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise Unverifiable
        return key

    def _confirm(self, url: str, topic: str, host: str) -> None:
        """Subscribe: the first message of a topic asks for it, and repeats that until it is done."""
        where = urlsplit(url)
        asked = parse_qs(where.query)
        right = asked.get("Action") == ["ConfirmSubscription"] and asked.get("TopicArn") == [topic]
        if (where.scheme, where.netloc, where.path) != ("https", host, "/") or not right:
            raise NotGenuine("it asks to confirm something else")
        self._fetch(url)


def _of(said: Mapping[str, Any]) -> list[object]:
    names = ("Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL")
    return [said.get(name) for name in names]


def _fresh(text: str, now: dt.datetime) -> None:
    """Refuse what is old. SNS repeats a message with the time of the first attempt, for an hour unless a policy says more."""
    try:
        moment = dt.datetime.fromisoformat(text)
        age = (now - moment).total_seconds()
    except (ValueError, TypeError):
        raise NotGenuine("it has no time") from None
    if not -OLDEST <= age <= OLDEST_REPEATED:
        raise NotGenuine("its time is not now")
