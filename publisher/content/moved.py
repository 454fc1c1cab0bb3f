"""Moves a text from one folder to another: relative links and pictures still lead to the same files, in git too. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

_BELONGS = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?=[ \t])[ \t]{0,4}|\[\^[^\]\n]*\]:|(?:!!!|\?\?\?)")
"""Begins a list item, a footnote or an admonition: what is indented below it belongs to it, and is not code."""

_FENCE = re.compile(r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]+|[> \t])*(`{3,}(?=[^`]*$)|~{3,})")

_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|`+|<(?:img|a|source)\b[^<>]*>|[\[\]]", re.IGNORECASE)
_DESTINATION = r"(?:<(?P<bracketed>[^<>\n]*)>|(?P<bare>(?:[^\s()<>\\]|\\.|\((?:[^\s()<>\\]|\\.)*\))+))"
_INLINE = re.compile(r"\(\s*" + _DESTINATION)
_DEFINITION = re.compile(r":\s*" + _DESTINATION + r"(?=[ \t]*(?:\s(?:\"[^\"]*\"|'[^']*'|\([^()]*\))[ \t]*)?$)", re.M)
_LINE_START = re.compile(r"[\s>]*\Z")
_ATTRIBUTE = re.compile(r"""(?<=\s)(src|href|srcset)(\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/#?]|\Z")


def moved(text: str, *, origin: str, to: str) -> str:
    """Return Markdown of the folder `origin` as it has to stand in the folder `to`; both are below content/. Code stays.

    >>> print(moved("![p99](img/p99.png), `[x](y)`, [No. 3](../issues/0003.md#concept)", origin="concepts", to="issues"))
    ![p99](../concepts/img/p99.png), `[x](y)`, [No. 3](../issues/0003.md#concept)
    """
    return "\n".join(part if code else _relinked(part, origin, to) for code, part in _parts(text))


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield runs of lines, each with whether it is code (or blank): a paragraph or a list item is one run."""
    run: list[str] = []
    indents, blank, indented, fence, fenced_at = [0], True, False, "", 0
    for line in text.split("\n"):
        words = line.lstrip("> \t")
        indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
        begun = None
        if fence and line.strip() and indent < fenced_at:
            fence = ""  # it ends with its item
        code = bool(fence) or not line.strip()
        if fence and words.startswith(fence) and not words.strip().strip(fence[0]):
            fence = ""
        elif not code:
            begun = _BELONGS.match(words)
            while indent < indents[-1] and (blank or begun or line.lstrip()[0] in "#>`~<"):
                indents.pop()
            indented = indent >= indents[-1] + 4 and (blank or indented)
            if begun and not indented:
                indents.append(indent + (4 if begun[0][0] in "[!?" else min(4, max(2, len(begun[0])))))
            opened = None if indented else _FENCE.match(line)
            if opened:
                fence, fenced_at = opened[1], indents[-1] if not line.lstrip().startswith(">") else 0
            code = indented or bool(opened)
        if run and (code or begun):
            yield False, "\n".join(run)
            run = []
        if code:
            yield True, line
        else:
            run.append(line)
        blank = not line.strip() or (code and not indented)
    if run:
        yield False, "\n".join(run)


def _relinked(paragraph: str, origin: str, to: str) -> str:
    """Return a paragraph with all its destinations moved."""
    done, at, opened = list[str](), 0, list[int]()
    place = 0
    while found := _TOKEN.search(paragraph, place):
        place, mark = found.end(), found[0]
        if mark[0] == "`":
            closed = re.compile(rf"(?<!`){mark}(?!`)").search(paragraph, place)
            place = closed.end() if closed else place
        elif mark[0] == "<":
            done += [paragraph[at : found.start()], _ATTRIBUTE.sub(lambda one: _attribute(one, origin, to), mark)]
            at = place
        elif mark == "[":
            opened.append(found.start())
        elif mark == "]" and opened:
            start = opened.pop()
            named = _INLINE.match(paragraph, place)
            if named is None and paragraph[start + 1] != "^" and _LINE_START.search(_line(paragraph, start)):
                named = _DEFINITION.match(paragraph, place)
            if named:
                group = "bare" if named["bare"] is not None else "bracketed"
                done += [paragraph[at : named.start(group)], _moved(named[group], origin, to)]
                at = place = named.end(group)
    return "".join([*done, paragraph[at:]])


def _line(text: str, at: int) -> str:
    """Return what stands before `at` on its line."""
    return text[text.rfind("\n", 0, at) + 1 : at]


def _attribute(found: re.Match[str], origin: str, to: str) -> str:
    name, equals, quoted = found.groups()
    value = quoted[1:-1]
    if name.lower() == "srcset":
        candidates = (one.strip().partition(" ") for one in value.split(","))
        value = ", ".join(f"{_moved(url, origin, to)}{space}{size}" for url, space, size in candidates)
    else:
        value = _moved(value, origin, to)
    return f"{name}{equals}{quoted[0]}{value}{quoted[0]}"


def _moved(target: str, origin: str, to: str) -> str:
    path = re.split(r"[?#]", target, maxsplit=1)[0]
    if _ELSEWHERE.match(target) or _place(path, to) == (there := _place(path, origin)):
        return target
    if there.startswith(".."):  # above content/, which is reported
        here = posixpath.join("/".join(".." for _ in to.split("/")), there)
    else:
        here = posixpath.relpath(f"/{there}", f"/{to}")
    return here + ("/" if path.endswith("/") else "") + target[len(path) :]


def _place(path: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))
