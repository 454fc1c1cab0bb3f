"""What tests of rendering build on: a small publication, issues made of a few lines, a reader for HTML."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path

from publisher.issue import DraftNote, IsoWeek, Issue, LearningPath, Page, Row, Section, Step
from publisher.ports import Content
from publisher.publication import Publication
from publisher.render import environment
from tests.publication import publication

TEMPLATES = Path(__file__).parents[1] / "templates"
PUBLICATION = publication(
    name="Notes & Queries", tagline="One mail a week for people who test.", postal_address="Notes, 1 Example Street",
    sender={"name": "Notes", "address": "notes@notes.example.com"},
    section=[
        {"id": "concept", "folder": "concepts", "label": "concept"},
        {"id": "architecture", "folder": "architectures", "label": "architecture"},
        {"id": "question", "folder": "questions", "label": "interview question"},
    ],
    draft={"before": "question"},
)  # fmt: skip
DIAGRAM = """```mermaid
flowchart TD
    accTitle: Two steps
    accDescr: A question leads to an answer.
    A[Question] --> B[Answer]
```
"""
WORDS = "A bucket of 60,000 tokens refills at 1,000 tokens a second, so a burst of fifteen requests passes at once."


def templates():  # type: ignore[no-untyped-def]
    return environment(TEMPLATES)


def issue(
    number: int = 3,
    *,
    concept: str = WORDS,
    architecture: str = WORDS,
    archive: str | None = None,
    question: str = "What would you measure first, and why?",
    title: str = "Vectors in the database you run",
    preheader: str = "When exact search beats an index, and what an index costs in memory.",
    published: bool = True,
) -> Issue:
    """Return an issue as it would be read from its file: the lines of its sections are right."""
    day = dt.date(2026, 9, 3) + dt.timedelta(weeks=number)
    bodies = [("concept", "Exact search", concept), ("architecture", "A service", architecture)]
    bodies += [("archive", "From the archive", archive)] if archive is not None else []
    bodies += [("question", "Which index?", question)]
    head = [
        "---", f"number: {number}", f'title: "{title}"', f'preheader: "{preheader}"', "---", "What this week is about.", "",
    ]  # fmt: skip
    sections = []
    for id_, heading, body in bodies:
        sections.append(Section(id_, heading, body.strip("\n") + "\n", len(head) + 1))
        head += [f"## {heading} {{#{id_}}}", "", *body.strip("\n").split("\n"), ""]
    return Issue(
        number=number, week=IsoWeek.of(day), date=day, title=title, preheader=preheader, lead="What this week is about.",
        sections=tuple(sections), pieces={}, drafted=("archive",) if archive is not None else (),
        draft=DraftNote("extractive") if archive is not None else None, published=day if published else None,
        path=Path(f"content/issues/{number:04d}.md"), source="\n".join(head).encode(),
    )  # fmt: skip


def line_of(one: Issue, needle: str) -> int:
    return next(n for n, line in enumerate(one.source.decode().split("\n"), 1) if needle in line)


def content(*issues: Issue, publication: Publication = PUBLICATION) -> Content:
    """Return a content with these issues, an about page and a learning path."""
    about = Page(
        "about",
        "About us",
        "Who we are.",
        "We write. See [the path](../paths/backend.md).\n",
        Path("content/pages/about.md"),
        5,
    )
    guide = Page("guide", "A guide", "How to.", "Read it.\n", Path("content/pages/guide.md"), 5)
    path = LearningPath(
        "backend", "Backend to AI", "Keep the craft.", "Backend engineer", "AI engineer", "A guide", "../pages/guide.md",
        (Row("Job queues", "Agents"),), (Step("A guide", "../pages/guide.md", "Read it first.", "guide"),), "A short case.\n",
        Path("content/paths/backend.md"), 20,
    )  # fmt: skip
    return Content(publication, (), issues, (path,), (about, guide), ())


def png(width: int = 2, height: int = 3) -> bytes:
    """Return a valid black PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(width) for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def fetched(html: str) -> set[str]:
    """Return every address that a mail program fetches by itself, without a click, when it shows a mail."""
    styles = re.findall(r"""(?:url\(|@import\s+(?!url\())\s*["']?([^"')\s;]+)""", html)
    return Tags(html).loads() | set(styles)


class Tags(HTMLParser):
    """Collects (tag, attributes) of a page, and its ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, {key: value or "" for key, value in attrs}))

    def loads(self) -> set[str]:
        """Return the addresses of images, stylesheets and the like: what is fetched without a click."""
        names = ("src", "srcset", "background", "poster", "data")
        found = {attributes[name] for _, attributes in self.all for name in names if name in attributes}
        return found | {attributes.get("href", "") for attributes in self.of("link")}

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.all if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.all if "id" in attributes]
