"""Front matter and Markdown -> Piece, Page."""

from __future__ import annotations

import re
from pathlib import Path

from publisher.content.aliases import TAKEN
from publisher.content.fields import SLUG, PageFields, PieceFields
from publisher.content.frontmatter import Document, take_apart, validate
from publisher.content.headings import headings, open_fence
from publisher.errors import ContentError, Problem
from publisher.issue import Facts, Page, Piece
from publisher.publication import SectionPlan

ANSWER = "model answer"


def read_piece(path: Path, data: bytes, plan: SectionPlan) -> Piece:
    """Return the piece that a file holds. Raises ContentError with every problem of the file."""
    document = take_apart(path, data)
    fields, wrong = validate(document, PieceFields)
    problems = [*wrong, *_headings_below_two(document), *not_empty(document), *_closed(document)]
    body, answer, answer_at = _split_answer(document.body) if plan.answers_next_week else (document.body, None, 0)
    if plan.answers_next_week and answer is None and document.fields.get("status", "draft") != "draft":
        problems.append(
            Problem(
                path,
                document.body_line,
                "there is no «### Model answer»",
                "write the answer under that heading; it goes out a week later",
            )
        )
    if "slug" not in document.fields:
        problems += no_slug(document)
    if fields is None or problems:
        raise ContentError(problems)
    return Piece(
        section=plan.id, slug=fields.slug or path.stem, title=fields.title, summary=fields.summary, body=body.strip("\n") + "\n", answer=answer,
        status=fields.status, week=fields.week, added=fields.added, path=path,
        facts=Facts(fields.author, fields.level, fields.minutes, fields.stack, fields.tags),
        line=document.body_line + blank_lines(body), answer_line=document.body_line + answer_at,
        id=fields.id, lines={str(place[0]): line for place, line in document.lines.items() if len(place) == 1},
    )  # fmt: skip


def read_page(path: Path, data: bytes) -> Page:
    """Return the free-standing page that a file holds. Raises ContentError."""
    document = take_apart(path, data)
    fields, wrong = validate(document, PageFields)
    problems = [*wrong, *not_empty(document), *no_slug(document)]
    slug = path.stem
    if slug in {*TAKEN, "issues", "learn", "index", "search"}:
        problems.append(Problem(path, None, f"the address /{slug}/ is taken by the system", "rename the file"))
    if fields is None or problems:
        raise ContentError(problems)
    body = document.body
    return Page(
        slug, fields.title, fields.summary, body.strip("\n") + "\n", path, document.body_line + blank_lines(body)
    )


def _split_answer(body: str) -> tuple[str, str | None, int]:
    """Return the question, its answer, and how many lines come before the answer."""
    for heading in headings(body):
        if heading.level == 3 and heading.title.casefold() == ANSWER:
            lines = body.split("\n")
            rest = "\n".join(lines[heading.index + 1 :])
            answer = rest.strip("\n") + "\n" if rest.strip() else None
            return "\n".join(lines[: heading.index]), answer, heading.index + 1 + blank_lines(rest)
    return body, None, 0


def answer_line(body: str) -> int | None:
    """Return how many lines come before the heading of a model answer in a body, if there is one."""
    return next(
        (one.index for one in headings(body) if one.level == 3 and one.title.casefold() == ANSWER), None
    )  # fmt: skip


def _headings_below_two(document: Document) -> list[Problem]:
    return [
        Problem(document.path, document.body_line + heading.index, f"a heading of level {heading.level}: «{heading.title}»",
                "use ### or deeper: levels 1 and 2 belong to the issue")
        for heading in headings(document.body) if heading.level < 3
    ]  # fmt: skip


def not_empty(document: Document) -> list[Problem]:
    """Report a file that has nothing below its front matter."""
    if document.body.strip():
        return []
    return [
        Problem(
            document.path, document.body_line, "there is no text below the front matter", "write it, or remove the file"
        )
    ]


def _closed(document: Document) -> list[Problem]:
    index = open_fence(document.body)
    if index is None:
        return []
    return [
        Problem(
            document.path,
            document.body_line + index,
            "a code fence that is never closed",
            "close it with the same marks",
        )
    ]


def no_slug(document: Document) -> list[Problem]:
    """Report a file whose name cannot be a part of an address."""
    stem = document.path.stem
    if re.fullmatch(SLUG, stem):
        return []
    return [
        Problem(document.path, None, f"{stem!r} is not a slug", "rename the file to lower-case-words-with-hyphens.md")
    ]


def blank_lines(text: str) -> int:
    """Return how many lines a text begins with that have nothing on them."""
    return len(text) - len(text.lstrip("\n"))
