"""What is wrong with the texts of a publication, before any of them is in an issue: for `pressroom check`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from publisher.content.learning_paths import check_order
from publisher.content.links import BrokenLinkError, Links
from publisher.content.markdown import parse
from publisher.errors import Problem
from publisher.isolation import one_file
from publisher.issue import LearningPath, Piece
from publisher.ports import Content
from publisher.render.pictures import Images
from publisher.render.reading import read


def check_content(content: Content) -> tuple[Problem, ...]:
    """Parse and draw everything: links, images, diagrams, raw HTML, in the order of the files."""
    links = Links.of(content)
    found: list[Problem] = []
    for issue in (*content.issues, *content.corrections):
        found += read(issue, content).problems
    for piece in content.pieces:
        found += check_piece(piece, content, links)
    texts = [(page.path, page.line, page.body) for page in content.pages]
    texts += [(path.path, path.line, path.body) for path in content.paths]
    texts += [(text.path, text.line, text.body) for text in content.unread]
    for file, line, body in texts:
        found += _check_text(file, line, body, content, links)
    for path in content.paths:
        found += _steps(path, links)
    return tuple(found)


def check_piece(piece: Piece, content: Content, links: Links | None = None) -> tuple[Problem, ...]:
    """Parse and draw a piece's text, and the answer that goes out later; `links` are those of the content."""
    links = links or Links.of(content)
    found = _check_text(piece.path, piece.line, piece.body, content, links)
    if piece.answer:
        found += _check_text(piece.path, piece.answer_line, piece.answer, content, links)
    return tuple(found)


@one_file()
def _check_text(file: Path, line: int, body: str, content: Content, links: Links) -> list[Problem]:
    prose = parse(body, path=file, line=line, links=links, top=1 if file.parts[-2] in ("pages", "paths") else 2)
    return [*prose.problems, *Images(content.picture, content.convert).illustrate(prose, file)]


def _steps(path: LearningPath, links: Links) -> Iterator[Problem]:
    yield from check_order(path)
    leading = [(f"the guide «{path.guide_title}»", path.guide_link, path.guide_line)]
    leading += [(f"the step «{step.title}»", step.link, step.line) for step in path.steps]
    leading += [("`teach`", link, line) for row in path.rows for link, line in zip(row.teach, row.lines, strict=True)]
    for name, link, line in leading:
        if urlsplit(link).scheme in ("http", "https"):
            continue
        try:
            links.resolve(link, path.path)
        except BrokenLinkError as broken:
            yield Problem(path.path, line, f"{name}: {broken.what}", broken.fix, rule="link")
