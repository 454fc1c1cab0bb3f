"""Takes a mail apart to show it, whatever it is: in a process that may take only so much time and memory.

Other people's programs wrote it, or a test of ours that is to be hostile. What cannot be read is left out or shown as it
stands. Nothing here trusts a name, a type or a length that the mail gives.
"""

from __future__ import annotations

import base64
import email
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from email.message import Message
from typing import Final, TypeVar

from plaintext import BREAKING, UNSEEN
from publisher.isolation import CallFailedError, TooCostlyError, isolated

MOST_HEADERS: Final = 200
MOST_PARTS: Final = 500
LONGEST_VALUE: Final = 4_000
"""Characters of a header or a name that are shown."""
LONGEST_TEXT: Final = 1_000_000
"""Characters of text or HTML that are shown."""
_SHOWN_PICTURES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_CID: Final = re.compile(r"cid:([^\s\"'<>()]{1,500})", re.IGNORECASE)
_HEAD: Final = re.compile(rb"\r?\n\r?\n")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of a mail that is neither its HTML nor its text; `size` is in bytes."""

    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A line of the list."""

    subject: str = ""
    sender: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail has in it. Pictures that come with it are in `html` as data; `trouble` says what could not be read."""

    summary: Summary = Summary()
    headers: tuple[tuple[str, str], ...] = ()
    html: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    attachments: tuple[Attachment, ...] = ()
    trouble: str = ""


def parts_of(octets: bytes) -> Parts:
    """Return what a mail has in it; whatever the mail is, this raises nothing."""
    try:
        return take_apart(octets)
    except TooCostlyError as error:
        return Parts(trouble=f"this mail {error}, so only its source is shown")
    except CallFailedError:
        return Parts(trouble="this mail cannot be taken apart, so only its source is shown")


def summary_of(octets: bytes) -> Summary:
    """Return a mail's line of the list; whatever the mail is, this raises nothing."""
    try:
        return summarise(_HEAD.split(octets[:100_000], maxsplit=1)[0])
    except (TooCostlyError, CallFailedError):
        return Summary()


@isolated()
def summarise(head: bytes) -> Summary:
    return _summary(email.message_from_bytes(head))


@isolated(seconds=4, memory=384 * 2**20)
def take_apart(octets: bytes) -> Parts:
    message = email.message_from_bytes(octets)
    html, text, attachments, pictures = "", "", list[Attachment](), dict[str, str]()
    for part in _leaves(message):
        kind = _tried(part.get_content_type, "application/octet-stream")
        attached = _tried(part.get_content_disposition, None) == "attachment"
        data = _data(part)
        if kind == "text/html" and not html and not attached:
            html = _decoded(part, data)
        elif kind == "text/plain" and not text and not attached:
            text = _decoded(part, data)
        else:
            name = _clean(_tried(lambda part=part: part.get_filename(), None) or "")  # type: ignore[misc]
            attachments.append(Attachment(name, _clean(kind), len(data)))
            if kind in _SHOWN_PICTURES:
                cid = _clean(str(part.get("Content-ID", ""))).strip("<> ")
                pictures[cid] = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    shown = _CID.sub(lambda found: pictures.get(found[1], found[0]), html[:LONGEST_TEXT])
    headers = tuple((_clean(name), _value(value)) for name, value in message.items()[:MOST_HEADERS])
    return Parts(_summary(message), headers, shown, UNSEEN.sub("\ufffd", text[:LONGEST_TEXT]), tuple(attachments))


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold something. A mail in a mail is one part, and is not opened."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part, seen = waiting.pop(), seen + 1
        inner = part.get_payload()
        if isinstance(inner, list) and part.get_content_maintype() != "message":
            waiting += [one for one in reversed(inner) if isinstance(one, Message)]
        else:
            yield part


def _data(part: Message) -> bytes:
    found = _tried(lambda: part.get_payload(decode=True), None)
    if isinstance(found, bytes):
        return found
    return _tried(part.as_bytes, b"")


def _decoded(part: Message, data: bytes) -> str:
    charset = _tried(part.get_content_charset, None) or "utf-8"
    return _tried(lambda: data.decode(charset, "replace"), None) or data.decode("utf-8", "replace")


def _summary(message: Message) -> Summary:
    return Summary(*(_value(message.get(name, "")) for name in ("Subject", "From", "To")))


def _value(value: object) -> str:
    """Return a header's value as a person reads it, in one line; one that is not encoded as it should be, as it stands."""
    raw = re.sub(r"\r?\n[ \t]+", " ", str(value)[:LONGEST_VALUE])
    return _clean(_tried(lambda: str(make_header(decode_header(raw))), raw))


def _clean(text: str) -> str:
    return BREAKING.sub("\ufffd", text[:LONGEST_VALUE])


def _tried(read: Callable[[], T], otherwise: T) -> T:
    """Return what the library reads, or something else where a broken mail makes it fail in any way that Python can."""
    try:
        return read()
    except Exception:  # noqa: BLE001
        return otherwise
