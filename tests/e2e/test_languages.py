"""Issues in six languages, in a real browser: nothing is too wide, axe finds nothing, and lines begin on the right side."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from publisher.language import Language
from tests.axe import violations
from tests.long import LONG

ROOT = Path(__file__).parents[2]
FIRST = """() => {
    const paragraph = [...document.querySelectorAll("p, li")].find(each => each.textContent.length > 60);
    const range = document.createRange();
    range.selectNodeContents(paragraph);
    const lines = [...range.getClientRects()], box = paragraph.getBoundingClientRect();
    return [Math.min(...lines.map(one => one.left)) - box.left, box.right - Math.max(...lines.map(one => one.right))];
}"""
"""How far the lines of a paragraph stay from the left and the right edge of their box."""
CODE = "getComputedStyle(document.querySelector('pre')).direction"
WIDTH = "document.documentElement.scrollWidth"
LANGUAGES = ["en", "de", "fr", "es", "ar", "ja"] if LONG else ["de", "ar", "ja"]
"""The usual run takes the one with the longest words, the one from right to left, and the one without spaces."""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("languages")
    spec = importlib.util.spec_from_file_location("languages", ROOT / "docs" / "pictures" / "languages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["languages"] = module  # its dataclass asks for it
    spec.loader.exec_module(module)
    module.write(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield opened
        opened.close()


@pytest.mark.parametrize("tag", LANGUAGES)
def test_mail_and_pages_are_as_wide_as_the_screen_and_begin_on_the_right_side(
    tag: str, written: Path, browser: Browser
) -> None:
    page = browser.new_page()
    for file, widths in (
        ("mail.html", (360, 700)),
        ("index.html", (360, 1280)),
        ("issues/3/index.html", (360, 1280)),
        ("issues/index.html", (360,)),
        ("404.html", (360,)),
    ):
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto((written / tag / file).as_uri())
            assert page.evaluate(WIDTH) <= width, (file, width)
        if file != "mail.html":
            assert violations(page) == [], file
        if file in ("mail.html", "issues/3/index.html"):
            assert_begins(page, Language(tag).direction)


def assert_begins(page: Page, direction: str) -> None:
    left, right = page.evaluate(FIRST)
    assert (right if direction == "rtl" else left) < 1
    assert page.evaluate(CODE) == "ltr"
