"""Conversions are kept on disk: made once, for the owner alone, and made again when what is kept is gone or broken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from publisher.adapters.image_cache import ImageCache
from publisher.ports import Converted
from publisher.render.images import rules
from publisher.render.images.convert import convert
from tests.images import bomb, drawn, photo, saved

IMAGES = [saved(photo(1500, 900), "jpg"), saved(drawn(), "png")]


class Counted:
    """Converts, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, data: bytes, paper: str) -> Converted:
        self.count += 1
        return convert(data, paper)


@pytest.mark.parametrize("data", IMAGES)
def test_an_image_is_converted_once_and_comes_back_the_same(tmp_path: Path, data: bytes) -> None:
    counted = Counted()
    for _ in range(3):
        assert ImageCache(tmp_path / "images", counted)(data, "#ffffff") == convert(data, "#ffffff")
    assert counted.count == 1
    ImageCache(tmp_path / "images", counted)(data, "#131519")
    assert counted.count == 2


@pytest.mark.parametrize("data", [bomb("png"), b"nothing"])
def test_what_cannot_be_used_is_not_kept(tmp_path: Path, data: bytes) -> None:
    counted = Counted()
    for _ in range(2):
        assert ImageCache(tmp_path / "images", counted)(data, "#ffffff") == convert(data, "#ffffff")
    assert counted.count == 2
    assert not (tmp_path / "images").exists()


def test_new_rules_convert_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, counted = tmp_path / "images", Counted()
    ImageCache(cache, counted)(IMAGES[1], "#ffffff")
    monkeypatch.setattr(rules, "version", lambda: "other rules")
    ImageCache(cache, counted)(IMAGES[1], "#ffffff")
    assert counted.count == 2


def test_what_is_broken_or_gone_is_made_again(tmp_path: Path) -> None:
    counted = Counted()
    cache = ImageCache(tmp_path / "images", counted)
    made = cache(IMAGES[0], "#ffffff")
    (kept,) = [path for path in (tmp_path / "images").rglob("*") if path.is_file()]
    whole = kept.read_bytes()
    for broken in (
        b"",
        b"{}",
        b"[]\n",
        whole[:-1],
        whole[: len(whole) // 2],
        b"\xff" * 100,
        whole.replace(b'"mail"', b'"male"'),
    ):
        kept.write_bytes(broken)
        before = counted.count
        assert cache(IMAGES[0], "#ffffff") == made, broken[:20]
        assert counted.count == before + 1
        assert kept.read_bytes() == whole
    shutil.rmtree(tmp_path / "images")
    assert cache(IMAGES[0], "#ffffff") == made


def test_what_is_kept_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ImageCache(tmp_path / "var" / "images")(IMAGES[1], "#ffffff")
    finally:
        os.umask(before)
    assert not [path for path in (tmp_path / "var").rglob("*") if path.stat().st_mode & 0o077]
    assert not (tmp_path / "var").stat().st_mode & 0o077


def test_where_nothing_can_be_kept_images_are_still_converted(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file is in the way")
    assert ImageCache(tmp_path / "images")(IMAGES[1], "#ffffff") == convert(IMAGES[1], "#ffffff")
