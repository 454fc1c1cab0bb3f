"""The published site in a real browser: no violation that axe-core finds, nothing too wide, a form on every page that has one."""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from tests.axe import violations
from tests.long import LONG

BASE = "https://notes.example.com"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=flags)
        yield opened
        opened.close()


def pages(site: Path) -> list[str]:
    """Return the path of every page, below the site's folder, but for those that send a browser on to another."""
    found = (page for page in site.rglob("*.html") if 'http-equiv="refresh"' not in page.read_text("utf-8"))
    return sorted(str(page.relative_to(site)) for page in found)


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 360), ("dark", 1280), *([("dark", 360), ("light", 1280)] if LONG else [])]
)
def test_axe_finds_nothing_on_any_page_of_the_site(demo: Path, browser: Browser, scheme: str, width: int) -> None:
    site = demo / "run" / "site"
    found = pages(site)
    assert {
        "index.html",
        "404.html",
        "issues/index.html",
        "learn/backend/roadmap/index.html",
        "about/index.html",
    } <= set(found)

    def answer(route: Route) -> None:
        path = site / route.request.url.removeprefix(BASE).lstrip("/")
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            route.fulfill(status=404)
            return
        route.fulfill(body=path.read_bytes(), content_type=mimetypes.guess_type(path.name)[0] or "text/html")

    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True
    )
    context.route("**/*", answer)
    page = context.new_page()
    for path in found:
        page.goto(f"{BASE}/{path}")
        assert page.evaluate("document.styleSheets.length"), path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(page) == [], path
        wanted = path == "index.html" or path.startswith(("issues/", "learn/"))
        assert not wanted or page.get_by_label("Your e-mail address").count() == 1, path
    context.close()
