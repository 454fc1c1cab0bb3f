"""What a sentence states that only a source can know: numbers with their units, names, identifiers."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from publisher.draft.english import ordinary
from publisher.draft.numerals import numerals
from publisher.draft.quotation import normalise
from publisher.draft.stop_words import stop_words
from publisher.draft.words import COMMON, NUMBER_WORDS

_NUMBER = re.compile(r"(?<![\w.])[-−](?=\d)|\d+(?:[.,:/-]\d+)*")
_QUANTITY = re.compile(r"(\d+(?:[.,]\d+)*)[\s-]?(%|[A-Za-zµ]+)")
_IDENTIFIER = re.compile(r"(?<![\w.])(?:--?[A-Za-z][\w-]*|\w*[A-Za-z]\w*(?:[_./:]+\w+)+(?:\(\))?|\w+\(\)|\$\w+|@\w+)")
_WORD = re.compile(r"[^\W\d_][\w'’]*(?:[-+#]*[\w+#]+)*")

_TOKEN = re.compile(r"[^\W_]{3,}")
_WORDS = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+")

_UNITS: Final = {
    alias: unit
    for unit, aliases in {
        "%": "% percent pct",
        "s": "s sec secs second seconds",
        "ms": "ms millisecond milliseconds",
        "us": "us µs μs microsecond microseconds",
        "ns": "ns nanosecond nanoseconds",
        "min": "min mins minute minutes",
        "h": "h hour hours",
        "d": "day days",
        "w": "week weeks",
        "mo": "month months",
        "y": "year years",
        "b": "byte bytes b",
        "kb": "kb kib kilobyte kilobytes",
        "mb": "mb mib megabyte megabytes",
        "gb": "gb gib gigabyte gigabytes",
        "tb": "tb tib terabyte terabytes",
        "k": "k thousand",
        "m": "million",
        "bn": "billion bn",
        "cent": "cent cents",
        "usd": "dollar dollars usd",
        "eur": "euro euros eur",
        "token": "token tokens",
        "call": "call calls",
        "request": "request requests",
    }.items()
    for alias in aliases.split()
}


def foreign_facts(sentence: str, source: str) -> list[str]:
    """Return the numbers, quantities, identifiers and proper names of `sentence` that `source` does not contain.

    >>> foreign_facts("Kafka retries 3 times after 5 s.", "The client retries 3 times after 5 ms.")
    ['5 s', 'Kafka']
    """
    return [*foreign_numbers(sentence, source), *foreign_names(sentence, source)]


def foreign_numbers(sentence: str, source: str, language: str = "en") -> list[str]:
    """Return the numbers, number words, months and quantities of `sentence` that `source` does not contain."""
    said, known = normalise(sentence), normalise(source)
    have, digits = set(numerals(known, language)), set(_NUMBER.findall(known))
    words = [
        word
        for word in numerals(said, language)
        if word not in have and NUMBER_WORDS.get(word) not in digits and not _same_number(word, have)
    ]
    return [*_foreign_numbers(said, known), *words]


def _same_number(word: str, have: Collection[str]) -> bool:
    value = NUMBER_WORDS.get(word)
    return value is not None and any(NUMBER_WORDS.get(other) == value for other in have)


def foreign_names(
    sentence: str, source: str, language: str = "en", *, plain: Collection[str] = frozenset()
) -> list[str]:
    """Return the identifiers and proper names of `sentence` that `source` does not contain.

    `plain` has words that are known to be written without a capital, and are therefore no names.
    """
    said, lowered = normalise(sentence), normalise(source).casefold()
    return [
        *(token for token in _IDENTIFIER.findall(said) if _bare(token) not in lowered),
        *(name for name in _names(said, lowered, language, plain=plain) if not _stands_in(name, lowered)),
    ]


def coined_words(sentence: str, source: str) -> list[str]:
    """Return the words that mix letters and digits, such as sk9f3a, and that `source` lacks.

    >>> coined_words("A budget of zorblat7 caps bip174.", "Budgets of BIP174 cap calls.")
    ['zorblat7']
    """
    known = set(_TOKEN.findall(normalise(source).casefold()))
    return [
        word
        for word in _TOKEN.findall(normalise(sentence).casefold())
        if word not in known and not word.isdigit() and any(char.isdigit() for char in word)
    ]


def misplaced_number(sentence: str, source: str, language: str = "en") -> str | None:
    """Return the first number that stands neither before nor after the word that it stands beside in `source`.

    >>> misplaced_number("It takes 5 calls.", "Of 5 tries, 3 calls succeed."), misplaced_number("3 calls do.", "Of 5 tries, 3 calls do.")
    ('5', None)
    """
    said: list[str] = _WORDS.findall(normalise(sentence).casefold())
    known: list[str] = _WORDS.findall(normalise(source).casefold())
    for place, number in enumerate(said):
        if not number[0].isdigit() or number not in known:
            continue
        beside = _beside(said, place, language)
        if beside and not any(beside & _beside(known, at, language) for at, word in enumerate(known) if word == number):
            return number
    return None


def _beside(words: list[str], place: int, language: str) -> frozenset[str]:
    """Return the beginnings of the nearest two words that carry meaning, before and after a place."""
    common = stop_words(language)
    before = [word for word in words[:place] if word not in common][-1:]
    after = [word for word in words[place + 1 :] if word not in common][:1]
    return frozenset(word[:5] for word in (*before, *after))


def out_of_order(sentence: str, source: str) -> str | None:
    """Return the first word with a capital that comes before the one that it follows in `source`.

    >>> out_of_order("Bob pays Alice.", "Alice pays Bob."), out_of_order("Alice and Bob pay.", "Alice pays Bob.")
    ('Alice', None)
    """
    known, place = normalise(source), 0
    for name in (match[0] for match in _WORD.finditer(normalise(sentence)) if any(char.isupper() for char in match[0])):
        pattern = re.compile(rf"(?<![^\W\d_]){re.escape(name)}(?![^\W_])")
        if pattern.search(known) is None:
            continue
        match = pattern.search(known, place)
        if match is None:
            return name
        place = match.end()
    return None


def numbers_out_of_order(sentence: str, source: str) -> str | None:
    """Return the first number that comes before the one that it follows in `source`.

    >>> numbers_out_of_order("128, where it was 32.", "It rose from 32 to 128."), numbers_out_of_order("32, now 128", "From 32 to 128.")
    ('32', None)
    """
    known: list[str] = _NUMBER.findall(normalise(source))
    said: list[str] = _NUMBER.findall(normalise(sentence))
    place = 0
    for number in dict.fromkeys(said):
        if number not in known:
            continue
        if number not in known[place:]:
            return number
        place = known.index(number, place) + 1
    return None


def _foreign_numbers(said: str, known: str) -> list[str]:
    """Compare numbers; a number may be written in digits on one side and as a word on the other."""
    have = set(_NUMBER.findall(known))
    have_words = {NUMBER_WORDS[word] for word in _lower_words(known) if word in NUMBER_WORDS}
    foreign = [number for number in _NUMBER.findall(said) if number not in have and number not in have_words]
    for word in _lower_words(said):
        value = NUMBER_WORDS.get(word)
        if value is not None and value not in have_words and value not in have:
            foreign.append(word)
    quantities = {
        (number, _UNITS[unit.casefold()]) for number, unit in _QUANTITY.findall(known) if unit.casefold() in _UNITS
    }
    measured = {number for number, _ in quantities}
    foreign += [
        f"{number} {unit}"
        for number, unit in _QUANTITY.findall(said)
        if (key := _UNITS.get(unit.casefold())) and number in measured and (number, key) not in quantities
    ]
    return foreign


def _names(said: str, lowered: str, language: str = "en", *, plain: Collection[str] = frozenset()) -> list[str]:
    """Return capitalised words and acronyms; the first word counts unless it is an ordinary one."""
    found = []
    for position, match in enumerate(_WORD.finditer(said)):
        word = re.sub(r"['’]s?$", "", match[0])
        capitals = sum(char.isupper() for char in word)
        if capitals == 0 or word == "I":
            continue
        opening = position == 0 and capitals == 1 and word[0].isupper()
        if opening and (_ordinary(word, language) or word.casefold() in plain or _related(word, lowered)):
            continue
        found.append(word)
    return found


def _ordinary(word: str, language: str) -> bool:
    folded = word.casefold()
    if language == "en":
        return folded in COMMON or ordinary(folded)
    return folded in stop_words(language)


def _stands_in(name: str, lowered: str) -> bool:
    """Whether a case-folded text has the name, or a form of it."""
    return _standing(name).search(lowered) is not None


def _standing(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_]){re.escape(name.casefold())}(?:s|es|'s)?(?![^\W_])")


def _related(word: str, lowered: str) -> bool:
    """Whether a word that opens a sentence is a form of one in the source: Retries, retry."""
    stem = word.casefold()[: max(4, len(word) - 3)]
    return re.search(rf"\b{re.escape(stem)}", lowered) is not None


def _bare(token: str) -> str:
    return token.casefold().removesuffix("()").rstrip(".:/")


def _lower_words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.casefold())
