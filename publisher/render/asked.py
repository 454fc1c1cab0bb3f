"""What a page asks of the rest of the publication while it is made: while the answers are the same, so is the page.

A page that is made from a snapshot of content gets it through `Asking`, which notes each question: where a link leads,
what an issue is, which picture stands at a path. It answers nothing else.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from publisher.content.links import BrokenLinkError, Links
from publisher.errors import ContentError, Problem, Severity
from publisher.issue import Issue
from publisher.ports import MAKE_AGAIN, Content, Question

LINK, ISSUE, PICTURE = "link", "issue", "picture"

_OF_THIS_MACHINE = frozenset({"bounds", "code", "diagram", "formula", "image"})
"""The rules of problems that may depend on fonts, libraries and speed, and not on content alone."""

Asked = dict[Question, None]
"""The questions in the order in which they were asked."""


@dataclass(frozen=True, slots=True)
class _AskedLinks(Links):
    asked: Asked = field(default_factory=dict)

    def resolve(self, target: str, origin: Path) -> str:
        self.asked[LINK, target, origin.as_posix()] = None
        return Links.resolve(self, target, origin)


@dataclass(frozen=True, slots=True)
class _AskedContent(Content):
    asked: Asked = field(default_factory=dict)
    known: Content | None = None

    def issue(self, number: int) -> Issue | None:
        self.asked[ISSUE, str(number)] = None
        return self.known.issue(number) if self.known else None


class Asking:
    """A snapshot's content and links for the making of one page, whose questions are added to `asked`."""

    def __init__(self, content: Content, links: Links, asked: Asked) -> None:
        self.asked = asked
        own = {part.name: getattr(links, part.name) for part in dataclasses.fields(Links)}
        self.links: Links = _AskedLinks(**own, asked=self.asked)
        bare = dataclasses.replace(
            content, pieces=(), issues=(), paths=(), pages=(), problems=(), unread=(), stamps={}, hash="", corrections=(),
            picture=self._picture,
        )  # fmt: skip
        kept = {part.name: getattr(bare, part.name) for part in dataclasses.fields(Content)}
        self.content: Content = _AskedContent(**kept, asked=self.asked, known=content)
        self._known = content

    def note(self, problems: Iterable[Problem]) -> None:
        """Have the page made again if what is wrong with it may not be wrong elsewhere, or at another time."""
        errors = (problem for problem in problems if problem.severity is Severity.ERROR)
        if any(error.rule in _OF_THIS_MACHINE for error in errors):
            self.asked[MAKE_AGAIN] = None

    def _picture(self, path: Path) -> bytes | None:
        self.asked[PICTURE, path.as_posix()] = None
        return self._known.picture(path)


def answers(questions: Iterable[Question], content: Content, links: Links) -> str:
    """Return the digest of the answers to these questions."""
    made = hashlib.sha256()
    for question in questions:
        made.update(f"{question!r} {_answer(question, content, links)!r}\n".encode("utf-8", "surrogateescape"))
    return made.hexdigest()


def _answer(question: Question, content: Content, links: Links) -> str | None:
    if question == MAKE_AGAIN:
        return None
    kind, what, *rest = question
    if kind == LINK:
        try:
            return links.resolve(what, Path(*rest))
        except BrokenLinkError:
            return None
    if kind == ISSUE:
        issue = content.issue(int(what))
        return hashlib.sha256(issue.source).hexdigest() if issue else None
    return content.stamps.get(f"content/{what}") or _digest_of(Path(what), content)


def _digest_of(path: Path, content: Content) -> str | None:
    """Return the digest of a picture without a stamp, such as one behind a symbolic link."""
    try:
        data = content.picture(path)
    except ContentError as error:
        return str(error)
    return None if data is None else hashlib.sha256(data).hexdigest()
