"""Signatures: what they cover, the RFC's own vectors, and what a program of others finds in them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.adapters.dkim import DkimKey, read_key
from publisher.deliver import MessageBuilder, compose, signing
from publisher.deliver.message import ISSUE
from publisher.merge_fields import ADDRESS, GREETING, UNSUBSCRIBE, around
from publisher.ports import Claimed, Envelope, Mailing
from tests import signatures
from tests.mailroom import SECRET, message_builder, preferences_url
from tests.publication import NOON, publication

# RFC 8463, appendix A: the message, the key of the selector "brisbane", and the signature that follows from both.
VECTOR = b"""\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
""".replace(b"\n", b"\r\n")
VECTOR_HEADER = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=""".replace(b"\n", b"\r\n")
VECTOR_SEED = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
VECTOR_SIGNATURE = b"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="


def test_the_vector_of_rfc_8463_passes() -> None:
    import base64

    key = DkimKey(Ed25519PrivateKey.from_private_bytes(base64.b64decode(VECTOR_SEED)))
    assert key.text == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    hashed = signing.body_hash(VECTOR.partition(b"\r\n\r\n")[2])
    assert base64.b64encode(hashed) == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    fields = signing.header_fields(VECTOR)
    order = ("from", "to", "subject", "date", "message-id")
    covers = signing.Covered(order, b"".join(fields[name][0] + b"\r\n" for name in order), hashed)
    assert base64.b64encode(key.sign(signing.to_sign(covers, VECTOR_HEADER))) == VECTOR_SIGNATURE


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", b""), (b"\r\n", b""), (b"\r\n\r\n\r\n", b""), (b"a", b"a\r\n"), (b"a\r\n\r\n\r\n", b"a\r\n"), (b" \t\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376 3.4.5
        (b".\r\n..a\r\n", b".\r\n..a\r\n"), (b"\t\ta   b\t\r\n", b" a b\r\n"),
    ],
)  # fmt: skip
def test_a_body_in_relaxed_form(body: bytes, form: bytes) -> None:
    import hashlib

    assert signing.body_hash(body) == hashlib.sha256(form).digest()


LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b".", b"..", b" ", b"\t", b"  a", b"a \t ", b"x" * 998, b"From x", b"caf\xc3\xa9  \xff"]),
        st.binary(max_size=60).map(lambda line: re.sub(rb"[\r\n\x00]", b"", line)),
    ),
    max_size=12,
)
VALUES = st.lists(st.text('abü .:;=\t"<>@', max_size=70).map(lambda text: text.strip() or "x"), min_size=1, max_size=3)
NAMES = st.sampled_from(
    ["Subject", "To", "Reply-To", "List-Id", "List-Unsubscribe", "References", "X-Other", "subject", "CC"]
)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=8), LINES, st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_dkimpy_verifies_both_signatures_of_any_message(
    fields: list[tuple[str, list[str]]], lines: list[bytes], ends: bool
) -> None:
    head = "".join(f"{name}: " + "\r\n  ".join(folded) + "\r\n" for name, folded in fields).encode()
    body = b"\r\n".join(lines) + (b"\r\n" if ends else b"")
    message = b"From: notes@notes.example.com\r\n" + head + b"\r\n" + body
    signed = signatures.signer().sign(Envelope("a@example.com", "b@example.com", message, "x"), NOON).message
    assert signed.endswith(message)
    signed += b"" if signed.endswith(b"\r\n") else b"\r\n"  # as SMTP ends it
    assert signatures.by_dkimpy(signed) == signatures.BOTH
    added = signed.replace(b"From: notes@", b"Subject: another\r\nFrom: notes@", 1)
    assert signatures.by_dkimpy(added) == [(algorithm, False) for algorithm, _ in signatures.BOTH]


WORDS = st.lists(st.sampled_from([*"aé .=\n\t\u2028", "  ", "\r\n", "\n\n", " \n", "w" * 80]), max_size=40).map("".join)


@given(WORDS, WORDS, WORDS, st.text("aé .<>&", max_size=50), st.sets(st.sampled_from(["one", "two"]), max_size=1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_hash_from_the_template_is_that_of_the_readers_own_copy(
    before: str, within: str, after: str, name: str, without: set[str]
) -> None:
    parts = "".join(f"{around(section).begins}{within}{around(section).ends}" for section in ("one", "two"))
    text = f"t{before}{GREETING}{within}{ADDRESS}{parts}{after}{UNSUBSCRIBE}"
    message = compose(publication(), ISSUE, subject="x", html=f"<p>{text}</p>", text=text, number=7)
    builder = MessageBuilder(
        publication(), SECRET, "https://notes.example.com/unsubscribe/{}".format, preferences_url, signed=True
    )
    mailing = Mailing(7, "digest", "x", message, NOON, None)
    envelope = builder.issue(mailing)(Claimed(1, "subject", "a@example.com", name, 1, without=frozenset(without)))
    assert envelope is not None
    assert envelope.body_hash == signing.body_hash(envelope.message.partition(b"\r\n\r\n")[2])


def test_a_retry_is_the_same_message_but_for_the_time_of_its_signatures() -> None:
    envelope = message_builder().email(
        ISSUE, compose(publication(), ISSUE, subject="x", html="<p>x</p>", text="x", number=7), name="Ada",
        address="ada@example.com", reference="r", now=NOON, values={"unsubscribe": "https://notes.example.com/u/t", "preferences": "https://notes.example.com/p/t"},
    )  # fmt: skip
    first, same, later = (
        signatures.signer().sign(envelope, NOON + dt.timedelta(hours=hours)).message for hours in (0, 0, 5)
    )
    assert first == same
    assert first != later
    assert all(signed.endswith(envelope.message) for signed in (first, later))
    for signed in (first, later):
        assert re.sub(rb"\bt=\d+|\bb=[^;]*?\r\n(?=\S)", b"", signed) == re.sub(
            rb"\bt=\d+|\bb=[^;]*?\r\n(?=\S)", b"", first
        )
        assert signatures.by_dkimpy(signed) == signatures.BOTH


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_is_read_as_pem_and_in_one_line_as_an_environment_has_it(kind: str) -> None:
    key = signatures.key(kind)
    pem = key.pem.decode()
    inner = "".join(pem.splitlines()[1:-1])
    for text in (pem, pem.replace("\n", "\\n"), pem.replace("\n", "\r\n"), inner, f"  {pem}\n"):
        assert read_key(text).public == key.public


def _pem(key: object, password: bytes | None = None) -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    made = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)  # type: ignore[attr-defined]
    return str(made.decode())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hunter2!", "it is no private key"),
        ("aHVudGVyMg==", "it is no private key"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----", "it is no private key"),
        (_pem(Ed25519PrivateKey.generate(), b"hunter2"), "the key has a password"),
        (_pem(new_curve_key(SECP256R1())), "the key is neither RSA nor Ed25519"),
    ],
    ids=["words", "base64", "broken", "password", "curve"],
)
def test_what_is_no_key_for_dkim_is_told_in_a_sentence_that_repeats_nothing_of_it(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        read_key(text)
    assert "hunter2" not in str(raised.value)


def test_header_fields_in_relaxed_form() -> None:
    fields = signing.header_fields(b"A: X\r\nB : Y\t\r\n\tZ  \r\nb:\r\n 1\r\n\r\nC: no field")
    assert fields == {"a": [b"a:X"], "b": [b"b:Y Z", b"b:1"]}  # RFC 6376 3.4.5
