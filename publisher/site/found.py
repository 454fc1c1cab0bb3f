"""Ranks what a reader searches for, over the files that publisher/site/search.py makes, as templates/web/search.js does (pure)."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from publisher.draft.stop_words import stop_words
from publisher.draft.terms import words
from publisher.site.search import PASSAGES, SECTIONS, fold, shard

MOST_WORDS: Final = 12
BEGUN: Final = 0.7
"""What a longer word counts that begins with the last one typed, beside that word itself."""
SHORTEST: Final = 4
ENDING: Final = 3
"""Letters that may be missing at the end of a word that nobody wrote, and the letters that must be left."""


@dataclass(frozen=True, slots=True)
class Found:
    """A passage: its document's file, the document's row of index.json, its section there, and its place in the file."""

    file: str
    row: Sequence[Any]
    section: int
    ordinal: int
    score: int


def search(read: Callable[[str], bytes], query: str, limit: int = 10) -> list[Found]:
    """Return the best passages; `read` returns a file below search/."""
    about = json.loads(read("index.json"))
    typed = _typed(query, about["language"])
    scores = dict[tuple[int, int], float]()
    hits = dict[tuple[int, int], int]()
    for number, word in enumerate(typed):
        for passage, score in _of_word(read, about, word, begun=number == len(typed) - 1).items():
            scores[passage] = scores.get(passage, 0) + score
            hits[passage] = hits.get(passage, 0) + 1
    found = [
        (-round(score * hits[passage] / len(typed) * _row(about, passage)[3]), *passage)
        for passage, score in scores.items()
    ]
    return [_found(about, *one) for one in sorted(found)[:limit]]


def _typed(query: str, language: str) -> list[str]:
    """Return the words that are searched for: without stop words, unless there is nothing else or one is being typed."""
    every = list(dict.fromkeys(itertools.islice(words(query[:1000]), MOST_WORDS)))
    kept = [fold(word) for word in every if word not in stop_words(language)]
    return kept or [fold(word) for word in every]


def _of_word(
    read: Callable[[str], bytes], about: Mapping[str, Any], word: str, *, begun: bool
) -> dict[tuple[int, int], float]:
    """Return what a word gives each passage, by segment and number: of the terms that it may be, the best."""
    files = [json.loads(read(f"{one[0]}/{shard(word)}.json")) for one in about["segments"]]
    total = sum(file["count"] for file in files)
    scores = dict[tuple[int, int], float]()
    for term, factor in _terms(files, word, begun=begun).items():
        lists = [(number, file["terms"][term][1]) for number, file in enumerate(files) if term in file["terms"]]
        count = sum(len(one) // 2 for _, one in lists)
        rare = factor * math.log(1 + (total - count + 0.5) / (count + 0.5))
        for number, one in lists:
            for passage, weight in zip(one[::2], one[1::2], strict=True):
                key = number, passage
                scores[key] = max(scores.get(key, 0), rare * weight)
    return scores


def _terms(files: Sequence[Mapping[str, Any]], word: str, *, begun: bool) -> dict[str, float]:
    """Return the terms of a word with what each counts; of a word that nobody wrote, the terms of one that begins like it."""
    for missing in range(ENDING + 1):
        start = word[: len(word) - missing]
        if missing and len(start) < SHORTEST:
            break
        found = dict[str, float]()
        for file in files:
            for term, (forms, _) in file["terms"].items():
                those = forms.split(" ")
                if start in those and not missing:
                    found[term] = 1.0
                elif (begun or missing) and any(form.startswith(start) for form in those):
                    found.setdefault(term, BEGUN)
        if found:
            return found
    return {}


def _row(about: Mapping[str, Any], passage: tuple[int, int]) -> Sequence[Any]:
    row: Sequence[Any] = about["segments"][passage[0]][1 + passage[1] // (SECTIONS * PASSAGES)]
    return row


def _found(about: Mapping[str, Any], score: int, number: int, passage: int) -> Found:
    document, rest = divmod(passage, SECTIONS * PASSAGES)
    section, ordinal = divmod(rest, PASSAGES)
    row = about["segments"][number][1 + document]
    return Found(f"{about['segments'][number][0]}/text-{document}.json", row, section, ordinal, -score)
