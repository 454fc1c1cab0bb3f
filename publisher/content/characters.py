"""Characters and words that no text of a publication may hold, wherever it stands. Pure."""

from __future__ import annotations

import re

from publisher.slots import PATTERN

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no Char of XML 1.0: MJML, the feed and the pages cannot be written with it."""


def unusable(text: str) -> tuple[int, str, str] | None:
    r"""Return where the first such thing stands, what it is and how to mend it; None for a good text.

    >>> unusable("Ring \a"), unusable("fine")
    ((5, 'a control character, U+0007', 'remove it; is this a text file?'), None)
    """
    found = NOT_XML.search(text)
    if found:
        return found.start(), name_of(found[0]), "remove it; is this a text file?"
    word = PATTERN.search(text)
    if word:
        mend = "write it in another way: it is filled in for each reader when mail leaves"
        return word.start(), f"the reserved word {word[0][:80]!r}", mend
    return None


def name_of(char: str) -> str:
    if char == "\0":
        return "a NUL character"
    kind = "a control character" if char < " " else "a character that is none"
    return f"{kind}, U+{ord(char):04X}"
