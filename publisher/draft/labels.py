"""What a paragraph or list item is called by its first words, set in bold type or as a link: «**Golden sets:** fifty questions». Pure."""

from __future__ import annotations

import re
from typing import Final

from publisher.content.prose import count_words, plain
from publisher.draft.polarity import limits, negators
from publisher.draft.terms import stems, words
from publisher.issue import Passage

NAME_WORDS: Final = 9
"""Words of what a list item is called: those before its colon, or its first ones."""

TOLD_AGAIN: Final = 0.3
"""The share of a label's terms that the sentence behind it has, if it says the same without its label."""

_TAKES_BACK: Final = frozenset(
    """myth myths rumor rumors rumour rumours hoax joke satire fiction fake withdrawn withdrawal rejected rejection retracted retraction declined correction
    corrected obsolete outdated superseded hypothetical alleged former mythos mythen gerücht gerüchte zurückgezogen abgelehnt veraltet berichtigung mythe
    rumeur retiré rejeté obsolète mito rumor retirado rechazado obsoleto""".split()  # noqa: SIM905
)
"""Words of a label that say that what follows does not hold."""

_MARKED = re.compile(r"\s*(?:\*\*[^*\n]{2,300}\*\*|\*[^*\n]{2,200}:\*|\[[^\[\]]{2,200}\]\([^()\s]{0,1000}\)(?!:))")
_BOLD = re.compile(r"\s*\*{1,2}([^*]{2,300})\*{1,2}")


def marked(source: str) -> str:
    """Return what a paragraph or list item begins with in bold type, or an item as a link: that is what it is called.

    >>> marked("**Golden sets:** fifty questions."), marked("[Retries #12](x.md) caps calls."), marked("See [No. 2](2.md).")
    ('Golden sets', 'Retries #12', '')
    """
    found = _MARKED.match(source)
    name = plain(found[0]).strip(" :.") if found else ""
    return name if 1 <= count_words(name) <= 2 * NAME_WORDS else ""


def label_of(source: str, text: str) -> str:
    """Return the words in bold type before a colon with which a block begins; `text` is its plain text.

    >>> label_of("**Golden sets:** fifty questions.", "Golden sets: fifty questions.")
    'Golden sets'
    """
    found = _BOLD.match(source)
    name = plain(found[1]).strip(" :") if found else ""
    return name if name and text.startswith(f"{name}:") else ""


def without_label(sentence: str, passage: Passage, language: str) -> str:
    """Return a sentence of a passage without the label before it, if it says the same without; else as it is."""
    label = next((one for one in passage.labels if sentence.startswith(f"{one}: ")), "")
    rest = sentence[len(label) + 1 :].lstrip() if label else sentence
    return rest if label and tells_again(label, rest, language) else sentence


def tells_again(label: str, sentence: str, language: str) -> bool:
    """Whether a label only names what the sentence behind it says: it turns and limits nothing.

    >>> tells_again("Golden sets", "A golden set has fifty questions.", "en"), tells_again("Myth", "A golden set is cheap.", "en")
    (True, False)
    """
    own = set(stems(label, language))
    said = [*words(label)]
    if negators(said, language) or limits(said, language) or not _TAKES_BACK.isdisjoint(said):
        return False
    return bool(own) and len(own & set(stems(sentence, language))) >= TOLD_AGAIN * len(own)
