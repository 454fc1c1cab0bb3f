"""What a DKIM signature covers, and how it is written: RFC 6376 with relaxed/relaxed (pure). Keys are in adapters/dkim.py.

Header fields that are oversigned are named once more than they occur, so that nobody can add another one (RFC 6376 8.15).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_ONCE_MORE: Final = (
    "From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version", "Content-Type",
)  # fmt: skip
"""Oversigned in all mail."""
_LIST: Final = ("List-Id", "List-Unsubscribe", "List-Unsubscribe-Post")
"""Oversigned where they stand: to a mail without them, a list of editors may add its own."""
_AS_THEY_ARE: Final = (
    "Sender", "In-Reply-To", "References", "Auto-Submitted", "Feedback-ID", "Content-Transfer-Encoding",
)  # fmt: skip
_LINE = 76

Fields = Mapping[str, Sequence[bytes]]
"""Canonical header fields by their names in small letters, as they follow each other."""


def relaxed(octets: bytes) -> bytes:
    r"""Return the lines of a body in relaxed form (RFC 6376 3.4.4 a): runs of white space are one space, none ends a line.

    This is true of pieces as well, if none ends within white space. A regular expression takes ten times as long.

    >>> relaxed(b"a \t b  \r\n\tc\r\n")
    b'a b\r\n c\r\n'
    """
    octets = octets.replace(b"\t", b" ")
    while b"  " in octets:
        octets = octets.replace(b"  ", b" ")
    return octets.replace(b" \r\n", b"\r\n")


def body_hash(body: bytes) -> bytes:
    """Return the SHA-256 of a whole body in relaxed form."""
    return hash_of(relaxed(body if body.endswith(b"\r\n") or not body else body + b"\r\n"))


def hash_of(lines: bytes) -> bytes:
    """Return the SHA-256 of a body whose lines are in relaxed form: empty ones at its end do not count (3.4.4 b)."""
    end = len(lines)
    while lines.endswith(b"\r\n", 0, end):
        end -= 2
    return hashlib.sha256(lines[: end + 2] if end else b"").digest()


def header_fields(message: bytes) -> Fields:
    """Return a message's header fields in relaxed form (RFC 6376 3.4.2)."""
    head = message.partition(b"\r\n\r\n")[0]
    found: dict[str, list[bytes]] = {}
    for line in relaxed(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")).split(b"\r\n"):
        name, _, value = line.partition(b":")
        name = name.strip(b" ").lower()
        found.setdefault(name.decode("ascii", "replace"), []).append(name + b":" + value.strip(b" "))
    return found


@dataclass(frozen=True, slots=True)
class Covered:
    """What the signatures of one message have in common: the names for h=, those fields, and the hash of the body."""

    names: tuple[str, ...]
    octets: bytes
    body_hash: bytes


def covered(fields: Fields, body_hash: bytes) -> Covered:
    """Choose the fields that are signed. Of those that stand several times, the last comes first (RFC 6376 5.4.2)."""
    names: list[str] = []
    taken: list[bytes] = []
    for group, more in ((_ONCE_MORE, 1), (_LIST, 1), (_AS_THEY_ARE, 0)):
        for name in group:
            there = fields.get(name.lower(), ())
            if group is not _LIST or there:
                names += [name] * (len(there) + more)
                taken += there[::-1]
    return Covered(tuple(names), b"".join(field + b"\r\n" for field in taken), body_hash)


def unsigned(covers: Covered, *, algorithm: str, domain: str, selector: str, moment: int) -> bytes:
    """Return the header field of a signature up to its `b=`, folded. `moment` is in seconds since 1970."""
    hashed = base64.b64encode(covers.body_hash).decode("ascii")
    return (
        f"DKIM-Signature: v=1; a={algorithm}; c=relaxed/relaxed; t={moment};\r\n d={domain};\r\n s={selector};\r\n"
        f"{_names(covers.names)};\r\n bh={hashed};\r\n b="
    ).encode("ascii")


def to_sign(covers: Covered, unsigned: bytes) -> bytes:
    """Return the octets that a signature signs: the fields, and last its own field without the signature (3.7)."""
    ((own,),) = header_fields(unsigned).values()
    return covers.octets + own


def signed(unsigned: bytes, signature: bytes) -> bytes:
    """Return the whole header field with the end of its last line."""
    text = base64.b64encode(signature)
    width = _LINE - 3
    return unsigned + b"\r\n ".join(text[at : at + width] for at in range(0, len(text), width)) + b"\r\n"


@lru_cache(256)
def _names(names: tuple[str, ...]) -> str:
    """Return `h=`, folded."""
    lines = [" h="]
    for index, name in enumerate(names):
        word = name if index == len(names) - 1 else f"{name}:"
        if len(lines[-1]) + len(word) > _LINE:
            lines.append(" ")
        lines[-1] += word
    return "\r\n".join(lines)
