"""The sentences of a drafted section beside the words that they rest on, for an editor to compare."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from publisher.draft.drafted_section import read_claims
from publisher.draft.ground import verdicts
from publisher.draft.leads import without_years
from publisher.draft.passages import citable
from publisher.draft.quotation import find_quotation
from publisher.issue import Claim, Issue, Passage, Section
from publisher.ports import Content

AROUND = 30
"""Words of a passage that are shown before, and after, those that a sentence rests on."""

COLUMNS = 240
"""Columns that these may take: many scripts put no spaces between words."""


@dataclass(frozen=True, slots=True)
class Source:
    """A drafted sentence and its passage: the words it rests on are `quoted`, with what comes `before` and `after` them.

    Without a passage, `quoted` is empty: no earlier issue has it. `title` is that of the passage's section, `page` its
    address below the base URL. `passed` counts the checks of the sentence that it passes, `failed` says what each of the
    others has against it, and `failed_checks` names those. `verbatim`: the passage has the sentence word for word.
    """

    sentence: str
    number: int = 0
    title: str = ""
    page: str = ""
    before: str = ""
    quoted: str = ""
    after: str = ""
    passed: int = 0
    failed: tuple[str, ...] = ()
    verbatim: bool = False
    failed_checks: tuple[str, ...] = ()


def sources(issue: Issue, content: Content) -> tuple[Source, ...]:
    """Return each drafted sentence of an issue with its source, in the order of the issue."""
    drafted = [section for section in issue.sections if section.id in issue.drafted]
    return tuple(chain.from_iterable(sources_of(section, issue, content) for section in drafted))


def sources_of(section: Section, issue: Issue, content: Content) -> Iterator[Source]:
    """Yield each sentence of a drafted section with its source. Content is asked for the cited issues alone."""
    claims = read_claims(section)
    numbers = dict.fromkeys(claim.passage.partition("-")[0] for claim in claims)
    cited = [content.issue(int(number)) for number in numbers if re.fullmatch(r"[0-9]{1,9}", number)]
    passages = citable([one for one in cited if one is not None], before=issue.date)
    for claim in claims:
        yield _source(claim, passages.get(claim.passage), content.publication.language)


def _source(claim: Claim, passage: Passage | None, language: str) -> Source:
    if passage is None:
        return Source(claim.text)
    words, page = passage.text, f"issues/{passage.issue}/#{passage.section}"
    quoted = find_quotation(claim.quote, words)
    if quoted is None:  # pre-flight says so
        return Source(claim.text, passage.issue, passage.heading, page, quoted=_beginning(words))
    before, _, after = (" ".join(part.split()) for part in words.partition(quoted))
    judged = verdicts(dataclasses.replace(claim, text=without_years(claim.text)), passage, language)
    failed = tuple(one for one in judged if one.fault is not None)
    return Source(
        claim.text, passage.issue, passage.heading, page, _end(before), " ".join(quoted.split()), _beginning(after),
        len(judged) - len(failed), tuple(f"{one.check}: it {one.fault}" for one in failed),
        find_quotation(without_years(claim.text), words) is not None, tuple(one.check for one in failed),
    )  # fmt: skip


def _end(text: str) -> str:
    """Return the last words of a text, with a sign of omission if there are more."""
    said = " ".join(text.split())
    part = " ".join(text.split()[-AROUND:])
    start = len(part) - _fitting(reversed(part))
    if start > 0:
        space = part.find(" ", start - 1, (start + len(part)) // 2)
        start = space + 1 if space >= 0 else start
        while start < len(part) and _belongs_to_the_one_before(part[start]):
            start += 1
    part = part[start:]
    return text if part == said else f"… {part}"


def _beginning(text: str) -> str:
    """Return the first words of a text, with a sign of omission if there are more."""
    said = " ".join(text.split())
    part = " ".join(text.split()[:AROUND])
    end = _fitting(part)
    if end < len(part):
        space = part.rfind(" ", end // 2, end + 1)
        end = space if space >= 0 else end
        while end > 0 and _belongs_to_the_one_before(part[end]):
            end -= 1
    part = part[:end]
    return text if part == said else f"{part} …"


def _fitting(characters: Iterable[str]) -> int:
    """Return how many characters fit into COLUMNS: a Chinese one takes two, a mark on another none."""
    width = count = 0
    for count, character in enumerate(characters):
        width += (
            0 if _belongs_to_the_one_before(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        )
        if width > COLUMNS:
            return count
    return count + 1


def _belongs_to_the_one_before(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Mc", "Me") or character == "\u200d"
