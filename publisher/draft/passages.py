"""An issue -> the passages that later issues may cite."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from functools import lru_cache

from publisher.content.prose import blocks
from publisher.issue import ARCHIVE, Issue, Passage, Section

LONG_LIST = 60
"""A list of more words is cut into its items: one passage of thirty items would match everything and say nothing."""

SHORT = 8
"""A paragraph of fewer words says too little by itself; it is joined to the next."""


def cut(issue: Issue) -> tuple[Passage, ...]:
    """Cut an issue into passages: one for each paragraph or list, in order, numbered from 1 in each section.

    Drafted sections are left out, so that nobody ever cites a citation; so is the lead, which is about the issue.
    """
    return tuple(
        Passage(
            id=f"{issue.number:04d}-{section.id}-{ordinal}",
            issue=issue.number,
            date=issue.date,
            section=section.id,
            heading=heading,
            text=text,
        )
        for section in issue.sections
        if section.id != ARCHIVE and section.id not in issue.drafted
        for ordinal, (heading, text) in enumerate(_statements(section), 1)
    )


def citable(issues: Iterable[Issue], *, before: dt.date) -> dict[str, Passage]:
    """Return the passages, by id, that an issue of the day `before` may cite: those published on an earlier day."""
    return {
        passage.id: passage
        for issue in issues
        if issue.published is not None and issue.date < before
        for passage in cut(issue)
    }


@lru_cache(maxsize=4096)  # each rendering of an issue asks for the passages of all past ones
def _statements(section: Section) -> tuple[tuple[str, str], ...]:
    """Return (heading, text) of each passage; a text that is too short is joined to the next under the same heading."""
    return tuple(_joined(section))


def _joined(section: Section) -> Iterator[tuple[str, str]]:
    for heading, texts in _under_headings(section):
        waiting: list[str] = []
        last: str | None = None
        for text in texts:
            waiting.append(text)
            if len(" ".join(waiting).split()) >= SHORT:
                if last is not None:
                    yield heading, last
                last, waiting = " ".join(waiting), []
        tail = " ".join(waiting)  # nothing follows it, so it belongs to what came before
        if last is not None or tail:
            yield heading, " ".join(part for part in (last, tail) if part)


def _under_headings(section: Section) -> Iterator[tuple[str, list[str]]]:
    title, texts = section.title, list[str]()
    for (kind, _), group in itertools.groupby(blocks(section.body), key=lambda block: (block.kind, block.list)):
        found = [block.text for block in group]
        if kind == "heading":
            yield title, texts
            title, texts = f"{section.title} / {found[-1]}", []
        elif kind == "item" and len(" ".join(found).split()) <= LONG_LIST:
            texts.append(" ".join(found))
        else:
            texts.extend(found)
    yield title, texts
