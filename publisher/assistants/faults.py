"""What is wrong with a proposed piece: each fault by name, so that the assistant can correct it (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from publisher.assistants.inputs import Paragraph, ProposePiece
from publisher.content.prose import sentences
from publisher.content.shingles import SHINGLE
from publisher.draft.facts import coined_words
from publisher.draft.form import malformed
from publisher.draft.ground import MOST_CLAIMS, ground
from publisher.draft.letters import foreign_script
from publisher.draft.orders import asks_reader, tells_model
from publisher.draft.repetition import babbles
from publisher.issue import Claim, Passage
from publisher.old_news import shingles
from publisher.ports import Content, Hit, Proposal

_AN_ISSUE = re.compile(r"(?i)\b(?:issues?|no|nos|nr|nº|n°|ausgaben?|numéros?|números?)\b\W{0,3}#?\d|第\s?\d+\s?[期号]")

_CLAUSE = re.compile(r"[:;–—]\s+")

Claims = Mapping[Paragraph, Claim]


def judge(asked: ProposePiece, content: Content, given: Mapping[str, Passage]) -> tuple[Claims, tuple[str, ...]]:
    """Return the claim that each cited paragraph became, and everything that is wrong with the proposal.

    `given` are the passages that may be cited.
    """
    language = content.publication.language
    claims, wrong = _claims(asked.paragraphs, given, language)
    known = "\n".join(f"{passage.heading}\n{passage.text}" for passage in given.values())
    own = _of_own_words(asked.paragraphs, given, known, language)
    return claims, (*_of_lines(asked, content, known), *own, *wrong)


def _claims(
    paragraphs: Sequence[Paragraph], given: Mapping[str, Passage], language: str
) -> tuple[Claims, tuple[str, ...]]:
    cited = [(number, one) for number, one in enumerate(paragraphs, 1) if one.passage]
    if len(cited) > MOST_CLAIMS:
        return {}, (f"{len(cited)} paragraphs cite a passage, and {MOST_CLAIMS} may",)
    if unknown := [(number, one) for number, one in cited if one.passage not in given]:
        return {}, tuple(f"paragraph {number}: {one.passage!r} was not given to you" for number, one in unknown)
    hits = [Hit(passage, 1.0) for passage in dict.fromkeys(given[one.passage] for _, one in cited)]
    proposed = Proposal(tuple((one.text, one.passage, one.quotation) for _, one in cited), "assistant")
    claims, dropped = ground(proposed, hits, language=language)
    if dropped:

        def place(match: re.Match[str]) -> str:
            return f"paragraph {cited[int(match[1]) - 1][0]}"

        return {}, tuple(re.sub(r"^sentence (\d+)", place, why) for why in dropped)
    return dict(zip((one for _, one in cited), claims, strict=True)), ()


def _of_lines(asked: ProposePiece, content: Content, known: str) -> Iterator[str]:
    for name, line in (("title", asked.title), ("summary", asked.summary)):
        framed = f"«{line.rstrip(' .!?…')}» is what this piece is about."
        if fault := malformed(framed) or _persuades(line, known, content.publication.language):
            yield f"the {name} {fault}"
    same = asked.title.strip().casefold()
    if twin := next((piece for piece in content.pieces if piece.title.strip().casefold() == same), None):
        yield f"{twin.path} has this title already"


def _of_own_words(
    paragraphs: Sequence[Paragraph], given: Mapping[str, Passage], known: str, language: str
) -> Iterator[str]:
    past = frozenset[tuple[str, ...]]().union(*(shingles(passage.text) for passage in given.values()))
    for number, one in enumerate(paragraphs, 1):
        if one.passage:
            continue
        if one.quotation:
            yield f"paragraph {number}: its quotation has no passage"
        for sentence in sentences(one.text.strip()):
            if fault := malformed(sentence) or _persuades(sentence, known, language):
                yield f"paragraph {number}: a sentence {fault}"
        if _AN_ISSUE.search(one.text):
            yield f"paragraph {number}: it speaks of an issue and cites no passage"
        if any(len(run) == SHINGLE and run in past for run in shingles(one.text)):
            yield f"paragraph {number}: it repeats a passage without citing it"


def _persuades(text: str, known: str, language: str) -> str | None:
    """Say what a text has that no editor would write, and that somebody may have talked the assistant into.

    `known` is all that the assistant was given: a key or a code word is not in it.
    """
    if any(asks_reader(clause) for clause in (text, *_CLAUSE.split(text))):
        return "asks the reader for a secret, for money, or to follow a link"
    if any(tells_model(clause) for clause in (text, *_CLAUSE.split(text))):
        return "is an instruction to a program"
    if coined := coined_words(text, known):
        return f"has {coined[0]!r}, which stands in nothing that was given to you"
    if word := foreign_script(text, language):
        return f"has letters of another script: {word!r}"
    if word := babbles(text, language):
        return f"repeats {word!r}"
    return None
