"""Links and pictures of foreign Markdown, so that they work wherever a section is shown. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from publisher.content.archived_blocks import definitions, footnotes, key
from publisher.content.archived_notes import Notes
from publisher.content.archived_text import Found, Text

_LABEL = r"((?:[^\[\]\n]|\n(?![ \t]*\n)|\[[^\[\]\n]{0,300}\]){1,1000}?)"
_REFERENCE = r"\[([^\[\]]{0,300})\]"
_ADDRESS = r"\(\s*(?:<([^<>\n]{0,2000})>|((?:[^()\s<>]|\([^()\s]{0,300}\)){0,2000}))(?:\s+(?:\"[^\"]{0,500}\"|'[^']{0,500}'|\([^()]{0,500}\)))?\s*\)"
_PICTURE = re.compile(rf"!\[{_LABEL.replace('{1,', '{0,')}\](?:{_ADDRESS}|{_REFERENCE})?")
_REFERRING = re.compile(rf"(?<!!)\[(?!\^){_LABEL}\](?:{_REFERENCE})?(?!\()")
_LINK = re.compile(rf"(?<!!)\[{_LABEL.replace('{1,', '{0,')}\]{_ADDRESS}")
_NOTE = re.compile(r"\[(\^|@(?=\d))([^\[\]\s]{1,100})\]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a picture that is there cannot come along, and how to fix it."""

    what: str
    fix: str


FindPicture = Callable[[str], "str | Unusable | None"]
"""Returns what an issue has to write for a picture that lies beside it, None when there is none."""


def no_picture(_address: str) -> None:
    """Return the picture of an archive that has none."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a foreign text refers to outside of itself.

    `origin` is the address of the page that the text was on, `definitions` has the addresses of link definitions that
    every file shares, by `key` of their labels. Without `diagrams`, each is kept as the code that it is written in.
    """

    origin: str | None = None
    definitions: Mapping[str, str] = field(default_factory=dict)
    picture: FindPicture = no_picture
    diagrams: bool = True


def with_addresses(text: Text, notes: Notes, around: Surroundings) -> Text:
    """Write reference links out, since each section is shown by itself; fetch pictures; complete relative links."""
    own, spans = definitions(text.real)
    lines = text.numbered()
    for span in spans:
        for place in range(span.start, span.end):
            quoted = re.match(r"[ \t>]*>[ \t]?", lines[place][0])
            lines[place] = (quoted[0] if quoted else "", lines[place][1])
    text = Text.of_lines(lines) if spans else text
    change = _Changes({**around.definitions, **own}, notes, around)
    return text.replace(_PICTURE, change.picture).replace(_REFERRING, change.reference).replace(_LINK, change.link)


@dataclass(frozen=True, slots=True)
class _Changes:
    """What becomes of each link and picture; `addresses` are those of definitions, by `key` of their labels."""

    addresses: Mapping[str, str]
    notes: Notes
    around: Surroundings

    def picture(self, found: Found) -> str:
        inline = found.has(2) or found.has(3)
        address = _unescaped(found[2] or found[3]) if inline else self.addresses.get(key(found[4] or found[1]))
        if address is None:
            return found[0]
        come_along = self.around.picture(address)
        if isinstance(come_along, str):
            return f"![{found[1].strip() or _named(address)}]({written(come_along)})"
        label, target = found[1].strip() or "picture", _absolute(address, self.around.origin)
        what, fix = "a picture was replaced by a link or its description", "put the file beside the issues to show it"
        if come_along:
            what, fix = f"the picture {address[:80]!r} was replaced: {come_along.what}", come_along.fix
        self.notes.add(found.line, what, fix)
        return f"[{label}]({written(target)})" if target and not found.is_label else label

    def reference(self, found: Found) -> str:
        address = self.addresses.get(key(found[2] or found[1]))
        if address is not None:
            return f"[{found[1]}]({written(address)})"
        if not found.has(2):
            return found[0]
        fix = "use --definitions FILE if it is in another file"
        self.notes.add(found.line, "a reference link without a definition was made plain text", fix)
        return found[1]

    def link(self, found: Found) -> str:
        address = _unescaped(found[2] or found[3])
        target = _absolute(address, self.around.origin)
        if target is not None:
            return found[0] if target == address else f"[{found[1]}]({written(target)})"
        if address:
            fix = "use --origin URL to complete such links"
            self.notes.add(found.line, "a link to another file was made plain text", fix)
        return found[1]


def _absolute(target: str, origin: str | None) -> str | None:
    """Return a URL that works from anywhere, or None."""
    try:
        joined = urljoin(origin, target) if origin and target and not target.startswith("#") else target
        parts = urlsplit(joined)
    except ValueError:
        return None
    if parts.scheme == "mailto":
        return target
    return joined if parts.scheme in ("http", "https") and parts.hostname else None


def written(address: str) -> str:
    """Return an address as it stands between the parentheses of a link."""
    escaped = re.sub(r"[\s<>\"\\`]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)
    if not re.fullmatch(r"[^()]*(?:\([^()]*\)[^()]*)*", escaped):
        escaped = escaped.replace("(", "%28").replace(")", "%29")
    return _ENTITY.sub(lambda match: f"&amp;{match[0][1:]}", escaped)


def _unescaped(address: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), _ESCAPE.sub(r"\1", address.strip()))


def _named(address: str) -> str:
    """Return the words of a picture's name, for one that nobody described."""
    return re.sub(r"[\W_]+", " ", PurePosixPath(unquote(urlsplit(address).path)).stem).strip() or "picture"


def with_notes_escaped(text: Text) -> Text:
    """Show references to footnotes that are not there, and what looks like a citation of ours, as they were written."""
    known = {name for name, _ in footnotes(text.real)}
    return text.replace(_NOTE, lambda found: found[0] if found[1] == "^" and found[2] in known else f"\\{found[0]}")
