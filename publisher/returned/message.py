"""A message from anybody, taken apart within bounds: octets, parts, depth (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser

READ_AT_MOST = 256 * 1024
"""Octets of a message that are looked at. What says why mail came back is at its beginning."""
PARTS_AT_MOST = 50
DEPTH_AT_MOST = 8
TEXT_AT_MOST = 32 * 1024
"""Characters of the text of a message that are searched for words."""
HEADER_AT_MOST = 4_000

_TYPES = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_DELIMITERS = re.compile(rb"^--[^\s-]", re.MULTILINE)
_DELIMITERS_AT_MOST = 1_000
_HEADERS_END = re.compile(rb"\r?\n\r?\n")


class Unreadable(Exception):
    """Not a message that a person or a mail server would write."""


def take_apart(data: bytes) -> Message:
    """Parse the beginning of a message. Raises Unreadable for one that is nested deeper than any mail is."""
    head = data[:READ_AT_MOST]
    if len(_TYPES.findall(head)) > 4 * PARTS_AT_MOST or len(_DELIMITERS.findall(head)) > _DELIMITERS_AT_MOST:
        raise Unreadable("it has too many parts")
    try:
        return BytesParser().parsebytes(head)
    except (RecursionError, ValueError, LookupError, UnicodeError) as error:
        raise Unreadable("it cannot be taken apart") from error


def parts(message: Message) -> Iterator[Message]:
    """Yield the message and its parts, the outer ones first; of very many, and of very deep ones, none."""
    level, seen = [message], 0
    for _ in range(DEPTH_AT_MOST):
        deeper: list[Message] = []
        for part in level:
            seen += 1
            if seen > PARTS_AT_MOST:
                return
            yield part
            inner = part.get_payload()
            if isinstance(inner, list):
                deeper += [each for each in inner if isinstance(each, Message)]
        level = deeper


def header(part: Message, name: str) -> str:
    """Return the first header of a name, decoded (RFC 2047), on one line, or ""."""
    wanted = name.lower()
    raw = next((str(value) for each, value in part.raw_items() if each.lower() == wanted), "")[:HEADER_AT_MOST]
    text = raw.encode("ascii", "surrogateescape").decode("utf-8", "replace") if not raw.isascii() else raw
    if "=?" in text:
        with suppress(HeaderParseError, LookupError, ValueError):
            text = str(make_header(decode_header(text)))
    return " ".join(_storable(text).split())


def _storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and halves of characters, which UTF-7 can write."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def headers_of(data: bytes) -> bytes:
    """Return the headers of a message as they came."""
    return _HEADERS_END.split(data[:READ_AT_MOST], maxsplit=1)[0]


def text_of(message: Message) -> str:
    """Return the text that a message begins with, without what it encloses."""
    found: list[str] = []
    for part in parts(message):
        if part.is_multipart() or part.get_content_maintype() not in ("text", ""):
            continue
        if part.get_content_subtype() == "rfc822-headers":
            continue
        found.append(_decoded(part))
        if sum(map(len, found)) > TEXT_AT_MOST:
            break
    return "\n".join(found)[:TEXT_AT_MOST]


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        text = data.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):  # no such character set
        text = data.decode("latin-1")
    return _storable(text)
