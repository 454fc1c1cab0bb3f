"""An editor's image file -> the files that readers get: for pages as it is and smaller, for mail small enough. Pure.

The same bytes give the same files in every process. Nothing is decoded before its size is known.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from PIL import Image, ImageCms

from publisher.ports import Converted, ConvertedImage, ImageFile, UnusableImage
from publisher.render.images.header import measure
from publisher.render.images.parts import Damaged, take_apart, with_orientation
from publisher.render.images.rules import MAIL, MOST_MAIL, PAGE
from publisher.render.images.svg import UnusableDrawing, draw, is_svg, read_svg

MOST_PIXELS = 12_500_000
"""A phone's photograph has 12 million. Decoding takes up to 16 bytes for each (WebP)."""

MOST_PASSES = 250_000_000
"""Pixels of all frames of an animation together, or of all scans of a JPEG."""

_DRAWN = 0.6
"""Bytes for each pixel that a drawing or a screenshot needs at most, without loss. A photograph needs twice as many."""

_QUALITIES = (85, 75, 65, 55)
_BROKEN = (
    Damaged, OSError, SyntaxError, ValueError, ArithmeticError, EOFError, LookupError, TypeError, Warning,
    Image.DecompressionBombError,  # the size that counts stands where `measure` does not look
)  # fmt: skip
"""What Pillow raises for a file that it cannot read."""

_PILLOW = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip


def convert(data: bytes, paper: str) -> Converted:
    """Return what readers get of an image file; `paper` is the colour behind it in mail, such as #ffffff."""
    try:
        if is_svg(data):
            return _drawn(data, paper)
        measured = measure(data)
        if measured is None:
            return UnusableImage("is not a PNG, JPEG, WebP, GIF or SVG", "convert it to one of these")
        kind, width, height = measured
        if width * height > MOST_PIXELS:
            return _too_large(width, height)
        parts = take_apart(kind, data)
        if width * height * parts.frames > MOST_PASSES:
            what = f"has {parts.frames:,} frames or scans of {width:,} x {height:,} pixels, too many to show"
            return UnusableImage(what, "shorten the animation or make it smaller; save a JPEG as baseline")
        moves = parts.frames > 1 and kind != "jpg"
        return _converted(measured, parts.clean, turned=1 if moves else parts.turned, moves=moves, paper=paper)
    except UnusableDrawing as error:
        return UnusableImage(error.what, error.fix)
    except _BROKEN:
        return UnusableImage("is cut off or damaged", "export or download it again")


def _too_large(width: int, height: int) -> UnusableImage:
    what = f"has {width:,} x {height:,} pixels, more than {MOST_PIXELS:,} in all"
    return UnusableImage(what, f"make it smaller: it is shown at most {PAGE} pixels wide")


def _drawn(data: bytes, paper: str) -> Converted:
    drawing = read_svg(data)
    across = 2 * min(drawing.width, PAGE)
    down = max(1, round(across * drawing.height / drawing.width))
    if across * down > MOST_PIXELS:
        return _too_large(across, down)
    made = _converted(("png", across, down), draw(drawing, across, down), turned=1, moves=False, paper=paper)
    return ConvertedImage(
        drawing.width, drawing.height, made.original, made.smaller, made.mail, see_through=made.see_through
    )


def _converted(measured: tuple[str, int, int], clean: bytes, *, turned: int, moves: bool, paper: str) -> ConvertedImage:
    kind = measured[0]
    image: Image.Image = Image.open(io.BytesIO(clean), formats=[_PILLOW[kind]])
    if image.size != measured[1:]:  # a GIF whose frame is larger than its screen, which a browser would cut off
        raise Damaged
    width, height = image.size if turned < 5 else image.size[::-1]
    if kind == "jpg":  # it can be decoded at a half, a quarter or an eighth; the shorter side may become the width
        least = max(1, 2 * PAGE * min(image.size) // width)
        image.draft(None, (least, least))
    image.load()
    if turned > 1:
        image = image.transpose(_UPRIGHT[turned])
        clean = with_orientation(clean, turned) if kind == "jpg" else _saved(image, _PILLOW[kind], quality=92)
    original = ImageFile(kind, width, height, clean)
    image = _plain(image)
    see_through = image.mode == "RGBA" and any(image.getchannel("A").histogram()[:255])
    photo = kind in ("jpg", "webp") or len(clean) > max(width * height, 10_000)
    smaller: list[ImageFile] = []
    for across in (PAGE, 2 * PAGE) if not moves else ():
        if across < width:
            one, photo = _for_page(_resized(image, across, original), photo=photo)
            smaller += [one] if len(one.data) < len(clean) else []
    as_it_is = len(clean) <= MOST_MAIL and width <= 2 * MAIL
    if as_it_is and (kind == "gif" if moves else kind != "webp" and not see_through and image.mode != "CMYK"):
        mail = original
    else:
        mail = _for_mail(image, original, photo=photo, paper=paper)
    return ConvertedImage(
        width, height, original, tuple(smaller), mail, stilled=moves and mail is not original, see_through=see_through,
    )  # fmt: skip


def _for_page(image: Image.Image, *, photo: bool) -> tuple[ImageFile, bool]:
    """Return a smaller file, and whether the image turned out to be like a photograph: of no two pixels alike."""
    if not photo:
        data = _saved(image, "WEBP", lossless=True, quality=50)
        if len(data) <= _DRAWN * image.width * image.height:
            return ImageFile("webp", *image.size, data), False
    return ImageFile("webp", *image.size, _saved(image, "WEBP", quality=85)), True


def _for_mail(image: Image.Image, original: ImageFile, *, photo: bool, paper: str) -> ImageFile:
    """Return what every mail program shows: a still PNG or JPEG, which nothing shines through in a dark mail."""
    across = min(original.width, 2 * MAIL)
    while True:
        made = _on_paper(_resized(image, across, original), paper)
        for kind, data in _for_mail_by_quality(made, photo=photo):
            if len(data) <= MOST_MAIL:
                return ImageFile(kind, *made.size, data)
        across = across * 3 // 4


def _for_mail_by_quality(image: Image.Image, *, photo: bool) -> Iterator[tuple[str, bytes]]:
    if not photo:
        yield "png", _saved(image, "PNG")
        yield "png", _saved(image.quantize(256), "PNG")
    for quality in _QUALITIES:
        subsampling = 2 if photo else 0  # the edges of letters keep their colours
        yield "jpg", _saved(image, "JPEG", quality=quality, subsampling=subsampling, optimize=True, progressive=True)


def _plain(image: Image.Image) -> Image.Image:
    """Return an image of 8 bits for each of its colours, with all its alpha in a channel."""
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        return image if image.mode == "RGBA" else image.convert("RGBA")
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _resized(image: Image.Image, across: int, original: ImageFile) -> Image.Image:
    """Return the image with `across` pixels in a row, in the colours of sRGB."""
    down = max(1, round(across * original.height / original.width))
    profile = image.info.get("icc_profile")
    if image.size != (across, down):
        image = image.resize((across, down), Image.Resampling.LANCZOS, reducing_gap=3.0)
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=mode)
            return made or image
        except (
            ImageCms.PyCMSError,
            OSError,
        ):  # broken, or of other colours than the image has: browsers ignore it, too
            pass
    return image.convert(mode)


def _on_paper(image: Image.Image, paper: str) -> Image.Image:
    if image.mode != "RGBA":
        return image
    made = Image.new("RGB", image.size, paper)
    made.paste(image, mask=image)
    return made


def _saved(image: Image.Image, format_: str, *, icc_profile: bytes | None = None, **options: object) -> bytes:
    """Return the file of an image; what its source says besides the pixels does not get in."""
    buffer = io.BytesIO()
    image.save(buffer, format_, icc_profile=icc_profile, **options)
    return buffer.getvalue()
