"""An issue, read: its sections as trees with their pictures, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from xml.etree.ElementTree import Element

from publisher.content.converted import Unconverted
from publisher.content.links import Links
from publisher.content.markdown import Ahead, inline, parse, settle
from publisher.errors import Problem
from publisher.isolation import one_file
from publisher.issue import Correction, Issue, Picture
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
    sections = ((Unconverted(one.title, inline=True), Unconverted(one.body)) for one in issue.sections)
    ahead = Ahead([Unconverted(issue.lead), *chain.from_iterable(sections)])
    links, album = links or Links.of(content), Images(content.picture, content.convert)
    lines = issue.source.decode("utf-8", "replace").splitlines()
    first = next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), 0)
    lead = parse(
        issue.lead,
        path=issue.path,
        line=_text_below(first, lines),
        links=links,
        prefix=f"correction-{issue.which}-" if isinstance(issue, Correction) else "lead-",
        alone=False,
        ahead=ahead,
    )
    language = language_of(content.publication)
    localise(lead.root, language)
    problems = [*lead.problems, *album.illustrate(lead, issue.path)]
    texts, parts = [lead], []
    for number, section in enumerate(issue.sections, 1):
        cited = issue.cites(section.id)
        title = inline(section.title, path=issue.path, line=section.line, links=links, ahead=ahead)
        prose = parse(
            section.body, path=issue.path, line=_text_below(section.line, lines), links=links, prefix=f"{section.id}-",
            cited=cited, alone=False, ahead=ahead,
        )  # fmt: skip
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
    words = sum(len("".join(root.itertext()).split()) for root in [lead.root, *(part.root for part in parts)])
    minutes = max(1, round(words / _WORDS_A_MINUTE))
    return Reading(issue, lead.root, tuple(parts), album.pictures, minutes, tuple(problems))


def _text_below(start: int, lines: Sequence[str]) -> int:
    """Return the number of the first line with words below one: where a section's text begins, or the lead."""
    blank = next((number for number, line in enumerate(lines[start:]) if line.strip()), 0)
    return start + blank + 1
