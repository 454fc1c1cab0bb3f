"""Write publisher/draft/english.json: ordinary words, those that seldom name a thing, and opposites, from the lexical database WordNet.

    tools/english_words.py FOLDER

FOLDER holds WordNet's files (data.* and cntlist.rev), such as /usr/share/wordnet of Debian's package wordnet-base.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

TARGET = Path(__file__).parents[1] / "publisher/draft/english.json"
KINDS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_WORD = re.compile(r"[a-z]{2,}")
_OPPOSITE = re.compile(r"! (\d{8}) ([nvar]) (\d\d)(\d\d)")
NOUN = "1"
"""How cntlist.rev writes a noun's part of speech."""
SELDOM = 3
"""How many times more often than as a noun a word has to be met as something else."""

Lemmas = dict[tuple[str, str], list[str]]
"""The words of each set of synonyms, by (part of speech, offset). A name has its capitals."""


def main(folder: Path) -> None:
    """Read the files, and write the words that WordNet met in texts, and every pair of opposites."""
    lines = {kind: (folder / f"data.{name}").read_text().splitlines() for name, kind in KINDS.items()}
    licence = "\n".join(re.sub(r"^ *\d+ ", "", line).rstrip() for line in lines["n"][:29])
    lemmas: Lemmas = {(kind, line[:8]): _lemmas(line) for kind, found in lines.items() for line in found[29:]}
    lower = {word for words in lemmas.values() for word in words if _WORD.fullmatch(word)}
    counts = _counted((folder / "cntlist.rev").read_text().splitlines())
    met = {word for word, _ in counts}
    seldom = {word for word in lower & met if _seldom_names(word, counts)}
    pairs = {pair for found in lines.values() for line in found[29:] for pair in _opposites(line, lemmas)}
    TARGET.write_text(
        "{\n"
        f'"ordinary": "{" ".join(sorted(lower & met))}",\n'
        f'"seldom nouns": "{" ".join(sorted(seldom))}",\n'
        f'"opposites": {json.dumps(" ".join(sorted("/".join(pair) for pair in pairs)))}\n'
        "}\n"
    )
    TARGET.with_suffix(".LICENSE").write_text(
        f"english.json is made from WordNet 3.0 by tools/english_words.py.\n\n{licence}\n"
    )
    sys.stderr.write(
        f"{TARGET.name}: {len(lower & met)} ordinary words, {len(seldom)} seldom nouns, {len(pairs)} pairs of opposites\n"
    )


def _counted(lines: Iterable[str]) -> Counter[tuple[str, str]]:
    """Return how often WordNet met each (word, part of speech)."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        sense, _, times = line.split()
        word, _, rest = sense.partition("%")
        counts[word, rest[0]] += int(times)
    return counts


def _seldom_names(word: str, counts: Mapping[tuple[str, str], int]) -> bool:
    others = max(counts[word, kind] for kind in "2345")
    return others > SELDOM * counts[word, NOUN]


def _lemmas(line: str) -> list[str]:
    """Return the words of a line; an adjective may have its place in brackets: galore(ip)."""
    fields = line.split()
    return [fields[4 + 2 * place].partition("(")[0] for place in range(int(fields[3], 16))]


def _opposites(line: str, lemmas: Lemmas) -> Iterator[tuple[str, str]]:
    words = _lemmas(line)
    for offset, other_kind, place, other_place in _OPPOSITE.findall(line.partition(" | ")[0]):
        word, other = words[int(place, 16) - 1], lemmas[other_kind, offset][int(other_place, 16) - 1]
        if _WORD.fullmatch(word) and _WORD.fullmatch(other):
            yield min(word, other), max(word, other)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
