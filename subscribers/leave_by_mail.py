"""Leaving by mail: the token in the subject of a message says who leaves, as the one in a link does. Pure.

A mail program makes such a message from the mailto: in List-Unsubscribe (RFC 2369, RFC 6068). Anybody may write to that
mailbox, so nothing of a message is believed but the token, and only the beginning of it is read.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from subscribers.errors import ForgedToken
from subscribers.tokens import Keyring

READ_AT_MOST = 64 * 1024
"""Octets of a message that are looked at; the headers of a mail are rarely a fifth of that."""
LEAVE_SUBJECT = "unsubscribe"
"""The word before the token, for people who see the message."""

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_SUBJECT = re.compile(rb"^subject:([^\r\n]{0,4000})", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{44}(?![A-Za-z0-9_-])")
_TRIED_AT_MOST = 10


def token_in(message: bytes, keyring: Keyring) -> str | None:
    """Return the genuine unsubscribe token in a message's subject, or None if there is none."""
    headers = _FOLD.sub(b"", _HEADERS_END.split(message[:READ_AT_MOST], maxsplit=1)[0])
    found = _SUBJECT.search(headers)
    if found is None:
        return None
    for token in _TOKEN.findall(_words(found[1].decode("ascii", "replace")))[:_TRIED_AT_MOST]:
        try:
            keyring.subject_to_unsubscribe(token)
        except ForgedToken:
            continue
        return str(token)
    return None


def _words(subject: str) -> str:
    """Return a subject without its encoding (RFC 2047), or as it is if that cannot be read."""
    try:
        return str(make_header(decode_header(subject)))
    except (HeaderParseError, LookupError, ValueError):
        return subject
