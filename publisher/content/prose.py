"""Markdown -> the plain prose in it, and back: what a passage, a search query or a quotation is made of.

Every pattern here is bounded or linear, so that a hostile file costs time in proportion to its size.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from plaintext import UNSEEN
from publisher.content.sentence_ends import sentence_ends

_CODE = re.compile(r"(?<!`)(`{1,9})(?!`)([^\0]{1,2000}?)(?<!`)\1(?!`)", re.DOTALL)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ESCAPE_OR_CODE = re.compile(f"{_ESCAPE.pattern}|{_CODE.pattern.replace(chr(92) + '1', chr(92) + '2')}", re.DOTALL)
_LABEL = r"((?:[^\[\]]|\[[^\[\]]{0,300}\]){0,1000}?)"
_TARGET = r"\((?:[^()\n]|\([^()\n]{0,300}\)){0,2000}\)"
_IMAGE = re.compile(rf"!\[{_LABEL}\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])")
_LINK = re.compile(rf"\[{_LABEL}\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])")
_CITATION = re.compile(r"\[(?:\^|@)[^\[\]\s]{1,100}\]")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_TAG = re.compile(r"<!--(?:-?>|.{0,5000}?-->)|</?[A-Za-z][^<>]{0,2000}>", re.DOTALL)
_STARS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])(.{1,500}?)(?<=[^\s*])\1(?![\w*])", re.DOTALL)
_LOW_LINES = re.compile(r"(?<!\w)(_{1,3})(?=[^\s_])(.{1,500}?)(?<=[^\s_])\1(?!\w)", re.DOTALL)
_MARK = re.compile(r"[\\`\[<*_~&]")
"""What a text has in it that is more than words."""
_SPACES = re.compile(r"[^\S\xa0\u202f]+")
_STRUCK = re.compile(r"~~(?=\S)(.{1,1000}?)(?<=\S)~~", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u0e00-\u0eff]")
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")


_HIDES = frozenset("`~<[*{")
"""Signs with which a line begins that may hold no prose."""
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_HEADING_ID = re.compile(r"\s*\{[^{}]*\}\s*$")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+(?=\S)")
_RULE = re.compile(r" {0,3}([-*_])(?:\s*\1){2,}\s*$")
_SETEXT = re.compile(r" {0,3}(=+|-+)\s*$")
_ADMONITION = re.compile(r"\s*(?:!!!|\?\?\?\+?)(?:\s|$)")
_DEFINITION = re.compile(r" {0,3}(?:\*?\[[^\[\]]{1,200}\]:(?:\s|$)|\[\^[^\[\]]{1,200}\]:)")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_HTML_BLOCK = re.compile(
    r"\s*</?(script|style|pre|div|p|table|t[hrd]|figure|details|summary|section|article|iframe|ul|ol|li|blockquote|hr|"
    r"center|picture|img|video|aside|header|footer|nav|h[1-6]|form|dl|svg)\b",
    re.IGNORECASE,
)
_ATTRIBUTES = re.compile(r"\s*\{:[^{}]*\}\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a list item in plain text; `list` counts the lists from 1, and is 0 outside of lists.

    A list item has a line for each of its paragraphs, such as a title and the quotation below it. `source` is the Markdown.
    """

    kind: Literal["heading", "paragraph", "item"]
    text: str
    list: int = 0
    source: str = field(default="", compare=False, repr=False)


def plain(markdown: str) -> str:
    r"""Return the words of inline Markdown as a reader sees them, on one line.

    >>> plain("Use **two** `SELECT`s ([No. 2](0002.md#concept)), not 3 \\* 4.")
    'Use two SELECTs (No. 2), not 3 * 4.'
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[1] if match[1] is not None else match[3].strip())
        return f"\0{len(kept) - 1}\0"

    text = UNSEEN.sub("", markdown)
    if not _MARK.search(text):  # most texts of a list, and of titles
        return _SPACES.sub(" ", text).strip()
    text = _ESCAPE_OR_CODE.sub(keep, text)
    if "[" in text:
        text = _IMAGE.sub("", text)
        text = _LINK.sub(r"\1", _LINK.sub(r"\1", text))
        text = _CITATION.sub("", text)
    if "<" in text:
        text = _TAG.sub("", _AUTOLINK.sub(r"\1", text))
    for sign, mark in (("*", _STARS), ("_", _LOW_LINES)) * 2:
        if sign in text:
            text = mark.sub(r"\2", text)
    if "~~" in text:
        text = _STRUCK.sub(r"\1", text)
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if kept:
        text = re.sub(r"\0(\d+)\0", lambda match: kept[int(match[1])], text)
    return one_line(text)


def code_in(markdown: str) -> tuple[str, ...]:
    r"""Return what inline Markdown sets as code, in order, as plain() writes it.

    >>> code_in("Call `torch.nn` or ``app.py``, not \\`this\\`.")
    ('torch.nn', 'app.py')
    """
    if "`" not in markdown:
        return ()
    return tuple(one_line(found[3]) for found in _ESCAPE_OR_CODE.finditer(UNSEEN.sub("", markdown)) if found[1] is None)


def one_line(text: str) -> str:
    """Return `text` with every run of white space as one space, and without control characters.

    No-break spaces stay, which hold numbers and punctuation together, as in French.
    """
    return _SPACES.sub(" ", UNSEEN.sub("", text)).strip()


def escape(text: str) -> str:
    r"""Return Markdown that shows exactly `text`: the inverse of plain() for one line.

    Underscores inside a word stay as they are: Markdown leaves them alone, and editors read this.

    >>> print(escape("snake_case * 3 [x] <b>"))
    snake_case \* 3 \[x\] &lt;b>
    """
    text = _ENTITY.sub(lambda match: "&amp;" + match[0][1:], text)
    text = re.sub(r"[\\`*\[\]{}]", r"\\\g<0>", text)
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", text)
    text = text.replace("<", "&lt;")
    text = re.sub(r"~~|==|\^\^", lambda match: "".join(f"&#{ord(mark)};" for mark in match[0]), text)
    text = re.sub(r"^(\d{1,9})([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^(?:[#+\->!]|:(?=\s)|\?(?=\?))", lambda match: rf"\{match[0]}", text)


def sentences(text: str) -> tuple[str, ...]:
    """Cut plain text into sentences, and at the ends of lines; abbreviations, «No. 3» and «am 3. Oktober» do not end one.

    >>> sentences("See No. 3. Retries, e.g. Three of them, cost. Done")
    ('See No. 3.', 'Retries, e.g. Three of them, cost.', 'Done')
    >>> sentences("超时不是期限。每一跳都重新计时！")
    ('超时不是期限。', '每一跳都重新计时！')
    """
    found: list[str] = []
    for line in text.split("\n"):
        start = 0
        for end in sentence_ends(line):
            found.append(line[start:end].strip())
            start = end
        found.append(line[start:].strip())
    return tuple(sentence for sentence in found if sentence)


def count_words(text: str) -> int:
    """Return how many words a text has; scripts without spaces count as one for two signs.

    >>> count_words("A retry budget caps calls."), count_words("重试预算限制了调用次数。")
    (5, 6)
    """
    signs = len(_UNSPACED.findall(text))
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + (signs + 1) // 2


def blocks(markdown: str) -> Iterator[Block]:
    """Yield headings, paragraphs and list items in plain text.

    Code, diagrams, tables, raw HTML, definitions of links and of footnotes are left out; quotations and the bodies
    of admonitions count as paragraphs.
    """
    pending: list[str] = []
    lists, in_list, blank = 0, False, True

    def flush() -> Iterator[Block]:
        table = any("|" in line and _TABLE_RULE.match(line) for line in pending)
        parts = "" if table else "\n".join(pending)
        text = "\n".join(said for part in parts.split("\n\n") if (said := plain(part)))
        pending.clear()
        if text:
            yield Block("item", text, lists, parts) if in_list else Block("paragraph", text, source=parts)

    for line in _visible(markdown.split("\n")):
        first = line.lstrip()[:1]
        heading = _HEADING.match(line) if first == "#" else None
        if not first:
            blank = True
            if not in_list:
                yield from flush()
            pending += [""] if pending else []
            continue
        item = _ITEM.match(line) if first in "-*+" or first.isdigit() else None
        indented = line.startswith(("  ", "\t"))
        if (
            heading
            or (first in "-*_" and _RULE.match(line))
            or (pending and not blank and not in_list and _SETEXT.match(line))
        ):
            title = heading[2] if heading else plain("\n".join(pending)) if _SETEXT.match(line) else ""
            if not heading and title:
                pending.clear()
            yield from flush()
            in_list = False
            if title:
                yield Block("heading", plain(_HEADING_ID.sub("", title)))
        elif item and (in_list or blank or not pending):
            yield from flush()
            lists, in_list = lists + (not in_list), True
            pending.append(line[item.end() :])
        elif in_list and blank and not indented:
            yield from flush()
            in_list = False
            pending.append(line)
        elif not (blank and _width(line) >= (8 if in_list else 4)):
            pending.append(line)
        blank = False
    yield from flush()


def _width(line: str) -> int:
    """Return a line's indentation: four spaces make code, eight inside a list."""
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _visible(lines: list[str]) -> Iterator[str]:
    """Yield the lines of prose without quotation and admonition marks, and a blank line for every other line."""
    region: _Region | None = None
    frames: list[int] = []
    quoted = False
    for raw in lines:
        line, frames = _dedent(raw, frames)
        quote = re.match(r"(\s*)>[> ]*", line)
        if quote:
            line = quote[1] + line[quote.end() :]
        if bool(quote) != quoted and region is None:
            yield ""
        quoted = bool(quote)
        if region is not None and region.before(line):
            region = None
        if region is not None:
            region = None if region.last(line) else region
            yield ""
        elif _ADMONITION.match(line):
            frames = [*frames, len(line) - len(line.lstrip()) + 4 * len(frames) + 4]
            yield ""
        else:
            hidden, region = _hidden(line)
            yield "" if hidden else line


@dataclass(frozen=True, slots=True)
class _Region:
    """Lines without prose: up to the `last` one, or up to the one `before` which they end."""

    last: Callable[[str], bool] = lambda _line: False
    before: Callable[[str], bool] = lambda _line: False


def _hidden(line: str) -> tuple[bool, _Region | None]:
    """Return whether a line holds no prose, and the region that begins with it."""
    if line.lstrip()[:1] not in _HIDES:
        return False, None
    if fence := _FENCE.match(line):
        mark = fence[1]
        return True, _Region(lambda later: later.strip().startswith(mark) and not later.strip().strip(mark[0]))
    if tag := _HTML_BLOCK.match(line):
        name = tag[1].lower()
        if name not in ("script", "style", "pre"):
            return True, _Region(lambda later: not later.strip())
        end = f"</{name}"
        return True, None if end in line.lower() else _Region(lambda later: end in later.lower())
    if _DEFINITION.match(line):
        return True, _Region(before=lambda later: bool(later.strip()) and not later.startswith(("  ", "\t")))
    if line.lstrip().startswith("<!--") and "-->" not in line:
        return True, _Region(lambda later: "-->" in later)
    return line.lstrip().startswith("<!--") or bool(_ATTRIBUTES.match(line)), None


def _dedent(line: str, frames: list[int]) -> tuple[str, list[int]]:
    """Remove from `line` the indentation of the admonitions it is in; return the admonitions that are still open."""
    indent = len(line) - len(line.lstrip())
    while line.strip() and frames and indent < frames[-1]:
        frames = frames[:-1]
    return line[4 * len(frames) :] if line.strip() else "", frames
