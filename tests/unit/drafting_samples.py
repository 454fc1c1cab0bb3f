"""Issues and passages for the tests of drafting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from publisher.draft import citable
from publisher.draft.ranking import rank
from publisher.issue import IsoWeek, Issue, Passage, Section
from publisher.ports import Retriever

DAY = dt.date(2026, 10, 1)


def issue(
    number: int = 3, day: dt.date = DAY, *, drafted: tuple[str, ...] = (), lead: str = "", **bodies: str
) -> Issue:
    sections = tuple(Section(name, f"About {name}", body, 10) for name, body in bodies.items())
    return Issue(
        number=number, week=IsoWeek.of(day), date=day, title=f"Issue {number}", preheader="What it is about.", lead=lead,
        sections=sections, pieces={}, drafted=drafted, draft=None, published=day, path=Path(f"issues/{number:04d}.md"), source=b"",
    )  # fmt: skip


def passage(
    text: str,
    number: int = 1,
    section: str = "concept",
    ordinal: int = 1,
    heading: str = "",
    day: dt.date | None = None,
) -> Passage:
    day = day or dt.date(2026, 1, 1) + dt.timedelta(days=7 * number)
    return Passage(f"{number:04d}-{section}-{ordinal}", number, day, section, heading, text)


def index(issues: Iterable[Issue], before: dt.date) -> Retriever:
    """Return a search over what may be cited on a day."""
    return rank(citable(issues, before=before).values())
