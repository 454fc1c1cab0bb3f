"""Addresses that stand in the text without a mark become links, wherever GitHub makes them links (GFM 6.9).

`http://` and `https://` may follow any character but a letter; `www.` begins a word. Neither is looked for after a `[` that is
open, which may be a link's. Mail addresses are looked for when emphasis is known: one may stand between low lines.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_LETTERS: Final = re.compile(r"[A-Za-z]*\Z")
_WORD: Final = re.compile(r"[^ \t\n\v\f\r<]*")
_TRIMMED: Final = "?!.,:*_~'\"" + "”“’‘»«›‹」』）】。、，！？…"
"""What ends a sentence, not an address. GitHub takes typographic marks for a part of it, and the link is dead."""

_BEFORE_WWW: Final = "*_~( \t\n\v\f\r"
_MOST_DOTS: Final = 10
"""Of a domain in whose last parts a low line forbids a link; with more it is one anyway, as on GitHub."""

_MAIL = re.compile(
    r"(?:(?<![A-Za-z0-9])(?:mailto|(?P<xmpp>xmpp)):)?(?<![\w.+-])[\w.+-]{1,64}@(?>[\w-]+(?:\.[A-Za-z0-9][\w-]*)+)(?<=[A-Za-z])(?!@)"
    r"(?(xmpp)(?:/[\w@.]*(?<=[A-Za-z0-9]))?)",
    re.ASCII,
)


def bare_links(parser: MarkdownIt) -> None:
    """Let a parser make links of bare addresses."""
    parser.inline.ruler.push("bare_www", _www)
    parser.inline.ruler.push("bare_url", _url)
    parser.inline.add_terminator_char("w")
    parser.core.ruler.after("text_join", "bare_mail", _mail)


def _www(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    start = state.pos
    if silent or state.linkLevel or not state.src.startswith("www.", start):
        return False
    before = state.pending[-1:] or state.src[max(0, start - 1) : start]
    if (before and before not in _BEFORE_WWW) or _in_bracket(state):
        return False
    host = _host(state, start)
    return bool(host and "." in state.src[start + 1 : start + host]) and _link(
        state, start, start + (host or 0), "http://"
    )


def _url(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  # as markdown-it calls it
    colon, host = state.pos, state.pos + 3
    if (
        silent
        or state.linkLevel
        or not state.src.startswith("://", colon)
        or not _of_host(state.src[host : state.posMax][:1])
    ):
        return False
    written = _LETTERS.search(state.src, max(0, colon - 6), colon)
    scheme = written[0] if written else ""
    if scheme.lower() not in ("http", "https") or not state.pending.endswith(scheme) or _in_bracket(state):
        return False
    length = _host(state, host)
    if length is None:
        return False
    state.pending = state.pending[: -len(scheme)]
    return _link(state, colon - len(scheme), host + length, "")


def _host(state: StateInline, start: int) -> int | None:
    """Return how long the name of a host is; None if one of its last two parts has a low line."""
    index, size, low, lower, dots = 1, state.posMax - start, 0, 0, 0
    while index < size - 1 and state.src[start].isascii():
        char = state.src[start + index]
        if char == "\\" and index < size - 2:
            index += 1
            char = state.src[start + index]
        if char == "_":
            low += 1
        elif char == ".":
            lower, low, dots = low, 0, dots + 1
        elif char != "-" and not (char.isascii() and char.isalnum()):
            break  # what comes after a letter outside ASCII is not looked at, as on GitHub
        index += 1
    return None if (low or lower) and dots <= _MOST_DOTS else index


def _of_host(char: str) -> bool:
    return bool(char) and not (char in string.punctuation or char.isspace() or unicodedata.category(char)[0] == "P")


def _link(state: StateInline, start: int, host_end: int, scheme: str) -> bool:
    word = _WORD.match(state.src, host_end, state.posMax)
    url = _without_end(state.src[start : word.end() if word else host_end])
    opened = state.push("link_open", "a", 1)
    opened.attrs, opened.markup, opened.info = {"href": state.md.normalizeLink(scheme + url)}, "autolink", "auto"
    state.push("text", "", 0).content = state.md.normalizeLinkText(url)
    closed = state.push("link_close", "a", -1)
    closed.markup, closed.info = "autolink", "auto"
    state.pos = start + len(url)
    return True


def _without_end(url: str) -> str:
    """Return an address without what ends the sentence around it: a full stop, a bracket too many, an entity."""
    extra = url.count(")") - url.count("(")
    while url:
        if url[-1] == ")" and extra > 0:
            extra -= 1
        elif url[-1] == ";":
            url = re.sub(r"&[A-Za-z]+;\Z", ";", url)
        elif url[-1] not in _TRIMMED:
            break
        url = url[:-1]
    return url


def _in_bracket(state: StateInline) -> bool:
    """Say whether a `[` is open. What was counted is kept: a paragraph may have thousands of addresses."""
    counted: _Counted = state.env.setdefault("brackets", _Counted(state))
    if counted.state is not state:
        counted = state.env["brackets"] = _Counted(state)
    if counted.tokens < len(state.tokens):
        links = 0
        for token in state.tokens[counted.tokens :]:
            links += token.nesting if token.type in ("link_open", "link_close") else 0
            if token.type == "text" and not links:
                counted.before = _depth(token.content, counted.before)
        counted.tokens, counted.pending, counted.depth = len(state.tokens), 0, counted.before
    counted.depth = _depth(state.pending[counted.pending :], counted.depth)
    counted.pending = len(state.pending)
    return counted.depth > 0


@dataclass(slots=True)
class _Counted:
    """How many brackets are open after so many tokens, and after so many letters of the text that is no token yet."""

    state: StateInline
    tokens: int = 0
    before: int = 0
    pending: int = 0
    depth: int = 0


def _depth(text: str, depth: int) -> int:
    for bracket in re.findall(r"[\[\]]", text):
        depth = depth + 1 if bracket == "[" else max(0, depth - 1)
    return depth


def _mail(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and "@" in token.content:
            token.children = list(_linked(token.children or [], state))


def _linked(children: Sequence[Token], state: StateCore) -> Iterator[Token]:
    depth = 0
    for child in children:
        depth += child.nesting if child.type in ("link_open", "link_close") else 0
        start = 0
        for found in _MAIL.finditer(child.content) if child.type == "text" and not depth else ():
            yield Token("text", "", 0, content=child.content[start : found.start()])
            scheme = "" if found[0].startswith(("mailto:", "xmpp:")) else "mailto:"
            yield Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(scheme + found[0])})
            yield Token("text", "", 0, content=found[0])
            yield Token("link_close", "a", -1)
            start = found.end()
        if start:
            child.content = child.content[start:]
        yield child
