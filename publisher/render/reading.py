"""An issue, read: its sections as trees with their pictures, and everything that is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from publisher.content.links import Links
from publisher.content.markdown import Prose, inline, parse, plain, settle
from publisher.errors import Problem
from publisher.isolation import one_file
from publisher.issue import ARCHIVE, Issue, Picture, Section
from publisher.language import language_of
from publisher.ports import Content
from publisher.render.citations import cite
from publisher.render.labels import localise
from publisher.render.palette import hue
from publisher.render.pictures import Images

_WORDS_A_MINUTE = 220


@dataclass(frozen=True, slots=True)
class Part:
    """A section as it is shown: `number` is written 01, `hue` is its colour's number, from 1."""

    id: str
    number: str
    label: str
    title: Element
    root: Element
    hue: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything from which the mail, text and page of an issue are written."""

    issue: Issue
    lead: Element
    parts: tuple[Part, ...]
    pictures: tuple[Picture, ...]
    minutes: int
    problems: tuple[Problem, ...]


@one_file()
def read(issue: Issue, content: Content, links: Links | None = None) -> Reading:
    """Parse an issue's sections, draw its diagrams, resolve its links and citations; `links` are those of the content."""
    links, album = links or Links.of(content), Images(content.picture, content.convert)
    lead = parse(issue.lead, path=issue.path, line=_first_line(issue, None), links=links, prefix="lead-", alone=False)
    language = language_of(content.publication)
    localise(lead.root, language)
    problems = [*lead.problems, *album.illustrate(lead, issue.path)]
    texts, parts = [lead], []
    for number, section in enumerate(issue.sections, 1):
        cited = section.id == ARCHIVE or section.id in issue.drafted
        title = inline(section.title, path=issue.path, line=section.line, links=links)
        prose = _section(section, issue, links, cited=cited)
        problems += [
            *title.problems,
            *album.illustrate(title, issue.path),
            *prose.problems,
            *album.illustrate(prose, issue.path),
        ]
        texts.append(prose)
        if cited:
            cite(prose.root, content)
        localise(title.root, language)
        localise(prose.root, language)
        label = content.publication.label(section.id)
        parts.append(
            Part(
                section.id,
                f"{number:02d}",
                label,
                title.root,
                prose.root,
                hue(content.publication, section.id),
            )
        )
    problems += settle(texts, issue.path, links)
    words = sum(len(plain(root).split()) for root in [lead.root, *(part.root for part in parts)])
    minutes = max(1, round(words / _WORDS_A_MINUTE))
    return Reading(issue, lead.root, tuple(parts), album.pictures, minutes, tuple(problems))


def _section(section: Section, issue: Issue, links: Links, *, cited: bool) -> Prose:
    line = _first_line(issue, section)
    prefix = f"{section.id}-"
    return parse(section.body, path=issue.path, line=line, links=links, prefix=prefix, cited=cited, alone=False)


def _first_line(issue: Issue, section: Section | None) -> int:
    """Return the line of the file on which a section's text, or the lead, begins."""
    lines = issue.source.decode("utf-8", "replace").splitlines()
    if section is not None:
        start = section.line
    else:
        start = next((n for n, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), 0)
    blank = next((n for n, line in enumerate(lines[start:]) if line.strip()), 0)
    return start + blank + 1
