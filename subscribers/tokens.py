"""Signed links: each proves one thing about one reader, and nothing else.

A token is base64url of key id (1 byte) + subject (16 random bytes) [+ expiry (4 bytes, Unix seconds)] + tag (16 bytes).
The tag is HMAC-SHA256, cut to 128 bits, under a key derived for one purpose, so a token for another purpose does not
verify. A token never contains the address. A form's token has the subject of its page, so that it does not work on
another reader's page; that of a form which belongs to nobody has random bytes instead, so that it can be good once.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from subscribers.errors import ExpiredToken, ForgedToken

CONFIRM_LIFETIME = dt.timedelta(hours=48)
MOVE_LIFETIME = dt.timedelta(hours=48)
PREFERENCES_LIFETIME = dt.timedelta(days=30)
"""The link in every issue. Issues get forwarded, so it leads to the reader's choices, but not to their data."""
ACCOUNT_LIFETIME = dt.timedelta(hours=24)
"""The link that a reader asked for, in a mail of its own: it leads to everything."""
FORM_LIFETIME = dt.timedelta(hours=24)
SUBJECT_BYTES = 16
SHORTEST_SECRET = 16
"""The shortest signing secret that is allowed, in characters."""

_TAG_BYTES = 16
_EXPIRY_BYTES = 4


class Purpose(StrEnum):
    """What a token is good for."""

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    PREFERENCES = "preferences"
    ACCOUNT = "account"
    MOVE = "move"
    STAY = "stay"
    NEVER = "never"
    FORM = "form"
    SIGN_UP = "sign-up"
    """A form that does not belong to a reader."""


_LIFETIMES = {
    Purpose.CONFIRM: CONFIRM_LIFETIME,
    Purpose.MOVE: MOVE_LIFETIME,
    Purpose.PREFERENCES: PREFERENCES_LIFETIME,
    Purpose.ACCOUNT: ACCOUNT_LIFETIME,
    Purpose.NEVER: dt.timedelta(0),  # its expiry is when it was made, and does not end it
    Purpose.FORM: FORM_LIFETIME,
    Purpose.SIGN_UP: FORM_LIFETIME,
}
NOBODY = "A" * 22
"""The subject of a form that does not belong to a reader, such as the sign-up form."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a link proves: the visitor can read mail to this subject, and the link was made at `issued`."""

    subject_id: str
    issued: dt.datetime


def new_subject_id() -> str:
    """Return a random public id for a new subscriber: 22 characters of base64url."""
    return _text(secrets.token_bytes(SUBJECT_BYTES))


def new_subject_ids() -> Iterator[str]:
    """Yield new subject ids without end, for lists; the kernel is asked for randomness once for each thousand."""
    while True:
        block = secrets.token_bytes(1_000 * SUBJECT_BYTES)
        for at in range(0, len(block), SUBJECT_BYTES):
            yield _text(block[at : at + SUBJECT_BYTES])


def is_subject_id(text: str) -> bool:
    """Return whether a text has the form of a subject id.

    >>> is_subject_id(NOBODY), is_subject_id("ada@example.com")
    (True, False)
    """
    try:
        _bytes(text, SUBJECT_BYTES)
    except ForgedToken:
        return False
    return True


class Keyring:
    """Makes and checks the tokens in readers' links.

    The first secret signs; all of them verify. To rotate, put the new secret first and keep the old one after it for as
    long as old unsubscribe links should work: for ever, unless the old secret leaked.

    >>> keyring = Keyring("a secret of sixteen characters", "the one before it")
    >>> keyring.subject_to_unsubscribe(keyring.unsubscribe("AAAAAAAAAAAAAAAAAAAAAA"))
    'AAAAAAAAAAAAAAAAAAAAAA'
    """

    __slots__ = ("_current", "_keys")

    def __init__(self, secret: str, *former: str) -> None:
        if any(len(each) < SHORTEST_SECRET for each in (secret, *former)):
            raise ValueError(f"a signing secret needs at least {SHORTEST_SECRET} characters")
        self._keys = tuple(_Key.derive(each) for each in (secret, *former))
        self._current = self._keys[0]

    def __repr__(self) -> str:
        return f"Keyring({len(self._keys)} keys)"

    def unsubscribe(self, subject_id: str) -> str:
        """Return the token of the unsubscribe link, always the same; it never expires. 44 characters."""
        return self._make(Purpose.UNSUBSCRIBE, _subject(subject_id))

    def never(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token of the link by which a mailbox refuses all mail. It says when it was made, and never expires."""
        return self._timed(Purpose.NEVER, subject_id, now)

    def confirm(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token of a confirmation link, valid for CONFIRM_LIFETIME. 50 characters."""
        return self._timed(Purpose.CONFIRM, subject_id, now)

    def preferences(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token of the preferences link in every issue, valid for PREFERENCES_LIFETIME."""
        return self._timed(Purpose.PREFERENCES, subject_id, now)

    def account(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token of the link that a reader asked for, valid for ACCOUNT_LIFETIME."""
        return self._timed(Purpose.ACCOUNT, subject_id, now)

    def move(self, subject_id: str, now: dt.datetime) -> str:
        """Return the token of the link that is mailed to a new address, valid for MOVE_LIFETIME."""
        return self._timed(Purpose.MOVE, subject_id, now)

    def stay(self, subject_id: str) -> str:
        """Return the token by which a reader says that they still want to be mailed; it never expires. 44 characters."""
        return self._make(Purpose.STAY, _subject(subject_id))

    def subject_to_stay(self, token: str) -> str:
        """Return whose link to stay this is. Raises ForgedToken."""
        return _text(self._open(Purpose.STAY, token, SUBJECT_BYTES))

    def form(self, now: dt.datetime, subject_id: str = NOBODY) -> str:
        """Return the token by which a form proves that it was fetched, and when, valid for FORM_LIFETIME.

        Without a reader, each is another one.
        """
        if subject_id == NOBODY:
            return self._timed(Purpose.SIGN_UP, new_subject_id(), now)
        return self._timed(Purpose.FORM, subject_id, now)

    def subject_to_unsubscribe(self, token: str) -> str:
        """Return whose unsubscribe link this is. Raises ForgedToken."""
        return _text(self._open(Purpose.UNSUBSCRIBE, token, SUBJECT_BYTES))

    def refusal(self, token: str, now: dt.datetime) -> Proof:
        """Return whose link to refuse all mail this is, and when it was made. Raises ForgedToken."""
        return self.proof(Purpose.NEVER, token, now, late=True)

    def proof(self, purpose: Purpose, token: str, now: dt.datetime, *, late: bool = False) -> Proof:
        """Return what a link proves; with `late`, even if it has expired.

        Raises ForgedToken, and ExpiredToken unless `late`.
        """
        payload = self._open(purpose, token, SUBJECT_BYTES + _EXPIRY_BYTES)
        expiry = dt.datetime.fromtimestamp(int.from_bytes(payload[SUBJECT_BYTES:], "big"), dt.UTC)
        if now >= expiry and not late:
            raise ExpiredToken
        return Proof(_text(payload[:SUBJECT_BYTES]), expiry - _LIFETIMES[purpose])

    def form_age(self, token: str, now: dt.datetime, subject_id: str = NOBODY) -> dt.timedelta:
        """Return how long ago a form was fetched. Raises ExpiredToken, and ForgedToken, even for another reader's."""
        if subject_id == NOBODY:
            return now - self.proof(Purpose.SIGN_UP, token, now).issued
        proof = self.proof(Purpose.FORM, token, now)
        if proof.subject_id != subject_id:
            raise ForgedToken
        return now - proof.issued

    def _timed(self, purpose: Purpose, subject_id: str, now: dt.datetime) -> str:
        expiry = int((now + _LIFETIMES[purpose]).timestamp())
        return self._make(purpose, _subject(subject_id) + expiry.to_bytes(_EXPIRY_BYTES, "big"))

    def _make(self, purpose: Purpose, payload: bytes) -> str:
        signed = self._current.id + payload
        return _text(signed + self._current.tag(purpose, signed))

    def _open(self, purpose: Purpose, token: str, length: int) -> bytes:
        raw = _bytes(token, 1 + length + _TAG_BYTES)
        signed, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        genuine = False
        for key in self._keys:  # two secrets may share an id, so all that match are tried
            if key.id == signed[:1]:
                genuine |= hmac.compare_digest(key.tag(purpose, signed), tag)
        if not genuine:
            raise ForgedToken
        return signed[1:]


@dataclass(frozen=True, slots=True, repr=False)
class _Key:
    """One secret's id and a keyed HMAC for each purpose; copying one is 5 times faster than keying a new one."""

    id: bytes
    prepared: dict[Purpose, hmac.HMAC]

    @classmethod
    def derive(cls, secret: str) -> Self:
        material = secret.encode()
        number = hmac.digest(material, b"subscribers key id", hashlib.sha256)[:1]
        return cls(number, {each: _prepare(material, each) for each in Purpose})

    def tag(self, purpose: Purpose, signed: bytes) -> bytes:
        mac = self.prepared[purpose].copy()
        mac.update(signed)
        return mac.digest()[:_TAG_BYTES]


def _prepare(material: bytes, purpose: Purpose) -> hmac.HMAC:
    return hmac.new(hmac.digest(material, f"subscribers {purpose}".encode(), hashlib.sha256), digestmod=hashlib.sha256)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(text: str, length: int) -> bytes:
    """Decode what `_text` writes for `length` bytes, and accept nothing else, so that a token has only one spelling."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ForgedToken from None
    if len(raw) != length or _text(raw) != text:
        raise ForgedToken
    return raw


def _subject(subject_id: str) -> bytes:
    try:
        return _bytes(subject_id, SUBJECT_BYTES)
    except ForgedToken:
        raise ValueError(
            f"{subject_id!r} is not a subject id; use one of the 22 characters that new_subject_id() makes"
        ) from None
