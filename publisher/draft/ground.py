"""Proposed sentences -> claims: only those that a passage supports survive.

This enforces what can be enforced: an exact quotation from a passage that was given, and no number, date, version, name,
URL or code that the passage lacks. Whether a paraphrase is true cannot be enforced; so the quotation is shown beside the
sentence, for the editor and for the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from publisher.content.characters import unusable
from publisher.content.prose import one_line, sentences
from publisher.draft.facts import foreign_facts
from publisher.draft.quotation import find_quotation, normalise
from publisher.issue import Claim, Passage
from publisher.ports import Hit, Proposal

SENTENCE_WORDS: Final = (5, 45)
QUOTATION_WORDS: Final = 5
SHINGLE: Final = 8
"""Words in a row that two texts share only when one repeats the other."""

MOST_CLAIMS: Final = 6
FEWEST_CLAIMS: Final = 3

_URL = re.compile(
    r"(?i)\b[a-z][a-z0-9+.-]{1,20}://|(?:^|\s)//\w|\b(?:mailto|javascript|vbscript)\s*:|\b(?:data|tel|file|blob):\S|"
    r"\bwww\.|\w@[a-z][\w-]{2,}|\b[\w-]+\.[a-z]{2,24}/\w|"
    r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|ai|app|edu|gov|info|example|test|invalid|co|uk|de|"
    r"xyz|ru|cn|eu|fr|nl|us|biz|icu|shop|site|online|tech|cloud)\b(?![(\w])"
)
_MARKUP = re.compile(r"!?\[[^\]]*\]|\]\s*[(\[]|\[[@^]|<[A-Za-z/!?]|&(?:#\w+|\w+);|\*\*|^\s*(?:[#>|]|[-*+]\s)")
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Fillers and variation selectors, which Unicode counts among letters, marks and symbols."""

_EMOJI = re.compile("(?<=[^\\w\\s])\ufe0f(?!\ufe0f)")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_CITES = re.compile(r"\[\s*[@^]")
_CODE = re.compile(r"`+([^`]+)`+")


def ground(proposal: Proposal, hits: Sequence[Hit], *, own_text: str = "") -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """Return the claims that hold, and for every dropped sentence why.

    `hits` are the passages that the writer was given; `own_text` is this week's issue, which must not be repeated.
    Claims are in plain text, and their quotations as the passage writes them.
    """
    passages = {hit.passage.id: hit.passage for hit in hits}
    own = _shingles(own_text)
    claims: list[Claim] = []
    dropped: list[str] = []
    for number, (text, passage_id, quote) in enumerate(proposal.sentences, 1):
        claim = _claim(text, passage_id, quote, passages)
        reason = claim if isinstance(claim, str) else _repeats(claim, claims, passages, own)
        if reason is not None:
            dropped.append(f"sentence {number}: {reason}")
        elif isinstance(claim, Claim) and len(claims) < MOST_CLAIMS:
            claims.append(claim)
    return tuple(claims), tuple(dropped)


def _claim(text: str, passage_id: str, quote: str, passages: Mapping[str, Passage]) -> Claim | str:
    """Return the claim, or why there is none."""
    passage = passages.get(passage_id)
    if passage is None:
        return "cites a passage that was not given"
    if fault := malformed(text):
        return fault
    sentence = one_line(_CODE.sub(r"\1", text))
    if _CITES.search(sentence):  # one that was between backticks, and would be taken for ours
        return "contains a citation"
    if verbatim := find_quotation(sentence, passage.text):
        if fault := malformed(verbatim):
            return fault
        return Claim(verbatim, passage.id, verbatim)
    found = find_quotation(quote, passage.text)
    if found is None:
        return f"its quotation is not in {passage.id}"
    if len(found.split()) < QUOTATION_WORDS:
        return f"its quotation has fewer than {QUOTATION_WORDS} words"
    if _hidden(found):
        return "its quotation has invisible characters"
    codes = [code.strip() for code in _CODE.findall(text)]
    source = f"{passage.heading}\n{passage.text}"
    foreign = [code for code in codes if normalise(code) not in normalise(source)] or foreign_facts(sentence, source)
    if foreign:
        return f"states what is not in {passage.id}: {foreign[0]!r}"
    return Claim(sentence, passage.id, found)


def malformed(text: str) -> str | None:
    """Say why `text` is not one plain sentence of a decent length."""
    if _hidden(text.strip()):
        return "has line breaks or invisible characters"
    if unusable(text):
        return "contains a reserved word"
    bare = _CODE.sub("code", text)
    if "`" in bare:
        return "contains Markdown or HTML"
    folded = normalise(bare).replace("\u3002", ".")  # mail programs take this for a dot, too
    if _URL.search(bare) or _URL.search(folded) or re.search(r"(?i)\w://|\bwww\.", text):
        return "contains an address"
    if _MARKUP.search(bare) or _MARKUP.search(folded):
        return "contains Markdown or HTML"
    if not re.search(r"[.!?][\"'’”)]?$", text.strip()):
        return "does not end like a sentence"
    if len(sentences(text.strip())) != 1:
        return "is more than one sentence"
    least, most = SENTENCE_WORDS
    words = len(text.split())
    return None if least <= words <= most else f"has {words} words, not {least} to {most}"


def _hidden(text: str) -> bool:
    """Whether there is a control character, a mark of direction, or any other character that nobody sees."""
    text = _EMOJI.sub("", text)
    return bool(_INVISIBLE.search(text)) or any(unicodedata.category(char) in _UNSEEN for char in text)


def _repeats(
    claim: Claim, claims: Sequence[Claim], passages: Mapping[str, Passage], own: frozenset[tuple[str, ...]]
) -> str | None:
    """Say what `claim` repeats: an earlier claim, this week's issue, or a passage that it does not cite."""
    if any(other.passage == claim.passage for other in claims):
        return f"{claim.passage} is already cited"
    words = frozenset(_words(claim.text))
    for other in claims:
        others = frozenset(_words(other.text))
        if len(words & others) > 0.7 * len(words | others) or _shingles(claim.text) & _shingles(other.text):
            return "repeats an earlier sentence"
    if _shingles(claim.text) & own:
        return "repeats this week's issue"
    elsewhere = _shingles(claim.text) - _shingles(passages[claim.passage].text)
    for passage in passages.values():
        if elsewhere & _shingles(passage.text):
            return f"repeats {passage.id} without citing it"
    return None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalise(text).casefold())


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    words = _words(text)
    return frozenset(tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1))
