"""The file of a correction: corrections/NNNN-1.md <-> Correction.

    ---
    issue: 11
    date: 2026-11-27
    title: "Correction: Golden sets"
    ---
    What was wrong, and what is right.

The title is the subject of the mail, and the heading on the issue's page.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from publisher.content.fields import CorrectionFields
from publisher.content.frontmatter import Document, dump, take_apart, validate
from publisher.content.headings import headings, open_fence
from publisher.errors import ContentError, Problem
from publisher.issue import Correction, IsoWeek
from publisher.numbers import MOST_CORRECTIONS, correction_number


def read_correction(path: Path, data: bytes) -> Correction:
    """Return the correction that a file holds. Raises ContentError with every problem of the file."""
    document = take_apart(path, data)
    fields, problems = validate(document, CorrectionFields)
    name = re.fullmatch(rf"(\d{{4}})-([1-{MOST_CORRECTIONS}])", path.stem)
    if name is None:
        fix = f"call it NNNN-1.md for the first correction of issue NNNN, up to NNNN-{MOST_CORRECTIONS}.md"
        problems = (*problems, Problem(path, None, f"{path.name} does not say what it corrects", fix))
    elif fields is not None and fields.issue != int(name[1]):
        what = f"issue is {fields.issue}, but the file is named {path.name}"
        problems = (*problems, document.problem("issue", what, "rename the file, or fix the number"))
    problems = (*problems, *_in_text(document))
    if fields is None or name is None or problems:
        raise ContentError(problems)
    return Correction(
        number=correction_number(fields.issue, int(name[2])), week=IsoWeek.of(fields.date), date=fields.date,
        title=fields.title, preheader="", lead=document.body.strip("\n"), sections=(), pieces={}, drafted=(), draft=None,
        published=fields.published, path=path, source=data,
    )  # fmt: skip


def compose(issue: int, day: dt.date, title: str) -> str:
    """Return the file of a new correction."""
    head = dump({"issue": issue, "date": day, "title": title})
    return f"---\n{head}---\nTODO: what was wrong, and what is right, in a few sentences.\n"


def _in_text(document: Document) -> list[Problem]:
    """Find what would break the issue's page, on which the text stands below a heading of its own."""
    fix = "use ###: the title is in the front matter, and it is the heading above the text"
    found = [
        Problem(document.path, document.body_line + each.index, f"a heading of level {each.level}", fix)
        for each in headings(document.body)
        if each.level < 3
    ]
    fence = open_fence(document.body)
    if fence is not None:
        line = document.body_line + fence
        found.append(Problem(document.path, line, "a code fence that is never closed", "close it with the same marks"))
    return found
