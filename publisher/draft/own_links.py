"""Which past issues the editors of an issue link to: they know best what belongs to it. Pure."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from publisher.content.aliases import place
from publisher.issue import Issue
from publisher.ports import Content

_TARGET = re.compile(
    r"\]\(\s*<?([^\s()<>]{1,500}(?:\([^\s()]{0,100}\)[^\s()<>]{0,300})?)|<?(https?://[^\s<>()]{1,500})"
)
_FILE = re.compile(r"^(?:\.\./issues/|issues/)?(\d{4})\.md(?:#([a-z0-9-]{1,80}))?$")


class Linked(NamedTuple):
    """An issue that is linked to, and the section of it if the link says which."""

    issue: int
    section: str | None


def links_to_issues(text: str, content: Content) -> frozenset[Linked]:
    """Return the issues that a Markdown text links to: by file, by their pages, or by an address that they had."""
    known = Known.of(content)
    return frozenset(linked for address in addresses(text) if (linked := known.issue_at(address)))


def linked_by_editors(issue: Issue, content: Content) -> frozenset[Linked]:
    """Return the issues that people linked to in an issue."""
    bodies = [section.body for section in issue.sections if section.id not in issue.drafted]
    return links_to_issues("\n".join((issue.lead, *bodies)), content)


def addresses(text: str) -> Iterator[str]:
    """Yield where the links of a Markdown text lead."""
    return (found[1] or found[2] for found in _TARGET.finditer(text))


@dataclass(frozen=True, slots=True)
class Known:
    """What leads to issues: the files of pages of issues on our `host`, and those that issues had on whatever host, each with the number."""

    host: str | None
    pages: Mapping[str, int]
    aliases: Mapping[str, int]

    @classmethod
    def of(cls, content: Content) -> Self:
        base = urlsplit(content.publication.base_url)
        aliases: dict[str, int] = {}
        for issue in content.issues:
            for alias in issue.aliases:
                with contextlib.suppress(ValueError):  # `check` says so
                    aliases[place(alias)] = issue.number
        folder = base.path.strip("/")
        pages = {f"{folder}/{issue.page}index.html".strip("/"): issue.number for issue in content.issues}
        return cls(base.hostname, pages, aliases)

    def issue_at(self, address: str) -> Linked | None:
        """Return the issue that an address leads to, with the section or anchor that it names."""
        if file := _FILE.match(address):
            return Linked(int(file[1]), file[2])
        try:
            parts = urlsplit(address)
            name = place(parts.path) if parts.path.startswith("/") else ""
        except ValueError:
            return None
        ours = self.pages.get(name) if parts.hostname == self.host else None
        number = ours if ours is not None else self.aliases.get(name)
        return Linked(number, parts.fragment or None) if number is not None else None
