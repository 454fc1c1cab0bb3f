"""One reader's copy: fills a composed message and addresses its envelope (pure).

Everything that is derived from the secret depends on the mailing and the reader only, so that a retry is the same
message, byte for byte (I6).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import format_datetime
from functools import lru_cache

from publisher.deliver.message import MailKind, MergeField, Template, sections_of
from publisher.deliver.mime_text import mailbox, wire_address
from publisher.deliver.signing import hash_of, relaxed
from publisher.language import Language, Phrase, language_of
from publisher.numbers import corrected
from publisher.ports import Claimed, Envelope, Mailing
from publisher.publication import Publication

Build = Callable[[Claimed], Envelope | None]
"""Makes the envelope of one claimed delivery, or returns None if the reader wants none of the issue's sections.

Raises UserError for a reader to whom no message can be addressed.
"""

VARIANTS = 64
"""How many variants of one message are cached, one for each choice of sections: 4 MB, if a message has 60 KB."""

SPECIMEN = "A" * 22
"""The subject id of the reader whose copies are compared; nobody has it, because real ones are drawn."""
_SOMETIME = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_BOUNCE = re.compile(r"\+(\d{1,6})-([0-9a-f]{1,16})-([a-z2-7]{8})@")
_EMAIL = "mail"
_EMAIL_BOUNCE = re.compile(rf"\+{_EMAIL}-([0-9a-f]{{1,16}})-([a-z2-7]{{8}})@")


@dataclass(frozen=True, slots=True)
class MessageBuilder:
    """Builds the messages of a publication, from what all of them share.

    `unsubscribe_url` makes a reader's link from their subject id; `preferences_url` makes it from the subject id and
    the moment from which it is valid. That moment is the start of the mailing, so that a retry has the same link.
    """

    publication: Publication
    secret: bytes = field(repr=False)
    unsubscribe_url: Callable[[str], str]
    preferences_url: Callable[[str, dt.datetime], str]
    signed: bool = False
    """Whether the messages will be signed: each of an issue then comes with the hash of its body, most of which is made once."""

    def issue(self, mailing: Mailing) -> Build:
        """Return a function that makes each reader's envelope from the mailing's frozen bytes."""
        sections = sections_of(mailing.message)
        language = language_of(self.publication)
        domain = wire_address(self.publication.sender.address).rpartition("@")[2]
        wrong = corrected(mailing.number)

        @lru_cache(VARIANTS)
        def template(without: frozenset[str]) -> Template:
            return Template.parse(mailing.message, without)

        @lru_cache(VARIANTS)
        def body(without: frozenset[str]) -> Template:
            return template(without).relaxed_body()

        def body_hash(without: frozenset[str], written: Mapping[MergeField, bytes]) -> bytes:
            return hash_of(body(without).join({each: relaxed(value) for each, value in written.items()}))

        @lru_cache(VARIANTS)
        def date(moment: dt.datetime) -> str:
            return format_datetime(moment)

        def build(claimed: Claimed) -> Envelope | None:
            without = sections.intersection(claimed.without)
            if sections and without == sections:
                return None
            name = self._name(mailing.number, claimed.subject_id)
            leaving = self.unsubscribe_url(claimed.subject_id)
            values = {
                "date": date(claimed.dated or mailing.started),
                "message_id": f"{name}@{domain}",
                "corrected": f"{self._name(wrong, claimed.subject_id)}@{domain}" if wrong else "",
                "to": mailbox("reader's name", claimed.name, claimed.address).decode("utf-8"),
                "greeting": greeting(claimed.name, language),
                "address": claimed.address,
                "unsubscribe": leaving,
                "leave_token": _token(leaving),
                "preferences": self.preferences_url(claimed.subject_id, mailing.started),
            }
            written = template(without).write(values)
            tag = bounce_token(self.secret, mailing.number, claimed.id)
            return Envelope(
                mail_from=self._bounces(tag),
                rcpt_to=wire_address(claimed.address),
                message=template(without).join(written),
                name=name,
                body_hash=body_hash(without, written) if self.signed else b"",
                tag=tag,
            )

        return build

    def sample_digest(self, mailing: Mailing) -> str:
        """Return the digest of one made-up reader's copy, which is the same wherever it is made with the same settings.

        Everything shows in it that the settings decide: sender, links, tokens, Message-IDs, and whether it will be signed.
        """
        like = Mailing(mailing.number, "", "", mailing.message, _SOMETIME, None)
        made = self.issue(like)(Claimed(0, SPECIMEN, "reader@example.com", "Reader", 1))
        assert made is not None, "a reader who chose nothing gets every section"
        parts = (made.mail_from.encode(), made.rcpt_to.encode(), made.message, made.body_hash)
        return hashlib.sha256(b"\x00".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()

    def email(
        self,
        kind: MailKind,
        message: bytes,
        *,
        name: str,
        address: str,
        reference: str,
        now: dt.datetime,
        values: Mapping[str, str] | None = None,
        row: int | None = None,
    ) -> Envelope:
        """Return the envelope of a mail to one person, which `row` is the outbox's of.

        `reference` identifies the mail among all others of its kind; the same reference gives the same Message-ID.
        `values` fills the merge fields that the mail's template uses: action, unsubscribe, preferences.
        """
        domain = wire_address(self.publication.sender.address).rpartition("@")[2]
        digest = self._digest(kind, reference)
        everything = {
            "date": format_datetime(now),
            "message_id": f"{kind}.{digest}@{domain}",
            "corrected": f"wrong.{digest}@{domain}",  # a copy of a correction goes to somebody who may not have the issue
            "to": mailbox("name", name, address).decode("utf-8"),
            "greeting": greeting(name, language_of(self.publication)),
            "address": address,
            **(values or {}),
        }
        everything["leave_token"] = _token(everything.get("unsubscribe", ""))
        tag = f"{kind}-{digest[:12]}" if row is None else email_token(self.secret, row)
        return Envelope(
            mail_from=self._bounces(tag),
            rcpt_to=wire_address(address),
            message=Template.parse(message).build(everything),
            name=f"{kind}.{digest}",
            tag=tag,
        )

    def is_name(self, name: str, number: int, subject_id: str) -> bool:
        """Whether a Message-ID begins with the name of this issue for this reader, which nobody else can make."""
        return hmac.compare_digest(name.encode(), self._name(number, subject_id).encode())

    def _name(self, number: int, subject_id: str) -> str:
        """Return the part of a Message-ID that is different for each issue and reader."""
        return f"{number}.{self._digest('message', str(number), subject_id)}"

    def _digest(self, *words: str) -> str:
        return _mac(self.secret, 24, *words)

    def _bounces(self, token: str) -> str:
        mailbox_name = self.publication.sender.bounces
        if mailbox_name is None:  # the sender's own mailbox may not accept tagged addresses
            return wire_address(self.publication.sender.address)
        local, _, domain = wire_address(mailbox_name).rpartition("@")
        return f"{local}+{token}@{domain}"


def _token(url: str) -> str:
    return url.rpartition("/")[2]


def greeting(name: str, language: Language) -> str:
    """Return the line that greets a reader.

    >>> greeting("Ada", Language("en")), greeting("", Language("de"))
    ('Hello Ada,', 'Hallo,')
    """
    name = name.strip()
    return language.say(Phrase("Hello %(name)s,"), name=name) if name else language.say(Phrase("Hello,"))


def bounce_token(secret: bytes, number: int, delivery: int) -> str:
    """Return the part of the envelope sender that says which delivery came back."""
    return f"{number}-{delivery:x}-{_mac(secret, 8, 'bounce', str(number), str(delivery))}"


def email_token(secret: bytes, row: int) -> str:
    """Return the same for a mail of the outbox."""
    return f"{_EMAIL}-{row:x}-{_mac(secret, 8, 'bounce', _EMAIL, str(row))}"


def delivery_of(address: str, secret: bytes) -> tuple[int, int] | None:
    """Return (issue number, delivery id) from the address that a bounce came to, or None if it is not one of ours."""
    match = _BOUNCE.search(address.lower())
    if match is None:
        return None
    number, delivery = int(match[1]), int(match[2], 16)
    expected = bounce_token(secret, number, delivery).rpartition("-")[2]
    return (number, delivery) if hmac.compare_digest(match[3], expected) else None


def email_of(address: str, secret: bytes) -> int | None:
    """Return the row of the outbox likewise."""
    match = _EMAIL_BOUNCE.search(address.lower())
    if match is None:
        return None
    row = int(match[1], 16)
    return row if hmac.compare_digest(match[2], email_token(secret, row).rpartition("-")[2]) else None


def _mac(secret: bytes, characters: int, *words: str) -> str:
    """Return the beginning of a MAC: `characters` of base32, a multiple of 8 (Python's own base32 takes longer than the MAC)."""
    made = hmac.digest(secret, "\x00".join(words).encode("utf-8"), "sha256")
    return base64.b32encode(made[: characters // 8 * 5]).decode("ascii").lower()
