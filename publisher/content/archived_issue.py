"""A newsletter's Markdown from elsewhere -> issues of ours: `pressroom archive import`.

It reads Jekyll's and Hugo's front matter (YAML between ---, TOML between +++), Pelican's `Title:` lines, and plain
Markdown without either. Anything that a static site generator would have filled in is removed, with a warning that
says where.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from publisher.content import frontmatter
from publisher.content.archived_body import clean
from publisher.content.archived_sections import split
from publisher.content.issue_file import compose
from publisher.content.prose import blocks, one_line, sentences
from publisher.errors import ContentError, Problem
from publisher.issue import IsoWeek, Issue, Section

MOST_PREHEADER: Final = 110
MOST_TITLE: Final = 200

_LINE_KEY = re.compile(r"([A-Za-z][A-Za-z0-9_-]{0,40}):[ \t]*(.*)$")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\.? ([A-Za-z]{3,9})\.?,? (\d{4})\b")
_MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})\b")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True, slots=True)
class ForeignIssue:
    """An issue from elsewhere, cleaned and cut into sections; `date` is None when the file has none.

    `warnings` say what was removed, and where in the foreign file.
    """

    path: Path
    title: str
    date: dt.date | None
    preheader: str
    lead: str
    sections: tuple[Section, ...]
    warnings: tuple[Problem, ...] = field(default=(), repr=False)


def read_foreign(path: Path, data: bytes, *, origin: str | None = None) -> ForeignIssue:
    """Read one file. Raises ContentError (not UTF-8, too large, broken front matter, a draft, nothing in it).

    `origin` is the URL of the foreign site's page, from which relative links are completed; without it only their
    text is kept.
    """
    fields, body, line = _take_apart(path, data)
    if _said(fields, "draft") == "true" or _said(fields, "published") == "false" or _said(fields, "status") == "draft":
        raise ContentError(
            [Problem(path, 1, "the front matter marks this file as a draft", "publish it there, or move it away")]
        )
    cleaned, warnings = clean(body, path, line, origin)
    heading, lead, sections = split(cleaned)
    if not lead and not sections:
        raise ContentError([Problem(path, None, "there is no text in this file", "remove it from the folder")])
    title = one_line(_said(fields, "title") or heading or _title_of(path))[:MOST_TITLE].strip()
    said = next((text for key in ("description", "summary", "excerpt", "subtitle") if (text := _said(fields, key))), "")
    return ForeignIssue(
        path=path,
        title=title,
        date=_date_of(path, fields),
        preheader=_preheader(said or _opening(lead, sections) or title),
        lead=lead,
        sections=sections,
        warnings=warnings,
    )


def plan_import(
    foreign: Sequence[ForeignIssue],
    existing: Sequence[Issue],
    *,
    first_date: dt.date | None = None,
    every_days: int = 7,
) -> tuple[tuple[int, ForeignIssue], ...]:
    """Number issues in order of date, after the existing ones, without those imported before (same date, same title).

    Files without a date are dated from `first_date` on, `every_days` apart, by the number in their name (issue-12.md
    comes eleven steps after issue-1.md), else by their order. Raises ContentError when there is no `first_date` either.
    """
    dated = _dated(foreign, first_date, every_days)
    known = {(issue.date, issue.title) for issue in existing}
    new = sorted(
        (one for one in dated if (one.date, one.title) not in known), key=lambda one: (one.date, _natural(one.path))
    )
    start = max((issue.number for issue in existing), default=0) + 1
    return tuple(enumerate(new, start))


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
    }
    return compose(fields, foreign.lead, foreign.sections)


def _dated(foreign: Sequence[ForeignIssue], first_date: dt.date | None, every_days: int) -> list[ForeignIssue]:
    undated = sorted((one for one in foreign if one.date is None), key=lambda one: _natural(one.path))
    if undated and first_date is None:
        fix = "name the file 2024-05-31-….md, add a date to its front matter, or use --first-date"
        raise ContentError(
            [Problem(one.path, None, "no date in the front matter or the file's name", fix) for one in undated]
        )
    numbers = [_number_in(one.path) for one in undated]
    by_name = len(set(numbers)) == len(numbers) and None not in numbers
    steps = [number - min(n for n in numbers if n is not None) if by_name and number is not None else place
             for place, number in enumerate(numbers)]  # fmt: skip
    dates = {
        one.path: first_date + dt.timedelta(days=every_days * step)
        for one, step in zip(undated, steps, strict=True)
        if first_date is not None
    }
    return [dataclasses.replace(one, date=dates.get(one.path, one.date)) for one in foreign]


def _take_apart(path: Path, data: bytes) -> tuple[Mapping[str, object], str, int]:
    """Return front matter, body and the line on which the body starts."""
    text = frontmatter.decode(path, data)
    lines = text.split("\n")
    if lines[0].rstrip() == "---" and any(line.rstrip() == "---" for line in lines[1:]):
        document = frontmatter.read(path, data)
        return document.fields, document.body, document.body_line
    if lines[0].rstrip() == "+++":
        return _toml(path, lines)
    fields: dict[str, object] = {}
    for count, line in enumerate(lines):
        key = _LINE_KEY.match(line)
        if key is None:
            if {"title", "date"} & fields.keys() and not line.strip():
                return fields, "\n".join(lines[count:]), count + 1
            break
        fields[key[1].casefold()] = key[2].strip()
    return {}, text, 1


def _toml(path: Path, lines: list[str]) -> tuple[Mapping[str, object], str, int]:
    end = next((count for count, line in enumerate(lines[1:], 1) if line.rstrip() == "+++"), None)
    if end is None:
        raise ContentError([Problem(path, 1, "the front matter does not end", "close it with a line «+++»")])
    try:
        return tomllib.loads("\n".join(lines[1:end])), "\n".join(lines[end + 1 :]), end + 2
    except tomllib.TOMLDecodeError as error:
        raise ContentError([Problem(path, 1, f"the front matter is not valid TOML: {error}", "fix the TOML")]) from None


def _said(fields: Mapping[str, object], key: str) -> str:
    """Return a scalar of the front matter as text, whatever the case of its key."""
    value = next((value for name, value in fields.items() if name.casefold() == key), "")
    if isinstance(value, bool):
        return str(value).casefold()
    return str(value).strip() if isinstance(value, str | int | float | dt.date) else ""


def _date_of(path: Path, fields: Mapping[str, object]) -> dt.date | None:
    """Return the date as written, in the time zone of whoever wrote it: front matter first, then the file's name."""
    said = _said(fields, "date") or _said(fields, "publishdate") or _said(fields, "publish_date")
    if not said:
        return _parse_date(path.stem)
    found = _parse_date(said)
    if found is None:
        raise ContentError([Problem(path, 1, f"the date {said[:60]!r} cannot be read", "write it as 2024-05-31")])
    return found


def _parse_date(text: str) -> dt.date | None:
    try:
        if match := _ISO_DATE.search(text):
            return dt.date(int(match[1]), int(match[2]), int(match[3]))
        for pattern, day, month in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
            match = pattern.search(text)
            if match and match[month][:3].casefold() in _MONTHS:
                return dt.date(int(match[3]), _MONTHS.index(match[month][:3].casefold()) + 1, int(match[day]))
    except ValueError:
        return None
    return None


def _title_of(path: Path) -> str:
    """Return a title made from the file's name: 2024-05-31-hello-world.md is «Hello world»."""
    name = re.sub(r"^\d{4}-\d{2}-\d{2}-?", "", unicodedata.normalize("NFC", path.stem)) or path.stem
    words = re.sub(r"[-_\s]+", " ", name).strip()
    return words[:1].upper() + words[1:] or "Untitled"


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


def _number_in(path: Path) -> int | None:
    numbers = re.findall(r"\d+", path.stem)
    return int(numbers[-1]) if numbers else None


def _natural(path: Path) -> tuple[tuple[int, str], ...]:
    """Return a key that sorts issue-9 before issue-10."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.as_posix()))
