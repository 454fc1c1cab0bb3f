"""Turns text into bytes that survive every mail server: quoted-printable bodies, encoded words, addresses (pure).

A body consists of pieces between soft line breaks, so that each piece can be encoded without looking at its neighbours:
the frozen pieces once, a reader's own pieces just before they leave.
"""

from __future__ import annotations

import base64
import re

import idna

from plaintext import BREAKING
from publisher.errors import UserError

SOFT_BREAK = b"=\r\n"

_WIDTH = 75  # octets; the soft break's "=" is the 76th, the last that RFC 2045 6.7 allows
_PLAIN = re.compile(rb"(?![. \t])[!-<>-~ ]{0,75}(?<! )")
_OCTETS = tuple(
    bytes([octet]) if (33 <= octet <= 126 and octet != 61) or octet in b" \t" else b"=%02X" % octet
    for octet in range(256)
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
# As base64, with =?utf-8?B? and ?= around it: 64 characters beside the header's name, then 73 with the fold's space;
# a line with encoded words has at most 76 (RFC 2047 2).
_FIRST_WORD, _NEXT_WORD = 39, 45
_LINE = 76


def quoted_printable(text: str) -> bytes:
    r"""Encode one piece of a body, without an end of the last line. No line begins with a dot, so none needs stuffing.

    >>> quoted_printable("1 = 1\n.profile \n")
    b'1 =3D 1\r\n=2Eprofile=20\r\n'
    """
    octets = text.encode("utf-8")
    if _PLAIN.fullmatch(octets):
        return octets
    lines = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    return b"\r\n".join(_wrapped(line) for line in lines)


def _wrapped(line: bytes) -> bytes:
    tokens = [_OCTETS[octet] for octet in line]
    if line[-1:] in (b" ", b"\t"):
        tokens[-1] = b"=%02X" % line[-1]
    made = bytearray()
    left = _WIDTH
    for token in tokens:
        if len(token) > left:
            made += SOFT_BREAK
            left = _WIDTH
        written = b"=2E" if left == _WIDTH and token == b"." else token
        made += written
        left -= len(written)
    return bytes(made)


def one_line(what: str, value: str) -> str:
    """Return `value` if it is safe in a header, else raise UserError (CVE-2024-6923, CVE-2026-1299)."""
    if BREAKING.search(value):
        raise UserError(
            f"the {what} {value!r} contains a line break or a control character, which could forge a header; remove it"
        )
    return value


def unstructured(name: str, value: str) -> bytes:
    """Return a whole header line for free text such as a subject, folded, without the end of the line."""
    value = one_line(name.lower(), value)
    if value.isascii() and "=?" not in value and len(name) + 2 + len(value) <= _LINE:
        return f"{name}: {value}".encode("ascii")
    return f"{name}: ".encode("ascii") + _encoded_words(value)


def mailbox(what: str, name: str, address: str) -> bytes:
    """Return `name <address>` for a header, folded if it is long.

    >>> mailbox("name", "Ada, Countess", "ada@example.com")
    b'"Ada, Countess" <ada@example.com>'
    """
    wire = wire_address(address).encode("utf-8")
    phrase = _phrase(one_line(what, name.strip()))
    if not phrase:
        return wire
    fold = b"\r\n " if b"\r\n" in phrase or len(phrase) + len(wire) > _LINE - 15 else b" "
    return phrase + fold + b"<" + wire + b">"


def _phrase(name: str) -> bytes:
    if not name:
        return b""
    if not name.isascii() or len(name) > 60 or "=?" in name:
        return _encoded_words(name)
    if _ATOMS.fullmatch(name):
        return name.encode("ascii")
    return b'"' + re.sub(r'(["\\])', r"\\\1", name).encode("ascii") + b'"'


def _encoded_words(text: str) -> bytes:
    """Encode by RFC 2047; no character is split between two words (section 5)."""
    words: list[bytes] = []
    word = b""
    for character in text:
        octets = character.encode("utf-8")
        if len(word) + len(octets) > (_NEXT_WORD if words else _FIRST_WORD):
            words.append(word)
            word = b""
        word += octets
    words.append(word)
    return b"\r\n ".join(b"=?utf-8?B?" + base64.b64encode(word) + b"?=" for word in words)


def wire_address(address: str) -> str:
    """Return the address with its domain as A-labels; if the local part is ASCII, it then needs no SMTPUTF8.

    >>> wire_address("jan@bücher.example.com")
    'jan@xn--bcher-kva.example.com'
    """
    local, _, domain = one_line("address", address).rpartition("@")
    if not local or not domain or " " in address:
        raise UserError(f"{address!r} is not an e-mail address")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise UserError(f"the domain of {address!r} is not valid: {error}") from None
