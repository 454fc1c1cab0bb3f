"""What readers get of an editor's image: upright, small enough, with nothing in it but the picture; or one sentence."""

from __future__ import annotations

import random
import subprocess
import sys
import zlib
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms

from publisher.ports import ConvertedImage, UnusableImage
from publisher.render.images.convert import MOST_PIXELS, convert
from publisher.render.images.header import measure
from publisher.render.images.parts import Damaged, take_apart
from publisher.render.images.rules import MAIL, MOST_MAIL, PAGE
from tests.images import KINDS, SECRET, bomb, drawn, moving, opened, photo, saved, see_through, telling
from tests.pace import within
from tests.press import png

PAPER = "#fdfdfc"


def converted(data: bytes, paper: str = PAPER) -> ConvertedImage:
    made = convert(data, paper)
    assert isinstance(made, ConvertedImage), made
    return made


def refused(data: bytes) -> str:
    made = convert(data, PAPER)
    assert isinstance(made, UnusableImage), made
    return made.what


def files(made: ConvertedImage) -> list[bytes]:
    return [made.original.data, made.mail.data, *(one.data for one in made.smaller)]


def alike(one: Image.Image, other: Image.Image, most: float = 8) -> bool:
    """Say whether two images look the same: the mean of their differences is small."""
    size = (32, 32)
    difference = ImageChops.difference(one.convert("RGB").resize(size), other.convert("RGB").resize(size))
    return sum(value * count for value, count in enumerate(difference.histogram()[:256])) / 1024 < most


# What it shows


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_looks_the_same_on_pages_and_in_mail(kind: str) -> None:
    image = drawn(1800, 1200)
    made = converted(saved(image, kind))
    assert (made.width, made.height, made.original.kind) == (1800, 1200, kind)
    assert all(alike(opened(data), image) for data in files(made))
    for file in (made.original, made.mail, *made.smaller):
        assert measure(file.data) == (file.kind, file.width, file.height)
        assert abs(file.width / file.height - 1.5) < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_mail_gets_png_jpeg_or_gif_of_twice_the_width_it_is_shown_at(kind: str) -> None:
    for width in (40, MAIL, 2 * MAIL, 3000):
        mail = converted(saved(drawn(width, 30), kind)).mail
        assert mail.width == min(width, 2 * MAIL)
        assert mail.kind in ("png", "jpg", "gif")


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_a_photograph_fits_into_mail(kind: str) -> None:
    options = {"png": {"compress_level": 1}, "jpg": {"quality": 90}, "webp": {"quality": 90, "method": 0}}[kind]
    made = converted(saved(photo(2400, 1600), kind, **options))
    assert len(made.mail.data) <= MOST_MAIL
    assert made.mail.kind == "jpg"


def test_a_screenshot_stays_a_png_in_mail() -> None:
    image = drawn(2000, 1400)
    for at in range(0, 1400, 7):
        image.paste((at % 256, 30, 90), (at, at // 2, at + 400, at // 2 + 3))
    assert converted(saved(image, "png")).mail.kind == "png"


def test_pages_get_the_file_itself_and_smaller_ones_for_smaller_screens() -> None:
    made = converted(saved(photo(3000, 2000), "jpg", quality=90))
    assert [one.width for one in made.smaller] == [PAGE, 2 * PAGE]
    assert all(len(one.data) < len(made.original.data) for one in made.smaller)
    assert converted(saved(drawn(500, 400), "jpg")).smaller == ()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_shown(mode: str) -> None:
    if mode == "I;16":
        image = Image.frombytes(
            "I;16", (1500, 1000), bytes(byte for byte in drawn(1500, 1000, "L").tobytes() for _ in "16")
        )
    else:
        image = drawn(1500, 1000).convert(mode)
    made = converted(saved(image, "png"))
    assert alike(opened(made.mail.data), drawn(1500, 1000, "L" if mode in ("1", "L", "LA", "I;16") else "RGB"), most=20)


def test_the_colours_of_a_wide_profile_and_of_print_become_those_of_the_screen() -> None:
    srgb = ImageCms.createProfile("sRGB")
    profile = ImageCms.ImageCmsProfile(srgb).tobytes()
    plain = converted(saved(drawn(1500, 900), "jpg", icc_profile=profile))
    assert b"ICC_PROFILE" in plain.original.data
    assert alike(opened(plain.mail.data), drawn(1500, 900))
    print_ = converted(saved(drawn(1500, 900, "CMYK"), "jpg"))
    assert opened(print_.mail.data).mode == "RGB"
    assert converted(saved(drawn(1500, 900), "png", icc_profile=b"broken")).mail.kind == "png"


def test_what_shines_through_gets_the_paper_of_its_scheme_in_mail() -> None:
    data = saved(see_through(), "png")
    for paper in ("#fdfdfc", "#131519"):
        made = converted(data, paper)
        assert made.see_through
        assert made.original.data == data
        assert opened(made.mail.data).mode == "RGB"
        assert opened(made.mail.data).getpixel((60, 5)) == tuple(bytes.fromhex(paper[1:]))
    assert not converted(saved(drawn(), "png")).see_through


def test_what_moves_moves_in_mail_if_it_is_a_small_gif() -> None:
    small = converted(moving("gif"))
    assert (small.mail, small.smaller, small.stilled) == (small.original, (), False)
    assert opened(small.original.data).n_frames == 3
    for data in (moving("webp"), moving("png"), moving("gif", width=1300)):
        made = converted(data)
        assert made.stilled
        assert getattr(opened(made.mail.data), "n_frames", 1) == 1
        assert opened(made.original.data).n_frames == 3


# What it does not tell


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [90, 1500])
def test_no_file_tells_where_the_picture_was_taken(kind: str, width: int) -> None:
    data = telling(kind, drawn(width, 60))
    assert SECRET in data
    for file in files(converted(data)):
        assert SECRET[:6] not in file
        assert b"GPS" not in file
        assert dict(opened(file).getexif()) == {}


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
@pytest.mark.parametrize("turned", range(1, 9))
def test_a_turned_camera_gives_an_upright_picture(kind: str, turned: int) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transpositions of Pillow that undo each orientation
    image = drawn(1500, 900)
    stored = image.transpose(Image.Transpose(back[turned])) if turned > 1 else image
    made = converted(telling(kind, stored, turned=turned))
    assert (made.width, made.height) == (1500, 900)
    assert SECRET not in made.original.data
    for file in (made.mail, *made.smaller):
        assert alike(opened(file.data), image)
    original = opened(made.original.data)
    assert original.getexif().get(0x0112, 1) == (turned if kind == "jpg" else 1)
    assert set(original.getexif()) <= {0x0112}


@pytest.mark.parametrize("kind", KINDS)
def test_cleaning_leaves_every_pixel_as_it_is(kind: str) -> None:
    for data in (
        saved(drawn(), kind),
        telling(kind, photo(80, 60)),
        moving(kind) if kind != "jpg" else saved(drawn(), kind, progressive=True),
    ):
        clean = take_apart(kind, data).clean
        assert opened(clean).tobytes() == opened(data).tobytes()
        assert take_apart(kind, clean).clean == clean


def test_a_thumbnail_and_a_film_behind_a_jpeg_are_left_out() -> None:
    jpeg = saved(drawn(), "jpg")
    assert jpeg[2:4] == b"\xff\xe0"
    thumbnail = jpeg[:4] + b"\0\x13" + jpeg[6:18] + b"\1\1abc" + jpeg[20:] + b"ftypmp42 film"
    assert take_apart("jpg", thumbnail).clean == take_apart("jpg", jpeg).clean == jpeg


# What is refused


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_pixels_are_refused_by_the_header_in_no_time(kind: str) -> None:
    side = 16_000 if kind == "webp" else 30_000
    data, begun = bomb(kind, side, side), process_time()
    assert refused(data) == f"has {side:,} x {side:,} pixels, more than {MOST_PIXELS:,} in all"
    spent = process_time() - begun
    assert spent < within(0.2)


def test_a_png_with_a_second_header_is_refused() -> None:
    data, other = saved(drawn(), "png"), bomb("png")
    assert refused(data[:33] + other[8:33] + data[33:]) == "is cut off or damaged"
    assert refused(data[:33] + saved(drawn(5000, 2), "png")[8:33] + data[33:]) == "is cut off or damaged"


def test_too_many_frames_are_refused() -> None:
    one = saved(Image.new("P", (2000, 2000)), "gif")
    frame = one[one.index(b",") : -1]
    data = one[:-1] + frame * 100 + b";"
    assert len(data) < 5_000_000
    assert refused(data).startswith("has 101 frames or scans of 2,000 x 2,000 pixels")


def test_an_animated_png_has_as_many_frames_as_it_says() -> None:
    data = moving("png")
    at = data.index(b"acTL") + 4
    for count in (0, 2, 4, 2**32 - 1):
        body = b"acTL" + count.to_bytes(4, "big") + data[at + 4 : at + 8]
        assert (
            refused(data[: at - 4] + body + zlib.crc32(body).to_bytes(4, "big") + data[at + 12 :])
            == "is cut off or damaged"
        )


def test_a_frame_that_is_larger_than_its_gif_is_refused() -> None:
    one = bytearray(saved(Image.new("P", (8000, 8000)), "gif"))
    one[6:10] = b"\x10\0\x10\0"
    assert refused(bytes(one)) == "is cut off or damaged"


def test_a_jpeg_of_many_scans_is_refused() -> None:
    data = saved(drawn(1000, 1000), "jpg", progressive=True)
    scan = data.rindex(b"\xff\xda")
    assert refused(data[:scan] + data[scan:-2] * 400 + b"\xff\xd9").startswith("has 4")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_anywhere_is_refused_in_one_sentence(kind: str) -> None:
    data = telling(kind, drawn(200, 150)).removesuffix(SECRET)
    for end in range(30, len(data) - 2, max(1, len(data) // 150)):
        assert refused(data[:end]) in ("is cut off or damaged", "is not a PNG, JPEG, WebP, GIF or SVG"), end


@pytest.mark.parametrize("data", [b"", b"BM", b"II*\0", b"<html>", b"text", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WAVE"])
def test_anything_else_is_refused(data: bytes) -> None:
    assert refused(data) == "is not a PNG, JPEG, WebP, GIF or SVG"


@settings(deadline=2000)
@given(st.sampled_from(KINDS), st.randoms(use_true_random=False), st.integers(1, 30))
def test_damage_is_shown_or_refused_and_never_raises(kind: str, chance: random.Random, count: int) -> None:
    data = bytearray(telling(kind, drawn(60, 40)))
    for _ in range(count):
        data[chance.randrange(len(data))] = chance.randrange(256)
    made = convert(bytes(data), PAPER)
    if isinstance(made, ConvertedImage):
        assert len(made.mail.data) <= MOST_MAIL


@given(st.sampled_from(KINDS), st.binary(max_size=300))
def test_the_parts_of_any_bytes_are_found_or_refused(kind: str, data: bytes) -> None:
    start = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8", "gif": b"GIF89a\1\0\1\0", "webp": b"RIFF\x20\0\0\0WEBP"}
    try:
        assert len(take_apart(kind, start[kind] + data).clean) <= len(start[kind]) + len(data) + 2
    except Damaged:
        pass


# What it costs


def test_the_same_bytes_give_the_same_files_in_every_process() -> None:
    code = (
        "import hashlib, sys\n"
        "from publisher.render.images.convert import convert\n"
        "from tests.images import *\n"
        "for data in (saved(photo(1500, 1000), 'jpg'), telling('webp', see_through(1400, 900)), saved(drawn(1500, 900), 'png')):\n"
        "    made = convert(data, '#ffffff')\n"
        "    print(*(hashlib.sha256(one.data).hexdigest() for one in (made.original, made.mail, *made.smaller)))\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "LC_ALL": "C", "TZ": zone, "PYTHONPATH": "."},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]  # fmt: skip
    assert runs[0] == runs[1]


def test_a_picture_of_one_pixel_and_a_very_long_one_are_shown() -> None:
    assert converted(png(1, 1)).mail.width == 1
    for size in ((12_000, 1), (1, 12_000), (3000, 2)):
        made = converted(saved(drawn(*size), "png"))
        assert min(made.mail.width, made.mail.height) == 1
        assert converted(saved(drawn(*size), "jpg")).mail.height >= 1
