"""A newsletter's Markdown from elsewhere -> issues of ours: `pressroom archive import`. Pure.

Anything that a static site generator would have filled in is removed, with a warning that says where.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from publisher.content.archived_addresses import Surroundings
from publisher.content.archived_blocks import Title, titles
from publisher.content.archived_body import clean
from publisher.content.archived_matter import Matter, parse_date, parse_number, take_apart
from publisher.content.archived_sections import Cut, split, take_footnotes
from publisher.content.archived_text import Text
from publisher.content.issue_file import compose
from publisher.content.prose import blocks, one_line, plain, sentences
from publisher.errors import ContentError, Problem, Severity
from publisher.issue import IsoWeek, Section

MOST_PREHEADER: Final = 110
MOST_TITLE: Final = 200
MOST_SECTIONS: Final = 300
MOST_ISSUE: Final = 300_000
"""Characters of an issue: three times what mail programs show of a mail."""
_ABOUT: Final = ("description", "summary", "excerpt", "subtitle")
_ALONE: Final = Surroundings()


@dataclass(frozen=True, slots=True)
class ForeignIssue:
    """An issue from elsewhere, cleaned and cut into sections; `date` is None when the file has none.

    `line` is where it begins in its file, `number` what it was called there, `aliases` are the paths that it had.
    `warnings` say what was removed, and where in the foreign file.
    """

    path: Path
    title: str
    date: dt.date | None
    preheader: str
    lead: str
    sections: tuple[Section, ...]
    line: int = 1
    number: int | None = None
    aliases: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = field(default=(), repr=False)


def read_foreign(path: Path, data: bytes, around: Surroundings = _ALONE) -> ForeignIssue:
    """Read one file. Raises ContentError (not UTF-8, too large, broken front matter, a draft, nothing in it)."""
    matter = _published(path, data)
    cleaned, warnings = clean(matter.body, path, matter.line, around)
    text, notes = take_footnotes(cleaned)
    said = matter.said("title")
    cut = split(text, notes, title=said)
    if not cut.lead and not cut.sections:
        raise ContentError([Problem(path, None, "there is no text in this file", "remove it from the folder")])
    if len(cut.sections) > MOST_SECTIONS:
        what = f"this file has {len(cut.sections):,} sections, more than {MOST_SECTIONS}"
        raise ContentError([Problem(path, None, what, "if it holds many issues, cut it with --cut-at LEVEL")])
    size = len(cut.lead) + sum(len(section.body) for section in cut.sections)
    if size > MOST_ISSUE:
        what = f"this file has {size:,} characters of text, more than {MOST_ISSUE:,}"
        raise ContentError([Problem(path, None, what, "if it holds many issues, cut it with --cut-at LEVEL")])
    aliases, refused = matter.aliases(around.origin)
    return dataclasses.replace(
        _issue(path, cut, said or cut.title or matter.name, matter.said(*_ABOUT)),
        date=matter.date,
        number=matter.number,
        aliases=aliases,
        warnings=(*matter.warnings, *refused, *warnings),
    )


def read_weeks(path: Path, data: bytes, level: int, around: Surroundings = _ALONE) -> tuple[ForeignIssue, ...]:
    """Read one file that holds many issues: each begins at a heading of this level, which says its title and date.

    Raises ContentError as `read_foreign` does, and when there is no such heading.
    """
    matter = _published(path, data)
    cleaned, warnings = clean(matter.body, path, matter.line, around)
    text, notes = take_footnotes(cleaned)
    lines = text.numbered()
    cuts = [title for title in titles(text.real) if title.level <= level]
    ends = [*(title.span.start for title in cuts[1:]), len(lines)]
    outside = lines[: cuts[0].span.start] if cuts else []
    found: list[ForeignIssue] = []
    for title, end in zip(cuts, ends, strict=False):
        inside = lines[title.span.end : end]
        if title.level < level:
            outside = [*outside, *inside]
        elif any(line.strip() for line, _ in inside):
            found.append(_week(path, title, inside, notes))
    if not found:
        what = f"no issue begins at a heading of level {level} in this file"
        raise ContentError([Problem(path, None, what, "name the level of the headings at which issues begin")])
    if left := next((number for line, number in outside if line.strip()), None):
        what = f"text above the first heading of level {level}, or below a higher one, was left out"
        warnings = (*warnings, Problem(path, left, what, "add it to an issue", Severity.WARNING, "import"))
    return dataclasses.replace(found[0], warnings=(*matter.warnings, *warnings)), *found[1:]


def to_text(foreign: ForeignIssue, number: int) -> str:
    """Return the text of content/issues/NNNN.md for a dated foreign issue."""
    if foreign.date is None:
        raise ValueError(f"{foreign.path} has no date: see plan_import()")
    fields = {
        "number": number,
        "week": str(IsoWeek.of(foreign.date)),
        "date": foreign.date,
        "title": foreign.title,
        "preheader": foreign.preheader,
        "published": foreign.date,
        "aliases": foreign.aliases,
    }
    return compose(fields, foreign.lead, foreign.sections)


def _published(path: Path, data: bytes) -> Matter:
    matter = take_apart(path, data)
    if matter.is_draft:
        what, fix = "the front matter marks this file as a draft", "publish it there, or move it away"
        raise ContentError([Problem(path, 1, what, fix, Severity.WARNING)])
    return matter


def _week(path: Path, title: Title, inside: Sequence[tuple[str, int]], notes: Mapping[str, str]) -> ForeignIssue:
    """Return one of the issues of a file, whose text is below the heading `title`."""
    said = plain(title.text)
    return dataclasses.replace(
        _issue(path, split(Text.of_lines(inside), notes, title=said), said, ""),
        line=inside[0][1] - 1,
        date=parse_date(said),
        number=parse_number(said),
    )


def _issue(path: Path, cut: Cut, title: str, about: str) -> ForeignIssue:
    title = one_line(title)[:MOST_TITLE].strip() or "Untitled"
    preheader = _preheader(about or _opening(cut.lead, cut.sections) or title)
    return ForeignIssue(path, title, None, preheader, cut.lead, cut.sections)


def _opening(lead: str, sections: Sequence[Section]) -> str:
    """Return the first whole sentence of the issue, which is what a preheader should have been."""
    texts = (block.text for body in (lead, *(section.body for section in sections)) for block in blocks(body)
             if block.kind != "heading")  # fmt: skip
    return next((sentence for text in texts for sentence in sentences(text) if len(sentence.split()) >= 4), "")


def _preheader(text: str) -> str:
    words = one_line(text)
    if len(words) <= MOST_PREHEADER:
        return words
    return words[: MOST_PREHEADER - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
