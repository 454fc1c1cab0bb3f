"""The old addresses of issues, `aliases:` in their front matter: each becomes a page that leads to the issue. Pure.

An alias is a path below the base URL, as a browser asks for it: /2024/05/31/hello/ or /archive/hello.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from plaintext import BREAKING
from publisher.errors import Problem
from publisher.issue import Issue
from publisher.ports import Content

MOST_ALIASES: Final = 50
"""Old addresses of one issue."""

_MOST_PART: Final = 150
"""Bytes of one part of a path, which is the name of a file."""

_MOST_PARTS: Final = 20

_NOT_A_PAGE: Final = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|ico|css|js|json|xml|txt|pdf)$", re.IGNORECASE)

_FILES: Final = frozenset({
    "index.html", "404.html", "issues/index.html", "feed.xml", "feed.json", "sitemap.xml", "robots.txt", "style.css", "favicon.svg",
    "embed.js", "progress.js", "questions.js", "search.js", "search/index.html",
})  # fmt: skip

TAKEN: Final = frozenset({
    "api", "approve", "confirm", "healthz", "hooks", "link", "metrics", "move", "never", "openapi.json", "preferences", "preview", "readyz", "stay", "subscribe", "unsubscribe",
})  # fmt: skip
"""What the web server answers by itself: the first part of its paths."""


def place(alias: str) -> str:
    """Return the file below the site's root that answers an old address. Raises ValueError, which says what is wrong.

    >>> place("/2024/05/31/hello/"), place("/archive/hello.html"), place("/caf%C3%A9")
    ('2024/05/31/hello/index.html', 'archive/hello.html', 'café/index.html')
    """
    if not alias.startswith("/") or alias.startswith("//"):
        raise ValueError(f"{alias!r} is not a path of this site such as /2024/05/hello/")
    if "?" in alias or "#" in alias:
        raise ValueError(f"{alias!r} has a ? or # in it, and a page is found by its path alone")
    try:
        path = unquote_to_bytes(alias).decode()
    except UnicodeDecodeError:
        raise ValueError(f"{alias!r} is not UTF-8 behind its percent signs") from None
    parts = path.strip("/").split("/") if path.strip("/") else []
    if any(part.startswith(".") or not part for part in parts) or "\\" in path:
        raise ValueError(f"{alias!r} has an empty part or one that begins with a dot, so it may lead out of the site")
    if any(_NOT_A_PAGE.search(part) for part in parts):
        raise ValueError(f"{alias!r} names a file that is not a page")
    if BREAKING.search(path):
        raise ValueError(f"{alias!r} has a control character in it")
    if len(parts) > _MOST_PARTS or any(len(part.encode()) > _MOST_PART for part in parts):
        raise ValueError(f"{alias[:80]!r}… is too long: {_MOST_PARTS} parts of {_MOST_PART} bytes at most")
    is_file = path.endswith((".html", ".htm"))
    return "/".join(parts if is_file else [*parts, "index.html"])


class Claims:
    """Which files of the site are taken, and by whom, so that no two are written to one place."""

    def __init__(self, content: Content) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for name in _FILES:
            self._take(name, "a page of the site")
        for issue in content.issues:
            self._take(f"{issue.page}index.html", f"the page of issue {issue.number}")
            for tag in {tag for facts in issue.facts.values() for tag in facts.tags}:
                self._take(f"topics/{tag}/index.html", f"the topic {tag!r}")
        for plan in content.publication.sections:
            self._take(f"sections/{plan.id}/index.html", f"the section {plan.id!r}")
        for author in content.publication.authors:
            self._take(f"authors/{author.id}/index.html", f"the author {author.name!r}")
        for page in content.pages:
            self._take(f"{page.slug}/index.html", f"the page {page.slug!r}")
        if content.paths:
            self._take("learn/index.html", "a page of the site")
        for path in content.paths:
            self._take(f"learn/{path.slug}/index.html", f"the learning path {path.slug!r}")
            for step in path.steps:
                self._take(f"{path.page_of(step)}index.html", f"the step {step.title!r} of {path.path}")

    def claim(self, alias: str, issue: Issue) -> str:
        """Return the file for an issue's alias, which is taken from now on. Raises ValueError when it cannot be had."""
        name = place(alias)
        key = name.casefold()  # some file systems do not tell the cases apart
        if key.partition("/")[0] in TAKEN:
            raise ValueError(f"the address {alias!r} is taken by the system")
        for other in (self._files.get(key), self._folders.get(key), *map(self._files.get, _folders_of(key))):
            if other:
                raise ValueError(f"the address {alias!r} is already that of {other}")
        self._take(name, f"{issue.path}, as an alias")
        return name

    def _take(self, name: str, owner: str) -> None:
        key = name.casefold()
        self._files.setdefault(key, owner)
        for folder in _folders_of(key):
            self._folders.setdefault(folder, owner)


def _folders_of(name: str) -> Iterator[str]:
    """Yield the folders around a file, the nearest first. A site has thousands of files, and a path takes ten times as long.

    >>> list(_folders_of("a/b/index.html"))
    ['a/b', 'a']
    """
    while (end := name.rfind("/")) > 0:
        yield (name := name[:end])


def redirects(content: Content, public: Iterable[Issue]) -> Mapping[str, Issue]:
    """Return each file of the site that leads to a public issue; an alias that `check` refuses has none."""
    shown = {issue.number for issue in public}
    return {name: issue for name, issue in _claimed(content) if isinstance(name, str) and issue.number in shown}


def check_aliases(content: Content) -> Iterator[Problem]:
    """Find aliases that another page or another issue has."""
    for problem, _ in _claimed(content):
        if isinstance(problem, Problem):
            yield problem


def _claimed(content: Content) -> Iterator[tuple[str | Problem, Issue]]:
    """Yield each alias of each issue as the file it becomes, or as what is wrong with it."""
    claims = Claims(content)
    for issue in content.issues:
        for alias in issue.aliases:
            try:
                yield claims.claim(alias, issue), issue
            except ValueError as error:
                line = next((n for n, text in enumerate(issue.source.split(b"\n"), 1) if alias.encode() in text), 1)
                yield Problem(issue.path, line, str(error), "remove it, or write another"), issue
