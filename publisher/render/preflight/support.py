"""Pre-flight rules on what mail programs do not support, and on the width that Outlook on Windows makes of a mail.

Which program supports what: mail_support.json, derived from https://www.caniemail.com by tools/mail_support.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from publisher import merge_fields
from publisher.errors import Problem, Severity
from publisher.render import word
from publisher.render.preflight.mail_features import Found, Use, uses

OUTLOOK: Final = "Outlook (Windows)"
GMAIL: Final = ("Gmail (web)", "Gmail (app)")
STYLES: Final = 16_000
"""Bytes of one style sheet that Gmail obeys; it drops a longer one. Source: caniemail.com/features/html-style (May 2026)."""

ENHANCEMENTS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    feature: (frozenset(tags), reason)
    for feature, tags, reason in (
        ("css-at-media", (), "a phone's smaller margins, and dark mode; without it the mail is as it was written"),
        ("css-at-media-prefers-color-scheme", (), "dark mode; elsewhere the mail is light, or the program inverts it"),
        ("css-color-scheme", (), "says that dark mode is designed; programs without it invert by themselves"),
        ("html-meta-color-scheme", (), "the same, as a tag"),
        ("css-border-radius", (), "corners are square"),
        ("css-text-underline-offset", (), "the underline is nearer to the letters"),
        ("css-table-layout", ("table",), "lets wide code scroll on a phone; Word's engine wraps it"),
        ("css-white-space", ("pre", "a"), "<pre> keeps its lines by itself, and a link may wrap"),
        ("css-word-break", (), "breaks words that are too long for a phone; Yahoo lets them scroll"),
        ("html-aria-label", ("div",), "MJML's, on the whole mail: the subject says the same"),
        ("html-body", ("body",), "MJML repeats its styles on the element inside"),
        ("html-picture", ("picture", "source"), "an image for dark mode; elsewhere the <img> inside is shown"),
        ("html-srcset", ("source",), "the same"),
        ("html-target", ("a",), "links open in a window of their own everywhere"),
    )
}
"""What may be used without a warning, on these elements (none: everywhere), and what is there without it."""


@dataclass(frozen=True, slots=True)
class Partly:
    """A case that is not supported of a feature that is supported in part. As caniemail.com's notes say in May 2026."""

    feature: str
    programs: tuple[str, ...]
    holds: Callable[[Use], bool]
    what: str


_NOT_CELLS: Final = frozenset({"a", "div", "h1", "h2", "h3", "h4", "li", "ol", "p", "span", "table", "ul", "section"})
PARTLY: Final = (
    Partly("css-padding", (OUTLOOK,), lambda use: use.tag in _NOT_CELLS and bool(re.search(r"[1-9]", use.value)), "outside table cells"),
    Partly("css-width", (OUTLOOK,), lambda use: use.tag in {"div", "p", "span"} and "px" in use.value, "on this element"),
    Partly("css-height", (OUTLOOK,), lambda use: use.tag in {"div", "p", "span"} and "px" in use.value, "on this element"),
    Partly("css-margin", (OUTLOOK, *GMAIL, "Yahoo (web)", "Yahoo (app)"), lambda use: bool(re.search(r"(?<!\w)-\.?\d", use.value)), "with a negative value"),
    Partly("css-background", (OUTLOOK,), lambda use: "url(" in use.value, "with a picture"),
    Partly("css-text-align", (OUTLOOK, "Yahoo (web)", "Yahoo (app)"), lambda use: use.value in {"start", "end"}, "with this value"),
    Partly("css-important", (OUTLOOK,), lambda use: bool(use.tag), "with !important in a style attribute"),
)  # fmt: skip

_FIXES: Final = (
    (r"css-(display-(flex|grid)|flex|grid|align|justify|gap|float|position|left-right|column)", "lay it out in the cells of a table"),
    (r"css-padding", "put the padding on a table cell"),
    (r"css-margin", "put the distance as padding on a table cell"),
    (r"css-(width|height|max-|min-|box-sizing)", "set width and height as attributes of a table, a cell or an image"),
    (r"css-(background|.*gradient)", "give a table cell a bgcolor that also reads well without the picture"),
    (r"css-(unit|function|variables|intrinsic|modern-color)", "write the value itself, in px or as #rrggbb"),
    (r"css-(selector|pseudo|nesting)", "put the style into the element's style attribute"),
    (r"css-(at-font-face|at-import|sytem-ui)|html-link", "name fonts that readers have, and put styles into mj-style"),
    (r"css-text-align", "write left or right"),
    (r"css-important", "remove !important"),
    (r"image-", "use PNG, JPEG or GIF"),
    (r"html-(form|input|button|select|textarea|required)|amp", "link to a page that has the form"),
    (r"html-(video|audio|object|svg|picture|srcset)|bimi", "show a PNG or JPEG that links to it"),
    (r"html-semantics", "use <div> or a table"),
    (r"html-anchor", "link to the part on the web page"),
)  # fmt: skip


def check(html: str, template: Path, text: Path | None = None) -> Iterator[Problem]:
    """Report what is in the HTML of a mail that a mail program does not show as it is meant.

    The problems name its template, and those of images the file of its text, if there is one.
    """
    yield from _support(html, template, text or template)
    yield from _width(html, template)
    if any(len(sheet.encode()) > STYLES for sheet in re.findall(r"<style\b[^>]*>(.*?)</style", html, re.S)):
        what = f"Gmail drops a style sheet of more than {STYLES:,} bytes, and this mail has one"
        yield _warning(template, what, "put styles that are always needed into style attributes")


@dataclass(frozen=True, slots=True)
class Support:
    """mail_support.json: the programs that do not know a feature, or know it in part."""

    programs: tuple[str, ...]
    no: Mapping[str, frozenset[str]]
    partly: Mapping[str, frozenset[str]]


@cache
def support() -> Support:
    data = json.loads(Path(__file__).with_name("mail_support.json").read_text("utf-8"))
    no, partly = (
        {
            feature: frozenset(data["programs"][number] for number in said.get(key, ()))
            for feature, said in data["features"].items()
        }
        for key in ("no", "partly")
    )
    return Support(tuple(data["programs"]), no, partly)


def unsupported(found: Found) -> tuple[frozenset[str], str]:
    """Return the programs that do not support a use, and which case of it; "" for all of it."""
    use, known = found.use, support()
    others = frozenset({OUTLOOK} if found.hidden_from_word else ()).union(
        *(known.no.get(one, ()) for one in use.within)
    )
    tags, _ = ENHANCEMENTS.get(use.feature, (None, ""))
    meant = tags is not None and (not tags or use.tag in tags)
    if not meant and (programs := known.no.get(use.feature, frozenset()) - others):
        return programs, ""
    for case in PARTLY:
        if case.feature == use.feature and case.holds(use):
            return (known.partly.get(use.feature, frozenset()) & {*case.programs}) - others, case.what
    return frozenset(), ""


def _support(html: str, template: Path, text: Path) -> Iterator[Problem]:
    groups: dict[tuple[str, frozenset[str], str], list[Found]] = {}
    for found in uses(html):
        programs, case = unsupported(found)
        if programs:
            groups.setdefault((found.use.feature, programs, case), []).append(found)
    for (feature, programs, case), alike in groups.items():
        shown = f"{alike[0].use.shown} {case}".rstrip()
        more = f", and {len(alike) - 1} more" if len(alike) > 1 else ""
        names = ", ".join(name for name in support().programs if name in programs)
        what = f"{names} {'do' if len(programs) > 1 else 'does'} not support {shown} ({_place(html, alike[0])}{more})"
        fix = next(
            (fix for pattern, fix in _FIXES if re.match(pattern, feature)),
            "make sure that the mail reads well without it",
        )
        fix = f"{fix}; see https://www.caniemail.com/features/{feature}/"
        yield _warning(text if feature.startswith("image-") else template, what, fix)


def _width(html: str, template: Path) -> Iterator[Problem]:
    seen = word.width(html)
    if seen.said and seen.needed > seen.said:
        what = f"{OUTLOOK} makes the mail {seen.needed:.0f} px wide instead of {seen.said:.0f}"
        if seen.tag:
            what += f": {seen.tag[:120]} stands where {seen.space:.0f} px are left"
        yield _warning(
            template, what, "make it narrower; for a rule, use the macro of email/rule.mjml instead of mj-divider"
        )


def _place(html: str, found: Found) -> str:
    """Return where a use is: its tag or selector, and in the mail's body the words before it."""
    body = merge_fields.PATTERN.sub(" ", html[: found.at].rpartition("</head>")[2])
    words = re.sub(r"<!--.*?-->|<[^>]*>", " ", body, flags=re.S).split()
    after = f" after «{' '.join(words[-6:])}»" if words and found.use.tag else ""
    return f"at {found.use.place}{after}"


def _warning(path: Path, what: str, fix: str) -> Problem:
    return Problem(path, None, what, fix, Severity.WARNING, "support")
