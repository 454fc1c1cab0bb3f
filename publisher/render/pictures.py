"""Images and diagrams of a text: found, measured, named by their content."""

from __future__ import annotations

import hashlib
import posixpath
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from publisher.content.anchors import slug
from publisher.content.markdown import Prose
from publisher.errors import Problem
from publisher.issue import Picture
from publisher.render.diagrams import BrokenDiagramError, described, draw

Fetch = Callable[[Path], bytes | None]
"""Returns the bytes of an image below content/, None when there is none."""

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif"}


class Images:
    """The pictures of one page or issue; the same picture is kept once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._pictures: dict[str, Picture] = {}

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures.values())

    def illustrate(self, prose: Prose, path: Path) -> list[Problem]:
        """Put pictures into a tree: images get `data-picture`, `width`, `height`; Mermaid becomes a figure.

        `data-dark` names the picture for the dark scheme, if there is one.

        Return what is wrong with them; a picture that cannot be shown stays as text.
        """
        problems: list[Problem] = []
        for element in list(prose.root.iter()):
            line = prose.lines.get(element)
            if element.tag == "img":
                problems += self._image(element, path, line)
            elif element.tag == "pre" and element.get("data-lang") == "mermaid":
                problems += self._diagram(element, path, line)
        return problems

    def _add(self, stem: str, kind: str, data: bytes, width: int, height: int) -> str:
        name = f"{slug(stem)[:40].strip('-')}-{hashlib.sha256(data).hexdigest()[:8]}.{kind}"
        self._pictures.setdefault(name, Picture(name, data, width, height))
        return name

    def _image(self, image: Element, path: Path, line: int | None) -> Iterator[Problem]:
        source = image.get("src", "")
        parts = urlsplit(source)
        if not source:
            return  # reported when it was parsed
        if parts.scheme or parts.netloc:
            what = f"the image {source!r} is on another server"
            yield Problem(
                path,
                line,
                what,
                "put it below content/, so that no other server sees the readers and its size is known",
                rule="image",
            )
            return
        place = posixpath.normpath(posixpath.join(path.parts[-2] if len(path.parts) > 1 else "", unquote(parts.path)))
        data = self._fetch(Path(place))
        if data is None:
            yield Problem(
                path,
                line,
                f"there is no image {posixpath.normpath(f'content/{place}')}",
                "fix the path, or add the file",
                rule="image",
            )
            return
        measured = measure(data)
        if measured is None:
            yield Problem(
                path,
                line,
                f"the image {source!r} is not a PNG, JPEG or GIF",
                "convert it: mail programs show only these",
                rule="image",
            )
            return
        kind, width, height = measured
        image.set("data-picture", self._add(Path(place).stem, kind, data, width, height))
        image.set("width", str(width))
        image.set("height", str(height))

    def _diagram(self, block: Element, path: Path, line: int | None) -> Iterator[Problem]:
        source = "".join(block.itertext())
        title, description = described(source)
        if not description:
            fix = "add a line «accDescr: what the picture shows» below the diagram's first line"
            yield Problem(path, line, "the diagram has no accDescr", fix, rule="alt")
        try:
            drawn = draw(source)
        except BrokenDiagramError as broken:
            place = line + broken.line if line and broken.line else line
            yield Problem(path, place, str(broken), broken.fix, rule="diagram")
            return
        stem = title or "diagram"
        name = self._add(stem, "png", drawn.png, drawn.width, drawn.height)
        tail = block.tail
        block.clear()
        block.tag, block.tail = "figure", tail
        alt = description or title or "A diagram"
        image = Element("img", {
            "data-picture": name, "alt": alt, "width": str(drawn.width), "height": str(drawn.height),
        })  # fmt: skip
        if drawn.dark:
            image.set("data-dark", self._add(f"{stem[:35]}-dark", "png", drawn.dark, drawn.width, drawn.height))
        block.append(image)


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Return an image's kind (png, jpg, gif), width and height in pixels; None for anything else."""
    kind = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    try:
        if kind == "png":
            return kind, *struct.unpack(">II", data[16:24])
        if kind == "gif":
            return kind, *struct.unpack("<HH", data[6:10])
        return ("jpg", *_jpeg_size(data)) if kind == "jpg" else None
    except (struct.error, IndexError):
        return None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments up to the frame header (SOF0 to SOF15 without DHT, JPG, DAC). Source: ITU T.81, B.2."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    raise IndexError("no frame header")
