"""What an image file says of itself at its beginning: its kind and how many pixels it has. Nothing is decoded."""

from __future__ import annotations

import struct

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF87a": "gif", b"GIF89a": "gif", b"RIFF": "webp"}
_NO_FRAME_HEADER = (0xC4, 0xC8, 0xCC)
"""DHT, JPG and DAC are numbered among the frame headers."""


def measure(data: bytes) -> tuple[str, int, int] | None:
    """Return an image's kind (png, jpg, gif, webp), width and height in pixels; None for anything else."""
    kind = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    try:
        if kind == "png":
            return kind, *struct.unpack(">II", data[16:24])
        if kind == "gif":
            return kind, *struct.unpack("<HH", data[6:10])
        if kind == "webp":
            return kind, *_webp_size(data)
        return ("jpg", *_jpeg_size(data)) if kind == "jpg" else None
    except (struct.error, IndexError):
        return None


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """Walk the segments up to the frame header (SOF0 to SOF15). Source: ITU T.81, B.2."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    raise IndexError("no frame header")


def _webp_size(data: bytes) -> tuple[int, int]:
    """Read the first chunk: VP8X (any features), VP8L (lossless) or VP8 (lossy). Source: RFC 9649, 2.5 to 2.7."""
    if data[8:12] != b"WEBP":
        raise IndexError("another RIFF file")
    chunk, content = data[12:16], data[20:30]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(content[4:7], "little"), 1 + int.from_bytes(content[7:10], "little")
    if chunk == b"VP8L" and content[0] == 0x2F:
        bits = struct.unpack("<I", content[1:5])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and content[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", content[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise IndexError("no known chunk")
