"""The index that templates/web/search.js searches in the browser, and the page that shows what it finds.

Issues are indexed 25 at a time, so that an edit makes one segment anew. A segment has a shard for each first letter, and the
texts of each issue a file: a browser loads the shards of what is typed, and the texts of what it shows. publisher/site/found.py
ranks in the same way.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

from publisher.content.prose import blocks
from publisher.draft.passages import cut
from publisher.draft.ranking import FADES, FRESH, HEADING
from publisher.draft.stop_words import stop_words
from publisher.draft.terms import stem, words
from publisher.issue import Issue
from publisher.language import Phrase, language_of
from publisher.ports import File, SitePart
from publisher.render.palette import hue
from publisher.site.issues import shown
from publisher.site.pages import Site, digest

SEGMENT: Final = 25
"""Issues whose words are in one segment."""
SECTIONS: Final = 64
PASSAGES: Final = 4096
"""How many sections there are at most, and passages of a document: a passage's number is made of its document and both."""
USUAL: Final = 40
"""Terms of a usual passage; BM25 compares lengths with it, so that no segment depends on the others."""
K1: Final = 2.0
B: Final = 0.4
SHARDS: Final = (*"0abcdefghijklmnopqrstuvwxyz", *(f"x{number}" for number in range(8)))
OTHER = Phrase("Pages")
_ACCENT = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Document:
    """A page that is searched: where it is, the issue's number and day if it is one, and what each passage says.

    A passage is its section, its heading and its text.
    """

    place: str
    number: int
    day: str
    fresh: int
    title: str
    passages: Sequence[tuple[str, str, str]] = ()


def parts(site: Site) -> Iterator[SitePart]:
    pages = [*_pages(site)]
    said = repr(pages).encode()
    yield SitePart("search/index.html", digest(site.issues, said), partial(_page, site, pages))
    for name, issues in _segments(site):
        sources = (part for one in issues for part in (shown(one), one.source))
        made_from = digest(site.frame, *sources)
        yield SitePart(f"search/{name}/", made_from, partial(_of_issues, site, name, issues), apart=True)
    yield SitePart("search/pages/", digest(site.frame, said), partial(_segment, site, "pages", pages), apart=True)


def _segments(site: Site) -> Iterator[tuple[str, list[Issue]]]:
    for name, issues in groupby(site.public, key=lambda issue: issue.number // SEGMENT):
        yield str(name), [*issues]


def fold(word: str) -> str:
    """Return a word as it is compared with what a reader types: without accents.

    >>> fold("größe"), fold("naïve")
    ('große', 'naive')
    """
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", word)))


def shard(form: str) -> str:
    """Return which shard of a segment has a word.

    >>> shard("retry"), shard("429"), shard("并发")
    ('r', '0', 'x6')
    """
    first = form[0]
    if first in SHARDS:
        return first
    return "0" if first in "123456789" else f"x{ord(first) % 8}"


def _page(site: Site, pages: Sequence[Document]) -> Iterator[File]:
    publication = site.content.publication
    yield site.page("search/index.html", "web/search.html", here="search/", source="archive")
    newest = max((issue.day.toordinal() for issue in site.public), default=0)
    listed = {name: [_about(issue, newest) for issue in issues] for name, issues in _segments(site)}
    sections = [[plan.id, plan.label, hue(publication, plan.id)] for plan in publication.sections]
    about = {
        "sections": [["", language_of(publication).say(OTHER), hue(publication, "")], *sections],
        "language": publication.language,
        "stop": sorted(stop_words(publication.language)),
        "segments": [[name, *map(_row, documents)] for name, documents in (*listed.items(), ("pages", pages))],
    }  # fmt: skip
    yield "search/index.json", _json(about)


def _row(one: Document) -> list[object]:
    return [one.place, one.number, one.day, one.fresh, one.title]


def _about(issue: Issue, newest: int) -> Document:
    """Return an issue without its words; newer ones count more, in the same way as in drafting."""
    years = (newest - issue.day.toordinal()) / 365.25
    fresh = round(1000 * (1 + FRESH * math.exp(-FADES * years)))
    return Document(issue.page, issue.known_as, issue.day.isoformat(), fresh, issue.title)


def _of_issues(site: Site, name: str, issues: Sequence[Issue]) -> Iterator[File]:
    return _segment(site, name, [_document(issue) for issue in issues])


def _document(issue: Issue) -> Document:
    passages = [(one.section, one.heading, one.text) for one in cut(issue)]
    return Document(issue.page, issue.known_as, issue.day.isoformat(), 1000, issue.title, passages)


def _pages(site: Site) -> Iterator[Document]:
    """Yield the steps of learning paths, the paths, and the publication's other pages."""
    content = site.content
    steps = {one.link.rpartition("/")[2].removesuffix(".md") for path in content.paths for one in path.steps}
    texts = {page.slug: page for page in content.pages}
    seen = set[str]()
    for path in content.paths:
        yield _text(f"learn/{path.slug}/", path.title, path.body)
        for step in path.steps:
            slug = step.link.rpartition("/")[2].removesuffix(".md")
            body = texts[slug].body if slug in texts and slug not in seen else ""
            seen.add(slug)
            yield _text(path.page_of(step), step.title, body, step.about)
    for page in content.pages:
        if page.slug not in steps:
            yield _text(f"{page.slug}/", page.title, page.body, page.summary)


def _text(place: str, title: str, body: str, about: str = "") -> Document:
    texts = [about, *(block.text for block in blocks(body) if block.kind != "heading")]
    return Document(place, 0, "", 1000, title, [("", title, text) for text in texts if text] or [("", title, title)])


def _segment(site: Site, name: str, documents: Sequence[Document]) -> Iterator[File]:
    publication = site.content.publication
    numbers = {plan.id: number for number, plan in enumerate(publication.sections, 1)}
    known = _Terms(publication.language)
    count = 0
    for index, document in enumerate(documents):
        for ordinal, (section, heading, text) in enumerate(document.passages[:PASSAGES]):
            passage = (index * SECTIONS + numbers.get(section, 0)) * PASSAGES + ordinal
            count += 1
            known.add(passage, heading, text)
        yield f"search/{name}/text-{index}.json", _json(document.passages)
    yield from _shards(name, count, known.forms, known.postings)


class _Terms(dict[str, str]):
    """Word -> term, looked up once; what is left out has none. With the forms in which each term is written, and its postings."""

    def __init__(self, language: str) -> None:
        super().__init__(dict.fromkeys(stop_words(language), ""))
        self.forms = dict[str, set[str]]()
        self.postings = defaultdict[str, list[int]](list)
        self._language = language
        self._heading: tuple[str, Counter[str]] = ("", Counter())
        self._weights = dict[tuple[int, int], float]()

    def __missing__(self, word: str) -> str:
        term = self[word] = stem(word, self._language)
        self.forms.setdefault(term, set()).add(word if word.isascii() else fold(word))
        return term

    def add(self, passage: int, heading: str, text: str) -> None:
        """Note of each term of a passage a thousand times what BM25 gives for it, but for how rare it is."""
        if heading != self._heading[0]:
            self._heading = heading, self._count(heading)
        above, below = self._heading[1], self._count(text)
        total = below.total()
        for term, times in below.items():
            weight = self._weight(times, total)
            if term in above:
                weight += HEADING * above[term] * (K1 + 1) / (above[term] + K1)
            self.postings[term] += (passage, round(1000 * weight))
        for term, times in above.items():
            if term not in below:
                self.postings[term] += (passage, round(1000 * HEADING * times * (K1 + 1) / (times + K1)))

    def _weight(self, times: int, total: int) -> float:
        known = self._weights.get((times, total))
        if known is None:
            held = K1 * (1 - B + B * total / USUAL)
            known = self._weights[times, total] = times * (K1 + 1) / (times + held)
        return known

    def _count(self, text: str) -> Counter[str]:
        found = Counter(map(self.__getitem__, words(text)))
        found.pop("", None)
        return found


def _shards(
    name: str, count: int, forms: Mapping[str, set[str]], postings: Mapping[str, list[int]]
) -> Iterator[File]:  # fmt: skip
    """Yield a segment's shards: each term that has a word there, with those words and its postings."""
    found: dict[str, dict[str, list[object]]] = {one: {} for one in SHARDS}
    for term in sorted(forms):
        for place, those in groupby(sorted(forms[term], key=lambda form: (shard(form), form)), key=shard):
            found[place][term] = [" ".join(those), postings[term]]
    for place, terms in found.items():
        yield f"search/{name}/{place}.json", _json({"count": count, "terms": terms})


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
