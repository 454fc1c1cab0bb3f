"""A publication whose every phrase is its own, in one sign: whatever else is read on its pages is not in the catalogues."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from publisher.language import CATALOGUES

SIGN = "字"
SHOWN = ("aria-label", "title", "alt", "placeholder", "content")
"""Attributes that people read or hear."""


def phrases() -> tuple[str | tuple[str, str], ...]:
    """Return every phrase, or its two forms."""
    with (CATALOGUES / "phrases.pot").open("rb") as file:
        return tuple(message.id for message in read_po(file) if message.id)


def words() -> dict[str, str | tuple[str, ...]]:
    """Return what publication.toml could say for every phrase: a sign, and the values between signs."""
    return {
        phrase if isinstance(phrase, str) else phrase[0]: sign(phrase)
        if isinstance(phrase, str)
        else tuple(map(sign, phrase))
        for phrase in phrases()
    }


def sign(phrase: str) -> str:
    return SIGN + "".join(f"{value}{SIGN}" for value in re.findall(r"%\(\w+\)s", phrase))


def letters(text: str, own: Iterable[str] = ()) -> list[str]:
    """Return the words in Latin letters, but for addresses, merge fields and what the publication says itself."""
    for words in (r"PRESSROOMFIELD\S*?DLEIF", r"https?://\S+", r"[\w.+…-]+@[\w.-]+", *map(re.escape, own)):
        text = re.sub(words, " ", text)
    return re.findall(r"[A-Za-z][A-Za-z’'-]*", text)


class Read(HTMLParser):
    """What people read and hear of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self._unread = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("style", "script") and not self._unread:
            self._unread = tag
        if tag == "meta" and given.get("name") not in ("description",):
            return
        self.text += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unread:
            self._unread = ""

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.text.append(data)


def read(html: str) -> str:
    return "\n".join(Read(html).text)
