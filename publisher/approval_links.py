"""Each editor's own signed link to approve one issue exactly as their proof showed it (pure).

A token is base64url of key id (1 byte) + issue (2) + editor (8) + digest (16) + expiry (4, Unix seconds) + tag (16). The
editor is the beginning of a hash of their address, so a token never contains the address. The tag is HMAC-SHA256, cut to
128 bits, under a key that is derived for this purpose alone; it covers the publication too.

A test copy of an issue goes to anybody, so its links to the issue's page have a token that shows and approves nothing: key
id + issue + expiry + tag.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from publisher import timetable
from publisher.errors import ChangedSince, ExpiredLink, ForgedLink, FormerEditor
from publisher.numbers import named, typed
from publisher.publication import Editor, Publication

LATE = dt.timedelta(days=1)
"""How long a link works that is made after the issue's send window, for an issue that goes out late."""

_PURPOSE = b"pressroom approve"
_NUMBER, _EDITOR, _DIGEST, _EXPIRY, _TAG = 2, 8, 16, 4, 16
_LENGTH = 1 + _NUMBER + _EDITOR + _DIGEST + _EXPIRY + _TAG
_PREVIEW = 1 + _NUMBER + _EXPIRY + _TAG


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
            raise ChangedSince(f"{named(self.number)} was changed after this proof was made, so nothing was approved")


class ApprovalLinks:
    """Makes editors' links and reads them. The first secret signs; all of them verify."""

    __slots__ = ("_keys",)

    def __init__(self, secret: str, *former: str) -> None:
        self._keys = tuple(hmac.digest(each.encode(), _PURPOSE, hashlib.sha256) for each in (secret, *former))

    def __repr__(self) -> str:
        return f"ApprovalLinks({len(self._keys)} keys)"

    def make(self, publication: Publication, number: int, address: str, digest: str, expires: dt.datetime) -> str:
        """Return the token of the link that goes to one editor's address. 63 characters."""
        return self._signed(publication, number, _hashed(publication, address) + _cut(digest), expires)

    def make_preview(self, publication: Publication, number: int, expires: dt.datetime) -> str:
        """Return the token of a link that shows an issue to whoever has it. 31 characters."""
        return self._signed(publication, number, b"", expires)

    def read_preview(self, publication: Publication, token: str, now: dt.datetime) -> int:
        """Return which issue a link shows. Raises ForgedLink, ExpiredLink."""
        signed = self._genuine(publication, token, _PREVIEW)
        if signed is None:
            raise ForgedLink("this link is incomplete, or was not made by us")
        number, expires = int.from_bytes(signed[1 : 1 + _NUMBER], "big"), _expires(signed)
        if now >= expires:
            raise ExpiredLink(
                f"this link to a preview of {named(number)} worked until {timetable.local(expires, publication.schedule)}"
            )
        return number

    def read(self, publication: Publication, token: str, now: dt.datetime) -> ApprovalLink:
        """Return what a link says. Raises ForgedLink, ExpiredLink, FormerEditor."""
        signed = self._genuine(publication, token, _LENGTH)
        if signed is None:
            raise ForgedLink("this link is incomplete, or was not made by us, so nothing was approved")
        at_editor, at_digest = 1 + _NUMBER, 1 + _NUMBER + _EDITOR
        whose, digest = signed[at_editor:at_digest], signed[at_digest:-_EXPIRY]
        number = int.from_bytes(signed[1:at_editor], "big")
        expires = _expires(signed)
        if now >= expires:
            raise ExpiredLink(
                f"this link to approve {named(number)} worked until {timetable.local(expires, publication.schedule)}, so nothing was approved; "
                f"pressroom proof {typed(number)} mails new ones"
            )
        editor = next((one for one in publication.editors if _hashed(publication, one.address) == whose), None)
        if editor is None:
            raise FormerEditor("this link was made for somebody who is not an editor of this publication any more")
        return ApprovalLink(number, editor, digest, token)

    def _signed(self, publication: Publication, number: int, what: bytes, expires: dt.datetime) -> str:
        key = self._keys[0]
        until = int(expires.timestamp()).to_bytes(_EXPIRY, "big")
        signed = _id(key) + number.to_bytes(_NUMBER, "big") + what + until
        return _text(signed + _tag(key, publication, signed))

    def _genuine(self, publication: Publication, token: str, length: int) -> bytes | None:
        """Return what was signed in a token of so many bytes, None if it was not made by us."""
        raw = _bytes(token, length)
        signed, tag = raw[:-_TAG], raw[-_TAG:]
        genuine = False
        for key in self._keys:  # two secrets may share an id, so all that match are tried
            if _id(key) == signed[:1]:
                genuine |= hmac.compare_digest(_tag(key, publication, signed), tag)
        return signed if genuine else None


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


def _expires(signed: bytes) -> dt.datetime:
    return dt.datetime.fromtimestamp(int.from_bytes(signed[-_EXPIRY:], "big"), dt.UTC)


def _bytes(token: str, length: int) -> bytes:
    """Decode what `_text` writes, and accept nothing else, so that a token has only one spelling; empty for all else."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if len(raw) == length and _text(raw) == token else b""
