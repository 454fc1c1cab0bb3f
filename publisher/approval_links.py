"""Each editor's own signed link to approve one issue exactly as their proof showed it (pure).

A token is base64url of key id (1 byte) + issue (2) + editor (8) + digest (16) + expiry (4, Unix seconds) + tag (16). The
editor is the beginning of a hash of their address, so a token never contains the address. The tag is HMAC-SHA256, cut to
128 bits, under a key that is derived for this purpose alone; it covers the publication too.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from publisher.errors import ChangedSince, ExpiredLink, ForgedLink, FormerEditor
from publisher.publication import Editor, Publication

LATE = dt.timedelta(days=1)
"""How long a link works that is made after the issue's send window, for an issue that goes out late."""

_PURPOSE = b"pressroom approve"
_NUMBER, _EDITOR, _DIGEST, _EXPIRY, _TAG = 2, 8, 16, 4, 16
_LENGTH = 1 + _NUMBER + _EDITOR + _DIGEST + _EXPIRY + _TAG


@dataclass(frozen=True, slots=True)
class ApprovalLink:
    """What a genuine link says: who may approve which bytes of which issue."""

    number: int
    editor: Editor
    digest: bytes
    token: str

    def check(self, digest: str) -> None:
        """Raise ChangedSince unless this is the digest that the link's proof showed."""
        if not hmac.compare_digest(_cut(digest), self.digest):
            raise ChangedSince(f"issue {self.number} was changed after this proof was made, so nothing was approved")


class ApprovalLinks:
    """Makes editors' links and reads them. The first secret signs; all of them verify."""

    __slots__ = ("_keys",)

    def __init__(self, secret: str, *former: str) -> None:
        self._keys = tuple(hmac.digest(each.encode(), _PURPOSE, hashlib.sha256) for each in (secret, *former))

    def __repr__(self) -> str:
        return f"ApprovalLinks({len(self._keys)} keys)"

    def make(self, publication: Publication, number: int, address: str, digest: str, expires: dt.datetime) -> str:
        """Return the token of the link that goes to one editor's address. 63 characters."""
        key = self._keys[0]
        expiry = int(expires.timestamp())
        signed = (
            _id(key) + number.to_bytes(_NUMBER, "big") + _hashed(publication, address) + _cut(digest)
            + expiry.to_bytes(_EXPIRY, "big")
        )  # fmt: skip
        return _text(signed + _tag(key, publication, signed))

    def read(self, publication: Publication, token: str, now: dt.datetime) -> ApprovalLink:
        """Return what a link says. Raises ForgedLink, ExpiredLink, FormerEditor."""
        raw = _bytes(token)
        signed, tag = raw[:-_TAG], raw[-_TAG:]
        genuine = False
        for key in self._keys:  # two secrets may share an id, so all that match are tried
            if _id(key) == signed[:1]:
                genuine |= hmac.compare_digest(_tag(key, publication, signed), tag)
        if not genuine:
            raise ForgedLink("this link is incomplete, or was not made by us, so nothing was approved")
        at_editor, at_digest = 1 + _NUMBER, 1 + _NUMBER + _EDITOR
        whose, digest = signed[at_editor:at_digest], signed[at_digest:-_EXPIRY]
        number = int.from_bytes(signed[1:at_editor], "big")
        expires = dt.datetime.fromtimestamp(int.from_bytes(signed[-_EXPIRY:], "big"), dt.UTC)
        if now >= expires:
            raise ExpiredLink(
                f"this link to approve issue {number} worked until {expires:%Y-%m-%d %H:%M} UTC, so nothing was approved; "
                f"pressroom proof {number} mails new ones"
            )
        editor = next((one for one in publication.editors if _hashed(publication, one.address) == whose), None)
        if editor is None:
            raise FormerEditor("this link was made for somebody who is not an editor of this publication any more")
        return ApprovalLink(number, editor, digest, token)


def expiry(window_ends: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Return until when a link works that is made now: as long as the issue may go out."""
    return window_ends if now < window_ends else now + LATE


def form_subject(link: ApprovalLink) -> str:
    """Return what a form on the page of this link is bound to, in the form of a subject id: another link's does not fit."""
    return _text(hashlib.sha256(link.token.encode()).digest()[:16])


def _id(key: bytes) -> bytes:
    return hmac.digest(key, b"id", hashlib.sha256)[:1]


def _tag(key: bytes, publication: Publication, signed: bytes) -> bytes:
    return hmac.digest(key, publication.list_id.encode() + b"\x00" + signed, hashlib.sha256)[:_TAG]


def _hashed(publication: Publication, address: str) -> bytes:
    mailbox = Editor(name="editor", address=address).mailbox
    return hashlib.sha256(f"{publication.list_id}\x00{mailbox}".encode()).digest()[:_EDITOR]


def _cut(digest: str) -> bytes:
    return bytes.fromhex(digest)[:_DIGEST]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _bytes(token: str) -> bytes:
    """Decode what `_text` writes, and accept nothing else, so that a token has only one spelling. Raises ForgedLink."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _LENGTH or _text(raw) != token:
        raise ForgedLink("this link is incomplete, or was not made by us, so nothing was approved")
    return raw
