"""The parts of an image file: which ones make up the picture, and which only tell of it (place, camera, comments).

The pixels stay compressed as they are; only the containers are walked through.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_PNG_KEPT = frozenset({
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD", b"pHYs", b"cICP",
    b"acTL", b"fcTL", b"fdAT",
})  # fmt: skip
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_TOLD = 0x08 | 0x04  # the bits of VP8X that announce EXIF and XMP
_GIF_KEPT = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_AFTER_SCAN = re.compile(rb"\xff+(?!\x00)([^\xd0-\xd7\xff])")
"""The next marker of a JPEG: inside of a scan, FF 00 is a byte and RST0 to RST7 belong to it."""


class Damaged(Exception):
    """A file ends too early, or its parts do not fit together."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`clean` is the file without what only tells of the picture. `turned` is EXIF's orientation, 1 to 8 (1: upright).

    `frames` counts the frames of an animation, or the scans of a JPEG: how often a decoder goes over the pixels.
    """

    clean: bytes = field(repr=False)
    frames: int = 1
    turned: int = 1


def take_apart(kind: str, data: bytes) -> Parts:
    """Walk through a file of the kind that `measure` named. Raises Damaged."""
    walk: Callable[[bytes], Parts] = {"png": _png, "jpg": _jpeg, "gif": _gif, "webp": _webp}[kind]
    try:
        return walk(data)
    except (struct.error, IndexError) as error:
        raise Damaged from error


def with_orientation(jpeg: bytes, turned: int) -> bytes:
    """Return a clean JPEG with an EXIF segment that has the orientation and nothing else: its pixels stay as they are."""
    exif = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turned, 0, 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(exif)) + exif + jpeg[2:]


def _png(data: bytes) -> Parts:
    """Source: PNG specification (third edition), 5.3 and 11.3."""
    kept, at, frames, turned = [data[:8]], 8, 0, 1
    announced: list[int] = []
    while True:
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at : at + 12 + length]
        if len(chunk) < 12 + length:
            raise Damaged
        at += len(chunk)
        frames += kind == b"fcTL"
        if kind == b"acTL":
            announced.append(struct.unpack(">I", chunk[8:12])[0])
        if kind == b"eXIf":
            turned = _orientation(chunk[8:-4])
        if kind in _PNG_KEPT:
            kept.append(chunk)
        if kind == b"IEND":
            if announced and announced != [frames]:
                raise Damaged
            return Parts(b"".join(kept), max(1, frames), turned)


def _jpeg(data: bytes) -> Parts:
    """Source: ITU T.81, B.1.1 and B.2; what follows the end of the image (previews, films) is left out, too."""
    kept, at, scans, headers, turned = [data[:2]], 2, 0, 0, 1
    while True:
        if data[at] != 0xFF:
            raise Damaged
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            if not scans or headers != 1:
                raise Damaged
            return Parts(b"".join([*kept, b"\xff\xd9"]), scans, turned)
        end = at + 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
        segment = data[at:end]
        headers += 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            turned = _orientation(segment[10:])
        if marker == 0xDA:
            scans += 1
            following = _AFTER_SCAN.search(data, end)
            if following is None:
                raise Damaged
            end = following.start(1) - 1
            segment = data[at:end]
        kept.append(_jpeg_segment(marker, segment))
        at = end


def _jpeg_segment(marker: int, segment: bytes) -> bytes:
    """Return what stays of a segment: an application's stays if the colours depend on it, without its thumbnail."""
    if marker == 0xE0:
        return segment[:2] + b"\0\x10" + segment[4:16] + b"\0\0" if segment[4:9] == b"JFIF\0" else b""
    if marker == 0xE2:
        return segment if segment[4:16] == b"ICC_PROFILE\0" else b""
    if marker == 0xEE:
        return segment if segment[4:9] == b"Adobe" else b""
    return b"" if 0xE1 <= marker <= 0xEF or marker == 0xFE else segment


def _gif(data: bytes) -> Parts:
    """Source: GIF89a specification, 17 to 27."""
    at = 13 + _colours(data[10])
    kept, frames = [data[:at]], 0
    while True:
        begin, mark = at, data[at]
        if mark == 0x3B:
            if not frames:
                raise Damaged
            return Parts(b"".join([*kept, b"\x3b"]), frames)
        if mark == 0x21:
            at += 2
            keep = data[begin + 1] == 0xF9 or (data[begin + 1] == 0xFF and data[at + 1 : at + 12] in _GIF_KEPT)
        elif mark == 0x2C:
            frames, keep = frames + 1, True
            at += 11 + _colours(data[at + 9])
        else:
            raise Damaged
        while data[at]:
            at += 1 + data[at]
        at += 1
        if keep:
            kept.append(data[begin:at])


def _colours(flags: int) -> int:
    """Return the bytes of the table of colours that a descriptor's flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _webp(data: bytes) -> Parts:
    """Source: RFC 9649, 2.3 to 2.7."""
    kept, frames, turned = [], 0, 1
    for kind, content in _chunks(data):
        frames += kind == b"ANMF"
        if kind == b"EXIF":
            turned = _orientation(content.removeprefix(b"Exif\0\0"))
        if kind in _WEBP_KEPT:
            inside = bytes([content[0] & ~_WEBP_TOLD]) + content[1:] if kind == b"VP8X" else content
            kept.append(struct.pack("<4sI", kind, len(inside)) + inside + b"\0" * (len(inside) % 2))
    body = b"WEBP" + b"".join(kept)
    return Parts(struct.pack("<4sI", b"RIFF", len(body)) + body, max(1, frames), turned)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + struct.unpack("<I", data[4:8])[0]
    if end > len(data):
        raise Damaged
    at = 12
    while at < end:
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if at + 8 + length > end:
            raise Damaged
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _orientation(exif: bytes) -> int:
    """Return the tag 0x0112 of the first directory, 1 if it is not there. Source: Exif 2.32, 4.6.2 and 4.6.4."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        start = struct.unpack(f"{order}I", exif[4:8])[0]
        count = struct.unpack(f"{order}H", exif[start : start + 2])[0]
        for index in range(count):
            at = start + 2 + 12 * index
            if struct.unpack(f"{order}H", exif[at : at + 2])[0] == 0x0112:
                value = int(struct.unpack(f"{order}H", exif[at + 8 : at + 10])[0])
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
