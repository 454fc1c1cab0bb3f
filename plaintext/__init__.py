"""Text for people: patterns of control characters, text without them, and the nearest word. Both packages use this one.

It imports only the standard library, so that the command line can print a message without loading the readers' package.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

_CONTROL = r"\x00-\x1f\x7f-\x9f"  # C0, DEL and C1
_LINE_ENDS = r"\u2028\u2029"
_DIRECTION = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SURROGATES = r"\ud800-\udfff"

BREAKING = re.compile(rf"[{_CONTROL}{_LINE_ENDS}{_SURROGATES}]+")
"""Runs of characters that end a line, hide in one, or cannot be encoded: no name, address or header may contain them
(CVE-2024-6923)."""

UNSEEN = re.compile(rf"(?![\t\n\r])[{_CONTROL}]")
"""Control characters, except tab, line feed and carriage return."""

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Any character that is not a Char of XML 1.0: MJML, the feed and the pages must not contain it."""

_COMMANDING = re.compile(rf"[{_CONTROL}{_LINE_ENDS}{_DIRECTION}{_SURROGATES}]")


def printable(text: str, *, keep: str = "") -> str:
    r"""Return the text with every character replaced that a terminal would obey; characters in `keep` stay.

    The result is one line, unless `keep` contains the line feed.

    >>> printable("too \x1b[2Jmany \u202emails")
    'too �[2Jmany �mails'
    """
    return _COMMANDING.sub(lambda found: found[0] if found[0] in keep else "\N{REPLACEMENT CHARACTER}", text)


def escaped(json: str) -> str:
    r"""Return the same JSON with every character escaped that a terminal would obey, except line feeds.

    >>> escaped('"\x9b2J"')
    '"\\u009b2J"'
    """
    return _COMMANDING.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", json)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant, or None if none is near.

    >>> nearest("Tagg", ["tag", "source"]), nearest("x", ["tag", "source"])
    ('tag', None)
    """
    folded = {each.casefold(): each for each in known}
    return next((folded[close] for close in difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)), None)
