"""What the drafted sections of the last issues cite: a reader should not get the same sentence again. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from publisher.draft.drafted_section import read_claims
from publisher.issue import Issue
from publisher.ports import Content

ISSUES: Final = 8
"""How many issues pass before a drafted section may cite a passage again."""


def cited_recently(issue: Issue, content: Content) -> frozenset[str]:
    """Return the ids of the passages that the drafted sections of the issues before this one cite."""
    before = sorted((one for one in content.issues if one.date < issue.date), key=lambda one: one.date)
    return frozenset(passage for one in before[-ISSUES:] for passage in _cited(one))


def _cited(issue: Issue) -> Iterator[str]:
    return (
        claim.passage for section in issue.sections if section.id in issue.drafted for claim in read_claims(section)
    )
