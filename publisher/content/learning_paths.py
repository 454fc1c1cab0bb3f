"""Front matter and Markdown -> LearningPath, and what does not fit together in one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from publisher.content.fields import PathFields, StepFields
from publisher.content.frontmatter import Document, take_apart, validate
from publisher.content.pieces import blank_lines, no_slug, not_empty
from publisher.content.slug import slug_of
from publisher.errors import ContentError, Problem
from publisher.issue import LearningPath, Page, Row, Step

_PAGE = re.compile(r"\.\./pages/([^/#?]+)\.md")


def read_path(path: Path, data: bytes) -> LearningPath:
    """Return the learning path that a file holds. Raises ContentError."""
    document = take_apart(path, data)
    fields, wrong = validate(document, PathFields)
    problems = [*wrong, *not_empty(document), *no_slug(document)]
    steps = tuple(_step(document, index, step) for index, step in enumerate(fields.steps)) if fields else ()
    problems += _one_address_each(path, steps)
    if fields is None or problems:
        raise ContentError(problems)
    return LearningPath(
        slug=path.stem, title=fields.title, summary=fields.summary, origin=fields.origin, goal=fields.goal,
        guide_title=fields.guide.title, guide_link=fields.guide.link, guide_line=document.line_of(("guide", "link")),
        rows=tuple(
            Row(row.know, row.build, row.teach, tuple(document.line_of(("rows", n, "teach", i)) for i in range(len(row.teach))))
            for n, row in enumerate(fields.rows)
        ),
        steps=steps, body=document.body.strip("\n") + "\n", path=path, line=document.body_line + blank_lines(document.body),
    )  # fmt: skip


def _step(document: Document, index: int, step: StepFields) -> Step:
    page = _PAGE.fullmatch(step.link)
    return Step(
        step.title, step.link, step.about, step.slug or (page[1] if page else slug_of(step.title)), step.minutes,
        step.level, step.needs, step.exit, document.line_of(("steps", index)),
    )  # fmt: skip


def _one_address_each(path: Path, steps: Sequence[Step]) -> Iterator[Problem]:
    """Report steps whose pages would have one address, or none."""
    seen: dict[str, Step] = {}
    for step in steps:
        if not step.slug:
            what = f"the step «{step.title}» has no letter from a to z in its title to make an address of"
            yield Problem(path, step.line, what, "add a line «slug: …» to it")
        elif (first := seen.setdefault(step.slug, step)) is not step:
            what = f"the page of the step «{step.title}» has the address of that of «{first.title}» (line {first.line}): {step.slug}"
            yield Problem(path, step.line, what, "add a line «slug: …» to one of them, or remove it")


def page_of(step: Step, pages: Mapping[str, Page]) -> Page | None:
    """Return the page that a step consists of; None for one that leads elsewhere. `pages` are by their slugs."""
    found = _PAGE.fullmatch(step.link)
    return pages.get(found[1]) if found else None


def homes(paths: Sequence[LearningPath]) -> Mapping[str, str]:
    """Return where a page is that is a step, by its slug: in the first path that has it, as a path below the base URL."""
    found: dict[str, str] = {}
    for path in paths:
        for step in path.steps:
            if page := _PAGE.fullmatch(step.link):
                found.setdefault(page[1], path.page_of(step))
    return found


def check_order(path: LearningPath) -> Iterator[Problem]:
    """Find prerequisites that are not there, come later, or go round in a circle."""
    places = {step.slug: place for place, step in enumerate(path.steps)}
    needs = {step.slug: step.needs for step in path.steps}
    told: set[str] = set()
    for place, step in enumerate(path.steps):
        circle = _circle(step.slug, needs)
        if circle and not told & set(circle):
            told |= set(circle)
            what = f"the step «{step.title}» needs itself: {' needs '.join([*circle, circle[0]])}"
            yield Problem(path.path, step.line, what, "remove one of these from `needs`", rule="prerequisite")
        for need in step.needs:
            if need not in places:
                what = f"the step «{step.title}» needs {need!r}, which is not a step of this path"
                fix = f"its steps are {', '.join(places)}"
                yield Problem(path.path, step.line, what, fix, rule="prerequisite")
            elif places[need] > place and not circle:
                what = f"the step «{step.title}» needs {need!r}, which comes after it"
                yield Problem(
                    path.path, step.line, what, "move one of them, or remove it from `needs`", rule="prerequisite"
                )


def _circle(start: str, needs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the steps from `start` back to it, the shortest way round; empty when there is no way."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for need in needs.get(way[-1], ()):
            if need == start:
                return way
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return []
