"""The file of an assembled issue: NNNN.md <-> Issue. One format, no hidden copy.

    ---
    number: 11
    week: 2026-W48
    …
    ---
    The lead.

    ## Golden sets {#concept}
    …

A section is everything from its level-2 heading with an id up to the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from publisher.content.fields import IssueFields, IssuePlace
from publisher.content.frontmatter import Document, decode, dump, read, take_apart, validate
from publisher.content.headings import Heading, headings, open_fence
from publisher.errors import ContentError, Problem
from publisher.issue import STARTER, DraftNote, Facts, Issue, Piece, Section, SectionNote


def read_issue(path: Path, data: bytes) -> Issue:
    """Return the issue that a file holds. Raises ContentError with every problem of the file."""
    document = take_apart(path, data)
    fields, wrong = validate(document, IssueFields)
    problems = [*wrong, *_mismatches(document, IssuePlace.model_validate(document.fields))]
    fence = open_fence(document.body)
    if fence is not None:
        what = "a code fence that is never closed"
        problems.append(Problem(path, document.body_line + fence, what, "close it with the same marks"))
    lead, sections = _sections(document, problems)
    if fields is None or problems:
        raise ContentError(problems)
    return Issue(
        number=fields.number, week=fields.week, date=fields.date, title=fields.title, preheader=fields.preheader,
        lead=lead, sections=sections, pieces=fields.pieces, drafted=fields.drafted, draft=_draft_note(fields),
        published=fields.published, path=path, source=data, aliases=fields.aliases, left_out=fields.left_out,
        ids=fields.ids, facts={section: Facts(**known.model_dump()) for section, known in fields.facts.items()},
    )  # fmt: skip


def compose(fields: Mapping[str, object], lead: str, sections: Sequence[Section]) -> str:
    """Return the text of an issue's file; `fields` as IssueFields names them."""
    parts = [f"---\n{dump(fields)}---", lead.strip("\n")]
    parts += [f"## {section.title} {{#{section.id}}}\n\n{section.body.strip(chr(10))}".rstrip() for section in sections]
    return "\n\n".join(part for part in parts if part) + "\n"


def with_drafts(path: Path, data: bytes, bodies: Mapping[str, str], notes: Sequence[DraftNote]) -> str:
    """Return the file's text with drafted sections (id -> Markdown) put in, and how they came about.

    Every other line stays as it was. Raises ContentError for a section that the file does not have.
    """
    text = decode(path, data)
    issue = read_issue(path, data)
    lines = text.split("\n")
    for section_id, body in sorted(
        bodies.items(), key=lambda item: -_line_of(issue, item[0])
    ):  # from the end, so that the lines before it stay where they are
        start = _line_of(issue, section_id)
        end = min((section.line - 1 for section in issue.sections if section.line > start), default=len(lines))
        lines[start:end] = ["", *body.strip("\n").split("\n"), ""]
    drafted = _with_field(path, "\n".join(lines).rstrip("\n") + "\n", "draft", _note(notes))
    return _as_written(drafted, data)


def without_sections(path: Path, data: bytes, reasons: Mapping[str, str]) -> str:
    """Return the file's text without these sections (id -> why they are left out), which its front matter then says."""
    issue = read_issue(path, data)
    lines = decode(path, data).split("\n")
    for section in reversed(issue.sections):
        if section.id in reasons:
            end = next((other.line - 1 for other in issue.sections if other.line > section.line), len(lines))
            del lines[section.line - 1 : end]
    text = "\n".join(lines).rstrip("\n") + "\n"
    text = _with_field(path, text, "drafted", tuple(id_ for id_ in issue.drafted if id_ not in reasons) or None)
    return _as_written(_with_field(path, text, "left_out", {**issue.left_out, **reasons}), data)


def with_piece(path: Path, data: bytes, section_id: str, piece: Piece, body: str) -> str:
    """Return the file's text with a piece in a section that was to be drafted, as if it had been assembled with it."""
    issue = read_issue(path, data)
    lines = decode(path, data).split("\n")
    start = _line_of(issue, section_id)
    end = min((section.line - 1 for section in issue.sections if section.line > start), default=len(lines))
    lines[start - 1 : end] = [f"## {piece.title} {{#{section_id}}}", "", *body.strip("\n").split("\n"), ""]
    text = "\n".join(lines).rstrip("\n") + "\n"
    text = _with_field(path, text, "pieces", {**issue.pieces, section_id: piece.reference})
    text = _with_field(path, text, "ids", {**issue.ids, piece.reference: piece.identity})
    if said := facts_in_file({**issue.facts, section_id: piece.facts}):
        text = _with_field(path, text, "facts", said)
    drafted = tuple(id_ for id_ in issue.drafted if id_ != section_id)
    return _as_written(_with_field(path, text, "drafted", drafted or None), data)


def facts_in_file(facts: Mapping[str, Facts]) -> dict[str, dict[str, object]]:
    """Return the field `facts`: of each section what its piece says of itself, without what it does not say."""
    own = {
        section: replace(known, tags=tuple(tag for tag in known.tags if tag != STARTER))
        for section, known in facts.items()
    }
    said = {section: {key: value for key, value in asdict(known).items() if value} for section, known in own.items()}
    return {section: known for section, known in said.items() if known}


def _line_of(issue: Issue, section_id: str) -> int:
    section = issue.section(section_id)
    if section is None:
        fix = f"add a line «## A heading {{#{section_id}}}» where it belongs"
        raise ContentError([Problem(issue.path, None, f"the issue has no section {section_id!r} to draft into", fix)])
    return section.line


def _draft_note(fields: IssueFields) -> DraftNote | None:
    if fields.draft is None:
        return None
    sections = {section: SectionNote(**known.model_dump()) for section, known in fields.draft.sections.items()}
    return DraftNote(**fields.draft.model_dump(exclude={"sections"}), sections=sections)


def _note(notes: Sequence[DraftNote]) -> dict[str, object]:
    """Return the field `draft`: what all drafted sections have in common, and a record of each, without what is empty."""
    fields: dict[str, object] = {
        "writer": ", ".join(dict.fromkeys(name for note in notes for name in note.writer.split(", "))),
        "tokens": sum(note.tokens for note in notes),
        "passages": [passage for note in notes for passage in note.passages],
        "hashes": {section: known for note in notes for section, known in note.hashes.items()},
        "sections": {section: _record(known) for note in notes for section, known in note.sections.items()},
    }
    return {key: value for key, value in fields.items() if value}


def _record(note: SectionNote) -> dict[str, object]:
    fields = {**asdict(note), "fallbacks": list(note.fallbacks)}
    return {key: value for key, value in fields.items() if value}


def with_field(path: Path, data: bytes, key: str, value: object) -> str:
    """Return the file's text with one top-level key of the front matter replaced or added last; None removes the key.

    Every other line stays as it was. Raises ContentError when the file has no front matter.
    """
    return _as_written(_with_field(path, decode(path, data), key, value), data)


def _with_field(path: Path, text: str, key: str, value: object) -> str:
    places = read(path, text.encode()).lines
    lines = text.split("\n")
    end = next(i for i, line in enumerate(lines[1:], 1) if line.rstrip() == "---")
    starts = sorted(line - 1 for place, line in places.items() if len(place) == 1)
    start = places[key,] - 1 if (key,) in places else end
    stop = next((line for line in starts if line > start), end)
    while stop > start + 1 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
        stop -= 1  # blank lines and comments above the next key belong to that key
    lines[start:stop] = dump({key: value}).rstrip("\n").split("\n") if value is not None else []
    return "\n".join(lines)


def _as_written(text: str, data: bytes) -> str:
    """Give a text the line ends of the file it comes from."""
    return text.replace("\n", "\r\n") if b"\r\n" in data else text


def _mismatches(document: Document, fields: IssuePlace) -> list[Problem]:
    problems = []
    stem = document.path.stem
    if fields.number is not None and stem != f"{fields.number:04d}":
        what = f"number is {fields.number}, but the file is named {document.path.name}"
        problems.append(
            document.problem("number", what, f"rename the file to {fields.number:04d}.md, or fix the number")
        )
    if fields.week is None or fields.date is None:
        return problems
    monday, sunday = fields.week.monday(), fields.week.day(6)
    if not monday <= fields.date <= sunday:
        what = f"{fields.date} is not in {fields.week} ({monday} to {sunday})"
        problems.append(document.problem("date", what, "fix the date or the week"))
    return problems


def _sections(document: Document, problems: list[Problem]) -> tuple[str, tuple[Section, ...]]:
    found: list[Heading] = []
    for heading in headings(document.body):
        line = document.body_line + heading.index
        if heading.level == 1:
            problems.append(
                Problem(document.path, line, "a heading of level 1", "the title is in the front matter; use ##")
            )
        elif heading.level == 2 and heading.id is None:
            what = f"the section «{heading.title}» has no id"
            problems.append(
                Problem(
                    document.path, line, what, "end the heading with {#concept} or another id; use ### inside a section"
                )
            )
        elif heading.level == 2:
            if any(other.id == heading.id for other in found):
                problems.append(
                    Problem(document.path, line, f"a second section {heading.id!r}", "keep one, or give it another id")
                )
            found.append(heading)
    lines = document.body.split("\n")
    ends = [*(heading.index for heading in found[1:]), len(lines)][: len(found)]
    sections = tuple(
        Section(str(heading.id), heading.title, "\n".join(lines[heading.index + 1 : end]).strip("\n") + "\n",
                document.body_line + heading.index)
        for heading, end in zip(found, ends, strict=True)
    )  # fmt: skip
    lead = "\n".join(lines[: found[0].index] if found else lines).strip("\n")
    return lead, sections
