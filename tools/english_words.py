"""Write publisher/draft/english.json: ordinary words and opposites, from the lexical database WordNet.

    tools/english_words.py FOLDER

FOLDER holds WordNet's files (data.* and cntlist.rev), such as /usr/share/wordnet of Debian's package wordnet-base.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parents[1] / "publisher/draft/english.json"
KINDS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_WORD = re.compile(r"[a-z]{2,}")
_OPPOSITE = re.compile(r"! (\d{8}) ([nvar]) (\d\d)(\d\d)")

Lemmas = dict[tuple[str, str], list[str]]
"""The words of each set of synonyms, by (part of speech, offset). A name has its capitals."""


def main(folder: Path) -> None:
    """Read the files, and write the words that WordNet met in texts, and every pair of opposites."""
    lines = {kind: (folder / f"data.{name}").read_text().splitlines() for name, kind in KINDS.items()}
    licence = "\n".join(re.sub(r"^ *\d+ ", "", line).rstrip() for line in lines["n"][:29])
    lemmas: Lemmas = {(kind, line[:8]): _lemmas(line) for kind, found in lines.items() for line in found[29:]}
    lower = {word for words in lemmas.values() for word in words if _WORD.fullmatch(word)}
    met = {line.partition("%")[0] for line in (folder / "cntlist.rev").read_text().splitlines()}
    pairs = {pair for found in lines.values() for line in found[29:] for pair in _opposites(line, lemmas)}
    TARGET.write_text(
        "{\n"
        f'"ordinary": "{" ".join(sorted(lower & met))}",\n'
        f'"opposites": {json.dumps(" ".join(sorted("/".join(pair) for pair in pairs)))}\n'
        "}\n"
    )
    TARGET.with_suffix(".LICENSE").write_text(
        f"english.json is made from WordNet 3.0 by tools/english_words.py.\n\n{licence}\n"
    )
    sys.stderr.write(f"{TARGET.name}: {len(lower & met)} ordinary words, {len(pairs)} pairs of opposites\n")


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
