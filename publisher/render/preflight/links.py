"""Pre-flight rules on links: their form, whether they say where they lead, whether they answer, whether they are new."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from publisher.content.html_reader import HtmlReader
from publisher.errors import Problem
from publisher.issue import Correction, Issue, Rendered
from publisher.merge_fields import PATTERN
from publisher.ports import Content
from publisher.render.source import Source

SHORTENERS = frozenset({
    "bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "rb.gy", "rebrand.ly", "shorturl.at", "t.co",
    "t.ly", "tiny.cc", "tinyurl.com",
})  # fmt: skip
_URL = re.compile(r"https?://[^\s<>\"')\]]+")
_LOOKS_LIKE_URL = re.compile(r"^\s*(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#]\S*)?\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    text: str


def check(issue: Issue, rendered: Rendered, content: Content, checked: Mapping[str, str | None]) -> Iterator[Problem]:
    source, seen = Source(issue), set[Link]()
    for link in links(rendered.html):
        if link not in seen:
            seen.add(link)
            yield from _form(link, source)
    for url in dict.fromkeys(link.url for link in seen if checked.get(link.url) is not None):
        yield source.error(
            source.line_of(url), f"{url} does not work: {checked[url]}", "fix the link, or remove it", "dead-link"
        )
    if not isinstance(issue, Correction):  # what it corrects may well be a link
        yield from _used_before(issue, content, source)


def links(html: str) -> tuple[Link, ...]:
    """Return every link of a mail, in order, except the readers' own."""
    reader = _Reader()
    reader.feed(html)
    return tuple(link for link in reader.links if not PATTERN.search(link.url))


def _form(link: Link, source: Source) -> Iterator[Problem]:
    line = source.line_of(link.url)
    try:
        parts = urlsplit(link.url)
        host = (parts.hostname or "").removeprefix("www.")
        valid = parts.scheme == "mailto" or (
            parts.scheme in ("http", "https") and bool(host) and not re.search(r"\s", link.url)
        )
    except ValueError:
        valid, host = False, ""
    if not valid:
        yield source.error(
            line, f"{link.url!r} is not an address that a mail can link to", "use an https address", "link"
        )
        return
    if link.url.startswith("http://") and host not in ("localhost", "127.0.0.1"):
        yield source.warning(line, f"{link.url} is not encrypted", "use https if the site has it", "link")
    if host in SHORTENERS:
        yield source.warning(
            line, f"{link.url} is a shortened link; filters distrust them", "link to the page itself", "spam"
        )
    shown = _LOOKS_LIKE_URL.match(link.text)
    if shown and parts.scheme != "mailto" and _site(shown[1].lower()) != _site(host) and "." in shown[1]:
        what = f"the link shows {link.text.strip()!r} but leads to {host}"
        if link.text.strip().startswith("http") or shown[1].lower().startswith("www."):
            yield source.error(line, what, "show where it leads: filters take this for fraud", "spam")


def _site(host: str) -> str:
    return host.removeprefix("www.")


def _used_before(issue: Issue, content: Content, source: Source) -> Iterator[Problem]:
    """Warn of links that an earlier issue had: readers have seen them."""
    earlier: dict[str, int] = {}
    for other in sorted(content.issues, key=lambda other: other.number):
        if other.number < issue.number and other.published:
            for _, text in Source(other).prose():
                for url in _URL.findall(text):
                    earlier.setdefault(_same(url), other.number)
    here: dict[str, int] = {}
    for line, text in source.prose():
        for url in _URL.findall(text):
            if (key := _same(url)) in here:
                yield source.warning(line, f"{url} is in this issue twice", "keep one of the two", "repeated-link")
            elif key in earlier:
                yield source.warning(
                    line,
                    f"{url} was already in No. {earlier[key]}",
                    "keep it if you mean to, or find a newer one",
                    "repeated-link",
                )
            here[key] = line


def _same(url: str) -> str:
    return url.rstrip("/.,;").removeprefix("https://").removeprefix("http://").removeprefix("www.")


class _Reader(HtmlReader):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self._href: str | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._text = dict(attrs).get("href") or "", []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href is not None:
            self.links.append(Link(self._href, " ".join("".join(self._text).split())))
            self._href = None

    def handle_data(self, data: str) -> None:
        self._text.append(data)
