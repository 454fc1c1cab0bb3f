"""The drafted section: `Sentence. [@0003-concept-2]` -> a card with number, date and link.

Paragraphs without a citation stay as they are: an editor may add words of their own, and none of them may get lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from publisher.content.markdown import plain
from publisher.language import Phrase, language_of
from publisher.ports import Content

CITATION = re.compile(r"\s*\[@(\d{4})-([a-z][a-z0-9-]*)-\d+\]")


def cite(root: Element, content: Content) -> None:
    """Replace each cited sentence, and the quotation that follows it, by an element `claim`.

    Its last child holds the quoted words. The link is made here, from the id, and from nothing else.
    """
    children, made = list(root), list[Element]()
    for child in children:
        if child.tag == "p":
            made += _sentences(child, content)
        elif child.tag == "blockquote" and made and made[-1].tag == "claim" and len(made[-1]) == 1:
            quotation = Element("p")
            quotation.text = plain(child).strip('“”"')
            made[-1].append(quotation)
        else:
            made.append(child)
    root[:] = made


def _sentences(paragraph: Element, content: Content) -> Iterator[Element]:
    """Cut a paragraph after each citation; text without one stays a paragraph."""
    current = Element("p")
    for holder, text in [(None, paragraph.text), *((child, child.tail) for child in paragraph)]:
        if holder is not None:
            holder.tail = None
            current.append(holder)
        start = 0
        for found in CITATION.finditer(text or ""):
            _append(current, (text or "")[start : found.start()])
            yield _claim(current, content, int(found[1]), found[2])
            current, start = Element("p"), found.end()
        _append(current, (text or "")[start:])
    if re.search(r"\w", plain(current)) or len(current):
        yield current


def _append(paragraph: Element, text: str) -> None:
    if len(paragraph):
        paragraph[-1].tail = (paragraph[-1].tail or "") + text
    else:
        paragraph.text = ((paragraph.text or "") + text).lstrip()


def _claim(sentence: Element, content: Content, number: int, section_id: str) -> Element:
    issue = content.issue(number)
    section = issue.section(section_id) if issue else None
    language = language_of(content.publication)
    claim = Element("claim", {
        "data-site": f"issues/{number}/#{section_id}",
        "label": language.say(Phrase("No. %(number)s"), number=issue.known_as if issue else number),
        "date": language.day(issue.day) if issue else "",
        "title": section.title if section else "",
    })  # fmt: skip
    claim.append(sentence)
    return claim
