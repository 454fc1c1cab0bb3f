"""Characters that deceive: those that nobody sees, look-alikes from other alphabets, and stacks of accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers and variation selectors, which Unicode counts among letters, marks and symbols."""

_EMOJI = re.compile("(?<=[^\\w\\s])\ufe0f(?!\ufe0f)")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_SCRIPTS: Final = {
    "ar": "ARABIC", "be": "CYRILLIC", "bg": "CYRILLIC", "el": "GREEK", "fa": "ARABIC", "he": "HEBREW", "hi": "DEVANAGARI",
    "ja": "CJK HIRAGANA KATAKANA KATAKANA-HIRAGANA", "ka": "GEORGIAN", "ko": "HANGUL CJK", "mk": "CYRILLIC", "ru": "CYRILLIC",
    "sr": "CYRILLIC", "th": "THAI", "uk": "CYRILLIC", "ur": "ARABIC", "yi": "HEBREW", "zh": "CJK",
}  # fmt: skip
"""How Unicode's names of letters begin, by language; Latin letters belong to every language."""

_SYMBOLS: Final = frozenset("μΩΔπλΣθ")
"""Greek letters that stand for units and quantities everywhere. Those that look like Latin ones are not among them."""

_TYPOGRAPHY: Final = frozenset("‘’“”„«»‹›–—…\u00a0\u202f\u2011·×≤≥≈±→µ°€£%")

_ALPHABETS: Final = {
    "de": "äöüß", "en": "", "es": "áéíñóúü¿¡ªº", "fr": "àâæçèéêëîïôùûüÿœ", "it": "àèéìíîòóùú", "nl": "áéëïóöü", "pt": "àáâãçéêíóôõúü",
}  # fmt: skip
"""Small letters beyond ASCII. Another language that writes Latin letters is given all of the common ones."""

_TALLEST: Final = 2
"""Marks on one letter: Vietnamese has two."""


def hidden(text: str) -> bool:
    """Whether there is a control character, a mark of direction, or any other character that nobody sees."""
    text = _EMOJI.sub("", text)
    return bool(_INVISIBLE.search(text)) or any(unicodedata.category(char) in _UNSEEN for char in text)


def stacked(text: str) -> bool:
    """Whether a letter has more marks than any language writes, which would run over the lines around it."""
    if text.isascii():
        return False
    decomposed = unicodedata.normalize("NFD", text)
    marks = "".join("m" if unicodedata.category(char) in ("Mn", "Me") else "." for char in decomposed)
    return "m" * (_TALLEST + 1) in marks


def disguised(text: str) -> bool:
    """Whether a letter is written by a sign that only looks like one, such as a bold or circled one of mathematics.

    >>> disguised("\U0001d5d4 budget"), disguised("The ﬁrst ½ of 10² GB™")
    (True, False)
    """
    return not text.isascii() and any(
        not char.isascii() and form.isascii() and form.isalpha() and len(form) == 1 and char not in "ªº"
        for char in text
        for form in (unicodedata.normalize("NFKC", char),)
    )


def foreign_script(text: str, language: str) -> str | None:
    """Return the first word with a letter of another script than the language's.

    >>> foreign_script("A p\u0430ssword", "en") == "p\u0430ssword", foreign_script("30 µs", "en")
    (True, None)
    """
    if text.isascii():
        return None
    known = _SCRIPTS.get(language, "").split()
    words: list[str] = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", text))
    for word in words:
        if any(_script(char) not in ("LATIN", *known) for char in word if char not in _SYMBOLS):
            return word
    return None


def foreign_letters(text: str, source: str, language: str) -> str | None:
    """Return the first word with a character that is neither in ASCII nor of the language, if the source lacks that word.

    >>> foreign_letters("Poincaré pays.", "Poincaré was paid.", "en"), foreign_letters("A wallét.", "Poincaré", "en")
    (None, 'wallét')
    """
    if text.isascii():
        return None
    known = frozenset(_words(source))
    for word in _words(text):
        if word not in known and not all(char.isascii() or _of_language(char, language) for char in word):
            return word
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\s!-/:-@\[-`{-~]+", unicodedata.normalize("NFC", text).casefold())


def _of_language(char: str, language: str) -> bool:
    if char in _TYPOGRAPHY or char in _SYMBOLS:
        return True
    if language in _ALPHABETS:
        return char in _ALPHABETS[language]
    if language in _SCRIPTS:
        return _script(char) in _SCRIPTS[language].split() or unicodedata.category(char)[0] == "P"
    return "\u00df" <= char <= "\u017e" and char not in "\u00f7\u0131\u0138"


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "").split(" ")[0]
