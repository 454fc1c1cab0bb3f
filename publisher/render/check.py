"""What is wrong with the texts of a publication, before any of them is in an issue: for `pressroom check`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from publisher.content.links import BrokenLinkError, Links
from publisher.content.markdown import parse
from publisher.errors import Problem
from publisher.isolation import one_file
from publisher.issue import LearningPath
from publisher.ports import Content
from publisher.render.pictures import Images
from publisher.render.reading import read


def check_content(content: Content) -> tuple[Problem, ...]:
    """Parse and draw everything: links, images, diagrams, raw HTML, in the order of the files."""
    links = Links.of(content)
    found: list[Problem] = []
    for issue in (*content.issues, *content.corrections):
        found += read(issue, content).problems
    texts = [(piece.path, piece.line, piece.body) for piece in content.pieces]
    texts += [(piece.path, piece.answer_line, piece.answer) for piece in content.pieces if piece.answer]
    texts += [(page.path, page.line, page.body) for page in content.pages]
    texts += [(path.path, path.line, path.body) for path in content.paths]
    texts += [(text.path, text.line, text.body) for text in content.unread]
    for file, line, body in texts:
        with one_file():
            prose = parse(body, path=file, line=line, links=links, top=1 if file.parts[-2] in ("pages", "paths") else 2)
            found += [*prose.problems, *Images(content.picture, content.convert).illustrate(prose, file)]
    for path in content.paths:
        found += _steps(path, links)
    return tuple(found)


def _steps(path: LearningPath, links: Links) -> Iterator[Problem]:
    for title, link in [(path.guide_title, path.guide_link), *((step.title, step.link) for step in path.steps)]:
        if urlsplit(link).scheme in ("http", "https"):
            continue
        try:
            links.resolve(link, path.path)
        except BrokenLinkError as broken:
            yield Problem(path.path, None, f"the step «{title}»: {broken.what}", broken.fix, rule="link")
