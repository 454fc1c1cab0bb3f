"""How well sections are drafted without a model: past issues are drafted again, as if each were the next one. Pure.

Editors who link to an earlier issue say what belongs to this one. Their links are hidden from the writer, and then it is
counted how many of its sentences cite an issue that they linked to.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from publisher.draft import citable, draft_section, to_markdown
from publisher.draft.own_links import linked_by_editors
from publisher.errors import NothingToDraft
from publisher.issue import ARCHIVE, Draft, Issue, Passage, Section
from publisher.ports import Content, Retriever, Writer

_ADDRESS = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)|<?https?://[^\s<>()]+>?")


@dataclass(frozen=True, slots=True)
class Redrafted:
    """An issue that was drafted again: the draft, None when there was too little, and whether each claim cites a linked issue."""

    issue: Issue
    draft: Draft | None
    as_editors_did: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftingFigures:
    """What became of all issues. `cited_as_editors_did` counts claims."""

    issues: int
    drafted: int
    claims: int
    cited_as_editors_did: int


def redraft(
    content: Content, last: int, index: Callable[[Sequence[Passage]], Retriever], writers: Sequence[Writer]
) -> Iterator[Redrafted]:
    """Draft each of the last published issues that has an earlier one, the oldest first. Each knows what those before it got to cite."""
    issues = sorted((issue for issue in content.issues if issue.published), key=lambda issue: issue.date)
    for issue in issues[1:][-last:]:
        retriever = index(tuple(citable(content.issues, before=issue.date).values()))
        try:
            draft = draft_section(without_addresses(issue), ARCHIVE, retriever, writers, content=content)
        except NothingToDraft:
            yield Redrafted(issue, None)
            continue
        content = with_draft(draft, issue, content)
        linked = {one.issue for one in linked_by_editors(issue, content)}
        yield Redrafted(issue, draft, tuple(_issue_of(claim.passage) in linked for claim in draft.claims))


def with_draft(draft: Draft, issue: Issue, content: Content) -> Content:
    """Return the content as it is once a section is in its issue: the next ones must not cite the same passages."""
    body = to_markdown(draft.claims, draft.opening)
    sections = (*(one for one in issue.sections if one.id != ARCHIVE), Section(ARCHIVE, ARCHIVE, body))
    drafted = dataclasses.replace(issue, sections=sections, drafted=tuple({*issue.drafted, ARCHIVE}))
    issues = tuple(drafted if one.number == issue.number else one for one in content.issues)
    return dataclasses.replace(content, issues=issues)


def figures(each: Sequence[Redrafted]) -> DraftingFigures:
    """Sum up."""
    return DraftingFigures(
        issues=len(each),
        drafted=sum(one.draft is not None for one in each),
        claims=sum(len(one.as_editors_did) for one in each),
        cited_as_editors_did=sum(sum(one.as_editors_did) for one in each),
    )


def without_addresses(issue: Issue) -> Issue:
    """Return an issue as a writer may see it who is to find out what its editors would link to.

    The drafted section goes, too: it names what was cited.
    """
    sections = tuple(
        dataclasses.replace(section, body=hidden(section.body))
        for section in issue.sections
        if section.id != ARCHIVE and section.id not in issue.drafted
    )
    return dataclasses.replace(issue, lead=hidden(issue.lead), sections=sections, drafted=())


def hidden(text: str) -> str:
    """Return a Markdown text without the addresses of its links."""
    return _ADDRESS.sub("]()", text)


def _issue_of(passage: str) -> int:
    return int(passage.partition("-")[0])
