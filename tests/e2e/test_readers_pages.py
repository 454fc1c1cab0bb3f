"""The pages that answer readers, in a real browser: no violation that axe-core finds, nothing too wide, targets to hit."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.axe import violations
from tests.house import ROOT, House, open_house
from tests.readers import NOW

SMALL = """() => [...document.querySelectorAll("main button, main select, main input:not([type=hidden]), main a.button")]
  .filter(e => !e.closest(".trap"))
  .map(e => e.type === "checkbox" ? e.closest("label") : e)
  .filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"""
FILLED = "document.querySelectorAll('main button:not(.quiet), main a.button:not(.quiet)').length"


@dataclasses.dataclass
class Visit:
    """A house with a reader in it, and a browser in front."""

    house: House
    browser: Browser

    def at(self, path: str, scheme: str = "light", width: int = 360, *, script: bool = True) -> Page:
        context = self.browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme="dark" if scheme == "dark" else "light",
            java_script_enabled=script, bypass_csp=script,  # axe has to be put into the page
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{self.house.url}/{path}")
        return page


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    folder = tmp_path_factory.mktemp("house")
    house, close = open_house(f"sqlite:///{folder}/x.db", folder)
    house.site.mkdir()
    shutil.copy(ROOT / "templates" / "web" / "style.css", house.site)
    house.join()
    house.get(house.issue_link()).form().send(path=["backend"])
    house.readers.courses.take_steps(NOW)
    house.readers.leaving.unsubscribe(house.join("left@example.com"), now=NOW)
    house.join("paused@example.com")
    house.get(house.issue_link("paused@example.com")).form().send(pause="4", zone="Asia/Kolkata")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield Visit(house, browser)
        browser.close()
    close()


def paths(house: House) -> dict[str, str]:
    keys, subject = house.keyring, house.reader().subject_id
    old = NOW - dt.timedelta(days=60)
    return {
        "the link of an issue": house.issue_link(),
        "the mailed link": house.mailed_link(),
        "paused": house.issue_link("paused@example.com"),
        "left": house.mailed_link("left@example.com"),
        "too old": f"preferences/{keys.preferences(subject, old)}",
        "a bad link": "preferences/x",
        "a lost link": "link",
        "moving": f"move/{keys.move(subject, NOW)}",
        "confirming": f"confirm/{keys.confirm(subject, NOW)}",
        "leaving": f"unsubscribe/{keys.unsubscribe(subject)}",
        "signing up": "subscribe?path=backend",
    }


def judge(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate(SMALL) == []
    assert page.evaluate(FILLED) <= 1
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 1280)])
def test_axe_finds_nothing_on_any_page(visit: Visit, scheme: str, width: int) -> None:
    for path in paths(visit.house).values():
        judge(visit.at(path, scheme, width))


def test_axe_finds_nothing_where_something_has_to_be_mended_and_the_focus_is_there(visit: Visit) -> None:
    page = visit.at(visit.house.mailed_link())
    for box in page.locator("form.choices input[type=checkbox]").all():
        box.uncheck()
    page.get_by_role("button", name="Save").click()
    assert "Nothing has been saved yet" in page.locator(":focus").inner_text()
    assert page.title().startswith("Please check your entry")
    judge(page)
    page = visit.at(visit.house.mailed_link(), "dark")
    page.evaluate("document.querySelectorAll('form').forEach(form => { form.noValidate = true })")
    page.get_by_label("New address").fill("ada")
    page.get_by_role("button", name="Ask at the new address").click()
    assert page.locator(":focus").get_attribute("id") == "email"
    judge(page)


def test_a_reader_chooses_by_keyboard_without_javascript(visit: Visit) -> None:
    page = visit.at(visit.house.issue_link(), script=False)
    page.get_by_label("Architecture").focus()
    page.keyboard.press("Space")
    page.get_by_label("Time zone").focus()
    page.keyboard.type("Asia/Tok")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Saved.").wait_for()
    reader = visit.house.reader()
    assert (reader.without, reader.zone) == (("architecture",), "Asia/Tokyo")
    page.get_by_role("button", name="Send the next step now").click()
    page.get_by_text("is on its way").first.wait_for()
    page.context.close()
