"""What is wrong with the texts of a publication, before any of them is in an issue: for `pressroom check`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from publisher.content.links import BrokenLinkError, Links
from publisher.content.markdown import parse
from publisher.errors import Problem
from publisher.issue import LearningPath
from publisher.ports import Shelf
from publisher.render.pictures import Album
from publisher.render.reading import read


def check_content(shelf: Shelf, picture: Callable[[Path], bytes | None]) -> tuple[Problem, ...]:
    """Parse and draw everything: links, images, diagrams, raw HTML, in the order of the files."""
    links = Links.of(shelf)
    found: list[Problem] = []
    for issue in shelf.issues:
        found += read(issue, shelf, picture).problems
    texts = [(piece.path, piece.line, piece.body) for piece in shelf.pieces]
    texts += [(piece.path, piece.answer_line, piece.answer) for piece in shelf.pieces if piece.answer]
    texts += [(page.path, page.line, page.body) for page in shelf.pages]
    texts += [(path.path, path.line, path.body) for path in shelf.paths]
    texts += [(text.path, text.line, text.body) for text in shelf.unread]
    for file, line, body in texts:
        prose = parse(body, path=file, line=line, links=links)
        found += [*prose.problems, *Album(picture).illustrate(prose, file)]
    for path in shelf.paths:
        found += _steps(path, links)
    return tuple(found)


def _steps(path: LearningPath, links: Links) -> Iterator[Problem]:
    for title, link in [(path.guide_title, path.guide_link), *((step.title, step.link) for step in path.steps)]:
        if urlsplit(link).scheme in ("http", "https"):
            continue
        try:
            links.resolve(link, path.path)
        except BrokenLinkError as broken:
            yield Problem(path.path, None, f"the step «{title}»: {broken.what}", broken.mend, rule="link")
