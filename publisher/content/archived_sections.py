"""A cleaned foreign body -> title, lead and sections: the highest level of headings in it becomes our level 2."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from publisher.content.headings import Heading, fenced, headings
from publisher.content.prose import plain
from publisher.issue import ARCHIVE, Section

NOTES: Final = ("notes", "Notes")
"""Id and title of the one section of an issue without headings."""

MOST_ID: Final = 31

_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FOOTNOTE = re.compile(r"\[\^([^\[\]\s]{1,100})\]")
_FOOTNOTE_START = re.compile(r" {0,3}\[\^([^\[\]\s]{1,100})\]:")


def split(body: str) -> tuple[str | None, str, tuple[Section, ...]]:
    """Return (title or None, lead, sections). A single level-1 heading at the top is the title.

    The lines of the sections are 0: they are not in a file yet.
    """
    lines, notes = _without_footnotes(_with_marks(body).split("\n"))
    found = list(headings("\n".join(lines)))
    title = None
    if (
        found
        and found[0].level == 1
        and sum(heading.level == 1 for heading in found) == 1
        and _blank(lines[: found[0].index])
    ):
        title, lines[found[0].index] = plain(found[0].title), ""
        found = found[1:]
    top = min((heading.level for heading in found), default=2)
    for heading in found:
        lines[heading.index] = f"{'#' * min(6, heading.level - top + 2)} {heading.title}"
    starts = [heading for heading in found if heading.level == top]
    ends = [*(heading.index for heading in starts[1:]), len(lines)][: len(starts)]
    lead = _tidy(lines[: starts[0].index] if starts else lines, notes)
    bodies = [_tidy(lines[heading.index + 1 : end], notes) for heading, end in zip(starts, ends, strict=True)]
    sections = tuple(_sections(starts, bodies))
    if not sections and lead:
        return title, "", (Section(*NOTES, lead + "\n"),)
    return title, lead, sections


def _sections(starts: Sequence[Heading], bodies: Sequence[str]) -> Iterator[Section]:
    taken = {ARCHIVE}
    for place, (heading, body) in enumerate(zip(starts, bodies, strict=True), 1):
        if body:
            title = plain(heading.title) or f"Part {place}"
            section_id = _unique(_slug(heading.id or title) or f"part-{place}", taken)
            taken.add(section_id)
            yield Section(section_id, title, body + "\n")


def _slug(text: str) -> str:
    """Return lower-case ASCII words with hyphens, beginning with a letter; empty when nothing is left.

    >>> _slug("Événements & 3 PRs"), _slug("2026 in review"), _slug("日本")
    ('evenements-3-prs', 'part-2026-in-review', '')
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")
    slug = f"part-{slug}" if slug[:1].isdigit() else slug
    return slug if len(slug) <= MOST_ID else slug[: MOST_ID + 1].rpartition("-")[0] or slug[:MOST_ID]


def _unique(section_id: str, taken: set[str]) -> str:
    if section_id not in taken:
        return section_id
    for count in itertools.count(2):
        candidate = f"{section_id[: MOST_ID - 4]}-{count}"
        if candidate not in taken:
            return candidate
    raise AssertionError("unreachable: counting does not end")


def _with_marks(body: str) -> str:
    """Write underlined headings with number signs, the only form that our sections have."""
    lines = body.split("\n")
    code = fenced(body)
    for place in range(1, len(lines)):
        mark = _UNDERLINE.match(lines[place])
        above = lines[place - 1]
        alone = place < 2 or not lines[place - 2].strip()
        if mark and alone and not code[place] and above[:1].strip() and not re.match(r"[#>|\-*+`]|\d+[.)]\s", above):
            lines[place - 1], lines[place] = f"{'#' if mark[1][0] == '=' else '##'} {above.strip()}", ""
    return "\n".join(lines)


def _without_footnotes(lines: list[str]) -> tuple[list[str], dict[str, str]]:
    """Take the footnotes' definitions out, by name: each goes into the sections that refer to it."""
    kept: list[str] = []
    notes: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line, code in zip(lines, fenced("\n".join(lines)), strict=True):
        start = None if code else _FOOTNOTE_START.match(line)
        if start:
            current = notes.setdefault(start[1], [])
        elif current is not None and line.strip() and not line.startswith(("  ", "\t")):
            current = None
        (kept if current is None else current).append(line)
    return kept, {name: "\n".join(text).strip("\n") for name, text in notes.items()}


def _tidy(lines: Sequence[str], notes: dict[str, str]) -> str:
    """Return a section's text without the gaps that removed things left, with its footnotes below."""
    kept: list[str] = []
    for line, code in zip(lines, fenced("\n".join(lines)) if lines else (), strict=True):
        if code or line.strip() or (kept and kept[-1].strip()):
            kept.append(line if code else line.rstrip() + "  " * line.endswith("  "))
    text = "\n".join(kept).strip("\n")
    used = [notes[name] for name in dict.fromkeys(_FOOTNOTE.findall(text)) if name in notes]
    return "\n\n".join([text, *used]).strip() if text.strip() else ""


def _blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)
