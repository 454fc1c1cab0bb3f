"""What a sentence states that only a source can know: numbers with their units, names, identifiers."""

from __future__ import annotations

import re
from typing import Final

from publisher.draft.quotation import normalise
from publisher.draft.words import COMMON, NUMBER_WORDS

_NUMBER = re.compile(r"(?<![\w.])[-−](?=\d)|\d+(?:[.,:/-]\d+)*")
_QUANTITY = re.compile(r"(\d+(?:[.,]\d+)*)[\s-]?(%|[A-Za-zµ]+)")
_IDENTIFIER = re.compile(r"(?<![\w.])(?:--?[A-Za-z][\w-]*|\w*[A-Za-z]\w*(?:[_./:]+\w+)+(?:\(\))?|\w+\(\)|\$\w+|@\w+)")
_WORD = re.compile(r"[^\W\d_][\w'’]*(?:[-+#]*[\w+#]+)*")

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
    said, known = normalise(sentence), normalise(source)
    lowered = known.casefold()
    return [
        *_foreign_numbers(said, known),
        *(token for token in _IDENTIFIER.findall(said) if _bare(token) not in lowered),
        *(name for name in _names(said, lowered) if not _stands_in(name, lowered)),
    ]


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


def _names(said: str, lowered: str) -> list[str]:
    """Return capitalised words and acronyms; the first word counts unless it is an ordinary one."""
    found = []
    for position, match in enumerate(_WORD.finditer(said)):
        word = re.sub(r"['’]s?$", "", match[0])
        capitals = sum(char.isupper() for char in word)
        if capitals == 0 or word == "I":
            continue
        opening = position == 0 and capitals == 1 and word[0].isupper()
        if opening and (
            word.casefold() in COMMON or word.casefold().endswith(("ing", "ly")) or _related(word, lowered)
        ):
            continue
        found.append(word)
    return found


def _stands_in(name: str, lowered: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(name.casefold())}(?:s|es|'s)?(?![^\W_])", lowered) is not None


def _related(word: str, lowered: str) -> bool:
    """Whether a word that opens a sentence is a form of one in the source: Retries, retry."""
    stem = word.casefold()[: max(4, len(word) - 3)]
    return re.search(rf"\b{re.escape(stem)}", lowered) is not None


def _bare(token: str) -> str:
    return token.casefold().removesuffix("()").rstrip(".:/")


def _lower_words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.casefold())
