"""The terms of a text: what is compared when texts are searched, matched or checked. Pure, for every language.

A publication's language says how its words are stemmed and which of them carry no meaning; it is a tag such as `de` or
`pt-BR`. Writing without spaces (Chinese, Japanese, Korean, Thai, …) is read two characters at a time in every language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from publisher.draft.stop_words import stop_words
from publisher.draft.words import COMMON

LONGEST: Final = 64
"""Characters of a word that count: longer ones are keys and hashes, which nobody searches for by their ends."""

_UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u1100-\u11ff\uac00-\ud7a3\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3"
)
_MARKS = (  # vowel signs and accents, which Unicode does not count as letters
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u0711\u0730-\u074a\u0900-\u0963\u0966-\u0dff"
)
_RUN = re.compile(rf"([{_UNSPACED}]+)|(?:(?![{_UNSPACED}])[^\W_][{_MARKS}]*)+")
_ASCII_RUN = re.compile(r"[a-z0-9]+")
_UNSPACED_START = re.compile(f"[{_UNSPACED}]")
_NUMBER = re.compile(r"\d")
_ACCENT = re.compile("[\u0300-\u036f]+")

_STEMMERS: Final = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
    # What is in Latin letters there is English, mostly.
    "ja": "english", "ko": "english", "zh": "english",
}  # fmt: skip


def words(text: str) -> Iterator[str]:
    """Yield the words of a text, case folded, in order; pairs of characters where no spaces are written.

    >>> list(words("Ein Bußgeld von 5.000 €"))
    ['ein', 'bussgeld', 'von', '5', '000']
    >>> list(words("Go 并发模型"))
    ['go', '并发', '发模', '模型']
    """
    if text.isascii():
        yield from (word[:LONGEST] for word in _ASCII_RUN.findall(text.lower()))
        return
    for run in _RUN.finditer(unicodedata.normalize("NFKC", text).casefold()):
        if run[1] and len(run[1]) > 2:
            yield from (run[1][start : start + 2] for start in range(len(run[1]) - 1))
        else:
            yield run[0][:LONGEST]


@lru_cache(maxsize=1 << 17)
def stem(word: str, language: str = "en") -> str:
    """Return what the forms of a case-folded word have in common, without accents.

    >>> stem("queries") == stem("query"), stem("häuser", "de") == stem("haus", "de")
    (True, True)
    >>> stem("résumés", "fr") == stem("résumé", "fr")
    True
    """
    algorithm = _STEMMERS.get(language.casefold().partition("-")[0])
    if algorithm is not None:
        import snowballstemmer  # 36 languages: slow to import

        # A stemmer keeps the word in itself, so that threads must not share one.
        word = snowballstemmer.stemmer(algorithm).stemWord(word)
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", word)))


def is_unspaced(text: str) -> bool:
    """Whether a text is written without spaces between words, mostly.

    >>> is_unspaced("重试预算限制了调用次数。"), is_unspaced("Go 并发 in three parts")
    (True, False)
    """
    signs = sum(len(run) for run in re.findall(f"[{_UNSPACED}]+", text))
    return 2 * signs > len("".join(text.split()))


def terms(text: str, language: str = "en") -> Iterator[str]:
    """Yield what a text is searched by: the stem of each word, and each number, in order, without stop words.

    >>> list(terms("The 3 cases, and each case of a query"))
    ['3', 'case', 'case', 'queri']
    """
    left_out = stop_words(language)
    return (stem(word, language) for word in words(text) if word not in left_out)


def stems(text: str, language: str = "en") -> Iterator[str]:
    """Yield the terms that carry meaning by themselves: no numbers, and no words of one or two letters.

    >>> list(stems("The cases of a query in CI: 3 queries"))
    ['case', 'queri', 'queri']
    """
    left_out = stop_words(language)
    for word in words(text):
        if word not in left_out and not _NUMBER.search(word) and (len(word) > 2 or _UNSPACED_START.match(word)):
            yield stem(word, language)


def spread(topics: Sequence[str], language: str = "en") -> dict[str, int]:
    """Return this week's terms, with how many topics each is in: words of two topics or more, or of the only topic.

    >>> spread(["Golden sets in CI.", "A golden set of questions.", "Tracing."])
    {'golden': 2}
    """
    found = Counter(word for topic in topics for word in dict.fromkeys(stems(topic, language)))
    return {word: count for word, count in found.items() if count >= min(2, len(topics)) and word not in _common()}


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(word for common in COMMON for word in stems(common))
