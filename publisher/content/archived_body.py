"""Foreign Markdown -> Markdown that stands by itself: no template tags, no raw HTML, no links that lead nowhere.

A change that removes a line end leaves a mark, so that each warning names the line of the foreign file. Code is left
alone: patterns are matched in a shadow of the text, of the same length, in which code is blanked out.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from publisher.content.headings import fenced
from publisher.content.prose import plain
from publisher.errors import Problem, Severity

_SPAN = re.compile(r"(?<!`)(`{1,9})(?!`)[^\0]{1,2000}?(?<!`)\1(?!`)")
_HIGHLIGHT = re.compile(r"^[ \t]*\{%-?\s*(?:highlight\s+([\w+-]+)[^%]{0,200}|endhighlight\s*)%\}", re.MULTILINE)
_TEMPLATE_BLOCK = re.compile(r"\{%-?\s*(comment|capture)\b[^%]{0,500}%\}.{0,200000}?\{%-?\s*end\1\s*-?%\}", re.DOTALL)
_TEMPLATE_TAG = re.compile(r"\{%[^\0]{0,1000}?%\}|\{\{[^\0]{0,1000}?\}\}", re.DOTALL)
_SILENT_TAG = re.compile(r"\{%-?\s*(?:raw|endraw|assign)\b")
_ATTRIBUTES = re.compile(r"\{:[^{}\n]{0,300}\}")
_COMMENT = re.compile(r"<!--.{0,200000}?-->", re.DOTALL)
_ACTIVE = re.compile(
    r"<(script|style|iframe|object|svg|form)\b[^>]{0,2000}>.{0,200000}?</\1\s*>", re.DOTALL | re.IGNORECASE
)
_ANCHOR = re.compile(
    r"<a\s[^<>]{0,1000}?href=[\"']([^\"'<>\s]{1,2000})[\"'][^<>]{0,1000}>([^<>\[\]]{1,1000})</a\s*>", re.IGNORECASE
)
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|audio|b|big|blockquote|body|br|center|cite|code|col|dd|del|details|div|dl|dt|em|embed|"
    r"figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|li|link|main|mark|meta|nav|"
    r"object|ol|p|picture|pre|q|s|samp|script|section|small|source|span|strong|style|sub|summary|sup|svg|table|tbody|td|"
    r"tfoot|th|thead|tr|u|ul|var|video|wbr)(?:\s[^<>]{0,4000})?/?>",
    re.IGNORECASE,
)
_STRAY = re.compile(r"<(?=[A-Za-z/!?])(?!(?:https?://|mailto:)[^<>\s]+>)(?![\w.+-]+@[\w.-]+>)")
_REFERENCE = re.compile(
    r"^ {0,3}\[([^\[\]^][^\[\]]{0,300})\]:[ \t]*\n?[ \t]*<?([^\s<>]*)>?[ \t]*(?:[\"'(][^\n]*)?$", re.MULTILINE
)
_LABEL = r"((?:[^\[\]\n]|\n(?!\n)|\[[^\[\]\n]{0,300}\]){1,1000}?)"
_BADGE = re.compile(r"\[!\[([^\[\]]{0,300})\](?:\([^()\n]{0,2000}\)|\[[^\[\]]{0,300}\])\](?=[(\[])")
_REFERRING = re.compile(rf"(!?)\[(?!\^){_LABEL}\](?:\[([^\[\]]{{0,300}})\])?(?![(:])")
_LINK = re.compile(
    rf"(!?)\[{_LABEL.replace('{1,', '{0,')}\]\(\s*<?((?:[^()\s<>]|\([^()\s]{{0,300}}\)){{0,2000}})>?(?:\s+[\"'][^\n]{{0,500}}?[\"'])?\s*\)"
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A match in the shadow, read from the real text."""

    text: str
    match: re.Match[str]

    def has(self, group: int) -> bool:
        return self.match.start(group) >= 0

    def __getitem__(self, group: int) -> str:
        return self.text[self.match.start(group) : self.match.end(group)] if self.has(group) else ""


@dataclass(slots=True)
class _Notes:
    """Collects warnings: the first line and the count of each kind."""

    path: Path
    start: int
    found: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def add(self, line: int, what: str, fix: str) -> None:
        self.found.setdefault((what, fix), []).append(line)

    def problems(self) -> Iterator[Problem]:
        for (what, fix), lines in sorted(self.found.items(), key=lambda item: item[1]):
            more = f" ({len(lines)} times)" if len(lines) > 1 else ""
            yield Problem(self.path, self.start + lines[0], what + more, fix, Severity.WARNING, "import")


_LOOK: Final = "look at the imported issue"
_JOINED: Final = "\x01"
"""Marks where a line end was, until all steps are done."""


def clean(body: str, path: Path, line: int, origin: str | None) -> tuple[str, tuple[Problem, ...]]:
    """Return the body, cleaned, and warnings; `line` is the line of the file on which the body starts."""
    notes = _Notes(path, line)
    body = body.replace(_JOINED, "")
    for step in (_templates, _html, _references):
        body = step(body, notes)
    body = _links(body, notes, origin).replace(_JOINED, "")
    return body, tuple(notes.problems())


def _templates(text: str, notes: _Notes) -> str:
    """Remove Liquid's and Hugo's tags; code in `highlight` becomes a fence."""
    text = _replace(text, _HIGHLIGHT, lambda match, _line: f"```{match[1]}")
    text = _replace(text, _TEMPLATE_BLOCK, lambda _match, _line: "")

    def tag(match: _Found, line: int) -> str:
        if not _SILENT_TAG.match(match[0]):
            notes.add(line, f"the template tag {match[0][:40]!r} was removed", _LOOK)
        return ""

    return _replace(_replace(text, _TEMPLATE_TAG, tag), _ATTRIBUTES, lambda _match, _line: "")


def _html(text: str, notes: _Notes) -> str:
    """Keep the text of raw HTML, and its links as Markdown; other angle brackets are shown as they are."""
    text = _replace(text, _COMMENT, lambda _match, _line: "")

    def active(match: _Found, line: int) -> str:
        notes.add(line, f"<{match[1].lower()}> was removed with everything in it", _LOOK)
        return ""

    def tag(match: _Found, line: int) -> str:
        notes.add(line, "raw HTML was removed and its text kept", _LOOK)
        return " " if match[0].lower().startswith("<br") else ""

    text = _replace(text, _ACTIVE, active)
    text = _replace(text, _ANCHOR, lambda match, _line: f"[{match[2]}]({match[1]})")
    text = _replace(text, _TAG, tag)
    return _replace(text, _STRAY, lambda _match, _line: "&lt;")


def _references(text: str, notes: _Notes) -> str:
    """Write reference links out, since each section is shown by itself and the definitions are in the last one."""
    targets: dict[str, str] = {}

    def define(found: _Found, _line: int) -> str:
        targets.setdefault(_key(found[1]), found[2])
        return ""

    text = _replace(text, _REFERENCE, define)
    text = _replace(text, _BADGE, lambda match, _line: f"[{match[1] or 'picture'}]")

    def refer(match: _Found, line: int) -> str:
        bang, label = match[1], match[2]
        target = targets.get(_key(match[3] or label))
        if target is not None:
            return f"{bang}[{label}]({target})"
        if not match.has(3):
            return match[0]
        notes.add(line, "a reference link without a definition was made plain text", _LOOK)
        return label

    return _replace(text, _REFERRING, refer)


def _links(text: str, notes: _Notes, origin: str | None) -> str:
    """Complete relative links by `origin`, or keep only their text; pictures become links to them."""

    def link(match: _Found, line: int) -> str:
        bang, label, target = match[1], match[2], _absolute(match[3], origin)
        if bang:
            notes.add(
                line, "a picture was replaced by a link or its description", "put the file beside the issues to show it"
            )
            label = label or "picture"
        if target is not None:
            return f"[{label}]({target})"
        if not bang and match[3]:
            notes.add(line, "a link to another file was made plain text", "use --origin URL to complete such links")
        return label

    return _replace(text, _LINK, link)


def _absolute(target: str, origin: str | None) -> str | None:
    """Return a URL that works from anywhere, or None."""
    try:
        parts = urllib.parse.urlsplit(target)
        joined = urllib.parse.urljoin(origin, target) if origin and target and not target.startswith("#") else target
        scheme = urllib.parse.urlsplit(joined).scheme
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return target
    return joined if scheme in ("http", "https") and not re.search(r"[\s<>\"]", joined) else None


def _key(label: str) -> str:
    return " ".join(plain(label).casefold().split()) or label


def _replace(text: str, pattern: re.Pattern[str], change: Callable[[_Found, int], str]) -> str:
    """Replace matches outside of code; `change` gets the match and its line, from 0.

    Each line end that a change drops leaves a mark.
    """
    parts: list[str] = []
    end = line = 0
    for shadowed in pattern.finditer(_shadow(text)):
        between = text[end : shadowed.start()]
        line += _lines(between)
        original = text[shadowed.start() : shadowed.end()]
        changed = change(_Found(text, shadowed), line)
        parts += [between, changed, _JOINED * (_lines(original) - _lines(changed))]
        line += _lines(original)
        end = shadowed.end()
    return "".join((*parts, text[end:]))


def _lines(text: str) -> int:
    return text.count("\n") + text.count(_JOINED)


def _shadow(text: str) -> str:
    """Return a text with the same length and lines, in which code is replaced by NULs."""
    lines = text.split("\n")
    inside = fenced(text)
    blotted = [
        re.sub(r"[^\n]", "\0", line) if code else line for line, code in zip(lines, _code(lines, inside), strict=True)
    ]
    return _SPAN.sub(lambda match: re.sub(r"[^\n]", "\0", match[0]), "\n".join(blotted))


def _code(lines: Iterable[str], inside: Iterable[bool]) -> Iterator[bool]:
    """Say of each line whether it is code: in a fence, or indented after a blank line and outside of lists."""
    in_list, blank, indented = False, True, False
    for line, fence in zip(lines, inside, strict=True):
        deep = line.startswith(("    ", "\t"))
        if line.strip():
            indented = not fence and deep and not in_list and (blank or indented)
            starts = re.match(r" {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]", line) is not None
            in_list = starts or (in_list and (not blank or line.startswith((" ", "\t"))))
        blank = not line.strip()
        yield fence or (indented and not blank)
