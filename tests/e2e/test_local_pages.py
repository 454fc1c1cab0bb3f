"""The pages of `pressroom preview` and `pressroom sink` in a real browser, as wide as a phone and as a desk."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from publisher.adapters.smtp_sink import Catcher
from publisher.app import App
from publisher.cli.preview import previewing
from publisher.local.changes import Changes
from publisher.local.mailbox import Mailbox
from publisher.local.serving import LocalServer
from publisher.local.sink_app import sink_app
from publisher.serve import listen
from tests.axe import violations
from tests.local import FLAGS, leave_only_the_issue, serving, with_issue
from tests.publication import FakeClock


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


def wrong_with(page: Page) -> list[str]:
    """Return what a page does badly: wider than its window, or against the rules of accessibility."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*(["too wide"] if wide > 0 else []), *(rule for rule, _ in violations(page, iframes=False))]


def test_an_editor_sees_what_was_saved_where_the_mail_stood_and_a_fault_with_its_line(
    tmp_path: Path, browser: Browser
) -> None:
    folder = with_issue(tmp_path / "news")
    leave_only_the_issue(folder)
    path = folder / "content/issues/0011.md"
    long = path.read_text(encoding="utf-8").replace(
        "So a burst passes.", "So a burst passes.\n" + "\nAnd again.\n" * 90
    )
    path.write_text(long, encoding="utf-8")
    with App(folder, clock=FakeClock(), variables={}) as app, previewing(app) as server, serving(server) as address:
        page = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        assert wrong_with(page) == []
        page.get_by_role("link", name="Token buckets").click()
        page.get_by_text("Phone", exact=True).click()
        page.get_by_text("Dark", exact=True).click()
        page.wait_for_url("**scheme=dark**")
        assert wrong_with(page) == []
        mail = "document.querySelector('.mail iframe:not([data-coming])').contentWindow"
        page.wait_for_function(f"() => {mail}.document.images.length && {mail}.document.images[0].naturalWidth > 0")
        assert page.evaluate(f"{mail}.innerWidth") == 360
        page.evaluate(f"{mail}.scrollTo(0, 700)")
        path.write_text(long.replace("And again.", "And once more."), encoding="utf-8")
        page.frame_locator(".mail iframe:not([data-coming])").get_by_text("And once more.").first.wait_for()
        assert page.evaluate(f"{mail}.scrollY") == 700
        path.write_text(long.replace("week: 2026-W48", "week: 2026-W99"), encoding="utf-8")
        page.get_by_text("This is stale").wait_for()
        page.get_by_text("content/issues/0011.md:3").wait_for()
        assert "And once more." in page.evaluate(f"{mail}.document.body.innerText")
        assert said == []
        page.close()


def test_the_sink_shows_mail_as_it_comes_and_runs_nothing_of_it(tmp_path: Path, browser: Browser) -> None:
    changes = Changes()
    mailbox = Mailbox(changes, FakeClock())
    with listen("127.0.0.1", 0) as listening, Catcher(mailbox.keep) as catcher:
        server = LocalServer(listening, lambda ended: sink_app(mailbox, catcher.url, changes, ended), "127.0.0.1")
        with serving(server) as address:
            page = browser.new_page(viewport={"width": 360, "height": 800})
            page.goto(address)
            page.get_by_text("Nothing came yet").wait_for()
            with smtplib.SMTP("127.0.0.1", catcher.port) as smtp:
                head = "Subject: Hello <b>there</b>\r\nContent-Type: text/html\r\n\r\n"
                body = "<h1>Seen</h1><script>document.body.append('run')</script><a href='javascript:alert(1)'>x</a>"
                smtp.sendmail("ada@example.com", ["grace@example.com"], (head + body).encode())
            assert wrong_with(page) == []
            page.get_by_role("link", name="Hello <b>there</b>").click()
            frame = page.frame_locator("iframe")
            frame.get_by_role("heading", name="Seen").wait_for()
            assert "run" not in frame.locator("body").inner_text()
            assert wrong_with(page) == []
            page.close()
