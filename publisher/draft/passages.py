"""An issue -> the passages that later issues may cite."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from publisher.content.prose import Block, blocks, code_in
from publisher.draft.labels import label_of
from publisher.draft.own_links import addresses
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
            text=said.text,
            codes=said.codes,
            links=said.links,
            labels=said.labels,
            known_as=issue.known_as if issue.known_as != issue.number else None,
        )
        for section in issue.sections
        if section.id != ARCHIVE and section.id not in issue.drafted
        for ordinal, (heading, said) in enumerate(_statements(section), 1)
    )


def citable(issues: Iterable[Issue], *, before: dt.date) -> dict[str, Passage]:
    """Return the passages, by id, that an issue of the day `before` may cite: those published on an earlier day."""
    return {
        passage.id: passage
        for issue in issues
        if issue.published is not None and issue.date < before
        for passage in cut(issue)
    }


def always_code(passage: Passage) -> tuple[str, ...]:
    """Return the words that a passage sets as code wherever it has them, the longest first."""
    counts = Counter(code for code in passage.codes if code and "`" not in code)
    always = (
        code
        for code, times in counts.items()
        if len(re.findall(rf"(?<!\w){re.escape(code)}(?!\w)", passage.text)) == times
    )
    return tuple(sorted(always, key=lambda code: (-len(code), code)))


class _Said(NamedTuple):
    """Words in plain text, what of them is set as code, where they link to, and which are labels."""

    text: str
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@lru_cache(maxsize=4096)  # each rendering of an issue asks for the passages of all past ones
def _statements(section: Section) -> tuple[tuple[str, _Said], ...]:
    """Return the heading and the words of each passage; what is too short is joined to the next under the same heading."""
    return tuple(_joined(section))


def _joined(section: Section) -> Iterator[tuple[str, _Said]]:
    for heading, each in _under_headings(section):
        waiting: list[_Said] = []
        last: _Said | None = None
        for said in each:
            waiting.append(said)
            if sum(len(one.text.split()) for one in waiting) >= SHORT:
                if last is not None:
                    yield heading, last
                last, waiting = _together(waiting), []
        tail = waiting if last is None else [last, *waiting]  # nothing follows it, so it belongs to what came before
        if tail:
            yield heading, _together(tail)


def _under_headings(section: Section) -> Iterator[tuple[str, list[_Said]]]:
    title, each = section.title, list[_Said]()
    for (kind, _), group in itertools.groupby(blocks(section.body), key=lambda block: (block.kind, block.list)):
        found = [_said(block) for block in group]
        if kind == "heading":
            yield title, each
            title, each = f"{section.title} / {found[-1].text}", []
        elif kind == "item" and sum(len(one.text.split()) for one in found) <= LONG_LIST:
            each.append(_together(found))
        else:
            each.extend(found)
    yield title, each


def _said(block: Block) -> _Said:
    label = label_of(block.source, block.text)
    return _Said(block.text, code_in(block.source), tuple(addresses(block.source)), (label,) if label else ())


def _together(each: Sequence[_Said]) -> _Said:
    texts, *lists = zip(*each, strict=True)
    codes, links, labels = (tuple(itertools.chain(*one)) for one in lists)
    return _Said(" ".join(texts), codes, links, labels)
