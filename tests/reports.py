"""What providers report, signed as they sign it, with keys that are made here."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-central-1:123456789012:bounces"
CERTIFICATE = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
PASSWORD = "a password of the tests, long enough"
SVIX = "whsec_" + base64.b64encode(b"a key of the tests, of 32 bytes.").decode()


@dataclass(frozen=True)
class Signed:
    """A call of a webhook."""

    body: bytes
    headers: dict[str, str]


@cache
def sendgrid_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def sns_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def sns_certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(sns_key().public_key()).serial_number(7)
        .not_valid_before(now).not_valid_after(now + dt.timedelta(days=3650)).sign(sns_key(), hashes.SHA256())
    )  # fmt: skip
    return made.public_bytes(serialization.Encoding.PEM)


def secret_of(provider: str) -> str:
    if provider == "sendgrid":
        public = sendgrid_key().public_key()
        made = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(made).decode()
    return {"ses": TOPIC, "resend": SVIX}.get(provider, PASSWORD)


def signed(provider: str, said: Any, now: dt.datetime, identifier: str = "call-1") -> Signed:
    """Return a genuine call that says this."""
    seconds, body = str(int(now.timestamp())), json.dumps(said).encode()
    if provider == "postmark":
        return Signed(body, {"Authorization": "Basic " + base64.b64encode(f"pressroom:{PASSWORD}".encode()).decode()})
    if provider == "mailgun":
        made = hmac.digest(PASSWORD.encode(), (seconds + identifier).encode(), "sha256").hex()
        return Signed(
            json.dumps({**said, "signature": {"timestamp": seconds, "token": identifier, "signature": made}}).encode(),
            {},
        )
    if provider == "resend":
        key = base64.b64decode(SVIX.removeprefix("whsec_"))
        mac = base64.b64encode(hmac.digest(key, f"{identifier}.{seconds}.".encode() + body, "sha256")).decode()
        return Signed(body, {"svix-id": identifier, "svix-timestamp": seconds, "svix-signature": f"v1,AAAA v1,{mac}"})
    if provider == "sendgrid":
        signature = sendgrid_key().sign(seconds.encode() + body, ec.ECDSA(hashes.SHA256()))
        name = "X-Twilio-Email-Event-Webhook-"
        return Signed(body, {f"{name}Signature": base64.b64encode(signature).decode(), f"{name}Timestamp": seconds})
    return sns({"Type": "Notification", "Message": json.dumps(said)}, now, identifier)


def sns(
    fields: dict[str, str], now: dt.datetime, identifier: str = "call-1", version: str = "1", **instead: str
) -> Signed:
    """Return a message of SNS; `instead` is changed after it was signed."""
    message = {
        "MessageId": identifier,
        "TopicArn": TOPIC,
        "Timestamp": now.isoformat(),
        "SigningCertURL": CERTIFICATE,
        **fields,
    }
    names = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    kind = hashes.SHA1() if version == "1" else hashes.SHA256()
    made = base64.b64encode(sns_key().sign(text.encode(), padding.PKCS1v15(), kind)).decode()
    return Signed(json.dumps({**message, "SignatureVersion": version, "Signature": made, **instead}).encode(), {})


def bounce(provider: str, tag: str, words: str = "550 5.1.1 no such user", status: str = "5.1.1") -> Any:
    """Return what a provider says of a mail that came back for good."""
    return {
        "postmark": {"RecordType": "Bounce", "Type": "HardBounce", "Details": f"smtp;{words}", "Metadata": {"delivery": tag}},
        "ses": {
            "eventType": "Bounce", "mail": {"tags": {"delivery": [tag]}},
            "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{"status": status, "diagnosticCode": f"smtp; {words}"}]},
        },
        "mailgun": {"event-data": {"event": "failed", "severity": "permanent", "reason": "bounce", "user-variables": {"delivery": tag}, "delivery-status": {"message": words, "enhanced-code": status}}},
        "resend": {"type": "email.bounced", "data": {"tags": {"delivery": tag}, "bounce": {"type": "Permanent", "subType": "General", "message": words}}},
        "sendgrid": [{"event": "bounce", "type": "bounce", "status": status, "reason": words, "delivery": tag}],
    }[provider]  # fmt: skip


def complaint(provider: str, tag: str) -> Any:
    return {
        "postmark": {"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Metadata": {"delivery": tag}},
        "ses": {"notificationType": "Complaint", "mail": {"tags": {"delivery": [tag]}}, "complaint": {"complaintFeedbackType": "abuse"}},
        "mailgun": {"event-data": {"event": "complained", "user-variables": {"delivery": tag}}},
        "resend": {"type": "email.complained", "data": {"tags": [{"name": "delivery", "value": tag}]}},
        "sendgrid": [{"event": "open", "delivery": tag}, {"event": "spamreport", "delivery": tag}],
    }[provider]  # fmt: skip


def arrival(provider: str, tag: str) -> Any:
    return {
        "postmark": {"RecordType": "Delivery", "Metadata": {"delivery": tag}},
        "ses": {"eventType": "Delivery", "mail": {"tags": {"delivery": [tag]}}, "delivery": {}},
        "mailgun": {"event-data": {"event": "delivered", "user-variables": {"delivery": tag}}},
        "resend": {"type": "email.delivered", "data": {"tags": {"delivery": tag}}},
        "sendgrid": [{"event": "delivered", "delivery": tag, "response": "250 OK"}],
    }[provider]  # fmt: skip
