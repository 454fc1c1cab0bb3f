"""The sentences of a drafted section beside the words that they rest on, for an editor to compare."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from publisher.draft.drafted_section import read_claims
from publisher.draft.ground import verdicts
from publisher.draft.leads import without_years
from publisher.draft.passages import citable
from publisher.draft.quotation import find_quotation
from publisher.issue import Claim, Issue, Passage
from publisher.ports import Content

AROUND = 30
"""Words of a passage that are shown before, and after, those that a sentence rests on."""


@dataclass(frozen=True, slots=True)
class Source:
    """A drafted sentence and its passage: the words it rests on are `quoted`, with what comes `before` and `after` them.

    Without a passage, `quoted` is empty: no earlier issue has it. `title` is that of the passage's section, `page` its
    address below the base URL. `passed` counts the checks of the sentence that it passes, `failed` says what each of the
    others has against it.
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


def sources(issue: Issue, content: Content) -> tuple[Source, ...]:
    """Return each drafted sentence of an issue with its source, in the order of the issue."""
    passages = citable(content.issues, before=issue.date)
    language = content.publication.language
    return tuple(
        _source(claim, passages.get(claim.passage), language)
        for section in issue.sections
        if section.id in issue.drafted
        for claim in read_claims(section)
    )


def _source(claim: Claim, passage: Passage | None, language: str) -> Source:
    if passage is None:
        return Source(claim.text)
    words, page = passage.text, f"issues/{passage.issue}/#{passage.section}"
    quoted = find_quotation(claim.quote, words)
    if quoted is None:  # pre-flight says so
        return Source(claim.text, passage.issue, passage.heading, page, quoted=_beginning(words))
    before, _, after = (" ".join(part.split()) for part in words.partition(quoted))
    judged = verdicts(dataclasses.replace(claim, text=without_years(claim.text)), passage, language)
    failed = tuple(f"{one.check}: it {one.fault}" for one in judged if one.fault is not None)
    return Source(
        claim.text, passage.issue, passage.heading, page, _end(before), " ".join(quoted.split()), _beginning(after),
        len(judged) - len(failed), failed,
    )  # fmt: skip


def _end(text: str) -> str:
    words = text.split()
    return text if len(words) <= AROUND else f"… {' '.join(words[-AROUND:])}"


def _beginning(text: str) -> str:
    words = text.split()
    return text if len(words) <= AROUND else f"{' '.join(words[:AROUND])} …"
