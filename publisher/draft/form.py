"""Whether a text is one plain sentence of a decent length, without markup and without what hides."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from publisher.content.characters import unusable
from publisher.content.prose import sentences
from publisher.draft.addresses import has_address
from publisher.draft.letters import disguised, hidden, stacked
from publisher.draft.quotation import normalise

SENTENCE_WORDS: Final = (5, 45)

_MARKUP = re.compile(r"!?\[[^\]]*\]|\]\s*[(\[]|\[[@^]|<[A-Za-z/!?]|&(?:#\w+|\w+);|\*\*|^\s*(?:[#>|]|[-*+]\s)")
_CODE = re.compile(r"`+([^`]+)`+")
_ENDS_WELL = re.compile(r"[.!?。！？…][\"'’”»)」』]*$")
_SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_OPAQUE = re.compile(
    r"(?<![\w+])(?:(?=\w*\d\w*[a-z])(?=\w*[A-Z])(?=\w*\d\w*\d|\w*[A-Z]\w*\d\w*[A-Z])[\w+]{20,}|(?=[a-f]*\d)[0-9a-f]{16,}|(?=[a-z]*\d\w*\d)[a-z0-9]{30,}|[A-Za-z0-9+/]{16,}={1,2})"
)
"""A key, a hash or base64, which nobody reads: digits among letters of both cases, hexadecimals, or a padded end."""


def malformed(text: str, *, code: Collection[str] = ()) -> str | None:
    """Say why `text` is not one plain sentence of a decent length. A dotted name that is in `code` is no address."""
    if hidden(text.strip()):
        return "has line breaks or invisible characters"
    if stacked(text):
        return "stacks accents on a letter"
    if unusable(text):
        return "contains a reserved word"
    bare = _CODE.sub("code", text)
    if "`" in bare:
        return "contains Markdown or HTML"
    if has_address(bare, code=code) or re.search(r"(?i)\w://|\bwww\.", text):
        return "contains an address"
    if disguised(text):
        return "has signs in the place of letters"
    if _MARKUP.search(bare) or _MARKUP.search(normalise(bare)):
        return "contains Markdown or HTML"
    if not _ENDS_WELL.search(text.strip()):
        return "does not end like a sentence"
    if len(sentences(text.strip())) != 1:
        return "is more than one sentence"
    if _OPAQUE.search(text):
        return "contains a key or an encoded text"
    least, most = SENTENCE_WORDS
    words = _length(text)
    return None if least <= words <= most else f"has {words} words, not {least} to {most}"


def _length(text: str) -> int:
    """Count words; of Chinese and Japanese, two signs count as one."""
    signs = len(_SIGN.findall(text))
    return len(_SIGN.sub(" ", text).split()) + signs // 2 if signs else len(text.split())


def without_code_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text without backticks, and what was between them."""
    return _CODE.sub(r"\1", text), tuple(code.strip() for code in _CODE.findall(text))
