"""What other pages show of an issue: some of its elements, and its interview question with the answer of the next issue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from xml.etree.ElementTree import Element

from publisher.assemble import LAST_ANSWER
from publisher.issue import Issue
from publisher.language import Language, Phrase, language_of
from publisher.render.markup import safe
from publisher.render.page import Page
from publisher.render.reading import Part
from publisher.render.render import local
from publisher.site.pages import Site

LISTENS = Phrase("The interviewer listens for|Interviewers listen for")
"""How the paragraph of a question begins that a reader may want to see later than the question."""

Readings = Sequence[tuple[Issue, Sequence[Part]]]
"""Issues with their parts, the newest first, none left out between them."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, as HTML: what it asks, what they listen for, and the answer, which `later` had, the issue after it."""

    issue: Issue
    part: Part
    html: str
    listens: str
    answer: str
    later: Issue | None


def questions(site: Site, readings: Readings, root: str = "") -> Iterator[Question]:
    """Yield the questions of these issues; `root` is how the page that shows them gets back to the site's root."""
    publication = site.content.publication
    language = language_of(publication)
    heading, listens = language.say(LAST_ANSWER), tuple(language.say(LISTENS).split("|"))
    asking = {plan.id for plan in publication.sections if plan.answers_next_week}
    later: Issue | None = None
    answers: dict[str, list[Element]] = {}
    for issue, parts in readings:
        for part in parts:
            if part.id in asking:
                asked, listened = _begins(_apart(part.root, heading)[0], listens)
                answer = answers.get(part.id, [])
                yield Question(
                    issue, part, excerpt(site, issue, asked, root), excerpt(site, issue, listened, root),
                    excerpt(site, later, answer, root) if later and answer else "", later,
                )  # fmt: skip
        later, answers = issue, {part.id: _apart(part.root, heading)[1] for part in parts}


def excerpt(site: Site, issue: Issue, elements: Sequence[Element], root: str = "") -> str:
    """Return these elements of an issue for a page elsewhere."""
    around = Element("div")
    around.extend(elements)
    return safe(_Excerpt(issue, root, language_of(site.content.publication)).inside(around))


def _apart(root: Element, heading: str) -> tuple[list[Element], list[Element]]:
    """Return what stands before a heading with these words, and what stands below it."""
    children = [*root]
    for index, one in enumerate(children):
        if one.tag == "h3" and "".join(one.itertext()).strip() == heading:
            return children[:index], children[index + 1 :]
    return children, []


def _begins(elements: Sequence[Element], words: tuple[str, ...]) -> tuple[list[Element], list[Element]]:
    """Return the elements without and with these words at their beginning."""
    found = [one for one in elements if one.tag == "p" and "".join(one.itertext()).startswith(words)]
    return [one for one in elements if one not in found], found


class _Excerpt(Page):
    """Writes a part of an issue for another page, where nothing has the names that it has on the issue's own."""

    kept = ("class", "title", "start")

    def __init__(self, issue: Issue, root: str, language: Language) -> None:
        super().__init__(partial(local, root), lambda name: f"{root}{issue.page}{name}", language)
        self._place = issue.page

    def on_a(self, element: Element) -> str:
        href = element.get("href", "")
        if href.startswith("#"):
            return self.tag(element, "a", href=self._url(f"{self._place}{href}"))
        return super().on_a(element)
