"""The frozen message: wire bytes with merge fields, composed once for all readers and filled for each (pure).

A merge field is `NUL context:name NUL`. Its context says how a value is written there: `header` unchanged, `text` as
quoted-printable, `html` escaped and then quoted-printable. In a body it is between two soft line breaks.

A part that belongs to sections is between two marks, `NUL from:concept NUL` and `NUL upto:concept NUL`, each at the
beginning of a line; the names of several sections are separated by dots. So the text after a part begins a line, even
if the part is left out.
"""

from __future__ import annotations

import base64
import hashlib
import html as html_escapes
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import quote

from publisher import merge_fields
from publisher.deliver.mime_text import (
    SOFT_BREAK,
    mailbox,
    one_line,
    quoted_printable,
    unstructured,
    wire_address,
)
from publisher.deliver.signing import relaxed
from publisher.errors import UserError
from publisher.issue import Picture
from publisher.numbers import is_correction
from publisher.publication import Publication
from subscribers import LEAVE_SUBJECT, EmailKind

ISSUE: Final = "issue"
"""The kind of an issue; EmailKind has the kinds of all other mail."""
MailKind = EmailKind | Literal["issue"]

_AUTOMATIC: Final = frozenset(EmailKind) - {EmailKind.WELCOME, EmailKind.STEP, EmailKind.STAY}
"""The kinds that no machine should answer (RFC 3834)."""
_LIST_MAIL: Final = frozenset({ISSUE, EmailKind.WELCOME, EmailKind.STEP, EmailKind.STAY})
"""The kinds that readers get because they are on the list: mail programs can sort them by its id (RFC 2919) and should offer
an unsubscribe button (RFC 8058). All others answer an act of one person, who may not be on the list.
"""

_IN_MAILTO: Final = "!$'*+-._~"
"""What an address in a mailto: need not escape (RFC 6068 2)."""
_NUL = b"\x00"
_FROM, _UPTO = "from", "upto"


def compose(
    publication: Publication, kind: MailKind, *, subject: str, html: str, text: str, number: int | None = None,
    pictures: Sequence[Picture] = (),
) -> bytes:  # fmt: skip
    """Return the wire message of an issue (with its number) or of another mail; its merge fields are still unfilled.

    `html` and `text` contain the tokens of publisher.merge_fields; `pictures` come with the mail, for `html` to show. The same
    input gives the same bytes, so a digest of them can be approved. Raises UserError for a subject or a body that must not be sent.
    """
    if not text.strip() or not html.strip():
        raise UserError(f"the {kind}'s {'text' if not text.strip() else 'HTML'} part is empty; a mail needs both")
    bodies = (_body(text, "text", kind), _body(html, "html", kind))
    plain, rich = (_text_part(subtype, body) for subtype, body in zip((b"plain", b"html"), bodies, strict=True))
    if pictures:
        ids = tuple(picture.content_id.encode("ascii") for picture in pictures)
        rich = _multipart(b'related; type="text/html"', _boundary(ids), [rich, *map(_picture_part, pictures)])
    lines = [
        *_headers(publication, kind, subject, number),
        b"MIME-Version: 1.0",
        *_multipart(b"alternative", _boundary(bodies), [plain, rich]),
    ]
    return b"\r\n".join(lines)


def _multipart(subtype: bytes, boundary: bytes, parts: Sequence[Sequence[bytes]]) -> list[bytes]:
    lines = [b"Content-Type: multipart/" + subtype + b'; boundary="' + boundary + b'"', b""]
    for part in parts:
        lines += [b"--" + boundary, *part]
    return [*lines, b"--" + boundary + b"--", b""]


def _text_part(subtype: bytes, body: bytes) -> list[bytes]:
    kind = b"Content-Type: text/" + subtype + b"; charset=utf-8"
    return [kind, b"Content-Transfer-Encoding: quoted-printable", b"", body]


def _picture_part(picture: Picture) -> list[bytes]:
    """Return a picture that the HTML beside it shows (RFC 2387, 2392)."""
    kind, name = mimetypes.guess_type(picture.name)[0] or "application/octet-stream", picture.name
    headers = (
        f"Content-Type: {kind}", "Content-Transfer-Encoding: base64", f"Content-ID: <{picture.content_id}>",
        f'Content-Disposition: inline; filename="{name}"', "",
    )  # fmt: skip
    data = base64.encodebytes(picture.data).rstrip(b"\n").replace(b"\n", b"\r\n")
    return [*(line.encode("ascii") for line in headers), data]


def _headers(publication: Publication, kind: MailKind, subject: str, number: int | None) -> list[bytes]:
    sender = publication.sender
    lines = [
        b"Date: " + _field("header", "date"),
        b"From: " + mailbox("sender's name", sender.name, sender.address),
        b"To: " + _field("header", "to"),
        b"Message-ID: <" + _field("header", "message_id") + b">",
        unstructured("Subject", subject),
    ]
    if number is not None and is_correction(number):  # mail programs show it beside the issue (RFC 5322 3.6.4)
        lines += (name + b": <" + _field("header", "corrected") + b">" for name in (b"In-Reply-To", b"References"))
    if sender.reply_to:
        lines.append(b"Reply-To: " + mailbox("sender's name", sender.name, sender.reply_to))
    if kind in _LIST_MAIL:
        lines.append(b"List-Id: " + _list_id(publication))
        lines.append(b"List-Unsubscribe: <" + _field("header", "unsubscribe") + b">" + _leave_by_mail(publication))
        lines.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    if kind in _AUTOMATIC:
        lines.append(b"Auto-Submitted: auto-generated")
    lines.append(b"Feedback-ID: " + _feedback_id(publication, kind, number))
    return lines


def _leave_by_mail(publication: Publication) -> bytes:
    """Return the second way in List-Unsubscribe, if somebody reads that mailbox: a mail whose subject has the token.

    The link comes first, because programs take the first way that they know (RFC 2369 2).
    """
    read = publication.delivery.unsubscribe_mailbox
    if read is None:
        return b""
    local, _, domain = wire_address(read).rpartition("@")
    ways = f",\r\n <mailto:{quote(local, safe=_IN_MAILTO)}@{domain}?subject={LEAVE_SUBJECT}%20".encode("ascii")
    return ways + _field("header", "leave_token") + b">"


def _list_id(publication: Publication) -> bytes:
    """Return `<list.id>`, the same in all mail of the list (RFC 2919). There is no name before it, because names change."""
    return b"<" + publication.list_id.encode("ascii") + b">"


def _feedback_id(publication: Publication, kind: MailKind, number: int | None) -> bytes:
    """Return campaign, kind, and last the sender's stable id of 5 to 15 characters (Google's help page 6254652)."""
    sender = hashlib.sha256(publication.list_id.encode("ascii")).hexdigest()[:12]
    fields = [str(number)] if number is not None else []
    return ":".join([*fields, kind, sender]).encode("ascii")


def _field(context: str, name: str) -> bytes:
    return _NUL + f"{context}:{name}".encode("ascii") + _NUL


def _body(text: str, context: str, kind: MailKind) -> bytes:
    if "\x00" in text:
        raise UserError("the message contains a NUL character; remove it from the content")
    known = merge_fields.IN_ISSUES if kind == ISSUE else merge_fields.FIELDS
    first, *rest = merge_fields.PATTERN.split(text)
    made, opened = [quoted_printable(first)], list[str]()
    for token, piece in zip(rest[::2], rest[1::2], strict=True):
        mark = merge_fields.MARK.fullmatch(token) if kind == ISSUE else None
        if mark:
            _pair(mark[1], mark[2], opened, context)
            at_line_start = made[-1] == b"" or made[-1].endswith(b"\r\n")
            made += (b"" if at_line_start else SOFT_BREAK, _field(mark[1], mark[2]), quoted_printable(piece))
        elif token in known:
            made += (SOFT_BREAK, _field(context, token), SOFT_BREAK, quoted_printable(piece))
        else:
            raise UserError(
                f"the mail has an unknown merge field {token!r}; the known ones are {', '.join(sorted(known))}; "
                "fix the template, or the content if the field is there"
            )
    if opened:
        raise _unpaired(opened[-1], context)
    return b"".join(made)


def _pair(end: str, sections: str, opened: list[str], context: str) -> None:
    """Keep track of the open marks, the innermost last. Raises UserError for a mark that ends another part."""
    if end == _FROM:
        opened.append(sections)
    elif not opened or opened.pop() != sections:
        raise _unpaired(sections, context)


def _unpaired(sections: str, context: str) -> UserError:
    return UserError(
        f"the mail's {context} part does not mark both where {sections!r} begins and where it ends; "
        "put {{ part.begins }} and {{ part.ends }} around each part in the template"
    )


def _boundary(bodies: tuple[bytes, ...]) -> bytes:
    # Neither quoted-printable nor base64 ever contains "=_", so these bodies and the values of merge fields do not contain it either.
    return b"=_" + hashlib.sha256(b"\x00".join(bodies)).hexdigest()[:32].encode("ascii")


MergeField = tuple[str, str]
"""Its context and its name."""


@dataclass(frozen=True, slots=True)
class Template:
    """A composed message, cut at its merge fields, without its marks. `pieces` has one more item than `fields`."""

    pieces: tuple[bytes, ...] = field(repr=False)
    fields: tuple[MergeField, ...]

    @classmethod
    def parse(cls, message: bytes, without: frozenset[str] = frozenset()) -> Template:
        """Cut a composed message, and leave out the parts that belong only to sections in `without`."""
        first, *rest = message.split(_NUL)
        pieces, found = [[first]], list[tuple[str, str]]()
        left_out = 0  # how many parts that are left out are open here
        for token, piece in zip(rest[::2], rest[1::2], strict=True):
            context, _, name = token.decode("ascii").partition(":")
            if context in (_FROM, _UPTO):
                if without.issuperset(name.split(".")):
                    left_out += 1 if context == _FROM else -1
            elif not left_out:
                found.append((context, name))
                pieces.append([])
            if not left_out:
                pieces[-1].append(piece)
        return cls(tuple(b"".join(piece) for piece in pieces), tuple(found))

    def build(self, values: Mapping[str, str]) -> bytes:
        """Return one reader's message. `values` maps the names of merge fields to text; headers are ready for the wire."""
        return self.join(self.write(values))

    def write(self, values: Mapping[str, str]) -> Mapping[MergeField, bytes]:
        """Return one reader's merge fields as they stand in the message."""
        return {each: _written(each, values) for each in dict.fromkeys(self.fields)}

    def join(self, written: Mapping[MergeField, bytes]) -> bytes:
        parts = [self.pieces[0]]
        for merge_field, piece in zip(self.fields, self.pieces[1:], strict=True):
            parts += (written[merge_field], piece)
        return b"".join(parts)

    def relaxed_body(self) -> Template:
        """Return the body alone in DKIM's relaxed form; the merge fields for it have to be in that form, too.

        The form is made piece by piece, because a merge field in a body begins a line, and what follows it begins with `=`.
        """
        at = next(index for index, piece in enumerate(self.pieces) if b"\r\n\r\n" in piece)
        first = self.pieces[at].partition(b"\r\n\r\n")[2]
        return Template(tuple(map(relaxed, (first, *self.pieces[at + 1 :]))), self.fields[at:])


def sections_of(message: bytes) -> frozenset[str]:
    """Return the sections that are marked in a composed message."""
    tokens = (token.decode("ascii").partition(":") for token in message.split(_NUL)[1::2])
    return frozenset(name for end, _, names in tokens if end == _FROM for name in names.split("."))


def _written(merge_field: MergeField, values: Mapping[str, str]) -> bytes:
    context, name = merge_field
    try:
        value = values[name]
    except KeyError:
        raise UserError(f"the message has a merge field {name!r}, but no value was given for it") from None
    if context == "header":
        return value.encode("utf-8") if name == "to" else _literal(name, value)
    return quoted_printable(html_escapes.escape(value) if context == "html" else value)


def _literal(name: str, value: str) -> bytes:
    """Return a header value as it is, never as an encoded word: mail programs show no button for an encoded URI."""
    if not value.isascii():
        raise UserError(f"the {name} value {value!r} is not ASCII; write its host name as A-labels (xn--…)")
    return one_line(name, value).encode("ascii")
