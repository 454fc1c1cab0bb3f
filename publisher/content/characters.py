"""Characters and words that no text of a publication may contain. Pure."""

from __future__ import annotations

from pathlib import Path

from plaintext import NOT_XML
from publisher.errors import Problem
from publisher.merge_fields import PATTERN


def unusable(text: str) -> tuple[int, str, str] | None:
    r"""Return the position of the first one, what it is and how to fix it; None for a good text.

    >>> unusable("Ring \a"), unusable("fine")
    ((5, 'a control character, U+0007', 'remove it; is this a text file?'), None)
    """
    found = NOT_XML.search(text)
    if found:
        return found.start(), name_of(found[0]), "remove it; is this a text file?"
    word = PATTERN.search(text)
    if word:
        fix = "write it in another way: mail has something else in its place for each reader"
        return word.start(), f"the reserved word {word[0][:80]!r}", fix
    return None


def not_utf8(path: Path, data: bytes, error: UnicodeDecodeError) -> Problem:
    """Return where a file is not UTF-8, as decoding it said."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(path, 1, "the file is UTF-16", "save it as UTF-8")
    line = data.count(b"\n", 0, error.start) + 1
    return Problem(path, line, f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")


def name_of(char: str) -> str:
    if char == "\0":
        return "a NUL character"
    kind = "a control character" if char < " " else "an invalid character"
    return f"{kind}, U+{ord(char):04X}"
