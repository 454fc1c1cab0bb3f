"""Raw HTML in Markdown: its tags and comments, as a browser reads them, and the words that they hide. Pure.

Source: the tokenizer of the HTML standard, https://html.spec.whatwg.org/multipage/parsing.html#tokenization
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from publisher.errors import Severity

# White space is HTML's, which has no no-break space: a browser takes that for a part of the name.
_BEGINS: Final = re.compile(r"<(?:(?P<comment>!--)|/?(?P<name>[A-Za-z][^ \t\n\f\r/>]*)|(?P<unknown>[!?]|/(?!>)))")
_ATTRIBUTE: Final = re.compile(
    r"[ \t\n\f\r/]*+([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"
    r"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"([^\"]*+)(?:\"|\Z)|'([^']*+)(?:'|\Z)|([^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)|()))?"
)
_REST: Final = re.compile(r"[ \t\n\f\r/]*+>")
_PROGRAM_ENDS: Final = {name: re.compile(rf"</{name}[ \t\n\f\r]*>", re.IGNORECASE) for name in ("script", "style")}
_IN_A_VALUE: Final = re.compile(r"</?[A-Za-z]|<!--")
_WORD: Final = re.compile(r"\w")

_SWITCHES: Final = frozenset({
    "align", "allowfullscreen", "alt", "async", "autofocus", "autoplay", "bgcolor", "border", "cellpadding", "cellspacing", "checked", "class", "compact", "contenteditable", "controls", "crossorigin", "default",
    "defer", "disabled", "download", "formnovalidate", "height", "hidden", "id", "inert", "ismap", "itemscope", "loop", "mozallowfullscreen", "multiple", "muted",
    "nomodule", "noshade", "novalidate", "nowrap", "open", "playsinline", "popover", "readonly", "required", "reversed", "selected",
    "spellcheck", "style", "title", "translate", "valign", "webkitallowfullscreen", "width",
})  # fmt: skip
"""Attributes that people write without a value; any other is a word behind a sign that was taken for a tag's."""

_AS_TEXT: Final = "write &lt; for the sign «<», or put code between backticks"


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag, a comment, a program with all that is in it, or what a browser takes for a comment, such as `<?php … >`.

    It goes from `start` up to, and without, `end`. One that is not `closed` goes on to the end, and takes what follows with it.
    """

    kind: Literal["tag", "comment", "program", "unknown"]
    text: str
    start: int
    end: int
    closed: bool = True
    name: str = ""
    attributes: Mapping[str, str | None] = field(default_factory=dict)


def marks(html: str) -> Iterator[Mark]:
    """Yield all that is no text, in order."""
    at, ends = 0, dict(_PROGRAM_ENDS)
    while found := _BEGINS.search(html, at):
        mark = _tag(html, found) if found["name"] else _hidden(html, found)
        if mark.kind == "tag" and mark.closed and mark.name in ends and not mark.text.startswith("</"):
            if last := ends[mark.name].search(html, mark.end):
                mark = replace(mark, kind="program", text=html[mark.start : last.end()], end=last.end())
            else:
                del ends[mark.name]  # none of them ends, so that nobody need look again
        yield mark
        at = mark.end


def _hidden(html: str, found: re.Match[str]) -> Mark:
    start, is_comment = found.start(), bool(found["comment"])
    # The shortest comment is <!-->.
    closed, end = html.find("-->", start + 2) if is_comment else html.find(">", start), 3 if is_comment else 1
    until = closed + end if closed >= 0 else len(html)
    return Mark("comment" if is_comment else "unknown", html[start:until], start, until, closed=closed >= 0)


def _tag(html: str, found: re.Match[str]) -> Mark:
    start, at, name, attributes = found.start(), found.end(), found["name"].lower(), dict[str, str | None]()
    while one := _ATTRIBUTE.match(html, at):
        attributes.setdefault(one[1].lower(), next((value for value in one.groups()[1:] if value is not None), None))
        at = one.end()
    closed = _REST.match(html, at)
    end = closed.end() if closed else len(html)
    return Mark("tag", html[start:end], start, end, closed=bool(closed), name=name, attributes=attributes)


def slips(mark: Mark) -> Iterator[tuple[str, str, Severity]]:
    """Yield what hides words, how to fix it, and whether that is an error."""
    if mark.kind == "comment":
        if not mark.closed:
            yield "a comment that never ends hides all that follows", "end it with -->", Severity.ERROR
        elif "<!--" in mark.text[4:]:
            yield "a comment hides the text up to the end of the next one", "end it with -->", Severity.WARNING
    elif mark.kind == "unknown":
        if not mark.closed:
            yield f"«{_short(mark.text)}» never ends, and hides what follows", _AS_TEXT, Severity.ERROR
        elif _WORD.search(mark.text):
            yield f"«{_short(mark.text)}» is no text in HTML, so nobody sees it", _AS_TEXT, Severity.ERROR
    elif mark.kind == "tag":
        yield from _slips_in_a_tag(mark)


def _slips_in_a_tag(mark: Mark) -> Iterator[tuple[str, str, Severity]]:
    tag = mark.text[: len(mark.name) + 1 + mark.text.startswith("</")]
    if not mark.closed or any("<" in name for name in mark.attributes):
        what = f"the tag «{_short(tag)}» never ends, and hides what follows"
        yield what, "end it with >, or write &lt; for the sign «<»", Severity.ERROR
        return
    words = [name for name, value in mark.attributes.items() if value is None and _is_a_word(name)]
    if words:
        what = f"«{_short(' '.join(words))}» stands in the tag «{_short(tag)}», so nobody sees it"
        yield what, _AS_TEXT, Severity.ERROR
    for name, value in mark.attributes.items():
        if value and ("\n" in value or ">" in value) and _IN_A_VALUE.search(value):
            what = f"the value of {_short(name)!r} in the tag «{_short(tag)}» has a tag in it, and may go on too far"
            yield what, "close its quotation mark, or write &lt; for the sign «<»", Severity.WARNING


def _is_a_word(name: str) -> bool:
    return name not in _SWITCHES and not name.startswith(("data-", "aria-")) and bool(_WORD.search(name))


def _short(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= 40 else f"{first[:40]}…"
