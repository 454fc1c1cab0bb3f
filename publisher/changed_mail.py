"""Which parts of a frozen mail differ from those of another. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html.parser import HTMLParser
from typing import Final

from publisher.changed_words import Change, changed

_NAMES: Final = {"subject": "subject", "from": "sender", "reply-to": "reply address", "list-id": "list id"}
_OF_BODIES: Final = frozenset({"content-type", "content-transfer-encoding", "mime-version"})
_FIELD: Final = re.compile(rb"\0(?:header|text|html):([a-z_]+)\0")
_MARK: Final = re.compile(rb"\0[a-z]+:[^\0]*\0")
_HASHED: Final = re.compile(r"(?:.*/)?([^/]+)-[0-9a-f]{8}(\.\w+)")
"""A picture's address: its name without the hash, and its ending."""
_CODE: Final = frozenset({"style", "script", "title"})


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part of a mail that is not what it was: its values, or of a text its `words`."""

    part: str
    before: str = ""
    after: str = ""
    words: tuple[Change, ...] = ()

    def __str__(self) -> str:
        if self.words:
            return f"{self.part}: {'; '.join(map(str, self.words))}"
        if not (self.before or self.after):
            return self.part
        if not (self.before and self.after):
            return f"{self.part}: {f'new: {self.after}' if self.after else f'gone: {self.before}'}"
        return f"{self.part}: {self.before} -> {self.after}"


def parts_changed(before: bytes, after: bytes) -> tuple[PartChange, ...]:
    """Return what differs between two frozen messages; two that differ have a change at least."""
    if before == after:
        return ()
    old, new = _parsed(before), _parsed(after)
    found = [*_headers(old, new), *_text(old, new), *_html(_Html.of(old), _Html.of(new))]
    return tuple(found) or (PartChange("how the mail is written"),)


def _parsed(message: bytes) -> Message:
    return message_from_bytes(_MARK.sub(b"", _FIELD.sub(rb"[\1]", message)))


def _headers(old: Message, new: Message) -> list[PartChange]:
    values = [
        {name.lower(): str(make_header(decode_header(value))) for name, value in mail.items()} for mail in (old, new)
    ]
    names = [name for name in dict.fromkeys([*values[0], *values[1]]) if name not in _OF_BODIES]
    return [
        PartChange(_NAMES.get(name, f"header {name}"), values[0].get(name, ""), values[1].get(name, ""))
        for name in names
        if values[0].get(name) != values[1].get(name)
    ]


def _text(old: Message, new: Message) -> list[PartChange]:
    words = changed(_body(old, "plain"), _body(new, "plain"))
    return [PartChange("text part", words=words)] if words else []


def _body(mail: Message, kind: str) -> str:
    part = next((one for one in mail.walk() if one.get_content_type() == f"text/{kind}"), None)
    body = part.get_payload(decode=True) if part else b""
    return body.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(body, bytes) else ""


def _html(old: _Html, new: _Html) -> list[PartChange]:
    found = [
        *_pictures(old.pictures, new.pictures),
        *(PartChange("link", before=one) for one in old.links if one not in new.links),
        *(PartChange("link", after=one) for one in new.links if one not in old.links),
    ]
    words = changed("\n".join(old.words), "\n".join(new.words))
    if words:
        found.append(PartChange("words of the HTML part", words=words))
    if old.frame != new.frame:
        found.append(PartChange("HTML frame: how it looks, from the templates"))
    return found


def _pictures(old: Mapping[str, str], new: Mapping[str, str]) -> list[PartChange]:
    """Name the pictures that came, went, or have another content under their name."""
    return [
        PartChange(f"picture {name}") if name in old and name in new
        else PartChange("picture", before=name if name in old else "", after=name if name in new else "")
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]  # fmt: skip


@dataclass
class _Html(HTMLParser):
    """What an HTML part has: the words, the pictures (name -> addresses), the links, and all else as its frame."""

    words: list[str] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    frame: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, mail: Message) -> _Html:
        made = cls()
        made.feed(_body(mail, "html"))
        made.close()
        return made

    def __post_init__(self) -> None:
        super().__init__()
        self._code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code = tag in _CODE
        kept = []
        for name, value in attrs:
            if name in ("src", "srcset") and value:
                for address in re.findall(r"[^\s,]+\.\w+", value):
                    hashed = _HASHED.fullmatch(address)
                    key = f"{hashed[1]}{hashed[2]}" if hashed else address
                    self.pictures[key] = f"{self.pictures.get(key, '')} {address}"
            elif name == "href" and value:
                if tag == "a" and value not in self.links:
                    self.links.append(value)
            elif name == "alt" and value:
                self.words.append(value)
            else:
                kept.append(f"{name}={value}")
        self.frame.append(f"<{tag} {' '.join(kept)}>")

    def handle_endtag(self, tag: str) -> None:
        self._code = False
        self.frame.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._code:
            self.frame.append(data)
        elif data.strip():
            self.words.append(" ".join(data.split()))

    def handle_comment(self, data: str) -> None:
        self.frame.append(data)
