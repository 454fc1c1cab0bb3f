"""The search in a real browser: with the keyboard alone, in German too, and ranked as Python ranks."""

from __future__ import annotations

import dataclasses
import json
import mimetypes
import random
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from publisher.draft.terms import words
from publisher.site import site_files
from publisher.site.found import search
from tests.axe import violations
from tests.press import content, issue, templates

BASE = "https://notes.example.com"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@contextmanager
def shown(browser: Browser, files: Mapping[str, bytes], **options: object) -> Iterator[Page]:
    """Open a browser that finds these files under BASE, with the policy of the service."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(BASE).partition("?")[0].partition("#")[0].lstrip("/")
        name = f"{path}index.html" if path.endswith("/") or not path else path
        kind = mimetypes.guess_type(name)[0] or "text/html"
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Security-Policy": POLICY}
        route.fulfill(status=200 if name in files else 404, body=files.get(name, b""), headers=headers)

    context = browser.new_context(viewport={"width": 360, "height": 800}, **options)  # type: ignore[arg-type]
    context.route("**/*", answer)
    yield context.new_page()
    context.close()


@pytest.fixture
def files(demo: Path) -> dict[str, bytes]:
    site = demo / "run" / "site"
    return {str(file.relative_to(site)): file.read_bytes() for file in site.rglob("*") if file.is_file()}


def titles(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all(
        "[data-results] a", "links => links.map(link => new URL(link.href).pathname)"
    )
    return found


def test_a_keyboard_is_enough_from_any_page_to_a_passage(browser: Browser, files: dict[str, bytes]) -> None:
    with shown(browser, files) as page:
        page.goto(f"{BASE}/about/index.html")
        page.keyboard.press("/")
        page.wait_for_url("**/search/**")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.type("golden sets", delay=5)
        page.locator("[data-results] mark").first.wait_for()
        assert "#" not in page.locator("[data-count]").inner_text()
        assert page.locator("[data-count]").inner_text()[0].isdigit()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(page.locator("[data-results] a").nth(1)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/issues/**")
        assert page.locator(":target").count() == 1


def test_a_slash_in_a_field_is_a_slash(browser: Browser, files: dict[str, bytes]) -> None:
    with shown(browser, files) as page:
        page.goto(f"{BASE}/search/index.html")
        page.keyboard.type("a/b")
        assert page.locator("#q").input_value() == "a/b"


def test_a_section_narrows_what_is_found_and_axe_finds_nothing(browser: Browser, files: dict[str, bytes]) -> None:
    with shown(browser, files, bypass_csp=True) as page:
        page.goto(f"{BASE}/search/index.html?q=cache")
        page.locator("[data-results] mark").first.wait_for()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("input[value=question]").check()
        page.wait_for_function(
            "[...document.querySelectorAll('[data-results] a')].every(a => a.hash.startsWith('#question'))"
        )
        page.locator("#q").fill("zzzzzz")
        expect(page.locator("[data-count]")).to_have_text("Nothing was found.")


def test_the_browser_ranks_as_python_does(browser: Browser, files: dict[str, bytes]) -> None:
    chance = random.Random(7)
    texts = [one for name, data in files.items() if name.startswith("search/0/") for one in _texts(data)]
    known = sorted({word for text in texts for word in words(text)})
    queries = [" ".join(chance.choices(known, k=chance.randint(1, 4))) for _ in range(25)]
    queries = [query[: chance.randint(3, 40)].strip() for query in queries] + ["re", "ré", "429", "querying", "the"]
    with shown(browser, files) as page:
        page.goto(f"{BASE}/search/index.html")
        for query in queries:
            expected = [f"/{one.row[0]}" for one in search(lambda name: files[f"search/{name}"], query, 20)]
            page.locator("#q").fill("")
            expect(page.locator("[data-count]")).to_have_text("")
            page.locator("#q").fill(query)
            expect(page.locator("[data-count]")).not_to_have_text("")
            assert titles(page) == expected, query


def _texts(data: bytes) -> list[str]:
    found = json.loads(data)
    return [text for _, _, text in found] if isinstance(found, list) else []


def test_german_is_searched_in_german(browser: Browser) -> None:
    found = content(
        issue(1, concept="Die Schlüssel liegen in den großen Häusern der Stadt, wo sie niemand findet."), issue(2)
    )
    found = dataclasses.replace(found, publication=found.publication.model_copy(update={"language": "de"}))
    with shown(browser, dict(site_files(found, found.issues, templates()))) as page:
        page.goto(f"{BASE}/index.html")
        page.keyboard.press("/")
        page.wait_for_url("**/search/**")
        for query in ("haus", "GROSSE", "Schlussel"):
            page.locator("#q").fill(query)
            expect(page.locator("[data-count]")).to_have_text("Eine Stelle gefunden.")
            assert titles(page) == ["/issues/1/"]
        assert page.locator("mark").all_inner_texts() == ["Schlüssel"]
