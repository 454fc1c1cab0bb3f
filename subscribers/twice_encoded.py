"""Text that was not saved as it was meant: UTF-8 in another encoding (â€œleftâ€), or letters as HTML, URLs and mail write them. Pure."""

from __future__ import annotations

import contextlib
import functools
import html
import re
from collections.abc import Iterable, Mapping
from email.header import decode_header, make_header
from typing import Final

_ESCAPED = re.compile(r"&#?\w+;|%[0-9A-Fa-f]{2}|\\[ux]\{?[0-9A-Fa-f]{2}|=[0-9A-F]{2}|=\?[\w-]+\?[BbQq]\?")
_BACKSLASHED = re.compile(r"\\(?:u|x)\{?([0-9A-Fa-f]{4}|[0-9A-Fa-f]{2})\}?")
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_QUOTED_PRINTABLE = re.compile("=[0-9A-F]{2}")
_RUN = re.compile("[\u0080-\U0010ffff]{2}")
_READ_AS: Final = ("cp1252", "cp1250", "cp1251", "mac-roman", "cp437", "cp850")
_TIMES: Final = 3
_MOST: Final = 24


def _character(byte: int, encoding: str) -> str:
    """Return how a byte is read: what an encoding does not define is a control character."""
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


_BYTES: Final = {encoding: {_character(byte, encoding): byte for byte in range(128, 256)} for encoding in _READ_AS} | {
    "latin-1": {chr(byte): byte for byte in range(128, 256)}
}


def _pattern(encoding: str) -> re.Pattern[str]:
    def one_of(first: int, last: int) -> str:
        return "[" + "".join(re.escape(char) for char, byte in _BYTES[encoding].items() if first <= byte <= last) + "]"

    more = one_of(0x80, 0xBF)
    two, three, four = one_of(0xC2, 0xDF), one_of(0xE0, 0xEF), one_of(0xF0, 0xF4)
    return re.compile(f"(?:{two}{more}|{three}{more}{{2}}|{four}{more}{{3}})+")


_PATTERNS: Final = {encoding: _pattern(encoding) for encoding in _BYTES}


@functools.lru_cache(
    maxsize=1 << 12
)  # a cell is asked about as a name, as a status and as what stands beside an address
def as_meant(text: str) -> tuple[str, ...]:
    """Return all that a text may have been before it was saved in a wrong encoding; nothing if it shows no sign of that.

    It may have been saved so several times: up to _TIMES are undone, and no more than _MOST texts are returned, because
    each may have been read in several encodings.

    >>> "désabonné" in as_meant("dÃ©sabonnÃ©"), as_meant("désabonné"), as_meant("JOÃO"), "gekündigt" in as_meant("gek&uuml;ndigt")
    (True, (), (), True)
    """
    found: dict[str, None] = {}
    if text.isascii() and not _ESCAPED.search(text):
        return ()
    texts: Iterable[str] = (text,)
    for _ in range(_TIMES):
        texts = [meant for one in texts for meant in _once(one) if meant not in found and meant != text]
        found.update(dict.fromkeys(texts))
        if not texts or len(found) >= _MOST:
            break
    return tuple(found)[:_MOST]


def _once(text: str) -> Iterable[str]:
    """Return what a text may have been before it was last saved."""
    if _ESCAPED.search(text):
        return dict.fromkeys(meant for meant in _unescaped(text) if meant != text)
    if text.isascii() or not _RUN.search(text):
        return ()
    found = (_PATTERNS[encoding].sub(functools.partial(_decoded, known), text) for encoding, known in _BYTES.items())
    return dict.fromkeys(meant for meant in found if meant != text)


def _unescaped(text: str) -> Iterable[str]:
    """Return a text as web pages, addresses of pages, programs and mail write letters that they cannot have."""
    yield html.unescape(text)
    yield _BACKSLASHED.sub(lambda found: chr(int(found[1], 16)), text)
    for escape in (_PERCENT, _QUOTED_PRINTABLE):
        if escape.search(text):
            raw = escape.sub(lambda found: bytes.fromhex(found[0][1:]).decode("latin-1"), text)
            yield raw
            yield from _once(raw)
    if "=?" in text:
        with contextlib.suppress(ValueError, LookupError):
            yield str(make_header(decode_header(text)))


def _decoded(known: Mapping[str, int], run: re.Match[str]) -> str:
    try:
        return bytes(known[char] for char in run[0]).decode()
    except UnicodeDecodeError:
        return run[0]
