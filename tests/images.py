"""Images as editors have them, made by code: of every kind, with what cameras and programs write into them."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

SECRET = b"SECRET-52.5200-13.4050"
"""Stands wherever a file can say something besides its pixels."""

KINDS = ("png", "jpg", "gif", "webp")
FORMATS = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}


def drawn(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Return a picture of which every corner looks different."""
    image = Image.new("RGB", (width, height), "#f0f0f0")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 3, height // 3), fill="#c01020")
    draw.rectangle((width // 2, height // 2, width, height), fill="#1040c0")
    draw.ellipse((0, height // 2, width // 3, height - 1), fill="#10a040")
    return image.convert(mode)


def photo(width: int, height: int) -> Image.Image:
    """Return an image that compresses like a photograph: the same one each time."""
    noise = Image.effect_noise((max(1, width // 4), max(1, height // 4)), 90)
    return Image.merge(
        "RGB", [noise.rotate(turn).resize((width, height), Image.Resampling.BICUBIC) for turn in (0, 90, 180)]
    )


def see_through(width: int = 96, height: int = 64) -> Image.Image:
    image = drawn(width, height, "RGBA")
    image.putalpha(drawn(width, height, "L").point(lambda value: 0 if value > 200 else 255))
    return image


def telling(kind: str, image: Image.Image, *, turned: int = 1) -> bytes:
    """Return a file that says where and by whom the picture was taken."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = turned, SECRET.decode()
    exif.get_ifd(0x8825)[1], exif.get_ifd(0x8825)[2] = "N", (52.0, 31.0, 12.0)
    if kind == "png":
        about = PngInfo()
        about.add_text("Comment", SECRET.decode())
        about.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        return saved(image, kind, exif=exif, pnginfo=about) + SECRET
    if kind == "gif":
        return saved(image, kind, comment=SECRET) + SECRET
    if kind == "jpg":
        return saved(image, kind, exif=exif, comment=SECRET, xmp=SECRET) + SECRET
    return saved(image, kind, exif=exif, xmp=SECRET, lossless=True) + SECRET


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, FORMATS[kind], **options)
    return buffer.getvalue()


def moving(kind: str, frames: int = 3, width: int = 64, height: int = 48) -> bytes:
    made = [Image.new("RGB", (width, height), (40 * index % 256, 90, 200)) for index in range(frames)]
    return saved(made[0], kind, save_all=True, append_images=made[1:], duration=80, loop=0)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def bomb(kind: str, width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a small file that says that it has so many pixels."""
    if kind == "png":
        rows = zlib.compress(bytes(1_000_000))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in (
                (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b""),
            )
        )  # fmt: skip
    data = bytearray(saved(drawn(16, 16), kind))
    if kind == "gif":
        data[6:10] = struct.pack("<HH", width, height)
    elif kind == "jpg":
        at = next(at for at in range(len(data)) if data[at : at + 2] == b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    else:
        body = (
            b"VP8X"
            + struct.pack("<I", 10)
            + bytes(4)
            + (width - 1).to_bytes(3, "little")
            + (height - 1).to_bytes(3, "little")
        )
        data = bytearray(b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body)
    return bytes(data)
